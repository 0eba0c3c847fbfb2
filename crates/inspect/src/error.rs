//! The errors of this crate. Each has a code and a message; docs/REFUSALS.md is generated from this file too.

/// Why a plugin could not be validated or compared. A failed check is not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of the host.
    #[error(transparent)]
    Host(#[from] tollgate_host::Error),
    /// No check has this name.
    ///
    /// Cure: use one that the message lists.
    #[error("unknown check {name:?}; known checks: {}", known.join(", "))]
    UnknownCheck {
        /// The name.
        name: String,
        /// The known checks.
        known: Vec<String>,
    },
    /// A child process of the validator could not be started, or did not answer as one.
    ///
    /// Cure: begin the program's `main` with `tollgate_inspect::run_if_worker()`, or name another program that does,
    /// such as the `tollgate` command.
    #[error("cannot run the checks in a child process: {problem}")]
    Worker {
        /// What happened.
        problem: String,
    },
}

impl Error {
    /// A code for programs. It stays the same when messages change.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Host(error) => error.code(),
            Error::UnknownCheck { .. } => "unknown-check",
            Error::Worker { .. } => "worker",
        }
    }

    /// Whether it is a usage error: what was requested does not exist or does not fit.
    pub fn is_usage(&self) -> bool {
        match self {
            Error::Host(error) => error.is_usage(),
            Error::UnknownCheck { .. } => true,
            Error::Worker { .. } => false,
        }
    }

    pub(crate) fn worker(problem: String) -> Self {
        Error::Worker { problem }
    }
}
