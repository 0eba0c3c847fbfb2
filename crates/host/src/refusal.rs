//! The rules of the gate. Each refusal has a code and a message; docs/REFUSALS.md is generated from this file too.

use std::path::{Path, PathBuf};
use std::time::Duration;
use tollgate_abi::MANIFEST_SYMBOL;
use tollgate_platform::child;
use tollgate_platform::file::NoPlace;
use tollgate_platform::trust::Distrust;

/// The part of a plugin whose contract version is compared after loading.
pub(crate) const ENTRY_PART: &str = "its entry";

/// The rule of the gate that a file broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The file could not be read.
    ///
    /// Cure: check that the path is right, that it is a regular file, and that this user may read it.
    #[error("cannot read it: {0}")]
    Unreadable(#[source] std::io::Error),
    /// The private copy could not be made.
    ///
    /// Cure: free space in one of the directories that the message names and check that this user may write to it and
    /// that it is not mounted noexec, or set TMPDIR to another directory.
    #[error(
        "cannot make a private copy of it ({source}): set TMPDIR to a directory with free space that is not mounted \
            noexec"
    )]
    Copy {
        /// The directories that were tried, and the system's errors.
        source: NoPlace,
    },
    /// Other users can change the file, so they could have replaced it.
    ///
    /// Cure: take ownership of the file, or remove write permission for others (`chmod go-w`); `--allow-writable`
    /// accepts it as it is.
    #[error("it {distrust}: {}, or allow it with --allow-writable", distrust.cure())]
    Untrusted {
        /// Who can change it.
        distrust: Distrust,
    },
    /// The file was changed by another program while it was read.
    ///
    /// Cure: wait until the write is complete; to replace a plugin, write a new file and rename it.
    #[error("it changed while it was read: wait until the write is complete, then try again")]
    Changed,
    /// The file is larger than the limit.
    ///
    /// Cure: remove debug information (`strip`, or `-s`), and load large data when an instance is created.
    #[error("it has {bytes} bytes; a plugin may have at most {limit}")]
    TooLarge {
        /// The file's length.
        bytes: u64,
        /// The largest accepted length.
        limit: u64,
    },
    /// The file is not a shared library.
    ///
    /// Cure: give the shared library that the build wrote (.so, .dylib or .dll), not an archive, object file, program
    /// or text.
    #[error("it is not a shared library: it {found}")]
    NotALibrary {
        /// What it begins with, or what it is instead.
        found: String,
    },
    /// It was built for another format, processor, word size or byte order.
    ///
    /// Cure: build the plugin for the host's target, which the message names.
    #[error("it was built for {found}, and this host is {needed}: build it for {needed}")]
    WrongTarget {
        /// What it was built for.
        found: String,
        /// What this host is.
        needed: String,
    },
    /// The file is truncated: a part of it ends outside the file.
    ///
    /// Cure: copy or download it again, and compare its length with the original.
    #[error("it is truncated: {part} should end at byte {needed}, and the file has {found} bytes: copy it again")]
    Truncated {
        /// The part.
        part: String,
        /// Where the part ends, in bytes.
        needed: u64,
        /// The file's length.
        found: u64,
    },
    /// The structures in the file are invalid.
    ///
    /// Cure: copy it again, or build it again.
    #[error("it is damaged: {problem}")]
    Damaged {
        /// What the parser found.
        problem: String,
    },
    /// Loading it would make the stacks of this process executable.
    ///
    /// Cure: link it with `-z noexecstack`; assembly sources need a `.note.GNU-stack` section.
    #[error(
        "it requires an executable stack, which would make every stack of this process executable: link it with -z \
            noexecstack"
    )]
    ExecutableStack,
    /// It does not export the symbols of a plugin.
    ///
    /// Cure: in Rust, put `export!(Type);` into the crate and build it as a cdylib; in C, use TOLLGATE_MANIFEST and
    /// define `tollgate_entry`, and make sure that the linker exports them.
    #[error(
        "it is a shared library but not a Tollgate plugin: it does not export {symbol} (in Rust, \
            tollgate_plugin::export! does; in C, see tollgate.h)"
    )]
    NoSymbol {
        /// The symbol.
        symbol: &'static str,
    },
    /// The manifest cannot be read.
    ///
    /// Cure: correct the field that the message names. In C, nothing checks the text of the manifest earlier; `export!`
    /// writes it correctly.
    #[error("its manifest (the symbol {MANIFEST_SYMBOL}) is damaged: {problem}")]
    ManifestDamaged {
        /// What is wrong with it.
        problem: String,
    },
    /// It uses another version of the contract.
    ///
    /// Cure: use a newer host, or build the plugin again with this host's crate or header, as the message says.
    #[error("{part} uses version {found} of the contract, and this host uses version {needed}: {}", if found > needed { "use a newer host" } else { "build the plugin again with this host's tollgate-plugin or tollgate.h" })]
    ContractVersion {
        /// Its manifest or its entry.
        part: &'static str,
        /// The version that it uses.
        found: u32,
        /// The version that the host uses.
        needed: u32,
    },
    /// A panic in it would end the process.
    ///
    /// Cure: remove `panic = "abort"` from the profile that the plugin is built with.
    #[error("it was built with panic=abort, so a panic in it would end this process: build it with panic=unwind")]
    PanicAborts,
    /// It requires an extension that this host does not offer.
    ///
    /// Cure: use a newer host, or make the plugin work without the extension and remove it from the manifest's
    /// `requires`.
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
        /// Its error, with all causes.
        reason: String,
        /// What to do, if known.
        advice: &'static str,
    },
    /// The layout of the contract's structures, or of its stable tier, differs from the host's.
    ///
    /// Cure: build the plugin again with this host's tollgate-plugin. If only the stable tier differs, the C tier of
    /// the same file still works: use `@c-abi`.
    #[error("{problem}: build the plugin again with this host's tollgate-plugin")]
    Layout {
        /// The first difference: type, field, and the two types or offsets.
        problem: String,
    },
    /// Its name is pinned to another file.
    ///
    /// Cure: if the new file is expected, accept it with `tollgate plugin pin`; if not, find out who replaced it.
    #[error("{0}")]
    PinMismatch(#[source] Box<PinMismatch>),
    /// Only pinned plugins are loaded, and it is not pinned.
    ///
    /// Cure: pin it with `tollgate plugin pin`, or omit `--locked`.
    #[error("{name} is not pinned in {}, and only pinned plugins may be loaded (locked): to accept it, run `tollgate \
        plugin pin {}`", lock.display(), word(file))]
    NotPinned {
        /// Its name.
        name: String,
        /// The plugin's file.
        file: PathBuf,
        /// The lock file.
        lock: PathBuf,
    },
    /// The probe needs a child process, and no program can run as one.
    ///
    /// Cure: begin the program's `main` with `tollgate::worker::run_if_worker()`, name another program with
    /// `HostBuilder::worker_program`, or turn the probe off.
    #[error("cannot probe it in a child process: {source}")]
    NoWorker {
        /// Why not, and what to do.
        source: Box<child::Error>,
    },
    /// It crashed the child process of the probe.
    ///
    /// Cure: run it in a debugger, or build it again; the message says whether its constructors, its entry or its
    /// destructors crashed.
    #[error(
        "it crashed ({signal}) {stage}, in the child process that probed it: report it to its author, or build it again"
    )]
    ProbeCrashed {
        /// The signal that ended the process.
        signal: String,
        /// The stage of the probe.
        stage: Stage,
    },
    /// It exited the child process of the probe.
    ///
    /// Cure: remove the call of exit from the code that runs when the plugin is opened, and return a status instead.
    #[error(
        "it ended the process with exit code {code} {stage}, in the child process that probed it: a plugin must not \
            exit the process; report it to its author"
    )]
    ProbeExited {
        /// The exit code.
        code: i32,
        /// The stage of the probe.
        stage: Stage,
    },
    /// It timed out in the child process of the probe.
    ///
    /// Cure: do not wait while the plugin is opened; move slow work into `create` or a call.
    #[error("it had not finished after {} s {stage}, in the child process that probed it: it blocks or loops where it \
        must not; report it to its author", deadline.as_secs_f64())]
    ProbeHung {
        /// The deadline.
        deadline: Duration,
        /// The stage of the probe.
        stage: Stage,
    },
    /// The child process of the probe sent an invalid answer.
    ///
    /// Cure: do not write to a descriptor that the plugin did not open.
    #[error(
        "it corrupted the answer of the child process that probed it: it writes to a descriptor that it did not open; \
            report it to its author"
    )]
    ProbeGarbled,
    /// The child process of the probe refused it, by a rule that is checked during loading.
    ///
    /// Cure: follow the message.
    #[error("the child process that probed it refused it: {message}")]
    ProbeRefused {
        /// The child's message.
        message: String,
    },
    /// The loaded plugin differs from the file that was read.
    ///
    /// Cure: give the manifest and the entry the same version, set every function, and do not change them in a
    /// constructor.
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

/// The hash of a plugin's file differs from the pinned one.
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
    /// The lock file.
    pub lock: PathBuf,
}

/// The stage in which a probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The system's loader opened it and ran its constructors.
    Opening,
    /// Its entry was called, and the result was read.
    Entry,
    /// The layouts of its stable tier were compared.
    Layout,
    /// The process exited: its destructors ran.
    Ending,
}

/// As a clause: `when its entry was called`.
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

/// A path as one argument of a shell command.
pub(crate) fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |character: char| character.is_alphanumeric() || "/._-+".contains(character);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
