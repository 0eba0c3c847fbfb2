//! Two closures compared in a few lines, in one process.

use crate::Error;
use crate::count::count;
use crate::process::random_seed;
use crate::report::{Layouts, Report};
use crate::row::{Row, Rows};
use crate::sample::{Plan, Sample, measure};
use crate::summary::{self, Measured};
use crate::symbols::Symbols;
use std::hint::black_box;
use tollgate_platform::fork;

const PASSES: usize = 8;
const TURNS: u32 = 60;

/// Prices closures in forked children of this process, as long as it has one thread, or else in this process itself.
/// What the closures change is seen by nobody then, and one that crashes is an error.
///
/// Forks share their parent's layout of addresses, so it sees one layout, where an accident can move a call by some 6
/// %; the report says so, and calls rows a tie that are not farther apart. [`run`](crate::run) measures in several
/// processes instead.
///
/// ```
/// use std::hint::black_box;
/// use tollgate_meter::Meter;
///
/// let prices = Meter::new()
///     .row("mine", || black_box(7u64).count_ones())
///     .row("theirs", || black_box(7u64).to_string())
///     .run()?;
/// println!("{prices}"); // says "tie" when it is one
/// # Ok::<(), tollgate_meter::Error>(())
/// ```
#[derive(Debug)]
pub struct Meter<'a> {
    rows: Rows<'a>,
    turns: u32,
}

impl Default for Meter<'_> {
    fn default() -> Self {
        Meter::new()
    }
}

impl<'a> Meter<'a> {
    /// A meter without rows.
    pub fn new() -> Meter<'a> {
        Meter {
            rows: Rows::new(),
            turns: TURNS,
        }
    }

    /// Adds a closure. How often it can be called is timed, its answer handed to [`black_box`] included; a closure of
    /// constants alone is computed by the compiler, unless they pass through `black_box` too.
    pub fn row<R>(mut self, name: impl Into<String>, mut body: impl FnMut() -> R + 'a) -> Meter<'a> {
        let body = move |x| {
            black_box(body());
            x
        };
        self.rows.push(Row::throughput(name, body).check(|| Ok(())));
        self
    }

    /// Sets how many batches of 50 to 100 µs each row has in each of eight passes, instead of 60.
    pub fn batches(mut self, batches: u32) -> Meter<'a> {
        self.turns = batches.max(1);
        self
    }

    /// One pass, in a forked child where this process can be forked.
    fn pass(&mut self, chosen: &[usize], pass: usize, plan: Plan) -> Result<Sample, Error> {
        let answer =
            fork::run(|| serde_json::to_vec(&measure(&mut self.rows, chosen, plan, || {})).unwrap_or_default());
        match answer {
            Ok(sample) => serde_json::from_slice(&sample).map_err(|source| Error::Answer {
                process: pass + 1,
                source,
            }),
            // Here, then: what a pass leaves behind in the closures is there for the next.
            Err(fork::Error::Unsupported(_) | fork::Error::Threads(_)) => {
                Ok(measure(&mut self.rows, chosen, plan, || {}))
            }
            Err(source) => Err(Error::Fork { pass: pass + 1, source }),
        }
    }

    /// Measures: takes about 40 ms for each row, and where calls can be stepped some milliseconds more. Calls are
    /// stepped in a process of one thread only.
    ///
    /// # Errors
    /// [`Error::NoRows`] and [`Error::Duplicate`]; [`Error::Fork`], where a closure ends the child in which it is
    /// measured.
    pub fn run(mut self) -> Result<Report, Error> {
        self.rows.validate()?;
        let chosen: Vec<usize> = (0..self.rows.len()).collect();
        let plan = Plan {
            turns: self.turns,
            seed: random_seed(),
        };
        let samples = (0..PASSES)
            .map(|pass| {
                let seed = plan.seed.wrapping_add(pass as u64);
                self.pass(&chosen, pass, Plan { seed, ..plan })
            })
            .collect::<Result<Vec<Sample>, Error>>()?;
        let mut symbols = Symbols::default();
        let counts = chosen
            .iter()
            .map(|&index| {
                let unrolled = samples[0].rows[index].steps_unrolled();
                count(&mut self.rows, index, unrolled, &mut symbols)
            })
            .collect();
        let measured = Measured {
            plan,
            layouts: Layouts::One,
            samples,
            counts,
        };
        Ok(summary::report(&self.rows, &chosen, measured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_is_told_to_both_rows_and_one_layout_is_said() {
        let body = || black_box(3u64).wrapping_mul(5);
        let report = Meter::new()
            .row("mine", body)
            .row("theirs", body)
            .batches(10)
            .run()
            .unwrap();
        let tied = |row: &str, other: &str| report.row(row).unwrap().ties_with == [other];
        assert_eq!(tied("mine", "theirs"), tied("theirs", "mine"), "{report}");
        assert_eq!(report.to_string().contains("tie: theirs"), tied("mine", "theirs"));
        assert!(report.to_string().contains("one layout"));
    }

    #[test]
    fn a_hundred_thousand_steps_cost_more_than_one() {
        let report = Meter::new()
            .row("one", || black_box(1u64))
            .row("many", || (0..100_000u64).fold(0, |sum, x| black_box(sum ^ x)))
            .batches(10)
            .run()
            .unwrap();
        assert!(report.row("many").unwrap().ns.min > report.row("one").unwrap().ns.min);
    }

    #[test]
    fn a_meter_without_rows_is_refused() {
        assert!(matches!(Meter::new().run(), Err(Error::NoRows)));
    }
}
