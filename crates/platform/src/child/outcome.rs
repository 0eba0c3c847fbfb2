//! How a child ended.

use std::fmt;
use std::time::Duration;

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It handed a value over and exited with code 0.
    Value(Vec<u8>),
    /// It exited with another code, or with code 0 without a value.
    Exit {
        /// The exit code; -1 where the platform gives none, such as for a signal that it cannot name.
        code: i32,
    },
    /// A signal ended it.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// It was still running at its deadline, and was killed.
    Hang {
        /// The deadline, from its greeting.
        deadline: Duration,
    },
}

impl Outcome {
    /// The name of the signal that ended the child, such as `SIGSEGV`, where it was one that this platform names.
    pub fn signal_name(&self) -> Option<&'static str> {
        match self {
            Outcome::Signal { signal } => crate::sys::signal_name(*signal),
            _ => None,
        }
    }
}

/// A phrase to follow the child's name: `was killed by signal 11 (SIGSEGV)`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Value(value) => write!(f, "answered with {} bytes", value.len()),
            Outcome::Exit { code: 0 } => f.write_str("exited with code 0 without an answer"),
            Outcome::Exit { code } => write!(f, "exited with code {code}"),
            Outcome::Signal { signal } => match self.signal_name() {
                Some(name) => write!(f, "was killed by signal {signal} ({name})"),
                None => write!(f, "was killed by signal {signal}"),
            },
            Outcome::Hang { deadline } => {
                write!(f, "was still running after {} s and was killed", deadline.as_secs_f64())
            }
        }
    }
}

/// How a child ended, and what it said besides.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// Its notes, in their order: also those of a child that crashed or hung after them.
    pub notes: Vec<Vec<u8>>,
    /// The beginning of its standard error, where the builder captured it; else empty.
    pub stderr: Vec<u8>,
    /// Processes that it had started, that ran when it had ended, and that were killed then: those that its guardian
    /// saw.
    pub left_behind: u64,
}
