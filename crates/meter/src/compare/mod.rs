//! Compares with a baseline: two measurements of the same rows, at two times or of two builds.
//!
//! # How it decides
//! A row's time has changed if two things hold. The change is *significant*: a pair of one-sided Welch t-tests on
//! the logarithms of the processes' minima rejects that there is none, with Holm's correction over all rows, so that a
//! comparison of a program with itself errs in one or more rows at most once in a hundred times. And it is
//! *large enough*: the estimate is at least the tolerance, to which a change of the processor's own speed is added.
//!
//! Any increase of an instruction count is a regression of its own if counts are exact on both sides:
//! if compilers and flags are the same.
//!
//! The time of a row is not judged if it has too few undisturbed batches, or if it has a placement in a virtual
//! machine: the hypervisor chooses the cores of its CPUs, and the choice changes from run to run.

mod refusal;

pub use refusal::{Refusal, suits};

use crate::report::{Estimate, Report, RowReport};
use crate::row::Mode;
use crate::statistics::{CONFIDENCE, mean, rejected};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The default tolerance: a change of a row's price below 2 % does not count.
pub const TOLERANCE: f64 = 0.02;

/// What has changed since a baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The confidence that no unchanged row is reported as changed, over all rows together.
    pub confidence: f64,
    /// The smallest change that counts, as a part of the price.
    pub tolerance: f64,
    /// The rows that both have, in the order of the new measurement.
    pub rows: Vec<Change>,
    /// Rows of the baseline that are no longer measured.
    pub gone: Vec<String>,
    /// Rows that the baseline does not have.
    pub new: Vec<String>,
    /// What else has changed, which may explain the rest: system, compiler, flags, speed.
    pub circumstances: Vec<Circumstance>,
}

/// One row in both measurements.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The row's name.
    pub row: String,
    /// Its boundary.
    pub boundary: Option<String>,
    /// Its placement.
    pub placement: Option<String>,
    /// Its payload.
    pub payload: Option<u64>,
    /// Its mode.
    pub mode: Mode,
    /// The minimum in the baseline, in nanoseconds.
    pub before_ns: f64,
    /// The minimum now.
    pub now_ns: f64,
    /// The processes' minima now over those then, as the ratio of their geometric means with its interval at 99 %
    /// confidence for this row alone. 1 is no change.
    pub ratio: Estimate,
    /// The verdict on the times.
    pub time: Verdict,
    /// Why the times are not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<String>,
    /// Instructions per call in both, if both are exact and can be compared.
    pub instructions: Option<Instructions>,
    /// Whether it costs more, in time or in instructions.
    pub regression: bool,
}

/// The verdict on the times of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It costs more.
    Slower,
    /// It costs less.
    Faster,
    /// No change that is significant and large enough.
    Same,
    /// Its times are not judged.
    Unjudged,
}

/// Instructions a call, exact.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Instructions {
    /// In the baseline.
    pub before: f64,
    /// Now.
    pub now: f64,
}

/// Something else that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Circumstance {
    /// What.
    pub what: &'static str,
    /// In the baseline.
    pub before: String,
    /// Now.
    pub now: String,
}

impl Comparison {
    /// The rows that cost more than they did.
    pub fn regressions(&self) -> impl Iterator<Item = &Change> {
        self.rows.iter().filter(|row| row.regression)
    }
}

/// Compares a measurement with a baseline. `tolerance` is the smallest change that counts, as a part of the price.
///
/// # Errors
/// [`Refusal`] if they cannot be compared.
pub fn compare(baseline: &Report, now: &Report, tolerance: f64) -> Result<Comparison, Refusal> {
    suits(baseline, &now.machine, now.method.processes, now.method.batches)?;
    let before = |row: &RowReport| baseline.rows.iter().find(|other| other.is_same_row(row));
    let pairs: Vec<(&RowReport, &RowReport)> = now.rows.iter().filter_map(|row| Some((before(row)?, row))).collect();
    if pairs.is_empty() {
        return Err(Refusal::NothingInCommon);
    }
    let drift = match (baseline.machine.ghz, now.machine.ghz) {
        (Some(before), Some(now)) => (now / before - 1.0).abs(),
        _ => 0.0,
    };
    let exact = baseline.machine.build == now.machine.build && baseline.method.unroll == now.method.unroll;
    let placed = now.machine.virtualised != Some(false);
    let times: Vec<Time> = pairs
        .iter()
        .map(|(before, row)| Time::of(before, row, placed))
        .collect();
    let slower = rejected(&times.iter().map(|time| time.no_slower).collect::<Vec<_>>());
    let faster = rejected(&times.iter().map(|time| time.no_faster).collect::<Vec<_>>());
    let rows = pairs.iter().zip(times).enumerate().map(|(at, ((before, row), time))| {
        let least = tolerance + drift;
        let verdict = match time.ratio.value {
            _ if time.unjudged.is_some() => Verdict::Unjudged,
            ratio if slower[at] && ratio >= 1.0 + least => Verdict::Slower,
            ratio if faster[at] && ratio <= 1.0 / (1.0 + least) => Verdict::Faster,
            _ => Verdict::Same,
        };
        let instructions = match (before.instructions, row.instructions) {
            (Some(before), Some(now)) if exact => Some(Instructions { before, now }),
            _ => None,
        };
        Change {
            row: row.row.clone(),
            boundary: row.boundary.clone(),
            placement: row.placement.clone(),
            payload: row.payload,
            mode: row.mode,
            before_ns: before.ns.min,
            now_ns: row.ns.min,
            ratio: time.ratio,
            time: verdict,
            unjudged: time.unjudged,
            instructions,
            regression: verdict == Verdict::Slower || instructions.is_some_and(|count| count.now > count.before),
        }
    });
    Ok(Comparison {
        confidence: CONFIDENCE,
        tolerance,
        rows: rows.collect(),
        gone: missing(baseline, now),
        new: missing(now, baseline),
        circumstances: circumstances(baseline, now),
    })
}

