//! One process's measurement: all rows' batches, interleaved at random.

use crate::arch;
use crate::hardware::Hardware;
use crate::row::{Mode, Row, Rows};
use crate::statistics::median;
use crate::timed::{Dependent, Latency, Throughput, Timed, UNROLL};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tollgate_platform::counters::{self, Counted, Counters};
use tollgate_platform::load::{self, Reading};

/// The shortest batch; doubling makes the longest twice as long. A reading of the clock is within 0.1 % of it, and a
/// scheduler's time slice is far longer, so that most batches are not interrupted.
pub(crate) const BATCH: Duration = Duration::from_micros(50);

/// The limit of calibration: no processor makes this many calls in a batch.
const MOST: u64 = 1 << 32;

/// The fewest batches of a row whose calls overfill a batch. Such a row has fewer batches, so that it takes no more
/// time than others.
const FEWEST_BATCHES: u32 = 10;

/// A call that takes longer than this, in nanoseconds, is stepped alone and not eight at a time.
const LONG_NS: f64 = 15.0;

/// What one process measured of one row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PerProcess {
    /// Nanoseconds per call in the fastest batch that others confirm: of a hundred batches the third fastest, of fewer
    /// than fifty the fastest. A single batch can be about 3 % faster than any other, by an accident of the branch
    /// predictor.
    pub min: f64,
    /// Nanoseconds per call in the median batch.
    pub median: f64,
    /// Batches.
    pub batches: u32,
    /// Calls in each batch; of a row that repeats its work, the times that it is done.
    pub calls: u64,
    /// Calls in each round of the loop: 8, or 1 if eight calls would overfill a batch.
    pub unroll: u64,
    /// Nanoseconds of the first call in this process, a reading of the clock included. Nothing touched the function or
    /// its data before.
    #[serde(default)]
    pub first: f64,
    /// Undisturbed batches: those within 5 % of the fastest.
    #[serde(default)]
    pub undisturbed: u32,
}

/// What one process measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// In the order of the requested rows.
    pub(crate) rows: Vec<PerProcess>,
    /// The price of an empty body in each mode: the loop's own.
    pub(crate) floor_latency: PerProcess,
    pub(crate) floor_throughput: PerProcess,
    /// One instruction of known latency, if there is one.
    pub(crate) dependent: PerProcess,
    /// For each row, the number of batches in each [`class`].
    pub(crate) classes: Vec<BTreeMap<i32, u32>>,
    /// The processor's counters for one more batch of each row, or why there are none.
    pub(crate) hardware: Result<Vec<Hardware>, String>,
    /// The part of the time in which this process was ready to run and did not, because of other programs; `None` if
    /// unknown.
    pub(crate) waited: Option<f64>,
    /// The part of the time of all CPUs that the hypervisor took away.
    pub(crate) stolen: Option<f64>,
}

/// The width of a class of batches: 2 %.
const CLASS: f64 = 1.02;

/// The class of a batch with this many nanoseconds per call.
fn class(ns: f64) -> i32 {
    (ns.max(1e-3).ln() / CLASS.ln()).round() as i32
}

/// The nanoseconds per call in the middle of a class.
pub(crate) fn middle(class: i32) -> f64 {
    CLASS.powi(class)
}

/// Times the first call of each chosen row, in nanoseconds. The process must not have called any before.
pub(crate) fn first_calls(rows: &mut Rows<'_>, chosen: &[usize]) -> Vec<f64> {
    chosen
        .iter()
        .map(|&index| {
            let row = &mut rows.list[index];
            row.prepared();
            if row.repeats > 1 {
                // The mean of many is not a first call.
                return 0.0;
            }
            let Row { body, input, .. } = row;
            let start = Instant::now();
            let answer = body.calls(*input, 1);
            let elapsed = start.elapsed();
            arch::keep(answer);
            elapsed.as_nanos() as f64
        })
        .collect()
}

/// One batch in this many is skipped before one counts as the fastest.
const CONFIRMING: usize = 50;

/// The fastest batch that others confirm, as [`PerProcess::min`] says.
fn confirmed(batches: &[f64]) -> f64 {
    let mut sorted = batches.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(batches.len() / CONFIRMING).copied().unwrap_or(f64::NAN)
}

/// How much one process measures.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Each row has about one batch in each.
    pub(crate) turns: u32,
    /// Of the order of batches.
    pub(crate) seed: u64,
}

struct Series<'r, 'a> {
    body: &'r mut (dyn Timed + 'a),
    input: u64,
    /// How often one call of the body does the work.
    repeats: u64,
    /// Rounds of eight calls, or single calls.
    unrolled: bool,
    count: u64,
    /// It takes part in one turn of so many.
    stride: u32,
    ns: Vec<f64>,
}

