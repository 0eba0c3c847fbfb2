//! What can go wrong, each with a code and a sentence; docs/REFUSALS.md is made from it, as of the host's errors.

/// Why a plugin could not be validated or compared. That it breaks a check is no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host refused something.
    #[error(transparent)]
    Host(#[from] tollgate_host::Error),
    /// There is no check of that name.
    ///
    /// Cure: take one that the sentence lists.
    #[error("unknown check {name:?}; known checks: {}", known.join(", "))]
    UnknownCheck {
        /// The name.
        name: String,
        /// The checks that there are.
        known: Vec<String>,
    },
    /// A child process that was to try the plugin could not be started, or did not answer as one.
    ///
    /// Cure: let the program's `main` begin with `tollgate_inspect::run_if_worker()`, or name another program that
    /// does; the `tollgate` command will do.
    #[error("cannot run the checks in a child process: {problem}")]
    Worker {
        /// What happened.
        problem: String,
    },
}

impl Error {
    /// A code for programs: it stays the same while texts get better.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Host(error) => error.code(),
            Error::UnknownCheck { .. } => "unknown-check",
            Error::Worker { .. } => "worker",
        }
    }

    /// Whether it is an error of usage: what was asked for does not exist or does not fit.
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