/// The rows of the first that the second lacks.
fn missing(one: &Report, other: &Report) -> Vec<String> {
    let lacks = |row: &&RowReport| !other.rows.iter().any(|known| known.is_same_row(row));
    one.rows.iter().filter(lacks).map(RowReport::title).collect()
}

/// The tests of one row's times, before the correction over all rows.
struct Time {
    ratio: Estimate,
    /// How likely these minima would be if the row were no slower, and no faster.
    no_slower: f64,
    no_faster: f64,
    unjudged: Option<String>,
}

impl Time {
    fn of(before: &RowReport, now: &RowReport, placed: bool) -> Time {
        let logs = |row: &RowReport| -> Vec<f64> { row.per_process.iter().map(|process| process.min.ln()).collect() };
        let (before_logs, now_logs) = (logs(before), logs(now));
        let (difference, error, freedom) = welch(&before_logs, &now_logs);
        let students = StudentsT::new(0.0, 1.0, freedom).ok();
        let unjudged = match (&before.unsteady, &now.unsteady, &now.placement) {
            (Some(why), _, _) => Some(format!("in the baseline, {why}")),
            (_, Some(why), _) => Some(why.clone()),
            (_, _, Some(_)) if placed => Some(
                "the hypervisor chooses the cores of a virtual machine's CPUs, and the choice changes this row from \
                    run to run"
                    .to_owned(),
            ),
            _ => None,
        };
        let half = match &students {
            Some(t) => t.inverse_cdf((1.0 + CONFIDENCE) / 2.0) * error,
            None => 0.0,
        };
        let likelihood = |difference: f64| match &students {
            _ if unjudged.is_some() || !error.is_finite() => 1.0,
            Some(t) if error > 0.0 => t.sf(difference / error),
            // All processes agree.
            _ if difference > 0.0 => 0.0,
            _ => 1.0,
        };
        Time {
            ratio: Estimate {
                value: difference.exp(),
                low: (difference - half).exp(),
                high: (difference + half).exp(),
            },
            no_slower: likelihood(difference),
            no_faster: likelihood(-difference),
            unjudged,
        }
    }
}

/// The difference of two means, its standard error, and its degrees of freedom (Welch, 1947). With fewer than two
/// values on a side the error is infinite. If all values are equal it is 0, and the degrees of freedom are
/// NaN.
fn welch(one: &[f64], other: &[f64]) -> (f64, f64, f64) {
    let ((a, a_error), (b, b_error)) = (mean(one), mean(other));
    let (a_squared, b_squared) = (a_error.powi(2), b_error.powi(2));
    let squared = a_squared + b_squared;
    let freedom = squared.powi(2)
        / (a_squared.powi(2) / (one.len() as f64 - 1.0) + b_squared.powi(2) / (other.len() as f64 - 1.0));
    (b - a, squared.sqrt(), freedom)
}

fn circumstances(baseline: &Report, now: &Report) -> Vec<Circumstance> {
    let list = |report: &Report| {
        let machine = &report.machine;
        let build = &machine.build;
        [
            ("system", machine.os.clone()),
            ("Rust compiler", build.rustc.clone()),
            ("C compiler", build.c_compiler.clone().unwrap_or_default()),
            ("profile", build.profile.clone()),
            ("optimisation level", build.opt_level.clone()),
            ("target features", build.target_features.clone()),
            ("RUSTFLAGS", build.rustflags.clone()),
            (
                "speed in GHz",
                machine.ghz.map_or(String::new(), |ghz| format!("{ghz:.2}")),
            ),
        ]
    };
    list(baseline)
        .into_iter()
        .zip(list(now))
        .filter(|((_, before), (_, now))| before != now)
        .map(|((what, before), (_, now))| Circumstance { what, before, now })
        .collect()
}

#[cfg(test)]
mod tests;
