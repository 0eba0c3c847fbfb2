//! What keeps a crossing from giving a result.

use std::fmt;
use std::time::Duration;
use tollgate_abi::Status;

/// A crossing, and what kept it from giving a result. Boxed, so that a crossing that worked comes back in a register.
pub(crate) type Crossed<T = ()> = Result<T, Box<Fault>>;

/// Why a crossing gave no result.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The plugin failed, with this status, and said this.
    Plugin(Status, Said),
    /// The plugin broke the contract.
    Contract(String),
    /// Code of the program itself panicked while the host ran it for the plugin.
    Callback(String),
    /// The other side is gone.
    #[cfg_attr(
        not(any(test, feature = "thread-boundary")),
        expect(dead_code, reason = "no boundary in process loses it")
    )]
    Lost(Lost),
}

/// What a plugin said of its failure.
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
    /// It ended, in this way.
    Died(String),
    /// It had not answered after this time, and was ended.
    Deadline(Duration),
    /// It cannot be reached any more.
    Disconnected,
}

impl Lost {
    /// Whether the same call may work when it is made again, on another instance.
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
