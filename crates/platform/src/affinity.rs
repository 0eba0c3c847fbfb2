//! Which CPU a thread runs on, and which CPUs share a core.
//!
//! # Platform differences
//! - Linux: nothing differs.
//! - Windows: CPUs lie in groups of up to 64: CPU `c` of group `g` has the number `64 * g + c` here. A thread runs in
//!   one group at a time, so [`allowed`] names CPUs of that group alone, and [`allow`] takes those of one group. What
//!   is allowed holds for this thread; threads and processes that it starts run where the process may.
//! - Elsewhere each call returns [`Error::Unsupported`], and [`facilities`](crate::facilities) says so under `affinity`
//!   and
//!   `cores`.

use std::io;

/// Why a CPU could not be asked for or picked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This platform has no such call.
    #[error("CPU affinity is not supported: {0}")]
    Unsupported(&'static str),
    /// Where the system says which CPUs share a core, it could not be read.
    #[error("could not read which CPUs share a core: assume that none do")]
    Cores {
        /// What the system said.
        source: io::Error,
    },
    /// The system refused.
    #[error("could not {tried}")]
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

/// Pins this thread to one CPU, and, but on Windows, the threads and processes that it starts from now on.
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

/// The machine's cores that are in use, each as the CPUs that it carries, in rising order. CPUs of one core are
/// siblings (hyperthreads): they share its caches and its arithmetic, so that work on one slows the other.
///
/// In a virtual machine these are the cores that the hypervisor claims.
///
/// # Errors
/// [`Error::Unsupported`] where the platform has no such call; [`Error::Cores`] where the system does not say it.
pub fn cores() -> Result<Vec<Vec<usize>>, Error> {
    crate::sys::cores()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_thread_runs_on_the_cpu_it_was_pinned_to() {
        if let Some(reason) = crate::sys::AFFINITY_STATUS.reason() {
            println!("skipped: {reason}");
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

    #[test]
    fn each_cpu_lies_in_one_core_and_each_that_is_allowed_in_some() {
        let cores = match cores() {
            Ok(cores) => cores,
            Err(error) => {
                println!("skipped: {error}");
                assert!(matches!(crate::sys::cores_status(), crate::Status::Unsupported(_)));
                return;
            }
        };
        let mut cpus = cores.concat();
        assert!(
            cores.iter().all(|core| core.is_sorted() && !core.is_empty()),
            "{cores:?}"
        );
        cpus.sort();
        let count = cpus.len();
        cpus.dedup();
        assert_eq!(cpus.len(), count, "{cores:?}");
        for cpu in allowed().unwrap() {
            assert!(cpus.contains(&cpu), "{cpu} of {cores:?}");
        }
    }
}
