//! Child processes: this program executed again in a role of its own, or another program that answers as one.
//!
//! The parent describes a child with a [`Builder`]. It [spawns](Builder::spawn) one that does one thing and waits for
//! its
//! [`Outcome`], or it [starts](Builder::start) a [`Session`] and asks many times, each time with a deadline. The
//! child's `main` begins with [`accept`], which greets the parent and gives the [`Task`]; the child then hands its
//! value over with
//! [`answer`], or with [`deliver`] where it is to end in the ordinary way, or it [serves](Task::serve) a session. A
//! greeting is a fixed line with a version ([`Error::NoGreeting`] where none came in time), and all that follows it on
//! the child's standard output is framed and bounded.
//!
//! **Nothing is left.** A child has a deadline as a whole. When it has ended, or is ended, all that it started is
//! killed: on Linux also what left its process group or its session (`setsid`, double forks). A child's standard input
//! is its lifeline: it ends when the parent drops the child or ends in whatever way, and then the child ends too. The
//! child has a directory to itself for temporary files (`TMPDIR`), which is removed when all of its processes have
//! ended.
//!
//! **One answer.** The code that a child calls may fork, and then the call returns in two processes. The copy is ended
//! as soon as it speaks to the parent, which gets [`Error::TwoProcesses`] and not a second answer.
//!
//! **No recursion.** A child that did not [`accept`] its role cannot start a child by this module: a program that does
//! not ask would start itself without end. One that did may, to a depth of eight.
//!
//! **No mixing.** Once a child has greeted, what its code reads on standard input is empty, and what it writes on
//! standard output goes to standard error: a library that prints does not spoil the answer.
//!
//! # What this module will not do
//! It contains code that fails, not code that fights: whoever kills the guardian or leaves its environment behind
//! (below), both of which a process of the same user can do, may outlive it. A shared memory segment under a name of
//! the system's (`shm_open`) is a file of none of these directories, and stays.
//!
//! # Platform differences
//! - On Linux the running program is `/proc/self/exe`, so that a child is the same program also after its file was
//!   replaced. Elsewhere it is found by its path.
//! - On Linux the process that the parent starts becomes a guardian, which starts the child, takes over all that loses
//!   its parent (`PR_SET_CHILD_SUBREAPER`), counts the processes, kills and reaps until there are none, and then ends
//!   as the child did. Should the guardian be killed, the kernel kills the child, and the parent all processes that
//!   have the child's mark in the environment that they were started with, each held by a `pidfd`, so that no stranger
//!   is meant.
//! - On other Unix systems only what stays in the child's process group is killed with it; on Windows and with the
//!   portable back end only the child itself. The facility `child-containment` says so.
//! - [`Outcome::Signal`] and the rule against mixing exist on Unix alone; elsewhere a crash is an exit code, and a
//!   child must not print.
//! - [`Limits`] as the facility `child-limits` says.

mod builder;
mod directory;
mod error;
mod inside;
mod limits;
mod once;
mod outcome;
mod process;
mod session;
mod wire;

pub use builder::Builder;
pub use error::{Error, Instead};
pub(crate) use inside::{Start, lifeline_waits};
pub use inside::{Task, accept, answer, deliver, note, role};
pub use limits::Limits;
pub use once::Child;
pub use outcome::{Ended, Outcome};
pub use session::Session;

#[allow(
    unused_imports,
    reason = "for the platforms that fork, and the one that has guardians"
)]
pub(crate) use {
    directory::remove,
    inside::{ABANDONED, DIRECTORY, GUARDIAN, be_forked, left_behind, too_many},
};

/// Whether this platform starts children, and what they lack.
pub fn status() -> crate::Status {
    crate::sys::CHILD_STATUS
}

/// Whether all that a child started is ended with it.
pub fn containment_status() -> crate::Status {
    crate::sys::CONTAINMENT_STATUS
}
