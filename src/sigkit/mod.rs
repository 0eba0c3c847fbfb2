//! Checksums, running moments, filters and histograms: the safe binding of sigkit, the C library that Tollgate bundles.
//!
//! | item | what |
//! | --- | --- |
//! | [`crc32c`], [`Crc32c`], [`Backend`] | CRC-32C, whole or in pieces, by the processor's instructions where it has them |
//! | [`Moments`], [`Summary`] | count, mean, variance, skewness, kurtosis and extremes of a sequence that is not kept |
//! | [`Biquad`], [`Kind`], [`Coefficients`] | second-order filters after the Audio EQ Cookbook |
//! | [`histogram`], [`Bin`], [`Counted`] | counts between NumPy's edges, bin by bin through a closure |
//! | [`shapes`] | functions that do almost nothing, to measure what a call costs |
//!
//! ```
//! use tollgate_cli::sigkit::{Moments, crc32c};
//!
//! assert_eq!(crc32c(b"123456789"), 0xE306_9283);
//!
//! let mut moments = Moments::new()?;
//! moments.push_block(&[1.0, 2.0, 3.0, 4.0])?;
//! assert_eq!(moments.summary().mean, 2.5);
//! # Ok::<(), tollgate_cli::sigkit::Error>(())
//! ```
//!
//! # What is promised
//! No function here is unsafe, and none panics on bad input: it returns an [`Error`] that names the values.
//! A closure's panic is caught before it reaches C and resumed after C has returned. In a program built with `panic =
//! "abort"` it ends the program. A call adds no allocation and no copy of the data to what the C
//! function does.
//!
//! # What this module will not do
//! It converts no element types and offers nothing that sigkit does not have. sigkit is compiled in, so its version is
//! always the one that this binding was made for.

mod biquad;
mod callback;
mod crc32c;
mod error;
// unreachable_pub, dead_code: the whole header is here, whatever part of it the safe binding uses.
#[allow(
    dead_code,
    missing_docs,
    non_camel_case_types,
    unreachable_pub,
    reason = "generated from a C header"
)]
mod ffi;
mod histogram;
mod moments;
#[doc(hidden)]
pub mod raw;
pub mod shapes;

pub use biquad::{Biquad, Coefficients, Kind};
pub use crc32c::{Backend, Crc32c, crc32c};
pub use error::{DesignRule, Error, Rule};
pub use histogram::{Bin, Counted, MAX_BINS, histogram};
pub use moments::{Moments, Summary};

use std::ffi::{CStr, c_char};

/// The version of the compiled library, "major.minor.patch".
///
/// ```
/// assert!(tollgate_cli::sigkit::version().starts_with("0."));
/// ```
pub fn version() -> &'static str {
    // SAFETY: the function's contract is a static text that is never NULL.
    unsafe { static_text(ffi::sigkit_version_text()) }
}

/// One of sigkit's own texts.
///
/// # Safety
/// `text` points to a text that ends with a zero byte, is never written to and lives as long as the program.
unsafe fn static_text(text: *const c_char) -> &'static str {
    // SAFETY: the caller ensures a terminated text that never changes and lives as long as the program.
    let text = unsafe { CStr::from_ptr(text) };
    // Each of sigkit's texts is ASCII.
    text.to_str().unwrap_or_default()
}
