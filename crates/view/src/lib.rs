//! Checked zero-copy views over files that other software made.
//!
//! A [`View`] is a typed array that lies in a file as it is: mapped, or read into an aligned buffer. Its header was
//! parsed without being trusted, and a typed slice over it is a checked cast through [`bytemuck`], never an assumption.
//! What cannot be viewed is refused with one sentence that names the file, the place, what was needed and what was
//! found.
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
//! [`View::elements`] takes a [`Policy`], which says what the caller takes: a slice in place, misaligned or
//! byte-swapped elements in place that are read one by one, or a copy in a buffer of the caller's. What is not taken is
//! refused, with the nearest way out; [`Elements::report`] says which it was, why, and how many bytes were copied,
//! which is 0 unless a copy was asked for. A misaligned view costs little (1.0 to 1.3 times the time of an aligned
//! one), a copy twice as much.
//!
//! # Archives and records
//! A [`File`] of several arrays has members, which are viewed by name; a compressed one is [decoded](File::decode) when
//! that is asked for. `#[derive(`[`Viewable`]`)]` makes a `repr(C)` struct the type of a file's records.
//!
//! # Why mapping is unsafe
//! [`map`] borrows the file's pages as `&[u8]`, and Rust takes for granted that nobody changes what is behind such a
//! reference. Another program that writes to the file does change it, and one that truncates it turns the next access
//! into SIGBUS. No check at opening can rule that out, so the caller must: a `bool` that was checked when it was opened
//! is undefined behaviour once another program makes it 2. [`read`] is the safe way where nobody can promise it: it
//! reads the file into an aligned buffer of this process.
//!
//! # Features
//! Each format is one: `npy`, `npz` (with `npy`), `wav` and `safetensors`. `map` maps files; without it they are read.
//! All are on by default. A file of a format that was left out is refused by name.
//!
//! # What this crate will not do
//! It never copies without being asked, never converts an element type, and never guesses at a damaged header.
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

// Views are copied into these, or handed over as one.
pub use tollgate_block::{Array, Buffer, BufferError, Owned};
// What views give and the derive writes is of these crates.
pub use {bytemuck, half, num_complex};
