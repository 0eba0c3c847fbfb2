//! The operating-system layer of Tollgate.
//!
//! Everything in the workspace that differs between operating systems is in this crate. One of the files in `src/sys`
//! is selected once, differences between processors are in `arch`, and the rest of the crate is the same everywhere.
//! Each facility reports whether it is [`Supported`](Status::Supported), [`Degraded`](Status::Degraded) or
//! [`Unsupported`](Status::Unsupported), with a reason.
//!
//! # How the platform is selected
//! `src/sys/mod.rs` lists the items that a platform must have, and selects one of `linux`, `macos`, `bsd`, `windows`,
//! `wasi` and `fallback` through `cfg_if`. The fallback uses only portable `std`, and reports what it cannot do.
//! `RUSTFLAGS='--cfg tollgate_backend="fallback"'` forces it. Any other value is a compile error.
//!
//! # What this crate will not do
//! It is not a general wrapper of the system: every item is here because another crate of the workspace needs it.

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
