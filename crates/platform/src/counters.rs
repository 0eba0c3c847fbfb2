//! The processor's hardware counters.

use crate::{Status, sys};
use std::io;

/// The events that the processor counted in this thread, outside the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Clock cycles.
    pub cycles: u64,
    /// Retired instructions.
    pub instructions: u64,
    /// Mispredicted branches.
    pub branch_misses: u64,
    /// Misses of the last-level cache.
    pub cache_misses: u64,
}

/// Counters of the calling thread, open until they are dropped.
///
/// ```
/// use tollgate_platform::counters::Counters;
/// match Counters::open() {
///     Ok(mut counters) => println!("{:?}", counters.count(|| println!("hello"))?),
///     Err(error) => println!("no counters: {error}"),
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Counters(sys::Counters);

impl Counters {
    /// Opens the counters of cycles, instructions, branch misses and last-level cache misses.
    ///
    /// # Errors
    /// The system's error; [`Unsupported`](io::ErrorKind::Unsupported) on systems other than Linux, and without this
    /// crate's feature `counters`. Many virtual machines have no counters.
    pub fn open() -> io::Result<Self> {
        sys::Counters::open().map(Self)
    }

    /// Counts the events of `run` in this thread.
    ///
    /// # Errors
    /// The system's error, or that other programs used the counters part of the time, so the counts are incomplete.
    pub fn count(&mut self, run: impl FnOnce()) -> io::Result<Counted> {
        let mut run = Some(run);
        let [cycles, instructions, branch_misses, cache_misses] = self.0.count(&mut || {
            if let Some(run) = run.take() {
                run();
            }
        })?;
        Ok(Counted {
            cycles,
            instructions,
            branch_misses,
            cache_misses,
        })
    }
}

/// Whether the counters can be opened on this machine, by this user. This opens them to find out.
pub fn status() -> Status {
    let Err(error) = Counters::open() else {
        return Status::Supported;
    };
    Status::Unsupported(match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "the kernel does not let this user open counters: see /proc/sys/kernel/perf_event_paranoid"
        }
        io::ErrorKind::NotFound => "the processor or the virtual machine has no counters",
        io::ErrorKind::Unsupported => sys::NO_COUNTERS,
        _ => "the kernel refused to open the counters",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_count_all_that_runs_or_say_why_not() {
        match Counters::open() {
            Ok(mut counters) => {
                let mut sum = 0_u64;
                let mut loops = |rounds: u64| {
                    let counted = counters.count(|| (0..rounds).for_each(|x| sum = std::hint::black_box(sum ^ x)));
                    counted.unwrap().instructions
                };
                let (few, many) = (loops(1000), loops(1_000_000));
                assert!(few >= 1000 && many >= 1_000_000 && many > few);
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(matches!(status(), Status::Unsupported(_)), "{error}");
                eprintln!("skipped: no counters to be had here: {error}");
            }
        }
    }
}
