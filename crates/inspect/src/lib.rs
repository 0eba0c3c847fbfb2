//! Tools for plugin authors, which a host does not need: they show what a file contains ([`inspect`]), what changed
//! between two versions of it ([`diff`]), and whether it keeps the contract ([`validate`](validate::validate)).
//!
//! [`inspect`], [`diff`] and [`list`] run none of a plugin's code. [`validate`](validate::validate) runs it in child
//! processes, so the program's `main` must begin with [`run_if_worker`].

mod diff;
mod error;
mod inspection;
pub mod validate;

pub use diff::{Diff, Difference, Effect, diff};
pub use error::Error;
pub use inspection::{Found, Inspection, Verdict, inspect, list};

/// As [`tollgate_host::worker::run_if_worker`], including the worker of the validator.
pub fn run_if_worker() {
    tollgate_host::worker::run_if_worker_in(&[(validate::ROLE, validate::work)]);
}
