//! How a command fails: a code, a sentence, and an exit code.

use serde_json::json;
use std::process::ExitCode;
use tollgate::view;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The words were off.
    Usage(String),
    /// A plugin, or the host.
    Host(tollgate::Error),
    /// A file that cannot be viewed.
    View(view::Error),
    /// The system refused something.
    Io { action: String, error: std::io::Error },
    /// The work cannot go on, for a reason of the command's own.
    Work { code: &'static str, message: String },
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub(crate) fn io(action: impl Into<String>, error: std::io::Error) -> Self {
        Self::Io {
            action: action.into(),
            error,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Host(error) => error.code(),
            Self::View(_) => "view-refused",
            Self::Io { .. } => "io",
            Self::Work { code, .. } => code,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Usage(message) | Self::Work { message, .. } => message.clone(),
            Self::Host(error) => error.to_string(),
            Self::View(error) => error.to_string(),
            Self::Io { action, error } => format!("cannot {action}: {error}"),
        }
    }

    /// Prints the failure to standard error, and gives the exit code.
    pub(crate) fn tell(&self, as_json: bool) -> ExitCode {
        if as_json {
            eprintln!(
                "{}",
                json!({ "error": { "code": self.code(), "message": self.message() } })
            );
        } else {
            eprintln!("tollgate: {}", self.message());
        }
        let words_were_off = match self {
            Self::Usage(_) => true,
            Self::Host(error) => error.is_usage(),
            _ => false,
        };
        ExitCode::from(if words_were_off { 2 } else { 1 })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl From<tollgate::Error> for Failure {
    fn from(error: tollgate::Error) -> Self {
        Self::Host(error)
    }
}

impl From<view::Error> for Failure {
    fn from(error: view::Error) -> Self {
        Self::View(error)
    }
}
