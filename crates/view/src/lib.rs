//! Checked zero-copy views over files that other software made.
//!
//! A [`View`] is a typed array in a file, in place: the file is mapped, or read into an aligned buffer. The header is
//! parsed without trusting it, and a typed slice is a checked cast through [`bytemuck`]. A file that cannot be viewed
//! is refused with one sentence that gives the file, the position, what was needed and what was found.
//!
//! ```
//! let view = tollgate_view::read("../../samples/sunspots.npy")?;
//! assert_eq!(view.shape(), [309, 2]);
//! let values: &[f64] = view.as_slice()?;
//! assert_eq!(values[0], 1700.0);
//! # Ok::<(), tollgate_view::Error>(())
//! ```
//!
//! # One choice per open
//! [`View::elements`] takes a [`Policy`], which says what the caller accepts: a slice in place, unaligned or
//! byte-swapped elements that are read one by one in place, or a copy in a buffer of the caller. If nothing that is
//! accepted is possible, the error names the nearest alternative. [`Elements::report`] says what was chosen, why, and
//! how many bytes were copied, which is 0 unless a copy was accepted and needed. An unaligned view costs little (1.0 to
//! 1.3 times the time of an aligned one), a copy costs twice as much.
//!
//! # Archives and records
//! A [`File`] with several arrays has members, which are viewed by name. A compressed member can be
//! [decoded](File::decode). `#[derive(`[`Viewable`]`)]` makes a `repr(C)` struct usable as the type of a file's
//! records.
//!
//! # Why mapping is unsafe
//! [`map`] borrows the file's pages as `&[u8]`, and Rust assumes that nobody changes the memory behind such a
//! reference. Another program that writes to the file does change it, and a program that truncates the file turns the
//! next access into SIGBUS. No check at opening can rule this out, so the caller must: a `bool` that was valid when it
//! was checked is undefined behaviour after another program sets it to 2. [`read`] is the safe alternative: it reads
//! the file into an aligned buffer of this process.
//!
//! # Features
//! Each format is a feature: `npy`, `npz` (with `npy`), `wav` and `safetensors`. The feature `map` enables memory
//! mapping; without it files are read. All are enabled by default. A file of a format that is not enabled is refused,
//! and the message names the format.
//!
//! # What this crate will not do
//! It never copies unless asked to, never converts an element type, and never guesses at the content of a damaged
//! header.
//! It reads `.npy`, `.npz`, `.wav` and `.safetensors`.

mod arch;
mod bytes;
mod cast;
mod compare;
mod copy;
#[cfg(feature = "npy")]
mod descr;
mod elements;
mod error;
mod file;
mod formats;
mod header;
mod item;
#[cfg(feature = "npy")]
mod literal;
mod magic;
mod member;
#[cfg(feature = "npy")]
mod npy;
#[cfg(feature = "npz")]
mod npz;
mod owned;
mod packed;
mod reduce;
mod reinterpret;
#[cfg(feature = "safetensors")]
mod safetensors;
mod summary;
mod types;
mod validity;
mod view;
mod viewable;
#[cfg(feature = "wav")]
mod wav;
#[cfg(any(feature = "npy", feature = "wav"))]
mod write;

pub use arch::Vectors;
pub use elements::{Elements, Obstacles, Policy, Report, Swapped, Unaligned, Values};
pub use error::{Error, Refusal};
pub use file::File;
pub use header::Order;
pub use item::Item;
pub use member::Member;
#[cfg(feature = "npy")]
pub use npy::write as write_npy;
pub use reduce::Sum;
pub use summary::{Number, Summary, summarize};
pub use tollgate_view_macros::Viewable;
pub use types::{ByteOrder, Field, Record, Type};
pub use validity::first_invalid;
#[cfg(feature = "map")]
pub use view::map;
pub use view::{Access, View, read};
#[doc(hidden)]
pub use viewable::derive;
pub use viewable::{Offender, Viewable};
#[cfg(feature = "wav")]
pub use wav::write as write_wav;

// Copies of views are made in these types, and views are handed over as `Owned`.
pub use tollgate_block::{Array, Buffer, BufferError, Owned};
// The types of elements, and what the derive's code uses.
pub use {bytemuck, half, num_complex};
