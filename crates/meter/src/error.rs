//! Why nothing was measured.

use crate::proof::ProofKind;
use std::time::Duration;
use tollgate_platform::child;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row's answer was wrong.
    #[error("nothing was measured: the row {row:?} gave a wrong answer: {detail}")]
    WrongAnswer {
        /// The row's name.
        row: String,
        /// What was wrong.
        detail: String,
    },
    /// A row has no answer and no check.
    #[error("the row {row:?} does not check its answer: add `answers` or a `check`")]
    Unchecked {
        /// The row's name.
        row: String,
    },
    /// Two rows differ only in their bodies.
    #[error("two rows are named {row:?} with the same boundary, placement, payload and mode: rename one")]
    Duplicate {
        /// Their name.
        row: String,
    },
    /// A row claims a kind of call, and the proof differs.
    #[error("the row {row:?} claims that its call is {claimed}, but the trace shows {found}")]
    FalseClaim {
        /// The row's name.
        row: String,
        /// What it claims.
        claimed: ProofKind,
        /// The proof.
        found: String,
    },
    /// A row's call copies more than it claims.
    #[error(
        "the row {row:?} claims that a call copies {claimed} bytes, but each call passed {found} bytes to memcpy and \
            memmove"
    )]
    Copies {
        /// The row's name.
        row: String,
        /// What it claims, in bytes.
        claimed: u64,
        /// What was counted, in bytes.
        found: f64,
    },
    /// There is nothing to measure.
    #[error("there are no rows to measure: add one")]
    NoRows,
    /// No row matches.
    #[error(
        "no row's name or boundary contains {}: names begin with {}",
        quoted(only, " or "),
        beginnings(rows)
    )]
    NoMatch {
        /// What was asked for.
        only: Vec<String>,
        /// The rows that exist.
        rows: Vec<String>,
    },
    /// A measuring process could not be started or waited for.
    #[error("cannot run measuring process {process}")]
    Process {
        /// Which one, from 1.
        process: usize,
        /// What went wrong.
        source: child::Error,
    },
    /// The program did not call `run_if_measuring`.
    #[error("measuring process {process} did not measure: call `tollgate_meter::run_if_measuring` first in `main`")]
    Forgotten {
        /// Which one, from 1.
        process: usize,
        /// What it did instead.
        source: child::Error,
    },
    /// A measuring process ended without an answer.
    #[error("measuring process {process} {ending}")]
    Ended {
        /// Which one, from 1.
        process: usize,
        /// How it ended.
        ending: Ending,
    },
    /// A forked child of this process, which measured rows, gave no answer.
    #[error("pass {pass} in a forked child gave no figures")]
    Fork {
        /// Which one, from 1.
        pass: usize,
        /// What went wrong.
        source: tollgate_platform::fork::Error,
    },
    /// A measuring process sent an answer that is not its part of the measurement.
    #[error("measuring process {process} sent an invalid answer: check that it is the same program")]
    Answer {
        /// Which one, from 1.
        process: usize,
        /// Where its answer is not what was expected.
        source: serde_json::Error,
    },
    /// A measuring process reported an error.
    #[error("measuring process {process} failed: {reason}")]
    Refused {
        /// Which one, from 1.
        process: usize,
        /// What it said.
        reason: String,
    },
}

fn quoted(texts: &[impl std::fmt::Debug], between: &str) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    texts.join(between)
}

/// What comes before the first comma or "of" in each name, once.
fn beginnings(names: &[String]) -> String {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        let beginning = name
            .split(',')
            .next()
            .and_then(|first| first.split(" of ").next())
            .unwrap_or(name);
        if !found.contains(&beginning) {
            found.push(beginning);
        }
    }
    quoted(&found, ", ")
}

/// How a measuring process ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ending {
    /// With an exit code.
    #[error("exited with code {0}")]
    Exit(i32),
    /// By a signal.
    #[error("was killed by signal {0}: a row may have crashed")]
    Signal(i32),
    /// It did not end in time.
    #[error(
        "timed out: it was still running after {0:?} and was killed; a row may wait forever, or the deadline is too \
            short"
    )]
    Hang(Duration),
    /// It made no progress.
    #[error("timed out: it made no progress for {0:?} and was killed; a row may wait forever")]
    Stuck(Duration),
}
