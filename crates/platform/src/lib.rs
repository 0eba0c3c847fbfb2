//! The operating system's part of Tollgate.
//!
//! Everything in the workspace that differs between operating systems stands in this crate, and nothing of it anywhere
//! else: one of the files in `src/sys` is picked once, what differs between processors is in `arch`, and the
//! rest of the crate is the same everywhere. Each facility says whether it is [`Supported`](Status::Supported),
//! [`Degraded`](Status::Degraded) or [`Unsupported`](Status::Unsupported) with a reason, instead of guessing.
//!
//! # How the platform is chosen
//! `src/sys/mod.rs` lists the items that a platform must have and picks one file of `linux`, `macos`, `bsd`,
//! `windows`, `wasi` and `fallback` through `cfg_if`. The fallback is portable `std` alone, and it says what it cannot
//! know;
//! `RUSTFLAGS='--cfg tollgate_backend="fallback"'` forces it, and any other value ends the build with a sentence.
//!
//! # What this crate will not do
//! It does not wrap the system for others' convenience: an item is here because another crate of the workspace needs
//! it.

pub mod affinity;
pub mod cache;
pub mod child;
pub mod clock;
pub mod counters;
pub mod directories;
pub mod dylib;
pub mod file;
pub mod fork;
pub mod guarded;
pub mod heap;
pub mod load;
pub mod page;
pub mod segment;
pub mod sentence;
pub mod step;
pub mod system_call;
pub mod trust;

mod arch;
mod build;
mod facility;
mod machine;
mod sys;
mod variant;

pub use build::{Build, build};
pub use facility::{Facility, Status, facilities};
pub use machine::{Machine, machine};
pub use variant::{BACKEND_MARK, Variant, variant};
