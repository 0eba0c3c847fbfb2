//! The host's errors. Each has a code and a message of one sentence.
//!
//! `cargo xtask codegen` generates docs/REFUSALS.md from this file: the documentation of a variant is the cause, its
//! `Cure:` paragraph says what to do, `#[error]` is the message, and `code()` the code. Codegen fails if a variant
//! lacks one of them.

use crate::fault::{Fault, Lost};
use crate::kind::{Boundary, UnknownBoundary, known_boundaries, names};
use crate::refusal::Refusal;
use crate::suggest::did_you_mean;
use std::path::{Path, PathBuf};
use tollgate_abi::{Element, Status};
use tollgate_platform::trust::Distrust;

/// Why an operation of the host failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The search path has no file of that name.
    ///
    /// Cure: add the directory of the file with `--plugin-path`, or give the path of the file instead of a name.
    #[error(
        "plugin {name:?} not found: searched for {} {}{}",
        tollgate_platform::dylib::file_name(name),
        searched(paths),
        did_you_mean(name, similar.as_deref())
    )]
    NotFound {
        /// The plugin's name.
        name: String,
        /// The directories that were searched.
        paths: Vec<PathBuf>,
        /// A plugin of a similar name that is there, in a directory or in the program.
        similar: Option<String>,
    },
    /// The gate refused the file.
    #[error("{}: {refusal}", file.display())]
    Refused {
        /// The plugin's file.
        file: PathBuf,
        /// The rule that it broke.
        #[source]
        refusal: Refusal,
    },
    /// Other users can change a directory of the search path, so they could have put a plugin there.
    ///
    /// Cure: take ownership of the directory, or remove write permission for others (`chmod go-w`); `--allow-writable`
    /// accepts it as it is.
    #[error(
        "{} {distrust}, so it is not searched for plugins: {}, or allow it with --allow-writable",
        directory.display(), distrust.cure()
    )]
    UntrustedDirectory {
        /// The directory.
        directory: PathBuf,
        /// Who can change it.
        distrust: Distrust,
    },
    /// The lock file cannot be used.
    ///
    /// Cure: follow the message; if the file is damaged, delete it and pin the plugins again with `tollgate plugin
    /// pin`.
    #[error("{}: {problem}", file.display())]
    Lock {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// The configuration file cannot be used.
    ///
    /// Cure: correct the line that the message names; docs/PLUGINS.md lists the keys.
    #[error("{}: {problem}", file.display())]
    Configuration {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// No boundary has this name.
    ///
    /// Cure: use one of the names that the message lists.
    #[error(
        "unknown boundary {name:?}; known boundaries: {}{}",
        known_boundaries(),
        did_you_mean(name, names())
    )]
    UnknownBoundary {
        /// The name.
        name: String,
    },
    /// The plugin cannot run behind this boundary.
    ///
    /// Cure: follow the message, or choose another boundary.
    #[error("{plugin} cannot run behind {boundary}: {reason}")]
    BoundaryNotOffered {
        /// The plugin.
        plugin: String,
        /// The boundary.
        boundary: Boundary,
        /// Why not, and what to do.
        reason: String,
    },
    /// The plugin has no operation of that name.
    ///
    /// Cure: use one that the message lists; `tollgate plugin inspect` describes each.
    #[error(
        "{plugin} has no operation {operation:?}; it has {}{}",
        known.join(", "),
        did_you_mean(operation, known.iter().map(String::as_str))
    )]
    UnknownOperation {
        /// The plugin.
        plugin: String,
        /// The requested operation.
        operation: String,
        /// The plugin's operations.
        known: Vec<String>,
    },
    /// The configuration does not fit the plugin's schema.
    ///
    /// Cure: set the key to a value that the message allows; `tollgate plugin inspect` shows the schema.
    #[error("{plugin}: {problem}")]
    Config {
        /// The plugin.
        plugin: String,
        /// The key or value that does not fit, and what is expected.
        problem: String,
    },
    /// The operation does not take this element type.
    ///
    /// Cure: convert the input first, as a step of the chain: `--plugin convert:to=f32`. The host never converts
    /// silently.
    #[error("{plugin}/{operation} does not take {found}; it takes {}", list(takes))]
    ElementNotTaken {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
        /// The input's element type.
        found: Element,
        /// The element types that it takes.
        takes: Vec<Element>,
    },
    /// The operation failed and reported a message.
    ///
    /// Cure: read the message. Report a panic to the plugin's author, with the file and line; the next call uses a new
    /// instance.
    #[error("{plugin}/{operation} {}: {message}{}", if *status == Status::PANICKED { "panicked" } else { "failed" }, place(file, *line))]
    Failed {
        /// The plugin.
        plugin: String,
        /// The operation, or `create`.
        operation: String,
        /// The returned status.
        status: Status,
        /// The plugin's message.
        message: String,
        /// The plugin's source file, or empty.
        file: String,
        /// The line in it, or 0.
        line: u32,
    },
    /// The plugin does not save the state of its instances.
    ///
    /// Cure: in Rust give the operation `state = saved` and implement `Saved`; in C offer the extension TOLLGATE_STATE.
    #[error(
        "{plugin} cannot save its state: its file does not offer the extension tollgate.state/1 (in Rust, give an \
            operation `state = saved` and implement Saved; in C, see tollgate.h)"
    )]
    StateNotSaved {
        /// The plugin.
        plugin: String,
    },
    /// The operation does not take or give ownership of blocks.
    ///
    /// Cure: pass a borrowed block; or, in C, offer the extension TOLLGATE_OWNED and use the boundary `c-abi`.
    #[error(
        "{plugin}/{operation} cannot take ownership of a block: its file does not offer the extension \
            tollgate.owned/1 behind this boundary, or the operation gives no block; pass a borrowed block"
    )]
    OwnershipNotTaken {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
    },
    /// The plugin broke the contract, or did not do what its manifest says.
    ///
    /// Cure: ask the plugin's author to run `tollgate plugin validate` on the file, which reproduces it.
    #[error("{plugin}/{operation} broke the contract: {problem}")]
    ContractBroken {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
        /// What it did, and what it should have done.
        problem: String,
    },
    /// The program's own code panicked while the host ran it for the plugin. Usually it is the subscriber of the log.
    ///
    /// Cure: fix that code; the message includes the text of the panic. The plugin is not the cause and may be called
    /// again.
    #[error("{plugin}/{operation} failed because this program's own code panicked during the call: {message}")]
    CallbackPanicked {
        /// The plugin.
        plugin: String,
        /// The operation, or `create`, `save` or `restore`.
        operation: String,
        /// The text of the panic.
        message: String,
    },
    /// The plugin would run in the program's own process, and the program did not allow that.
    ///
    /// Cure: call `trust_in_process` on the host's builder, if you would also link its plugins into the program; or
    /// register the plugin as part of the program.
    #[error(
        "{plugin} cannot run behind {boundary}: this program did not allow native plugins in its own process \
            (HostBuilder::trust_in_process)"
    )]
    InProcessNotTrusted {
        /// The plugin.
        plugin: String,
        /// The boundary.
        boundary: Boundary,
    },
    /// The result has no column of that name, or it is not a table.
    ///
    /// Cure: ask for a column that the message lists; `tollgate plugin inspect` shows what each operation gives.
    #[error(
        "the result of {plugin}/{operation} has no column {column:?}; {}",
        instead(known, gives)
    )]
    UnknownColumn {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
        /// The requested column.
        column: String,
        /// The columns that the table has; none if the result is no table.
        known: Vec<String>,
        /// What the result is, as a phrase.
        gives: String,
    },
    /// The result is not a block, and its elements were requested as one.
    ///
    /// Cure: read a table by its columns (`Output::column` and `Output::texts`), or call the operation first.
    #[error("the result of {plugin}/{operation} is {gives}, and a block was requested")]
    NoBlock {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
        /// What the result is, as a phrase.
        gives: String,
    },
    /// The result, or this column of it, has another element type than the requested one. Nothing is converted.
    ///
    /// Cure: call the function that the message names.
    #[error("{part} of {plugin}/{operation} has elements of {found}, and {requested} was requested: use `{instead}`")]
    ElementNotGiven {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
        /// The column, or the block, as a phrase.
        part: String,
        /// The requested element type.
        requested: Element,
        /// The element type that it has.
        found: Element,
        /// The function of `Output` that gives them.
        instead: String,
    },
    /// The other side of the boundary is lost: it exited, timed out or cannot be reached.
    ///
    /// Cure: if the error is retryable, call again: the next call uses a new instance. If it is lost again, ask the
    /// plugin's author to run `tollgate plugin validate` on the file.
    #[error("{plugin}/{operation}: {lost}")]
    Lost {
        /// The plugin.
        plugin: String,
        /// The operation, or `create`, `save` or `restore`.
        operation: String,
        /// How it was lost.
        lost: Lost,
    },
}

