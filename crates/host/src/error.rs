//! What can go wrong, each with a code and a sentence.

use crate::lock::{self, PinMismatch};
use crate::{Boundary, Stage};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tollgate_abi::{Element, MANIFEST_SYMBOL, Status};
use tollgate_platform::child;
use tollgate_platform::file::NoPlace;
use tollgate_platform::trust::Distrust;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No file of that name lies in the search path.
    #[error(
        "there is no plugin {name:?}: {} was looked for {}",
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
    #[error("{}: {problem}", file.display())]
    Lock {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// The file of settings cannot be used.
    #[error("{}: {problem}", file.display())]
    Configuration {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A boundary's name that this host does not know.
    #[error("there is no boundary {name:?}; known: {}", known_boundaries())]
    UnknownBoundary {
        /// The name.
        name: String,
    },
    /// The plugin cannot run behind this boundary.
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
    #[error("{plugin}: {problem}")]
    Config {
        /// The plugin.
        plugin: String,
        /// The key or value that does not fit, and what would.
        problem: String,
    },
    /// The operation does not take this element type.
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
    /// The plugin did not do what the contract or its own manifest says.
    #[error("{plugin}/{operation} broke the contract: {problem}")]
    ContractBroken {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
        /// What it did, and what it should have done.
        problem: String,
    },
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
            Error::ContractBroken { .. } => "contract-broken",
        }
    }

    /// Whether what was asked for was off (a boundary, an operation, a configuration), rather than the work.
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

    pub(crate) fn refused(file: &Path, refusal: Refusal) -> Self {
        Error::Refused {
            file: file.to_owned(),
            refusal,
        }
    }
}

/// Which of the gate's rules a file broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The file could not be read.
    #[error("cannot read it: {0}")]
    Unreadable(#[source] std::io::Error),
    /// No private copy could be made.
    #[error("cannot make a private copy of it ({source}): set TMPDIR to a directory with room that may execute")]
    Copy {
        /// Where it was tried, and the system's answers.
        source: NoPlace,
    },
    /// Others can change the file, so it may be anybody's.
    #[error("it {distrust}: {}, or allow it with --allow-writable", distrust.cure())]
    Untrusted {
        /// Who can change it.
        distrust: Distrust,
    },
    /// The file was changed by another program while it was read.
    #[error("it changed while it was read: wait until it is written whole, and try again")]
    Changed,
    /// The file is larger than any plugin.
    #[error("it has {bytes} bytes, and a plugin has at most {limit}")]
    TooLarge {
        /// The file's length.
        bytes: u64,
        /// The greatest that is taken.
        limit: u64,
    },
    /// The file is of no known format.
    #[error("it is no shared library: it {found}")]
    NotALibrary {
        /// What it begins with, or what else it is.
        found: String,
    },
    /// It is of another platform's format, processor, word length or byte order.
    #[error("it was built for {found}, and this host is {needed}: build it for {needed}")]
    WrongTarget {
        /// What it was built for.
        found: String,
        /// What this host is.
        needed: String,
    },
    /// A part of it lies outside the file.
    #[error("it was cut short: {part} should end at byte {needed}, and the file has {found}: copy it again")]
    Truncated {
        /// The part.
        part: String,
        /// Where the part ends, in bytes.
        needed: u64,
        /// The file's length.
        found: u64,
    },
    /// The structures inside it are damaged.
    #[error("it is damaged: {problem}")]
    Damaged {
        /// What the parser found.
        problem: String,
    },
    /// Loading it would make the stacks of this process executable.
    #[error("it wants an executable stack, and would make all stacks of this process so: link it with -z noexecstack")]
    ExecutableStack,
    /// It does not export a symbol that every plugin exports.
    #[error(
        "it is a shared library but no Tollgate plugin: it does not export {symbol} (in Rust, tollgate_plugin::export! does; in C, see tollgate.h)"
    )]
    NoSymbol {
        /// The symbol.
        symbol: &'static str,
    },
    /// The manifest cannot be read.
    #[error("its manifest (the symbol {MANIFEST_SYMBOL}) is damaged: {problem}")]
    ManifestDamaged {
        /// What is wrong with it.
        problem: String,
    },
    /// It speaks another version of the contract.
    #[error("{part} speaks version {found} of the contract, and this host version {needed}: {}", if found > needed { "use a newer host" } else { "build the plugin again with this host's tollgate-plugin or tollgate.h" })]
    ContractVersion {
        /// Its manifest or its entry.
        part: &'static str,
        /// The version that it speaks.
        found: u32,
        /// The version that the host speaks.
        needed: u32,
    },
    /// A panic in it would end the process.
    #[error("it was built with panic=abort, so a panic in it would end this process: build it with panic=unwind")]
    PanicAborts,
    /// The system's loader refused it.
    #[error("the system's loader refused it: {reason}{advice}")]
    Loader {
        /// What it said, with all its causes.
        reason: String,
        /// What to do, where that is known.
        advice: &'static str,
    },
    /// The layouts of its stable tier are not the host's.
    #[error("{problem}: build the plugin again with this host's tollgate-plugin")]
    Layout {
        /// The first difference: type, field, both types and both offsets.
        problem: String,
    },
    /// Another file was pinned under its name.
    #[error("{0}")]
    PinMismatch(#[source] Box<PinMismatch>),
    /// Only pinned plugins are loaded, and it is not pinned.
    #[error("{name} is not pinned in {}, and only pinned plugins may be loaded (locked): accept it with `tollgate plugin pin {}`", lock.display(), lock::word(file))]
    NotPinned {
        /// Its name.
        name: String,
        /// The plugin's file.
        file: PathBuf,
        /// The file of pins.
        lock: PathBuf,
    },
    /// It was to be tried in a child process first, and there is no program that does that.
    #[error("it cannot be tried in a child process first: {source}")]
    NoWorker {
        /// Why not, and what to do.
        source: Box<child::Error>,
    },
    /// It crashed the child process in which it was tried.
    #[error(
        "it crashed ({signal}) {stage}, in a child process that tried it: it is broken, so ask its author or build it again"
    )]
    ProbeCrashed {
        /// The signal that ended the process.
        signal: String,
        /// What was being done.
        stage: Stage,
    },
    /// It ended the child process in which it was tried.
    #[error(
        "it ended the process with exit code {code} {stage}, in a child process that tried it: a plugin must not exit, so ask its author"
    )]
    ProbeExited {
        /// The exit code.
        code: i32,
        /// What was being done.
        stage: Stage,
    },
    /// It did not come to an end in the child process in which it was tried.
    #[error("it was still not done after {} s {stage}, in a child process that tried it: it waits or loops where it must not, so ask its author", deadline.as_secs_f64())]
    ProbeHung {
        /// How long it was given.
        deadline: Duration,
        /// What was being done.
        stage: Stage,
    },
    /// The child process in which it was tried answered with something else than an answer.
    #[error("it spoilt the answer of the child process that tried it: it writes where it must not, so ask its author")]
    ProbeGarbled,
    /// It was refused in the child process in which it was tried, by a rule that only loading shows.
    #[error("a child process that tried it refused it: {message}")]
    ProbeRefused {
        /// What the child said.
        message: String,
    },
    /// What was loaded is not what was read.
    #[error("once loaded, {problem}")]
    EntryMismatch {
        /// The difference.
        problem: String,
    },
}

