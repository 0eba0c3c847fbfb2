//! Child processes: this program executed again in a role of its own, or another program that answers as one.
//!
//! The parent starts a [`Builder`] and waits for an [`Outcome`]. The child's `main` begins with [`accept`], which greets
//! the parent and gives the [`Task`]; the child hands its value over with [`answer`], or with [`deliver`] where it is to
//! end in the ordinary way. A greeting is a fixed line with a version ([`Error::NoGreeting`] where none came in time), and
//! all that follows it on the child's standard output is framed.
//!
//! **No orphan.** A child's standard input is its lifeline: after the request nothing is sent on it, and it ends when the
//! parent drops the child or ends in whatever way; then the child ends too. Dropping a [`Child`] kills and reaps it, and
//! with it the processes that it started itself and that stayed in its process group.
//!
//! **No recursion.** A child cannot start a child by this module: a program that does not ask for its role would start
//! itself without end.
//!
//! **No mixing.** Once a child has greeted, what its code reads on standard input is empty, and what it writes on standard
//! output goes to standard error: a library that prints does not spoil the answer.
//!
//! # Platform differences
//! - On Linux the running program is `/proc/self/exe`, so that a child is the same program also after its file was
//!   replaced. Elsewhere it is found by its path.
//! - [`Outcome::Signal`], process groups and the rule against mixing exist on Linux and macOS alone; elsewhere a crash is
//!   an exit code, a child's own children live on, and a child must not print.
//! - [`Limits`] as the facility `child-limits` says.

mod error;
mod inside;
mod limits;
mod outcome;
mod parent;
mod wire;

pub use error::{Error, Instead};
pub(crate) use inside::lifeline_is_watched;
pub use inside::{Task, accept, answer, deliver, note, role};
pub use limits::Limits;
pub use outcome::{Ended, Outcome};
pub use parent::{Builder, Child};