impl From<UnknownBoundary> for Error {
    fn from(UnknownBoundary { name }: UnknownBoundary) -> Self {
        Error::UnknownBoundary { name }
    }
}

impl Error {
    /// A code for programs. It stays the same when messages change.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound { .. } => "plugin-not-found",
            Error::Refused { refusal, .. } => refusal.code(),
            Error::UntrustedDirectory { .. } => "untrusted-directory",
            Error::Lock { .. } => "lock-file",
            Error::Configuration { .. } => "configuration",
            Error::UnknownBoundary { .. } => "unknown-boundary",
            Error::BoundaryNotOffered { .. } => "boundary-not-offered",
            Error::UnknownOperation { .. } => "unknown-operation",
            Error::Config { .. } => "config",
            Error::ElementNotTaken { .. } => "element-not-taken",
            Error::Failed {
                status: Status::PANICKED,
                ..
            } => "plugin-panicked",
            Error::Failed { .. } => "plugin-failed",
            Error::StateNotSaved { .. } => "state-not-saved",
            Error::OwnershipNotTaken { .. } => "ownership-not-taken",
            Error::ContractBroken { .. } => "contract-broken",
            Error::CallbackPanicked { .. } => "callback-panicked",
            Error::InProcessNotTrusted { .. } => "in-process-not-trusted",
            Error::UnknownColumn { .. } => "unknown-column",
            Error::NoBlock { .. } => "no-block",
            Error::ElementNotGiven { .. } => "element-not-given",
            Error::Lost {
                lost: Lost::Deadline(_),
                ..
            } => "deadline",
            Error::Lost { .. } => "plugin-lost",
        }
    }

    /// Whether it is a usage error: the requested boundary, operation or configuration does not exist or does not fit.
    pub fn is_usage(&self) -> bool {
        match self {
            Error::Configuration { .. }
            | Error::UnknownBoundary { .. }
            | Error::BoundaryNotOffered { .. }
            | Error::UnknownOperation { .. }
            | Error::Config { .. } => true,
            Error::Failed { status, .. } => *status == Status::CONFIG,
            _ => false,
        }
    }

    /// Whether the same call may succeed when it is repeated. A plugin that failed or a file that was refused does so
    /// again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Error::Lost { lost, .. } if lost.is_retryable())
    }

    /// Makes an error from a fault in a plugin's function.
    #[cold]
    pub(crate) fn of_fault(plugin: &str, operation: &str, fault: Fault) -> Self {
        let (plugin, operation) = (plugin.to_owned(), operation.to_owned());
        match fault {
            Fault::Plugin(status, said) => Error::Failed {
                plugin,
                operation,
                status,
                message: said.message,
                file: said.file,
                line: said.line,
            },
            Fault::Contract(problem) => Error::ContractBroken {
                plugin,
                operation,
                problem,
            },
            Fault::Callback(message) => Error::CallbackPanicked {
                plugin,
                operation,
                message,
            },
            Fault::Lost(lost) => Error::Lost {
                plugin,
                operation,
                lost,
            },
        }
    }

    pub(crate) fn refused(file: &Path, refusal: Refusal) -> Self {
        Error::Refused {
            file: file.to_owned(),
            refusal,
        }
    }
}

fn searched(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "in no directory, because the search path is empty: add one with --plugin-path".to_owned();
    }
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    format!("in {}", paths.join(", "))
}

fn list(elements: &[Element]) -> String {
    let names: Vec<String> = elements.iter().map(Element::to_string).collect();
    names.join(", ")
}

/// What there is instead of a column.
fn instead(known: &[String], gives: &str) -> String {
    if known.is_empty() {
        return format!("it is {gives}");
    }
    format!("it has {}", known.join(", "))
}

fn place(file: &str, line: u32) -> String {
    match (file, line) {
        ("", _) => String::new(),
        (file, 0) => format!(" ({file})"),
        (file, line) => format!(" ({file}:{line})"),
    }
}
