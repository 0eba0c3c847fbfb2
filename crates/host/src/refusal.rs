//! Which rule of the gate a file broke, each with a code and a sentence; docs/REFUSALS.md is made from it, as of
//! `error.rs`.

use std::path::{Path, PathBuf};
use std::time::Duration;
use tollgate_abi::MANIFEST_SYMBOL;
use tollgate_platform::child;
use tollgate_platform::file::NoPlace;
use tollgate_platform::trust::Distrust;

/// The part of a plugin whose version of the contract is compared once it is loaded.
pub(crate) const ENTRY_PART: &str = "its entry";

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
    /// Cure: make room in one of the directories that the sentence names, see that this user may write to it and that
    /// it is not mounted noexec, or name another one in TMPDIR.
    #[error("cannot make a private copy of it ({source}): set TMPDIR to a directory with room that may execute")]
    Copy {
        /// Where it was tried, and the system's answers.
        source: NoPlace,
    },
    /// Others can change the file, so it may be anybody's.
    ///
    /// Cure: make the file your own, or take the right to write from the others (`chmod go-w`); `--allow-writable`
    /// takes it as it is.
    #[error("it {distrust}: {}, or allow it with --allow-writable", distrust.cure())]
    Untrusted {
        /// Who can change it.
        distrust: Distrust,
    },
    /// The file was changed by another program while it was read.
    ///
    /// Cure: wait until whatever writes it is done; replace plugins by renaming a whole file.
    #[error("it changed while it was read: wait until the write is complete, then try again")]
    Changed,
    /// The file is larger than any plugin.
    ///
    /// Cure: strip what only a debugger reads (`strip`, or `-s`), and load large data when an instance is made.
    #[error("it has {bytes} bytes, and a plugin may have at most {limit}")]
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
    #[error("it is not a shared library: it {found}")]
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
    #[error("it is truncated: {part} should end at byte {needed}, and the file has {found} bytes: copy it again")]
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
    #[error(
        "it requires an executable stack, which would make every stack of this process executable: link it with -z noexecstack"
    )]
    ExecutableStack,
    /// It does not export a symbol that every plugin exports.
    ///
    /// Cure: in Rust put `export!(Type);` into the crate and build it as a cdylib; in C use TOLLGATE_MANIFEST and
    /// define `tollgate_entry`, and keep the linker from hiding them.
    #[error(
        "it is a shared library but not a Tollgate plugin: it does not export {symbol} (in Rust, tollgate_plugin::export! does; in C, see tollgate.h)"
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
    #[error("{part} uses version {found} of the contract, and this host uses version {needed}: {}", if found > needed { "use a newer host" } else { "build the plugin again with this host's tollgate-plugin or tollgate.h" })]
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
    #[error("it requires the host extension {extension}, and this host offers {offered}: use a newer host")]
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
    /// Cure: build the plugin again with this host's tollgate-plugin. Where only the stable tier differs, the C tier of
    /// the same file still works, with `@c-abi`.
    #[error("{problem}: build the plugin again with this host's tollgate-plugin")]
    Layout {
        /// The first difference: type, field, both types and both offsets.
        problem: String,
    },
    /// Another file was pinned under its name.
    ///
    /// Cure: where the new file is wanted, accept it with `tollgate plugin pin`; where it is not, find out who replaced
    /// it.
    #[error("{0}")]
    PinMismatch(#[source] Box<PinMismatch>),
    /// Only pinned plugins are loaded, and it is not pinned.
    ///
    /// Cure: pin it with `tollgate plugin pin`, or leave out `--locked`.
    #[error("{name} is not pinned in {}, and only pinned plugins may be loaded (locked): to accept it, run `tollgate plugin pin {}`", lock.display(), word(file))]
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
    #[error("cannot probe it in a child process: {source}")]
    NoWorker {
        /// Why not, and what to do.
        source: Box<child::Error>,
    },
    /// It crashed the child process in which it was tried.
    ///
    /// Cure: run it under a debugger, or build it again; the sentence says whether its constructors, its entry or its
    /// destructors crashed.
    #[error(
        "it crashed ({signal}) {stage}, in the child process that probed it: report it to its author, or build it again"
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
        "it ended the process with exit code {code} {stage}, in the child process that probed it: a plugin must not exit the process; report it to its author"
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
    #[error("it had not finished after {} s {stage}, in the child process that probed it: it blocks or loops where it must not; report it to its author", deadline.as_secs_f64())]
    ProbeHung {
        /// How long it was given.
        deadline: Duration,
        /// What was being done.
        stage: Stage,
    },
    /// The child process in which it was tried answered with something else than an answer.
    ///
    /// Cure: let the plugin write to no descriptor that it did not open.
    #[error(
        "it corrupted the answer of the child process that probed it: it writes to a descriptor that it did not open; report it to its author"
    )]
    ProbeGarbled,
    /// It was refused in the child process in which it was tried, by a rule that only loading shows.
    ///
    /// Cure: do what the sentence says.
    #[error("the child process that probed it refused it: {message}")]
    ProbeRefused {
        /// What the child said.
        message: String,
    },
    /// What was loaded is not what was read.
    ///
    /// Cure: give the manifest and the entry the same version, every function a value, and let no constructor change
    /// them.
    #[error("after loading, {problem}")]
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

/// A plugin's bytes are others than those that its name is pinned to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "its hash is {found}, but {name} is pinned to {pinned} in {}: to accept the new file, run `tollgate plugin pin {}`",
    lock.display(), word(file)
)]
#[non_exhaustive]
pub struct PinMismatch {
    /// The name that is pinned.
    pub name: String,
    /// The plugin's file.
    pub file: PathBuf,
    /// Its BLAKE3, in hexadecimal.
    pub found: String,
    /// The BLAKE3 that is pinned.
    pub pinned: String,
    /// The file of pins.
    pub lock: PathBuf,
}

/// What was being done when a probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Its constructors ran, or the system's loader was at work.
    Opening,
    /// Its entry was called, and what it returned was read.
    Entry,
    /// The layouts of its stable tier were compared.
    Layout,
    /// The process was about to end: its destructors ran.
    Ending,
}

/// A clause: `when its entry was called`.
impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Stage::Opening => "while it was opened, which runs its constructors",
            Stage::Entry => "when its entry was called",
            Stage::Layout => "when the layouts of its stable tier were read",
            Stage::Ending => "when the process ended, which runs its destructors",
        })
    }
}

/// A path as a word of a command line.
pub(crate) fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |character: char| character.is_alphanumeric() || "/._-+".contains(character);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
