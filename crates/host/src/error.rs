//! What can go wrong, each with a code and a sentence.
//!
//! `cargo xtask codegen` makes docs/REFUSALS.md from this file: a variant's documentation is the cause, its paragraph
//! that begins with `Cure:` what to do, `#[error]` the sentence, and `code()` the code. A variant without one of them
//! fails it.

use crate::fault::{Fault, Lost};
use crate::kind::{Boundary, UnknownBoundary};
use crate::refusal::Refusal;
use std::path::{Path, PathBuf};
use tollgate_abi::{Element, Status};
use tollgate_platform::trust::Distrust;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No file of that name lies in the search path.
    ///
    /// Cure: name a directory that has the file with `--plugin-path`, or give the file's path instead of a name.
    #[error(
        "plugin {name:?} not found: searched for {} {}",
        tollgate_platform::dylib::file_name(name),
        searched(paths)
    )]
    NotFound {
        /// The plugin's name.
        name: String,
        /// The directories that were searched.
        paths: Vec<PathBuf>,
    },
    /// The gate refused the file.
    #[error("{}: {refusal}", file.display())]
    Refused {
        /// The plugin's file.
        file: PathBuf,
        /// Which rule it broke.
        #[source]
        refusal: Refusal,
    },
    /// A directory of the search path can be changed by others, so what lies in it may be anybody's.
    ///
    /// Cure: make the directory your own, or take the right to write from the others (`chmod go-w`); `--allow-writable`
    /// takes it as it is.
    #[error(
        "{} {distrust}, so plugins are not searched for in it: {}, or allow it with --allow-writable",
        directory.display(), distrust.cure()
    )]
    UntrustedDirectory {
        /// The directory.
        directory: PathBuf,
        /// Who can change it.
        distrust: Distrust,
    },
    /// The file of pins cannot be used.
    ///
    /// Cure: do what the sentence says; where the file is damaged, delete it and pin the plugins again with `tollgate
    /// plugin pin`.
    #[error("{}: {problem}", file.display())]
    Lock {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// The file of settings cannot be used.
    ///
    /// Cure: mend the line that the sentence names; docs/PLUGINS.md lists the keys.
    #[error("{}: {problem}", file.display())]
    Configuration {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A boundary's name that this host does not know.
    ///
    /// Cure: take one of the names that the sentence lists.
    #[error("unknown boundary {name:?}; known boundaries: {}", known_boundaries())]
    UnknownBoundary {
        /// The name.
        name: String,
    },
    /// The plugin cannot run behind this boundary.
    ///
    /// Cure: do what the sentence says, or choose another boundary.
    #[error("{plugin} cannot run behind {boundary}: {reason}")]
    BoundaryNotOffered {
        /// The plugin.
        plugin: String,
        /// The boundary.
        boundary: Boundary,
        /// Why not, and what would help.
        reason: String,
    },
    /// The plugin has no operation of that name.
    ///
    /// Cure: take one that the sentence lists; `tollgate plugin inspect` says what each does.
    #[error("{plugin} has no operation {operation:?}; it has {}", known.join(", "))]
    UnknownOperation {
        /// The plugin.
        plugin: String,
        /// The operation that was asked for.
        operation: String,
        /// The operations that there are.
        known: Vec<String>,
    },
    /// The configuration does not fit the plugin's schema.
    ///
    /// Cure: give the key a value that the sentence says would fit; `tollgate plugin inspect` shows the schema.
    #[error("{plugin}: {problem}")]
    Config {
        /// The plugin.
        plugin: String,
        /// The key or value that does not fit, and what would.
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
    /// The operation failed, and said why.
    ///
    /// Cure: read what it said. Of a panic, tell the plugin's author file and line; the next call works, with a new
    /// instance.
    #[error("{plugin}/{operation} {}: {message}{}", if *status == Status::PANICKED { "panicked" } else { "failed" }, place(file, *line))]
    Failed {
        /// The plugin.
        plugin: String,
        /// The operation, or `create`.
        operation: String,
        /// The status that it returned.
        status: Status,
        /// What it said.
        message: String,
        /// The plugin's source file, or empty.
        file: String,
        /// The line in it, or 0.
        line: u32,
    },
    /// The plugin does not save what its instances keep.
    ///
    /// Cure: in Rust give the operation `state = saved` and implement `Saved`; in C offer the extension TOLLGATE_STATE.
    #[error(
        "{plugin} cannot save its state: its file does not offer the extension tollgate.state/1 (in Rust, give an operation `state = saved` and implement Saved; in C, see tollgate.h)"
    )]
    StateNotSaved {
        /// The plugin.
        plugin: String,
    },
    /// The operation takes and gives no blocks together with their memory.
    ///
    /// Cure: call it with a block that is borrowed; or, in C, offer the extension TOLLGATE_OWNED and use the boundary
    /// `c-abi`.
    #[error(
        "{plugin}/{operation} cannot take a block with its memory: behind this boundary its file does not offer the extension tollgate.owned/1, or the operation gives no block; pass a borrowed block"
    )]
    OwnershipNotTaken {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
    },
    /// The plugin did not do what the contract or its own manifest says.
    ///
    /// Cure: have the plugin's author run `tollgate plugin validate` on the file, which repeats it.
    #[error("{plugin}/{operation} broke the contract: {problem}")]
    ContractBroken {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
        /// What it did, and what it should have done.
        problem: String,
    },
    /// Code of the program itself panicked while the host ran it for the plugin: the subscriber of its log, as a rule.
    ///
    /// Cure: correct that code: the sentence has the message of its panic. The plugin is not to blame, and may be
    /// called again.
    #[error("{plugin}/{operation} failed because this program's own code panicked during the call: {message}")]
    CallbackPanicked {
        /// The plugin.
        plugin: String,
        /// The operation, or `create`, `save` or `restore`.
        operation: String,
        /// What the panic said.
        message: String,
    },
    /// The plugin would run in the program's own process, and the program did not vouch for that.
    ///
    /// Cure: in the program, call `trust_in_process` on the host's builder, if its plugins are code that you would
    /// link; or register the plugin as a part of the program.
    #[error(
        "{plugin} cannot run behind {boundary}: this program did not allow native plugins in its own process (HostBuilder::trust_in_process)"
    )]
    InProcessNotTrusted {
        /// The plugin.
        plugin: String,
        /// The boundary.
        boundary: Boundary,
    },
    /// The other side of the boundary is gone: it ended, did not answer in time, or cannot be reached.
    ///
    /// Cure: call again, where the error can be retried: the next call takes a new instance. Where it lost its side
    /// again, have the plugin's author run `tollgate plugin validate` on the file.
    #[error("{plugin}/{operation}: {lost}")]
    Lost {
        /// The plugin.
        plugin: String,
        /// The operation, or `create`, `save` or `restore`.
        operation: String,
        /// What became of it.
        lost: Lost,
    },
}

