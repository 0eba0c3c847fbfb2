//! Load: how long a runnable thread had to wait, because of other programs or of the hypervisor.

use std::time::Duration;

/// The system's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The time that this thread has waited for a CPU since it began.
    pub waited: Duration,
    /// The time that the hypervisor has taken from all CPUs together since the start of the virtual machine, in steps
    /// of the system's accounting, about 10 ms.
    pub stolen: Duration,
}

/// Reads the system's counters for this thread and this machine.
///
/// # Platform differences
/// `None` if the system does not report them ([`facilities`](crate::facilities) says so under `load`): on all systems
/// other than Linux.
pub fn read() -> Option<Reading> {
    crate::sys::load()
}

impl Reading {
    /// The difference to an earlier reading of the same thread.
    pub fn since(&self, earlier: &Reading) -> Reading {
        Reading {
            waited: self.waited.saturating_sub(earlier.waited),
            stolen: self.stolen.saturating_sub(earlier.stolen),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    #[test]
    fn a_thread_that_shares_its_cpus_with_others_waits() {
        let Some(before) = super::read() else {
            let facilities = crate::facilities();
            let load = facilities.iter().find(|facility| facility.name == "load");
            println!("skipped: {}", load.unwrap().status.reason().unwrap());
            return;
        };
        let done = AtomicBool::new(false);
        let spin = || {
            while !done.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        };
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let waited = std::thread::scope(|scope| {
            // Twice as many threads as CPUs: this one must wait, however fair the scheduler is.
            for _ in 0..2 * cpus {
                scope.spawn(spin);
            }
            let start = Instant::now();
            let waited = loop {
                let waited = super::read().map(|now| now.since(&before).waited).unwrap_or_default();
                if waited > Duration::from_millis(1) || start.elapsed() > Duration::from_secs(60) {
                    break waited;
                }
            };
            done.store(true, Ordering::Relaxed);
            waited
        });
        assert!(waited > Duration::from_millis(1), "{waited:?}");
    }
}