/// Measures the chosen rows, given by their indices in ascending order, with the floors and the calibrating
/// sequence.
///
/// `beat` is called between batches, and at other times when nothing is timed.
pub(crate) fn measure(rows: &mut Rows<'_>, chosen: &[usize], plan: Plan, mut beat: impl FnMut()) -> Sample {
    let mut floor_latency = Latency(|x| x);
    let mut floor_throughput = Throughput(|x| x);
    let mut dependent = Dependent;
    let mut series: Vec<Series<'_, '_>> = rows
        .list
        .iter_mut()
        .enumerate()
        .filter(|(index, _)| chosen.contains(index))
        .map(|(_, row)| {
            beat();
            let Row {
                body, input, repeats, ..
            } = row;
            Series {
                repeats: *repeats,
                ..Series::calibrated(body.as_mut(), *input)
            }
        })
        .collect();
    series.push(Series::calibrated(&mut floor_latency, 1));
    series.push(Series::calibrated(&mut floor_throughput, 1));
    series.push(Series::calibrated(&mut dependent, 3));
    let (load, began) = (load::read(), Instant::now());

    for series in &mut series {
        let longest = plan.turns / FEWEST_BATCHES;
        series.stride = series.stride.min(longest.max(1));
    }
    let mut random = Random(plan.seed);
    let mut order: Vec<usize> = (0..series.len()).collect();
    for turn in 0..plan.turns {
        random.shuffle(&mut order);
        for &index in &order {
            if turn % series[index].stride == 0 {
                beat();
                series[index].batch();
            }
        }
    }
    let part = |of: fn(&Reading) -> Duration, cpus: usize| {
        let passed = load::read()?.since(&load?);
        Some(of(&passed).as_secs_f64() / (began.elapsed().as_secs_f64() * cpus as f64))
    };
    let waited = part(|load| load.waited, 1);
    let stolen = part(|load| load.stolen, tollgate_platform::machine().cores.max(1));
    let rows = series.len() - 3;
    let hardware = hardware(&mut series[..rows]);
    let mut classes: Vec<BTreeMap<i32, u32>> = series.iter().map(Series::classes).collect();
    classes.truncate(rows);
    let mut results: Vec<PerProcess> = series.iter().map(Series::result).collect();
    let dependent = results.pop().expect("three series were added");
    let floor_throughput = results.pop().expect("three series were added");
    let floor_latency = results.pop().expect("three series were added");
    Sample {
        rows: results,
        floor_latency,
        floor_throughput,
        dependent,
        classes,
        hardware,
        waited,
        stolen,
    }
}

/// One more batch of each, with the processor's own counters.
fn hardware(series: &mut [Series<'_, '_>]) -> Result<Vec<Hardware>, String> {
    let mut counters = Counters::open().map_err(|error| match counters::status().reason() {
        Some(reason) => reason.to_owned(),
        None => error.to_string(),
    })?;
    let count = |series: &mut Series<'_, '_>| {
        let counted = counters.count(|| {
            series.time();
        });
        let Counted {
            cycles,
            instructions,
            branch_misses,
            cache_misses,
        } = counted.map_err(|error| error.to_string())?;
        let a_call = |count: u64| count as f64 / series.calls() as f64;
        Ok(Hardware {
            cycles: a_call(cycles),
            instructions: a_call(instructions),
            branch_misses: a_call(branch_misses),
            cache_misses: a_call(cache_misses),
        })
    };
    series.iter_mut().map(count).collect()
}

