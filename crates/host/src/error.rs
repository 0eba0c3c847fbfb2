//! What can go wrong, each with a code and a sentence.
//!
//! `cargo xtask codegen` makes docs/REFUSALS.md from this file: a variant's documentation is the cause, its paragraph that
//! begins with `Cure:` what to do, `#[error]` the sentence, and `code()` the code. A variant without one of them fails it.

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
    ///
    /// Cure: name a directory that has the file with `--plugin-path`, or give the file's path instead of a name.
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
    ///
    /// Cure: make the directory your own, or take the right to write from the others (`chmod go-w`); `--allow-writable` takes it as it is.
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
    /// Cure: do what the sentence says; where the file is damaged, delete it and pin the plugins again with `tollgate plugin pin`.
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
    #[error("there is no boundary {name:?}; known: {}", known_boundaries())]
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
        "{plugin} does not save its state: its file offers no extension tollgate.state/1 (in Rust, give an operation `state = saved` and implement Saved; in C, see tollgate.h)"
    )]
    StateNotSaved {
        /// The plugin.
        plugin: String,
    },
    /// The operation takes and gives no blocks together with their memory.
    ///
    /// Cure: call it with a block that is borrowed; or, in C, offer the extension TOLLGATE_OWNED and use the boundary `c-abi`.
    #[error(
        "{plugin}/{operation} takes no block with its memory: its file offers no extension tollgate.owned/1 behind this boundary, or the operation gives no block; call it with a borrowed one"
    )]
    OwnershipNotTaken {
        /// The plugin.
        plugin: String,
        /// The operation.
        operation: String,
    },
    /// There is no check of that name.
    ///
    /// Cure: take one that the sentence lists.
    #[error("there is no check {name:?}; there are {}", known.join(", "))]
    UnknownCheck {
        /// The name.
        name: String,
        /// The checks that there are.
        known: Vec<String>,
    },
    /// A child process that was to try the plugin could not be started, or did not answer as one.
    ///
    /// Cure: let the program's `main` begin with `tollgate::worker::run_if_worker()`, or name another program that does; the
    /// `tollgate` command will do.
    #[error("it cannot be tried in a child process: {problem}")]
    Worker {
        /// What happened.
        problem: String,
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
            Error::UnknownCheck { .. } => "unknown-check",
            Error::Worker { .. } => "worker",
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
            | Error::UnknownCheck { .. }
            | Error::Config { .. } => true,
            Error::Failed { status, .. } => *status == Status::CONFIG,
            _ => false,
        }
    }

    pub(crate) fn worker(problem: String) -> Self {
        Error::Worker { problem }
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
    ///
    /// Cure: see that the path is right, that it is a file, and that this user may read it.
    #[error("cannot read it: {0}")]
    Unreadable(#[source] std::io::Error),
    /// No private copy could be made.
    ///
    /// Cure: make room in one of the directories that the sentence names, see that this user may write to it and that it is not
    /// mounted noexec, or name another one in TMPDIR.
    #[error("cannot make a private copy of it ({source}): set TMPDIR to a directory with room that may execute")]
    Copy {
        /// Where it was tried, and the system's answers.
        source: NoPlace,
    },
    /// Others can change the file, so it may be anybody's.
    ///
    /// Cure: make the file your own, or take the right to write from the others (`chmod go-w`); `--allow-writable` takes it as it is.
    #[error("it {distrust}: {}, or allow it with --allow-writable", distrust.cure())]
    Untrusted {
        /// Who can change it.
        distrust: Distrust,
    },
    /// The file was changed by another program while it was read.
    ///
    /// Cure: wait until whatever writes it is done; replace plugins by renaming a whole file.
    #[error("it changed while it was read: wait until it is written whole, and try again")]
    Changed,
    /// The file is larger than any plugin.
    ///
    /// Cure: strip what only a debugger reads (`strip`, or `-s`), and load large data when an instance is made.
    #[error("it has {bytes} bytes, and a plugin has at most {limit}")]
    TooLarge {
        /// The file's length.
        bytes: u64,
        /// The greatest that is taken.
        limit: u64,
    },
    /// The file is of no known format.
    ///
    /// Cure: give the shared library that the build wrote: .so, .dylib or .dll, no archive, object file, program or
    /// text.
    #[error("it is no shared library: it {found}")]
    NotALibrary {
        /// What it begins with, or what else it is.
        found: String,
    },
    /// It is of another platform's format, processor, word length or byte order.
    ///
    /// Cure: build the plugin for the target that the sentence names as this host's.
    #[error("it was built for {found}, and this host is {needed}: build it for {needed}")]
    WrongTarget {
        /// What it was built for.
        found: String,
        /// What this host is.
        needed: String,
    },
    /// A part of it lies outside the file.
    ///
    /// Cure: copy or download it again, and compare its length with the original's.
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
    ///
    /// Cure: copy it again, or build it again.
    #[error("it is damaged: {problem}")]
    Damaged {
        /// What the parser found.
        problem: String,
    },
    /// Loading it would make the stacks of this process executable.
    ///
    /// Cure: link it with `-z noexecstack`; a source in assembler needs a `.note.GNU-stack` section.
    #[error("it wants an executable stack, and would make all stacks of this process so: link it with -z noexecstack")]
    ExecutableStack,
    /// It does not export a symbol that every plugin exports.
    ///
    /// Cure: in Rust put `export!(Type);` into the crate and build it as a cdylib; in C use TOLLGATE_MANIFEST and
    /// define `tollgate_entry`, and keep the linker from hiding them.
    #[error(
        "it is a shared library but no Tollgate plugin: it does not export {symbol} (in Rust, tollgate_plugin::export! does; in C, see tollgate.h)"
    )]
    NoSymbol {
        /// The symbol.
        symbol: &'static str,
    },
    /// The manifest cannot be read.
    ///
    /// Cure: correct the field that the sentence names. In C it is text that nobody checked before; `export!` writes it
    /// right.
    #[error("its manifest (the symbol {MANIFEST_SYMBOL}) is damaged: {problem}")]
    ManifestDamaged {
        /// What is wrong with it.
        problem: String,
    },
    /// It speaks another version of the contract.
    ///
    /// Cure: of the two, take a newer host, or build the plugin again against this host's crate or header.
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
    ///
    /// Cure: take `panic = "abort"` out of the profile that the plugin is built with.
    #[error("it was built with panic=abort, so a panic in it would end this process: build it with panic=unwind")]
    PanicAborts,
    /// It cannot work without an extension that this host does not offer.
    ///
    /// Cure: use a newer host, or take the extension out of the manifest's `requires` and work without it.
    #[error("it needs the extension {extension} of its host, and this host offers {offered}: use a newer host")]
    ExtensionMissing {
        /// The extension's id.
        extension: String,
        /// The ids that the host offers.
        offered: String,
    },
    /// The system's loader refused it.
    ///
    /// Cure: install the library or define the symbol that the loader names; `needed` of `tollgate plugin inspect`
    /// lists the libraries.
    #[error("the system's loader refused it: {reason}{advice}")]
    Loader {
        /// What it said, with all its causes.
        reason: String,
        /// What to do, where that is known.
        advice: &'static str,
    },
    /// The contract's structures, or the layouts of its stable tier, are not the host's.
    ///
    /// Cure: build the plugin again with this host's tollgate-plugin. Where only the stable tier differs, the C tier of the
    /// same file still works, with `@c-abi`.
    #[error("{problem}: build the plugin again with this host's tollgate-plugin")]
    Layout {
        /// The first difference: type, field, both types and both offsets.
        problem: String,
    },
    /// Another file was pinned under its name.
    ///
    /// Cure: where the new file is wanted, accept it with `tollgate plugin pin`; where it is not, find out who replaced it.
    #[error("{0}")]
    PinMismatch(#[source] Box<PinMismatch>),
    /// Only pinned plugins are loaded, and it is not pinned.
    ///
    /// Cure: pin it with `tollgate plugin pin`, or leave out `--locked`.
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
    ///
    /// Cure: let the program's `main` begin with `tollgate::worker::run_if_worker()`, name another program with
    /// `HostBuilder::worker_program`, or switch the probe off.
    #[error("it cannot be tried in a child process first: {source}")]
    NoWorker {
        /// Why not, and what to do.
        source: Box<child::Error>,
    },
    /// It crashed the child process in which it was tried.
    ///
    /// Cure: run it under a debugger, or build it again; the sentence says whether its constructors, its entry or its destructors
    /// crashed.
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
    ///
    /// Cure: take the call of exit out of what runs when the plugin is opened, and return a status instead.
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
    ///
    /// Cure: let nothing wait when the plugin is opened; what takes long belongs into `create` or a call.
    #[error("it was still not done after {} s {stage}, in a child process that tried it: it waits or loops where it must not, so ask its author", deadline.as_secs_f64())]
    ProbeHung {
        /// How long it was given.
        deadline: Duration,
        /// What was being done.
        stage: Stage,
    },
    /// The child process in which it was tried answered with something else than an answer.
    ///
    /// Cure: let the plugin write to no descriptor that it did not open.
    #[error("it spoilt the answer of the child process that tried it: it writes where it must not, so ask its author")]
    ProbeGarbled,
    /// It was refused in the child process in which it was tried, by a rule that only loading shows.
    ///
    /// Cure: do what the sentence says.
    #[error("a child process that tried it refused it: {message}")]
    ProbeRefused {
        /// What the child said.
        message: String,
    },
    /// What was loaded is not what was read.
    ///
    /// Cure: give the manifest and the entry the same version, every function a value, and let no constructor change
    /// them.
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
            Refusal::ExtensionMissing { .. } => "extension-missing",
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
