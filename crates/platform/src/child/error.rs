//! Why there is no outcome of a child.

use super::Outcome;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why there is no outcome of a child.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This process is a child that did not ask for its role.
    #[error(
        "a child process in the role {role:?} tried to start another before it asked for its role: ask at the beginning of \
         main, before any other work"
    )]
    Recursion {
        /// The role of this process.
        role: String,
    },
    /// Too many children stand above this process, itself included.
    #[error("could not start a child process: child processes are already nested {deepest} deep, which is the limit")]
    TooDeep {
        /// How many there may be.
        deepest: u32,
    },
    /// The program's own file is not known.
    #[error("could not find the executable of the running program, to start it again: {0}")]
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
        "{} did not greet as a child process in the role {role:?}: {instead}, {} ms after its start; its main must \
         begin by asking for its role, as tollgate::worker::run_if_worker and tollgate_meter::run_if_measuring do, or \
         another program must be named that does",
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
    #[error("could not set limits for the child in the role {role:?}: {reason}")]
    LimitsUnsupported {
        /// The role that it was to have.
        role: String,
        /// The platform's reason, as in the facility `child-limits`.
        reason: &'static str,
    },
    /// The child greeted, and could not begin its task.
    #[error("the child in the role {role:?} could not start its task: {reason}")]
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
    #[error("could not read the answer of the child in the role {role:?}: {source}")]
    Output {
        /// Its role.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// A call in the child returned in two processes: the called code forked.
    #[error(
        "a call in the child in the role {role:?} returned in two processes, so its result is not used: the code that \
         was called forked, and process {process} went on beside the one that was started"
    )]
    TwoProcesses {
        /// Its role.
        role: String,
        /// The process that spoke where it should not.
        process: u32,
    },
    /// The child had more processes and threads than it may.
    #[error(
        "the child in the role {role:?} had {found} processes and threads, and the limit is {limit}: it was killed with \
         all that it started"
    )]
    ProcessLimit {
        /// Its role.
        role: String,
        /// The limit.
        limit: u64,
        /// How many were seen.
        found: u64,
    },
    /// The child said nothing for too long.
    #[error("the child in the role {role:?} made no progress for {} s and was killed", silence.as_secs_f64())]
    Silent {
        /// Its role.
        role: String,
        /// How long it may say nothing.
        silence: Duration,
    },
    /// No reply came in time.
    #[error("the child in the role {role:?} timed out: no reply within {} s, and it was killed", within.as_secs_f64())]
    Late {
        /// Its role.
        role: String,
        /// The time that it had: the request's own, or the session's as a whole, whichever ended first.
        within: Duration,
    },
    /// The child ended without a reply.
    #[error("the child in the role {role:?} {outcome} before it replied")]
    Gone {
        /// Its role.
        role: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// The session failed before.
    #[error("the session with the child in the role {role:?} has failed: start a new one")]
    Over {
        /// Its role.
        role: String,
    },
    /// The child wrote more than the limit.
    #[error("the answer of the child in the role {role:?} is too large: the limit is {limit} bytes")]
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
        "it uses version {found:?} of the greeting, and this program uses version {}",
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
        "without output".to_owned()
    } else {
        format!("after it printed {said:?}")
    }
}