impl<'r, 'a> Series<'r, 'a> {
    /// Doubles the calls of a batch until it is long enough, three times in a row.
    fn calibrated(body: &'r mut (dyn Timed + 'a), input: u64) -> Series<'r, 'a> {
        let mut series = Series {
            body,
            input,
            repeats: 1,
            unrolled: false,
            count: 1,
            stride: 1,
            ns: Vec::new(),
        };
        series.time(); // what happens at a first call only
        let one_call = (0..3).map(|_| series.time()).min().unwrap_or_default();
        series.unrolled = one_call * (UNROLL as u32) < 2 * BATCH;
        loop {
            let elapsed = (0..3).map(|_| series.time()).min().unwrap_or_default();
            if elapsed >= BATCH || series.count >= MOST {
                if series.count == 1 {
                    // One call is the shortest batch.
                    let batches = elapsed.as_nanos().div_ceil(2 * BATCH.as_nanos());
                    series.stride = u32::try_from(batches).unwrap_or(u32::MAX);
                }
                return series;
            }
            series.count *= 2;
        }
    }

    fn time(&mut self) -> Duration {
        let start = Instant::now();
        let answer = match self.unrolled {
            true => self.body.rounds(self.input, self.count),
            false => self.body.calls(self.input, self.count),
        };
        let elapsed = start.elapsed();
        arch::keep(answer);
        elapsed
    }

    fn unroll(&self) -> u64 {
        if self.unrolled { UNROLL } else { 1 }
    }

    /// How often a batch does the work.
    fn calls(&self) -> u64 {
        self.count * self.unroll() * self.repeats
    }

    fn batch(&mut self) {
        let elapsed = self.time();
        let ns = elapsed.as_nanos() as f64 / self.calls() as f64;
        self.ns.push(ns);
    }

    fn classes(&self) -> BTreeMap<i32, u32> {
        let mut classes = BTreeMap::new();
        for &ns in &self.ns {
            *classes.entry(class(ns)).or_default() += 1;
        }
        classes
    }

    fn result(&self) -> PerProcess {
        let fastest = confirmed(&self.ns);
        let undisturbed = self.ns.iter().filter(|&&ns| ns <= 1.05 * fastest);
        PerProcess {
            first: 0.0,
            undisturbed: undisturbed.count() as u32,
            min: fastest,
            median: median(&self.ns),
            batches: self.ns.len() as u32,
            calls: self.calls(),
            unroll: self.unroll(),
        }
    }
}

impl PerProcess {
    /// Whether to step the unrolled loop: the one that was timed, unless a call takes so long that stepping
    /// eight of them takes too long, and then the other loop's instructions do not matter.
    pub(crate) fn steps_unrolled(&self) -> bool {
        self.unroll == UNROLL && self.min < LONG_NS
    }
}

impl Sample {
    /// The floor of a mode's loop.
    pub(crate) fn floor(&self, mode: Mode) -> &PerProcess {
        match mode {
            Mode::Latency => &self.floor_latency,
            Mode::Throughput => &self.floor_throughput,
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): enough for an order of batches, and repeatable by its seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Fisher and Yates's shuffle. The remainder's bias, below 2^-50 for any list of rows, does not matter here.
    fn shuffle(&mut self, order: &mut [usize]) {
        for end in (1..order.len()).rev() {
            let other = self.next() % (end as u64 + 1);
            order.swap(end, other as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_sequence() {
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_lone_lucky_batch_is_not_taken_for_the_price() {
        let mut batches = vec![1.117; 100];
        (batches[7], batches[93]) = (1.083, 1.084);
        assert_eq!(confirmed(&batches), 1.117);
        batches[20] = 1.083;
        assert_eq!(confirmed(&batches), 1.084);
        assert_eq!(confirmed(&[3.0, 2.0, 4.0]), 2.0);
    }

    #[test]
    fn a_shuffle_loses_and_doubles_nothing() {
        let mut order: Vec<usize> = (0..100).collect();
        Random(7).shuffle(&mut order);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_row_that_repeats_its_work_is_priced_for_one_time() {
        let slow = |x| {
            std::thread::sleep(Duration::from_micros(300));
            x
        };
        let mut rows = Rows::new().row(Row::throughput("a thousand", slow).repeats(1000));
        assert_eq!(first_calls(&mut rows, &[0]), [0.0]);
        let sample = measure(&mut rows, &[0], Plan { turns: 20, seed: 1 }, || {});
        assert_eq!((sample.rows[0].calls, sample.rows[0].unroll), (1000, 1));
        // A sleep of 0.3 ms is at least 300 ns a time.
        assert!(sample.rows[0].min >= 300.0, "{:?}", sample.rows[0]);
        assert!(sample.rows[0].min < 300e3, "{:?}", sample.rows[0]);
    }

    #[test]
    fn a_sample_holds_the_chosen_rows_with_batches_for_each() {
        let mut rows = Rows::new()
            .row(Row::latency("a", |x| x + 1))
            .row(Row::latency("not chosen", |_| panic!("it was called")))
            .row(Row::throughput("slow", |x| {
                std::thread::sleep(Duration::from_micros(300));
                x
            }));
        let sample = measure(&mut rows, &[0, 2], Plan { turns: 20, seed: 1 }, || {});
        assert_eq!(sample.rows.len(), 2);
        assert_eq!(sample.rows[0].batches, 20);
        assert_eq!((sample.rows[1].calls, sample.rows[1].unroll), (1, 1));
        assert!(sample.rows[1].batches >= FEWEST_BATCHES && sample.rows[1].batches < 20);
        assert!(sample.rows[1].min >= 300e3, "{:?}", sample.rows[1]);
        assert!(sample.floor(Mode::Latency).min > 0.0);
    }
}
