//! The clock, the processor's counter, and the cost of reading them.

use crate::Status;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

pub use crate::arch::{COUNTER_NAME, counter};

/// A point in time, from [`now`]. It is only meaningful in the process that read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(u64);

impl Tick {
    /// The counter's value, with an unknown zero; nanoseconds since the first reading if [`now`] does not read a
    /// counter.
    pub fn raw(self) -> u64 {
        self.0
    }

    /// The time since an earlier point; zero if that point is later. The first call takes 15 ms to measure the
    /// counter's rate.
    pub fn since(self, earlier: Tick) -> Duration {
        let ticks = self.0.saturating_sub(earlier.0);
        match counts() {
            true => Duration::from_secs_f64(ticks as f64 / hertz()),
            false => Duration::from_nanos(ticks),
        }
    }
}

/// The current time, in order: a thread never reads less than any thread has read before, however it learned of that
/// reading.
///
/// # Platform differences
/// - 64-bit ARM: `isb` and `cntvct_el0`, which by the architecture agree between CPUs.
/// - x86: `rdtscp`, if the processor guarantees a constant rate and the system uses the counter as its own clock
///   source, and therefore found that the CPUs' counters agree. Only the back end of Linux can read the clock source.
/// - Otherwise [`Instant`], in nanoseconds; [`facilities`](crate::facilities) says so under `clock`.
#[inline]
pub fn now() -> Tick {
    match counts() {
        true => Tick(crate::arch::counter_in_order()),
        false => Tick(instant()),
    }
}

/// Nanoseconds since the first call.
fn instant() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    // More than 500 years fit.
    FIRST.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// Whether [`now`] reads the counter.
#[inline]
fn counts() -> bool {
    const YES: u8 = 1;
    const NO: u8 = 2;
    static CHOSEN: AtomicU8 = AtomicU8::new(0);
    #[cold]
    fn choose() -> bool {
        let yes = counter_status() == Status::Supported;
        CHOSEN.store(if yes { YES } else { NO }, Ordering::Relaxed);
        yes
    }
    match CHOSEN.load(Ordering::Relaxed) {
        YES => true,
        NO => false,
        _ => choose(),
    }
}

pub(crate) fn counter_status() -> Status {
    if COUNTER_NAME.is_none() {
        return Status::Unsupported("this processor has no known counter that user code can read");
    }
    if !crate::arch::counter_is_constant() {
        return Status::Degraded(
            "the processor does not guarantee that its counter has a constant rate and is read in order",
        );
    }
    let source = crate::sys::clock_source();
    match (crate::arch::counters_agree(source.as_deref()), source) {
        (true, _) => Status::Supported,
        (false, Some(_)) => Status::Degraded("the system uses another clock source: the CPUs' counters may differ"),
        (false, None) => Status::Degraded("it is unknown whether the CPUs' counters agree"),
    }
}

pub(crate) fn status() -> Status {
    match counts() {
        true => Status::Supported,
        false => Status::Degraded(
            "std::time::Instant is used, which costs more than a counter: see cycle-counter for the reason",
        ),
    }
}

/// The cost of reading the time on this machine, as measured by [`Clock::measure`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// The clock for measurements of whole batches.
    pub name: &'static str,
    /// The smallest non-zero step between two readings, in nanoseconds.
    pub resolution_ns: f64,
    /// The cost of one reading in nanoseconds, the minimum over batches.
    pub cost_ns: f64,
    /// The clock that [`now`] reads.
    pub now: Now,
    /// The processor's counter, if there is one.
    pub counter: Option<Counter>,
}

/// The clock that [`now`] reads, and its cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Now {
    /// The instructions that read the counter in order, or the clock's name.
    pub name: &'static str,
    /// The smallest non-zero step between two readings, in nanoseconds.
    pub resolution_ns: f64,
    /// The cost of one reading in nanoseconds, the minimum over batches.
    pub cost_ns: f64,
}

/// The processor's time counter: `rdtsc` on x86, `cntvct_el0` on 64-bit ARM. It does not count the core's cycles: on
/// current processors it has a constant rate, whatever the core's frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counter {
    /// The counter's name.
    pub name: &'static str,
    /// Ticks per second, measured against the clock.
    pub hertz: f64,
    /// The cost of one unordered reading in nanoseconds, the minimum over batches.
    pub cost_ns: f64,
}

const BATCHES: u32 = 200;
const READS: u32 = 64;
const INSTANT: &str = "std::time::Instant";