impl From<UnknownBoundary> for Error {
    fn from(UnknownBoundary { name }: UnknownBoundary) -> Self {
        Error::UnknownBoundary { name }
    }
}

impl Error {
    /// A code for programs: it stays the same while texts get better.
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
            Error::Lost {
                lost: Lost::Deadline(_),
                ..
            } => "deadline",
            Error::Lost { .. } => "plugin-lost",
        }
    }

    /// Whether it is an error of usage: what was asked for (a boundary, an operation, a configuration) does not exist
    /// or does not fit.
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

    /// Whether the same call may work when it is made again. Plugins that failed, and files that were refused, do so
    /// again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Error::Lost { lost, .. } if lost.is_retryable())
    }

    /// The error of a fault in a plugin's function.
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
        return "in no directory, because the search path is empty; name one with --plugin-path".to_owned();
    }
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    format!("in {}", paths.join(", "))
}

fn known_boundaries() -> String {
    let names: Vec<&str> = Boundary::ALL.iter().map(|boundary| boundary.name()).collect();
    names.join(", ")
}

fn list(elements: &[Element]) -> String {
    let names: Vec<String> = elements.iter().map(Element::to_string).collect();
    names.join(", ")
}

fn place(file: &str, line: u32) -> String {
    match (file, line) {
        ("", _) => String::new(),
        (file, 0) => format!(" ({file})"),
        (file, line) => format!(" ({file}:{line})"),
    }
}
