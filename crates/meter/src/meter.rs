//! Compares closures in a few lines of code, in one process.

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

/// Measures closures in forked children of this process if it has one thread, or else in this process itself.
/// In a child, the closures' changes are lost, and a crash is an error.
///
/// Forked children share their parent's address layout, and one layout can move a call by about 6 % by accident. The
/// report says so and calls rows that differ by less a tie. [`run`](crate::run) measures in several
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

    /// Adds a closure. Its throughput is measured, including the passing of its answer to [`black_box`]. A closure of
    /// constants only is computed by the compiler, unless they pass through `black_box` too.
    pub fn row<R>(mut self, name: impl Into<String>, mut body: impl FnMut() -> R + 'a) -> Meter<'a> {
        let body = move |x| {
            black_box(body());
            x
        };
        self.rows.push(Row::throughput(name, body).check(|| Ok(())));
        self
    }

    /// Sets the number of batches of 50 to 100 µs for each row in each of eight passes. The default is 60.
    pub fn batches(mut self, batches: u32) -> Meter<'a> {
        self.turns = batches.max(1);
        self
    }

    /// One pass, in a forked child if this process can be forked.
    fn pass(&mut self, chosen: &[usize], pass: usize, plan: Plan) -> Result<Sample, Error> {
        let answer =
            fork::run(|| serde_json::to_vec(&measure(&mut self.rows, chosen, plan, || {})).unwrap_or_default());
        match answer {
            Ok(sample) => serde_json::from_slice(&sample).map_err(|source| Error::Answer {
                process: pass + 1,
                source,
            }),
            // Otherwise in this process: the closures keep their changes from pass to pass.
            Err(fork::Error::Unsupported(_) | fork::Error::Threads(_)) => {
                Ok(measure(&mut self.rows, chosen, plan, || {}))
            }
            Err(source) => Err(Error::Fork { pass: pass + 1, source }),
        }
    }

    /// Measures: takes about 40 ms for each row, and some milliseconds more if calls can be stepped. Calls are
    /// stepped only in a process of one thread.
    ///
    /// # Errors
    /// [`Error::NoRows`] and [`Error::Duplicate`]; [`Error::Fork`] if a closure ends the child in which it is
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
        // On a busy machine a row may have too few undisturbed batches, and then the text says that instead.
        let compared = report.row("mine").unwrap().unsteady.is_none();
        assert_eq!(
            report.to_string().contains("tie: theirs"),
            tied("mine", "theirs") && compared
        );
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
