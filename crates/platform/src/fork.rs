//! Work in a forked child of this process. Changes that it makes in memory are not visible here, not even in a
//! [segment](crate::segment), and if it crashes, this process does not.
//!
//! # Platform differences
//! Linux only: other Unix systems do not report how many threads a process has, and other systems have no fork.
//! [`Error::Unsupported`] says so, and [`facilities`](crate::facilities) under `fork`.

use crate::Status;
use std::io;

/// The exit code of a child that called [`std::process::exit`], if the C library does not report the real one.
pub const EXITED: i32 = 125;

/// Why a forked child has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This platform does not support fork.
    #[error("this process cannot be forked: {0}")]
    Unsupported(&'static str),
    /// The process has other threads, and only the calling thread exists after a fork.
    #[error(
        "cannot fork: the process has {0} threads, and only a process with one thread can be forked: fork before \
            starting threads"
    )]
    Threads(usize),
    /// A system call failed.
    #[error("could not {tried} while forking")]
    System {
        /// What was attempted.
        tried: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The child exited with a code other than 0.
    #[error("the forked child exited with code {code} (a panic exits with 101)")]
    Exited {
        /// The exit code.
        code: i32,
    },
    /// The child was killed by a signal.
    #[error("the forked child was killed by signal {signal}")]
    Signalled {
        /// The signal's number.
        signal: i32,
    },
}

/// Whether this platform supports fork.
pub fn status() -> Status {
    crate::sys::FORK_STATUS
}

/// Runs `work` in a forked child, and returns the bytes that it returned there. There is no deadline: a child that
/// never ends is waited for, just as the closure would be here.
///
/// The child never continues as a second copy of this process. It ends with `_exit` when `work` returns, panics (the
/// payload is not dropped) or exits. Exit handlers that this process registered (`atexit`) do not run in the child.
/// Handlers that `work` registers do, and so do this thread's thread-local destructors if `work` calls
/// [`std::process::exit`]. The program must end processes that `work` starts; a process that outlives the child is not
/// waited for. In the child, [`child`](crate::child) has no parent to write to.
///
/// # Errors
/// [`Error::Unsupported`] if the platform does not support it; [`Error::Threads`] if this process has other threads;
/// otherwise the reason why the child has no result.
///
/// # Platform differences
/// With glibc [`Error::Exited`] has the real exit code. Other C libraries do not report it, and the code is [`EXITED`].
pub fn run(work: impl FnOnce() -> Vec<u8>) -> Result<Vec<u8>, Error> {
    if let Status::Unsupported(reason) = crate::sys::FORK_STATUS {
        return Err(Error::Unsupported(reason));
    }
    alone()?;
    let mut work = Some(work);
    let mut once = || work.take().map(|work| work()).unwrap_or_default();
    // SAFETY: there is no other thread whose locks or unfinished changes a fork could freeze. Only the calling thread
    // could start another one, and it is here.
    unsafe { crate::sys::fork(&mut once) }
}

/// Refuses a process that has other threads. A joined thread may still be exiting, so this waits a short time.
pub(crate) fn alone() -> Result<(), Error> {
    let mut threads = 0;
    for _ in 0..20 {
        // The lifeline thread holds no lock while it waits in a read, so a fork may drop it. A forked process does not
        // have it.
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
