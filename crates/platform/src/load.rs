//! Load: how long a thread that could have run had to wait, for other programs or for the machine below this one.

use std::time::Duration;

/// What the system has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// How long this thread has waited for a CPU since it began.
    pub waited: Duration,
    /// How long all CPUs together were taken away by the machine below a virtual one, since it began; in steps of the
    /// system's accounting, which are some 10 ms.
    pub stolen: Duration,
}

/// What the system has counted of this thread and of the machine.
///
/// # Platform differences
/// `None` where the system cannot be asked ([`facilities`](crate::facilities) says so under `load`): elsewhere than on
/// Linux.
pub fn read() -> Option<Reading> {
    crate::sys::load()
}

impl Reading {
    /// What came since an earlier reading of the same thread.
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
            // Twice as many as there are CPUs: this one must wait, however fair the scheduler is.
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
