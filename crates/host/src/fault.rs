//! Why a crossing gave no result.

use std::fmt;
use std::time::Duration;
use tollgate_abi::Status;

/// The result of a crossing. The fault is boxed, so that a successful result fits in a register.
pub(crate) type Crossed<T = ()> = Result<T, Box<Fault>>;

/// Why a crossing gave no result.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The plugin failed, with this status and message.
    Plugin(Status, Said),
    /// The plugin broke the contract.
    Contract(String),
    /// The program's own code panicked while the host ran it for the plugin.
    Callback(String),
    /// The other side is lost.
    #[cfg_attr(
        not(any(test, feature = "thread-boundary")),
        expect(dead_code, reason = "no boundary in process loses it")
    )]
    Lost(Lost),
}

/// What a plugin reported about its failure.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) message: String,
    /// Its source file, or empty.
    pub(crate) file: String,
    /// The line in it, or 0.
    pub(crate) line: u32,
}

/// How the other side of a boundary was lost during a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// It exited or was killed, as described.
    Died(String),
    /// It did not answer within this time, and was killed.
    Deadline(Duration),
    /// It can no longer be reached.
    Disconnected,
}

impl Lost {
    /// Whether the same call may succeed when it is repeated on another instance.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Lost::Died(_) | Lost::Disconnected)
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lost::Died(how) => write!(f, "the plugin's side ended ({how})"),
            Lost::Deadline(deadline) => {
                write!(
                    f,
                    "the plugin's side did not answer within {} s",
                    deadline.as_secs_f64()
                )
            }
            Lost::Disconnected => f.write_str("the connection to the plugin's side is closed"),
        }
    }
}
