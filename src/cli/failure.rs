//! The command's errors: a code, a message, and an exit code.

use super::colour;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use tollgate::view;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A usage error: the command line names something that does not exist or does not fit.
    Usage(String),
    /// An error of a plugin or of the host.
    Host(tollgate::Error),
    /// An error while a plugin was inspected or validated.
    Inspect(tollgate_inspect::Error),
    /// A file that cannot be viewed.
    View(view::Error),
    /// An operation of the system failed.
    Io { action: String, error: std::io::Error },
    /// The work failed for a reason of the command's own.
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
            Self::Inspect(error) => error.code(),
            Self::View(_) => "view-refused",
            Self::Io { .. } => "io",
            Self::Work { code, .. } => code,
        }
    }

    fn message(&self) -> String {
        one_line(&match self {
            Self::Usage(message) | Self::Work { message, .. } => message.clone(),
            Self::Host(error @ tollgate::Error::NotFound { .. }) => {
                format!("{error}; `tollgate plugin list` shows the plugins that were found")
            }
            Self::Host(error) => error.to_string(),
            Self::Inspect(error) => error.to_string(),
            Self::View(error) => error.to_string(),
            Self::Io { action, error } => format!("cannot {action}: {error}"),
        })
    }

    /// Prints the error to standard error and returns the exit code.
    pub(crate) fn tell(&self, as_json: bool) -> ExitCode {
        // If standard error is closed or full, the exit code is the only report.
        let _ = if as_json {
            let document = json!({ "error": { "code": self.code(), "message": self.message() } });
            writeln!(std::io::stderr(), "{document}")
        } else {
            colour::print_error(&self.message())
        };
        let usage = match self {
            Self::Usage(_) => true,
            Self::Host(error) => error.is_usage(),
            Self::Inspect(error) => error.is_usage(),
            _ => false,
        };
        ExitCode::from(if usage { 2 } else { 1 })
    }
}

/// The most characters that a message may have: text from a plugin or a file can have any length.
const LONGEST: usize = 1000;

/// Untrusted text as one line that is safe for a terminal.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            line.push('…');
            break;
        }
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
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

impl From<tollgate_inspect::Error> for Failure {
    fn from(error: tollgate_inspect::Error) -> Self {
        match error {
            tollgate_inspect::Error::Host(error) => Self::Host(error),
            error => Self::Inspect(error),
        }
    }
}

impl From<view::Error> for Failure {
    fn from(error: view::Error) -> Self {
        Self::View(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_stays_one_line_of_moderate_length_without_control_characters() {
        assert_eq!(one_line("a\u{1b}[31m\nb é"), "a\\u{1b}[31m\\nb é");
        assert_eq!(one_line(&"x".repeat(5000)).chars().count(), LONGEST + 1);
    }
}
