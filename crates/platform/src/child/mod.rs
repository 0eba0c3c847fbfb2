//! Child processes: this program executed again in a given role, or another program that supports the same protocol.
//!
//! The parent describes a child with a [`Builder`]. It either [spawns](Builder::spawn) a child that does one task and
//! waits for its [`Outcome`], or it [starts](Builder::start) a [`Session`] and sends many requests, each with a
//! deadline. The child's `main` begins with [`accept`], which greets the parent and returns the [`Task`]. The child
//! then returns its value with [`answer`], or with [`deliver`] if it should exit normally, or it [serves](Task::serve)
//! a session. A greeting is a fixed line with a version ([`Error::NoGreeting`] if it does not come in time). All later
//! data on the child's standard output is framed and limited in size.
//!
//! **No leftovers.** A child has a total deadline. When it has ended, or is killed, all processes that it started are
//! killed too: on Linux this includes processes that left its process group or its session (`setsid`, double forks). A
//! child's standard input is its lifeline: it is closed when the parent drops the child or ends in any way, and then
//! the child ends too. The child has its own directory for temporary files (`TMPDIR`), which is removed when all of its
//! processes have ended.
//!
//! **One answer.** The code that a child calls may fork, and then the call returns in two processes. The copy is killed
//! as soon as it writes to the parent, and the parent gets [`Error::TwoProcesses`] instead of a second answer.
//!
//! **No recursion.** A child that has not [accepted](accept) its role cannot start a child with this module: a program
//! that does not ask for its role would start itself without end. A child that has accepted its role can start
//! children, to a depth of eight.
//!
//! **Separate streams.** After a child has greeted, its code reads an empty standard input, and its standard output is
//! redirected to standard error: output printed by a library does not damage the answer.
//!
//! # What this module will not do
//! It contains code that fails, not code that attacks. A process of the same user can kill the guardian or remove its
//! environment (see below), and may then outlive the child. A named shared memory segment of the system (`shm_open`) is
//! not in the child's directory, and remains.
//!
//! # Platform differences
//! - On Linux the running program is `/proc/self/exe`, so a child is the same program even if its file was replaced. On
//!   other systems it is found by its path.
//! - On Linux the process that the parent starts becomes a guardian. It starts the child, adopts all orphaned
//!   descendants (`PR_SET_CHILD_SUBREAPER`), counts the processes, kills and reaps them until none are left, and then
//!   exits with the status of the child. If the guardian is killed, the kernel kills the child, and the parent kills
//!   all processes whose initial environment has the child's mark. It holds each of them by a `pidfd`, so that it
//!   cannot kill another process with the same number.
//! - On other Unix systems only the child's process group is killed with it. On Windows and with the portable back end
//!   only the child itself is killed. The facility `child-containment` reports this.
//! - [`Outcome::Signal`] and separate streams exist only on Unix. On other systems a crash is an exit code, and a child
//!   must not print.
//! - [`Limits`]: see the facility `child-limits`.

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

/// Whether this platform can start children, and with which restrictions.
pub fn status() -> crate::Status {
    crate::sys::CHILD_STATUS
}

/// Whether all processes that a child started are killed with it.
pub fn containment_status() -> crate::Status {
    crate::sys::containment_status()
}
