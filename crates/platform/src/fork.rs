//! Work done in a forked child of this process: what it changes in memory is not seen here, but in a
//! [segment](crate::segment), and if it crashes, this process does not.
//!
//! # Platform differences
//! Linux alone: the other Unix systems are not asked how many threads a process has, and elsewhere there is no fork.
//! [`Error::Unsupported`] says so, and [`facilities`](crate::facilities) under `fork`.

use crate::Status;
use std::io;

/// The exit code of a child that ended by [`std::process::exit`], where the C library does not tell which code it gave.
pub const EXITED: i32 = 125;

/// Why a forked child gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This platform has no fork.
    #[error("this process cannot be forked: {0}")]
    Unsupported(&'static str),
    /// The process has other threads, and a fork carries only the calling one over.
    #[error(
        "cannot fork: the process has {0} threads, and only a process with one thread can be forked: fork before starting threads"
    )]
    Threads(usize),
    /// A system call failed.
    #[error("could not {tried} while forking")]
    System {
        /// What was tried.
        tried: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The child ended with another exit code than 0.
    #[error("the forked child exited with code {code} (a panic exits with 101)")]
    Exited {
        /// The exit code.
        code: i32,
    },
    /// The child was ended by a signal.
    #[error("the forked child was killed by signal {signal}")]
    Signalled {
        /// The signal's number.
        signal: i32,
    },
}

/// Whether this platform forks.
pub fn status() -> Status {
    crate::sys::FORK_STATUS
}

/// Runs `work` in a forked child, and gives the bytes that it returned there. There is no deadline: a child that waits
/// for ever is waited for, as the closure would be here.
///
/// The child never goes on as a second copy of this process. It ends by `_exit` when `work` returns, panics (the
/// payload is not dropped) or exits: what this process registered for its own end (`atexit`) does not run in the child.
/// What `work` registers itself does, and so do this thread's thread-local destructors if `work` calls
/// [`std::process::exit`]. A process that `work` starts is the program's own to end; one that outlives the child is not
/// waited for. In the child,
/// [`child`](crate::child) has no parent to speak to.
///
/// # Errors
/// [`Error::Unsupported`] where the platform cannot; [`Error::Threads`] where this process has other threads than the
/// calling one; else whatever kept the child from its answer.
///
/// # Platform differences
/// With glibc [`Error::Exited`] has the code of an exit; another C library keeps it, and the code is [`EXITED`].
pub fn run(work: impl FnOnce() -> Vec<u8>) -> Result<Vec<u8>, Error> {
    if let Status::Unsupported(reason) = crate::sys::FORK_STATUS {
        return Err(Error::Unsupported(reason));
    }
    alone()?;
    let mut work = Some(work);
    let mut once = || work.take().map(|work| work()).unwrap_or_default();
    // SAFETY: no other thread exists whose locks or half-made changes a fork could freeze: the calling thread is the
    // only one that could start another, and it is here.
    unsafe { crate::sys::fork(&mut once) }
}

/// Refuses a process that has other threads. One that was joined may still be on its way out, so this waits a little.
pub(crate) fn alone() -> Result<(), Error> {
    let mut threads = 0;
    for _ in 0..20 {
        // The lifeline's thread holds no lock while it waits in a read, so a fork may lose it. A forked process has
        // none.
        let expected = 1 + usize::from(crate::child::lifeline_waits());
        threads = crate::sys::threads().map_err(|source| Error::System {
            tried: "count this process's threads",
            source,
        })?;
        if threads <= expected {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    Err(Error::Threads(threads))
}
