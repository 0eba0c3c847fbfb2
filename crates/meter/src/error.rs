//! Why nothing was measured.

use crate::report::ProofKind;
use std::time::Duration;
use tollgate_platform::child;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row's answer was not the one that was expected.
    #[error("the row {row:?} gave a wrong answer, so nothing is measured: {detail}")]
    WrongAnswer {
        /// The row's name.
        row: String,
        /// What was wrong.
        detail: String,
    },
    /// A row has no answer and no check.
    #[error("the row {row:?} checks no answer: give it `answers` or a `check`")]
    Unchecked {
        /// The row's name.
        row: String,
    },
    /// Two rows are the same but for their bodies.
    #[error("two rows are named {row:?} with the same boundary, placement, payload and mode: rename one")]
    Duplicate {
        /// Their name.
        row: String,
    },
    /// A row claims a kind of call that was not proved.
    #[error("the row {row:?} claims that its call is {claimed}, and what ran is {found}")]
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
        "the row {row:?} claims that a call copies {claimed} bytes, and {found} were handed to memcpy and memmove in each"
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
        /// The rows that there are.
        rows: Vec<String>,
    },
    /// A measuring process could not be started or waited for.
    #[error("could not run measuring process {process}")]
    Process {
        /// Which one, from 1.
        process: usize,
        /// What went wrong.
        source: child::Error,
    },
    /// The program did not ask whether it measures.
    #[error("measuring process {process} did not answer as one: `meter::run_if_measuring` must come first in `main`")]
    Forgotten {
        /// Which one, from 1.
        process: usize,
        /// What it did instead.
        source: child::Error,
    },
    /// A measuring process ended otherwise than with an answer.
    #[error("measuring process {process} {ending}")]
    Ended {
        /// Which one, from 1.
        process: usize,
        /// How it ended.
        ending: Ending,
    },
    /// A forked child of this process, in which rows were measured, gave no answer.
    #[error("pass {pass} in a forked child gave no figures")]
    Fork {
        /// Which one, from 1.
        pass: usize,
        /// What went wrong.
        source: tollgate_platform::fork::Error,
    },
    /// A measuring process answered something else than its part of a measurement.
    #[error("measuring process {process} answered with what is no part of a measurement: is it the same program?")]
    Answer {
        /// Which one, from 1.
        process: usize,
        /// Where its answer is not what was expected.
        source: serde_json::Error,
    },
    /// A measuring process refused.
    #[error("measuring process {process} refused: {reason}")]
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
    #[error("ended with exit code {0}")]
    Exit(i32),
    /// By a signal.
    #[error("was killed by signal {0}: a row may have crashed")]
    Signal(i32),
    /// It did not end in time.
    #[error("was still running after {0:?} and was killed: a row may wait for ever, or the deadline is too short")]
    Hang(Duration),
    /// It made no progress.
    #[error("did not come to the next batch of calls for {0:?} and was killed: a row may wait for ever")]
    Stuck(Duration),
}
