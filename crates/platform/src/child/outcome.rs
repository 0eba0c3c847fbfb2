//! How a child ended.

use std::fmt;
use std::time::Duration;

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It returned a value and exited with code 0.
    Value(Vec<u8>),
    /// It exited with another code, or with code 0 without a value.
    Exit {
        /// The exit code; -1 if the platform gives none, for example for an unknown signal.
        code: i32,
    },
    /// It was killed by a signal.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// It timed out: it was still running at its deadline, and was killed.
    Hang {
        /// The deadline, from its greeting.
        deadline: Duration,
    },
}

impl Outcome {
    /// The name of the signal that killed the child, such as `SIGSEGV`, if this platform has a name for it.
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

/// How a child ended, and its other output.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// Its notes, in order, including those of a child that crashed or hung later.
    pub notes: Vec<Vec<u8>>,
    /// The beginning of its standard error, if the builder captured it; otherwise empty.
    pub stderr: Vec<u8>,
    /// The number of processes that it started and that were still running after its end. They were killed. Only
    /// processes that its guardian saw are counted.
    pub left_behind: u64,
}
