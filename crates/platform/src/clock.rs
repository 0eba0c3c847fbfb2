//! The clock, the processor's counter, and what reading them costs.

use std::time::{Duration, Instant};

pub use crate::arch::{COUNTER_NAME, counter};

/// What reading the time costs on this machine, as measured by [`Clock::measure`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// The clock that measurements use.
    pub name: &'static str,
    /// The smallest non-zero step seen between two readings, in nanoseconds.
    pub resolution_ns: f64,
    /// What one reading costs in nanoseconds, the minimum over batches.
    pub cost_ns: f64,
    /// The processor's counter, where there is one.
    pub counter: Option<Counter>,
}

/// The processor's own counter of time: `rdtsc` on x86-64, `cntvct_el0` on 64-bit ARM. It does not count the core's
/// cycles: on current processors it ticks at a fixed rate whatever the core's frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counter {
    /// The counter's name.
    pub name: &'static str,
    /// Ticks a second, measured against the clock.
    pub hertz: f64,
    /// What one reading costs in nanoseconds, the minimum over batches.
    pub cost_ns: f64,
}

const BATCHES: u32 = 200;
const READS: u32 = 64;

impl Clock {
    /// Measures the clock. Takes about 20 ms.
    ///
    /// Method: the cost is the minimum over 200 batches of 64 readings each, since interruptions only ever add; the
    /// resolution is the smallest non-zero difference between neighbouring readings; the counter's rate is taken over
    /// 15 ms between two readings of both.
    pub fn measure() -> Clock {
        let mut resolution = Duration::MAX;
        for _ in 0..BATCHES {
            let first = Instant::now();
            let mut next = first;
            while next == first {
                next = Instant::now();
            }
            resolution = resolution.min(next - first);
        }
        Clock {
            name: "std::time::Instant",
            resolution_ns: resolution.as_secs_f64() * 1e9,
            cost_ns: cost_ns(|| {
                std::hint::black_box(Instant::now());
            }),
            counter: COUNTER_NAME.map(|name| Counter {
                name,
                hertz: counter_hertz(),
                cost_ns: cost_ns(|| {
                    std::hint::black_box(counter());
                }),
            }),
        }
    }
}

fn cost_ns(read: impl Fn()) -> f64 {
    let mut least = Duration::MAX;
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..READS {
            read();
        }
        least = least.min(start.elapsed());
    }
    least.as_secs_f64() * 1e9 / f64::from(READS)
}

fn counter_hertz() -> f64 {
    let (start, first) = (Instant::now(), counter());
    std::thread::sleep(Duration::from_millis(15));
    let (ticks, elapsed) = (counter().wrapping_sub(first), start.elapsed());
    ticks as f64 / elapsed.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_clock_has_positive_finite_figures() {
        let clock = Clock::measure();
        assert!(clock.cost_ns > 0.0 && clock.cost_ns.is_finite());
        assert!(clock.resolution_ns > 0.0 && clock.resolution_ns < 1e9);
        assert_eq!(clock.counter.is_some(), COUNTER_NAME.is_some());
        if let Some(counter) = clock.counter {
            assert!(counter.hertz > 1e5, "{counter:?}");
        }
    }

    #[test]
    fn the_counter_does_not_run_backwards_on_one_thread() {
        let first = counter();
        std::thread::sleep(Duration::from_millis(2));
        assert!(counter() >= first);
    }
}
