//! The CPU that a thread runs on, and the CPUs that share a core.
//!
//! # Platform differences
//! - Linux: fully supported.
//! - Windows: CPUs are in groups of up to 64. CPU `c` of group `g` has the number `64 * g + c` here. A thread runs in
//!   one group at a time, so [`allowed`] returns only CPUs of that group, and [`allow`] takes CPUs of one group. The
//!   setting applies to this thread; threads and processes that it starts can run wherever the process can.
//! - Other systems: each call returns [`Error::Unsupported`], and [`facilities`](crate::facilities) reports it under
//!   `affinity` and `cores`.

use std::io;

/// Why the CPU affinity could not be read or set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This platform has no such call.
    #[error("CPU affinity is not supported: {0}")]
    Unsupported(&'static str),
    /// The system's information about which CPUs share a core could not be read.
    #[error("could not read which CPUs share a core: assume that none do")]
    Cores {
        /// The system's error.
        source: io::Error,
    },
    /// The system refused.
    #[error("could not {tried}")]
    System {
        /// What was attempted.
        tried: String,
        /// The system's error.
        source: io::Error,
    },
}

/// The CPU that this thread runs on now. Unless the thread is pinned, it may already run on another one when the call
/// returns.
///
/// # Errors
/// [`Error::Unsupported`] if the platform has no such call.
pub fn current() -> Result<usize, Error> {
    crate::sys::current_cpu()
}

/// The CPUs that this thread may run on, in ascending order.
///
/// # Errors
/// [`Error::Unsupported`] if the platform has no such call; [`Error::System`] if the machine has more CPUs than the
/// call supports (1024).
pub fn allowed() -> Result<Vec<usize>, Error> {
    crate::sys::allowed_cpus()
}

/// Pins this thread to one CPU. Except on Windows, this also applies to threads and processes that it starts later.
///
/// # Errors
/// [`Error::Unsupported`] if the platform has no such call; [`Error::System`] if the CPU does not exist or is not
/// allowed for this process.
pub fn pin(cpu: usize) -> Result<(), Error> {
    crate::sys::allow(&[cpu])
}

/// Restricts this thread to these CPUs, with the numbers of [`allowed`].
///
/// # Errors
/// As [`pin`].
pub fn allow(cpus: &[usize]) -> Result<(), Error> {
    crate::sys::allow(cpus)
}

/// The machine's online cores, each as a list of its CPUs, in ascending order. CPUs of one core are siblings
/// (hyperthreads): they share its caches and execution units, so work on one slows down the other.
///
/// In a virtual machine these are the cores that the hypervisor reports.
///
/// # Errors
/// [`Error::Unsupported`] if the platform has no such call; [`Error::Cores`] if the system does not report it.
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
    fn a_cpu_that_does_not_exist_is_refused() {
        assert!(pin(usize::MAX).is_err());
    }

    #[test]
    fn each_cpu_is_in_one_core_and_every_allowed_cpu_is_in_a_core() {
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
