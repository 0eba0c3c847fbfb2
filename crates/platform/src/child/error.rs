//! Why a child has no outcome.

use super::Outcome;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a child has no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This process is a child that has not asked for its role.
    #[error(
        "a child process in the role {role:?} tried to start another before it asked for its role: ask at the \
            beginning \
         of main, before any other work"
    )]
    Recursion {
        /// The role of this process.
        role: String,
    },
    /// This process is nested too deep to start a child.
    #[error("could not start a child process: child processes are already nested {deepest} deep, which is the limit")]
    TooDeep {
        /// The maximum depth.
        deepest: u32,
    },
    /// The program's own file was not found.
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
    /// The program was started but did not greet: it does not ask for its role.
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
        /// What happened instead.
        instead: Box<Instead>,
        /// The time from its start until then.
        waited: Duration,
    },
    /// Limits were set, and the platform does not support them.
    #[error("could not set limits for the child in the role {role:?}: {reason}")]
    LimitsUnsupported {
        /// The role that it was to have.
        role: String,
        /// The platform's reason, as in the facility `child-limits`.
        reason: &'static str,
    },
    /// The child greeted, but could not start its task.
    #[error("the child in the role {role:?} could not start its task: {reason}")]
    Refused {
        /// Its role.
        role: String,
        /// The child's message.
        reason: String,
    },
    /// Waiting for the child failed.
    #[error("could not wait for the child in the role {role:?}: {source}")]
    Wait {
        /// Its role.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// Reading the child's output failed.
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
        /// The additional process.
        process: u32,
    },
    /// The child had more processes and threads than the limit.
    #[error(
        "the child in the role {role:?} had {found} processes and threads, and the limit is {limit}: it was killed \
         with all that it started"
    )]
    ProcessLimit {
        /// Its role.
        role: String,
        /// The limit.
        limit: u64,
        /// The number that was counted.
        found: u64,
    },
    /// The child sent nothing for too long.
    #[error("the child in the role {role:?} made no progress for {} s and was killed", silence.as_secs_f64())]
    Silent {
        /// Its role.
        role: String,
        /// The time in which it must send something.
        silence: Duration,
    },
    /// The request timed out.
    #[error("the child in the role {role:?} timed out: no reply within {} s, and it was killed", within.as_secs_f64())]
    Late {
        /// Its role.
        role: String,
        /// The time limit: the request's own, or the session's, whichever ended first.
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
    /// The session has failed earlier.
    #[error("the session with the child in the role {role:?} has failed: start a new one")]
    Over {
        /// Its role.
        role: String,
    },
    /// The child sent more bytes than the limit.
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
    /// It greeted with another version of the protocol.
    #[error(
        "it uses version {found:?} of the greeting, and this program uses version {}",
        super::wire::VERSION
    )]
    Version {
        /// The version in its greeting.
        found: String,
    },
    /// It exited.
    #[error("it {outcome} {}", wrote(said))]
    Ended {
        /// How.
        outcome: Outcome,
        /// The beginning of its output.
        said: String,
    },
    /// It was still running, and was killed.
    #[error("it was still running {}", wrote(said))]
    Running {
        /// The beginning of its output.
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
