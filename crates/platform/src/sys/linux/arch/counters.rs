//! The processor's counters, through `perf_event_open`.

use perf_event::events::{Event, Hardware};
use perf_event::{Builder, Counter, Group};
use std::{fmt, io};

pub(crate) const NO_COUNTERS: &str = "this kernel or emulator has no perf_event_open";

/// Four counters that are read together.
pub(crate) struct Counters {
    group: Group,
    counters: [Counter; 4],
}

impl Counters {
    /// Opens the counters of cycles, instructions, branch misses and last-level cache misses.
    pub(crate) fn open() -> io::Result<Self> {
        Self::of([
            Hardware::CPU_CYCLES,
            Hardware::INSTRUCTIONS,
            Hardware::BRANCH_MISSES,
            Hardware::CACHE_MISSES,
        ])
    }

    fn of<E: Event>(events: [E; 4]) -> io::Result<Self> {
        let mut group = Group::new()?;
        let [first, second, third, fourth] = events.map(|event| group.add(&Builder::new(event)));
        Ok(Self {
            counters: [first?, second?, third?, fourth?],
            group,
        })
    }

    /// The events of each counter during `run`.
    pub(crate) fn count(&mut self, run: &mut dyn FnMut()) -> io::Result<[u64; 4]> {
        self.group.reset()?;
        self.group.enable()?;
        run();
        self.group.disable()?;
        let counts = self.group.read()?;
        if counts.time_running() != counts.time_enabled() {
            return Err(io::Error::other(
                "other programs used the processor's counters for part of the time, so the counts are incomplete",
            ));
        }
        let mut values = [0; 4];
        for (value, counter) in values.iter_mut().zip(&self.counters) {
            let entry = counts.get(counter);
            *value = entry.map(|entry| entry.value()).ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        Ok(values)
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perf_event::events::Software;

    /// The kernel's software counters exist even without hardware counters, and are opened and read in the same way.
    #[test]
    fn each_counter_counts_its_events_and_restarts_at_zero() {
        let events = [
            Software::PAGE_FAULTS,
            Software::TASK_CLOCK,
            Software::PAGE_FAULTS_MAJ,
            Software::DUMMY,
        ];
        let mut counters = match Counters::of(events) {
            Ok(counters) => counters,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported
                ) =>
            {
                eprintln!("skipped: the kernel opens no counters for this user: {error}");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        // More than any allocator keeps in reserve, so that its pages are new.
        let touched = counters
            .count(&mut || drop(std::hint::black_box(vec![1_u8; 64 << 20])))
            .unwrap();
        let idle = counters.count(&mut || {}).unwrap();
        assert!(touched[0] > 0 && touched[1] > 0, "{touched:?}");
        assert!(idle[0] < touched[0], "{idle:?} {touched:?}");
        assert_eq!(touched[3], 0);
    }
}
