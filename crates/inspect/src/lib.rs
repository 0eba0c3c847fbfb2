//! What the authors of plugins use, and a host does not need: what a file says of itself ([`inspect`]), what changed
//! between two versions of it ([`diff`]), and whether it keeps the contract ([`validate`](validate::validate)).
//!
//! [`inspect`], [`diff`] and [`list`] run none of a plugin's code. [`validate`](validate::validate) runs it in child
//! processes, for which a program's `main` begins with [`run_if_worker`].

mod diff;
mod error;
mod inspection;
pub mod validate;

pub use diff::{Diff, Difference, Effect, diff};
pub use error::Error;
pub use inspection::{Found, Inspection, Verdict, inspect, list};

/// As [`tollgate_host::worker::run_if_worker`], with the worker that validates.
pub fn run_if_worker() {
    tollgate_host::worker::run_if_worker_in(&[(validate::ROLE, validate::work)]);
}