impl Clock {
    /// Measures the clock. Takes about 20 ms.
    ///
    /// Method: the cost is the minimum over 200 batches of 64 readings each, because interruptions only add time. The
    /// resolution is the smallest non-zero difference between consecutive readings. The counter's rate is measured once
    /// in a process, over 15 ms between two readings of both clocks, each the fastest of 16.
    pub fn measure() -> Clock {
        Clock {
            name: INSTANT,
            resolution_ns: resolution_ns(Instant::now, |next, first| next - first),
            cost_ns: cost_ns(|| {
                std::hint::black_box(Instant::now());
            }),
            now: Now {
                name: if counts() { crate::arch::IN_ORDER } else { INSTANT },
                resolution_ns: resolution_ns(now, Tick::since),
                cost_ns: cost_ns(|| {
                    std::hint::black_box(now());
                }),
            },
            counter: COUNTER_NAME.map(|name| Counter {
                name,
                hertz: hertz(),
                cost_ns: cost_ns(|| {
                    std::hint::black_box(counter());
                }),
            }),
        }
    }
}

fn resolution_ns<T: Copy + PartialEq>(read: impl Fn() -> T, between: impl Fn(T, T) -> Duration) -> f64 {
    let mut least = Duration::MAX;
    for _ in 0..BATCHES {
        let first = read();
        let mut next = first;
        while next == first {
            next = read();
        }
        // A step may be smaller than a duration can represent.
        least = least.min(between(next, first).max(Duration::from_nanos(1)));
    }
    least.as_secs_f64() * 1e9
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

/// The counter's ticks per second, measured once.
fn hertz() -> f64 {
    static HERTZ: OnceLock<f64> = OnceLock::new();
    *HERTZ.get_or_init(|| {
        let (first_at, first) = both();
        std::thread::sleep(Duration::from_millis(15));
        let (last_at, last) = both();
        last.wrapping_sub(first) as f64 / (last_at - first_at).as_secs_f64()
    })
}

/// The clock and the counter at one moment: the fastest of several readings, so that no interruption came between.
fn both() -> (Instant, u64) {
    let readings = (0..16).map(|_| {
        let before = Instant::now();
        let ticks = counter();
        (before.elapsed(), before, ticks)
    });
    let (_, at, ticks) = readings.min_by_key(|(took, ..)| *took).expect("there are sixteen");
    (at, ticks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::CachePadded;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn a_measured_clock_has_positive_finite_figures() {
        let clock = Clock::measure();
        for cost in [clock.cost_ns, clock.now.cost_ns] {
            assert!(cost > 0.0 && cost.is_finite(), "{clock:?}");
        }
        for resolution in [clock.resolution_ns, clock.now.resolution_ns] {
            assert!(resolution > 0.0 && resolution < 1e9, "{clock:?}");
        }
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

    #[test]
    fn the_time_since_an_earlier_point_is_what_the_system_counts() {
        let (before, first) = (Instant::now(), now());
        std::thread::sleep(Duration::from_millis(20));
        let inside = now().since(first);
        let outside = before.elapsed();
        assert!(inside >= Duration::from_millis(19), "{inside:?}");
        assert!(inside <= outside * 2, "{inside:?} of {outside:?}");
        assert_eq!(first.since(now()), Duration::ZERO);
    }

    /// The last reading of any thread is stored in one place: a thread that reads the clock after it has seen that
    /// value must not read less.
    #[test]
    fn the_clock_never_goes_backwards_between_threads() {
        const READINGS: u64 = 200_000;
        static LAST: CachePadded<AtomicU64> = CachePadded::new(AtomicU64::new(0));
        let read = || {
            for _ in 0..READINGS {
                let last = LAST.load(Ordering::Acquire);
                let read = now().raw();
                assert!(read >= last, "{read} after {last}");
                LAST.fetch_max(read, Ordering::AcqRel);
            }
        };
        let threads = std::thread::available_parallelism().map_or(2, |cpus| cpus.get().max(2));
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads)
                .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, read).ok())
                .collect();
            if others.is_empty() {
                println!("skipped: this platform has no threads");
            }
            read();
        });
    }

    #[test]
    fn a_clock_that_is_not_the_counter_says_why() {
        let facility = |name| {
            let all = crate::facilities();
            all.iter().find(|facility| facility.name == name).unwrap().status
        };
        assert_eq!(
            facility("clock") == Status::Supported,
            facility("cycle-counter") == Status::Supported
        );
        assert_ne!(
            matches!(facility("cycle-counter"), Status::Unsupported(_)),
            COUNTER_NAME.is_some()
        );
    }
}
