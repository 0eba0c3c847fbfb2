//! Why there is no outcome of a child.

use super::Outcome;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why there is no outcome of a child.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This process is a child itself.
    #[error(
        "a child process in the role {role:?} tried to start another: ask for the role first thing in main, before any \
         other work"
    )]
    Recursion {
        /// The role of this process.
        role: String,
    },
    /// The program's own file is not known.
    #[error("could not find the file of the running program to execute it again: {0}")]
    Program(#[source] io::Error),
    /// The child could not be started.
    #[error("could not start {} in the role {role:?}: {source}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The role that it was to have.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program was started and did not greet: it does not know that it may be a child.
    #[error(
        "{} did not greet as a child process in the role {role:?}: {instead}, {} ms after its start; its main must begin \
         by asking for its role, as tollgate::worker::run_if_worker and tollgate_meter::run_if_measuring do, or another \
         program must be named that does",
        program.display(), waited.as_millis()
    )]
    NoGreeting {
        /// The program.
        program: PathBuf,
        /// The role that it was to have.
        role: String,
        /// What it did instead.
        instead: Box<Instead>,
        /// From its start until that was known.
        waited: Duration,
    },
    /// Limits were asked for where the platform has none.
    #[error("could not limit what the child in the role {role:?} may use: {reason}")]
    LimitsUnsupported {
        /// The role that it was to have.
        role: String,
        /// The platform's reason, as in the facility `child-limits`.
        reason: &'static str,
    },
    /// The child greeted, and could not begin its task.
    #[error("the child in the role {role:?} could not begin: {reason}")]
    Refused {
        /// Its role.
        role: String,
        /// What it said.
        reason: String,
    },
    /// The child could not be waited for.
    #[error("could not wait for the child in the role {role:?}: {source}")]
    Wait {
        /// Its role.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// The child's output could not be read to its end.
    #[error("could not read what the child in the role {role:?} answered: {source}")]
    Output {
        /// Its role.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// The child wrote more than the limit.
    #[error("the child in the role {role:?} answered more than {limit} bytes")]
    OutputLimit {
        /// Its role.
        role: String,
        /// The limit in bytes.
        limit: u64,
    },
}

/// What a program did instead of greeting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Instead {
    /// It greeted in another version of this module's manner.
    #[error(
        "it speaks version {found:?} of the greeting, and this program version {}",
        super::wire::VERSION
    )]
    Version {
        /// The version that it greeted with.
        found: String,
    },
    /// It ended.
    #[error("it {outcome} {}", wrote(said))]
    Ended {
        /// How.
        outcome: Outcome,
        /// The beginning of what it wrote.
        said: String,
    },
    /// It was still running, and was killed.
    #[error("it was still running {}", wrote(said))]
    Running {
        /// The beginning of what it wrote.
        said: String,
    },
}

fn wrote(said: &str) -> String {
    if said.is_empty() {
        "without having written anything".to_owned()
    } else {
        format!("after it wrote {said:?}")
    }
}
