//! Which CPU a thread runs on.
//!
//! # Platform differences
//! Linux alone has these calls so far; elsewhere each returns [`Error::Unsupported`], and
//! [`facilities`](crate::facilities) says so under `affinity`.

use std::io;

/// Why a CPU could not be asked for or picked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This platform has no such call.
    #[error("the CPU cannot be asked for or picked here: {0}")]
    Unsupported(&'static str),
    /// The system refused.
    #[error("could not {tried}: take one of the CPUs that are allowed")]
    System {
        /// What was tried.
        tried: String,
        /// What the system said.
        source: io::Error,
    },
}

/// The CPU that this thread runs on now. It may be another one by the time that the answer is looked at, unless the
/// thread is pinned.
///
/// # Errors
/// [`Error::Unsupported`] where the platform has no such call.
pub fn current() -> Result<usize, Error> {
    crate::sys::current_cpu()
}

/// The CPUs that this thread may run on, in rising order.
///
/// # Errors
/// [`Error::Unsupported`] where the platform has no such call; [`Error::System`] where the machine has more CPUs than
/// the call can name (1024).
pub fn allowed() -> Result<Vec<usize>, Error> {
    crate::sys::allowed_cpus()
}

/// Pins this thread, and the threads and processes that it starts from now on, to one CPU.
///
/// # Errors
/// [`Error::Unsupported`] where the platform has no such call; [`Error::System`] where the CPU does not exist or is not
/// allowed to this process.
pub fn pin(cpu: usize) -> Result<(), Error> {
    crate::sys::allow(&[cpu])
}

/// Lets this thread run on these CPUs, by the numbers of [`allowed`], and on no other.
///
/// # Errors
/// As [`pin`].
pub fn allow(cpus: &[usize]) -> Result<(), Error> {
    crate::sys::allow(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_thread_runs_on_the_cpu_it_was_pinned_to() {
        if crate::sys::AFFINITY_STATUS != crate::Status::Supported {
            assert!(matches!(current(), Err(Error::Unsupported(_))));
            return;
        }
        // A thread of its own, so that the test's thread stays free.
        std::thread::spawn(|| {
            let cpu = *allowed().unwrap().last().expect("a thread may run somewhere");
            pin(cpu).unwrap();
            assert_eq!(current().unwrap(), cpu);
            assert_eq!(allowed().unwrap(), [cpu]);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_cpu_that_cannot_be_is_refused() {
        assert!(pin(usize::MAX).is_err());
    }
}