impl Refusal {
    /// A code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Unreadable(_) => "file-unreadable",
            Refusal::Copy { .. } => "no-private-copy",
            Refusal::Untrusted { .. } => "untrusted-file",
            Refusal::Changed => "file-changed",
            Refusal::TooLarge { .. } => "too-large",
            Refusal::NotALibrary { .. } => "not-a-library",
            Refusal::WrongTarget { .. } => "wrong-target",
            Refusal::Truncated { .. } => "truncated",
            Refusal::Damaged { .. } => "damaged",
            Refusal::ExecutableStack => "executable-stack",
            Refusal::NoSymbol { .. } => "not-a-plugin",
            Refusal::ManifestDamaged { .. } => "manifest-damaged",
            Refusal::ContractVersion { .. } => "contract-version",
            Refusal::PanicAborts => "panic-aborts",
            Refusal::Loader { .. } => "loader",
            Refusal::Layout { .. } => "layout",
            Refusal::PinMismatch(_) => "pin-mismatch",
            Refusal::NotPinned { .. } => "not-pinned",
            Refusal::NoWorker { .. } => "no-worker",
            Refusal::ProbeCrashed { .. } => "probe-crashed",
            Refusal::ProbeExited { .. } => "probe-exited",
            Refusal::ProbeHung { .. } => "probe-hung",
            Refusal::ProbeGarbled => "probe-garbled",
            Refusal::ProbeRefused { .. } => "probe-refused",
            Refusal::EntryMismatch { .. } => "entry-mismatch",
        }
    }
}

fn searched(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "nowhere, because the search path is empty; give a directory with --plugin-path".to_owned();
    }
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    format!("in {}", paths.join(", "))
}

fn known_boundaries() -> String {
    Boundary::ALL.map(Boundary::name).join(", ")
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
