//! Shared libraries in this process: a private copy is opened, and the loaded library is compared with the checked
//! file.
//!
//! There is one table per process. Libraries are never closed, so the same bytes are opened only once, and a library
//! that was refused after it was opened stays refused.

use super::table::Functions;
use super::{Terms, extension};
use crate::error::Error;
use crate::gate::Artifact;
use crate::gate::step::{Step, Steps};
use crate::refusal::{ENTRY_PART, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tollgate_abi::{ABI, ENTRY_SYMBOL, Entry, EntryFn, MANIFEST_SYMBOL};
use tollgate_platform::{dylib, file, sentence};

/// The result of opening the bytes with this hash in this process. The lock is held while they are opened.
type Slot = Arc<Mutex<Option<Result<Arc<Opened>, LoadRefusal>>>>;

/// Every library that was opened in this process, by the hash of its bytes.
static LIBRARIES: Mutex<BTreeMap<[u8; blake3::OUT_LEN], Slot>> = Mutex::new(BTreeMap::new());

/// A library that stays open in this process.
#[derive(Debug)]
pub(crate) struct Opened {
    c_tier: Functions,
    library: &'static dylib::Library,
    stable_tier: OnceLock<Result<Functions, LoadRefusal>>,
}

/// A refusal found by loading a file, in the form that is remembered and that the child process of a probe returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LoadRefusal {
    /// The system's loader refused it.
    Loader {
        reason: String,
        /// Whether it searches for libraries next to itself.
        origin: bool,
    },
    /// The loaded library differs from the checked file.
    Entry { problem: String },
    /// Its entry uses another version of the contract.
    EntryVersion { found: u32 },
    /// The layout of its structures differs from the host's.
    Layout { problem: String },
    /// Any other.
    Other { message: String },
}

const LOADER_ADVICE: &str = "; it searches for libraries next to itself ($ORIGIN), which does not work because a \
    private copy of it is loaded: link them statically, or install them in a system directory";

impl From<LoadRefusal> for Refusal {
    fn from(refusal: LoadRefusal) -> Self {
        match refusal {
            LoadRefusal::Loader { reason, origin } => Refusal::Loader {
                reason,
                advice: if origin { LOADER_ADVICE } else { "" },
            },
            LoadRefusal::Entry { problem } => Refusal::EntryMismatch { problem },
            LoadRefusal::EntryVersion { found } => Refusal::ContractVersion {
                part: ENTRY_PART,
                found,
                needed: ABI,
            },
            LoadRefusal::Layout { problem } => Refusal::Layout { problem },
            LoadRefusal::Other { message } => Refusal::ProbeRefused { message },
        }
    }
}

impl From<Refusal> for LoadRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Loader { reason, advice } => LoadRefusal::Loader {
                reason,
                origin: !advice.is_empty(),
            },
            Refusal::EntryMismatch { problem } => LoadRefusal::Entry { problem },
            Refusal::ContractVersion { found, .. } => LoadRefusal::EntryVersion { found },
            Refusal::Layout { problem } => LoadRefusal::Layout { problem },
            other => LoadRefusal::Other {
                message: other.to_string(),
            },
        }
    }
}

/// Opens the artifact's bytes in this process, after the probe, unless they are already open.
pub(super) fn load(artifact: &Artifact, terms: &Terms<'_>) -> Result<Arc<Opened>, Error> {
    let refused = |refusal: Refusal| Error::refused(artifact.file(), refusal);
    let slot = {
        let mut libraries = LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner);
        libraries.entry(*artifact.hash.as_bytes()).or_default().clone()
    };
    // Held while the bytes are probed and opened: only requests for the same bytes wait.
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(opened) = &*slot {
        return opened.clone().map_err(|refusal| refused(refusal.into()));
    }
    terms.prober.try_out(artifact).map_err(refused)?;
    (terms.steps)(Step::Probed);
    let placed = Placed::new(artifact).map_err(refused)?;
    let library = open_library(&placed.path, artifact, terms.steps).map_err(refused)?;
    if dylib::REMOVABLE_WHILE_OPEN {
        drop(placed);
    } else {
        let _stays = placed.directory.keep();
    }
    // From here on the library stays in the process, so the result is remembered, even a refusal.
    let opened = Opened::new(library, artifact).map(Arc::new).map_err(LoadRefusal::from);
    slot.insert(opened).clone().map_err(|refusal| refused(refusal.into()))
}

/// In the child process of a probe: opens the private copy at `path`.
///
/// # Errors
/// The refusals of loading.
pub(super) fn try_copy(path: &Path, artifact: &Artifact, steps: Steps<'_>) -> Result<Opened, Refusal> {
    Opened::new(open_library(path, artifact, steps)?, artifact)
}

/// A copy in a private directory, which is removed when this is dropped.
pub(super) struct Placed {
    directory: tempfile::TempDir,
    pub(super) path: PathBuf,
}

impl Placed {
    /// Writes the bytes to a new directory. Only its owner may enter it, regardless of the umask, and its name is new,
    /// so it cannot conflict with another user or generation.
    pub(super) fn new(artifact: &Artifact) -> Result<Self, Refusal> {
        let directory = file::private_directory().map_err(|source| Refusal::Copy { source })?;
        let name = artifact.file().file_name().unwrap_or_else(|| "plugin".as_ref());
        let path = directory.path().join(name);
        file::write_private(&path, artifact.bytes()).map_err(|problem| Refusal::Copy {
            source: file::NoPlace {
                tried: vec![(directory.path().to_owned(), problem)],
            },
        })?;
        Ok(Self { directory, path })
    }
}

/// Opens the private copy at `path`. The library is never closed: instances, threads and thread-locals of the plugin
/// may live as long as the process.
fn open_library(path: &Path, artifact: &Artifact, steps: Steps<'_>) -> Result<&'static dylib::Library, Refusal> {
    steps(Step::Placed);
    // SAFETY: constructors run now. That they are sound is what the program promised (`HostBuilder::trust_in_process`),
    // or this is a child process that was started to find out. No other user can reach the copy, and of this user's own
    // programs none knows its name.
    let library = unsafe { dylib::open(path) }.map_err(|error| loader(path, artifact, &error))?;
    steps(Step::Opened);
    Ok(Box::leak(Box::new(library)))
}

/// The error of the system's loader, with the user's file in place of the private copy.
fn loader(copy: &Path, artifact: &Artifact, error: &dylib::Error) -> Refusal {
    let reason = sentence::with_causes(error);
    let reason = reason.replace(&copy.display().to_string(), &artifact.file().display().to_string());
    let origin = b"$ORIGIN";
    LoadRefusal::Loader {
        reason: sentence::one_line(&reason),
        origin: artifact.bytes().windows(origin.len()).any(|window| window == origin),
    }
    .into()
}

impl Opened {
    /// Compares the loaded library with the checked file.
    fn new(library: &'static dylib::Library, artifact: &Artifact) -> Result<Self, Refusal> {
        let mismatch = |problem: &str| Refusal::EntryMismatch {
            problem: problem.to_owned(),
        };
        let missing = |error: dylib::Error| mismatch(&format!("a symbol of its file is missing: {error}"));
        // SAFETY: the symbol has the contract's type if the file is a plugin, which its manifest says that it is.
        let entry = unsafe { library.get::<EntryFn>(ENTRY_SYMBOL) }.map_err(missing)?;
        // SAFETY: the symbol is data, if the file is a plugin; its first eight bytes are its length.
        let loaded = unsafe { library.get::<*const u8>(MANIFEST_SYMBOL) }.map_err(missing)?;
        if (loaded.addr() as u64).wrapping_sub(*entry as usize as u64) != artifact.exports.distance {
            return Err(mismatch("its symbols are not at the addresses in its file"));
        }
        // SAFETY: the contract's entry takes nothing and may be called by any thread.
        let entry = unsafe { entry() };
        let entry = check_entry(entry)?;
        let json = artifact.manifest_json();
        // SAFETY: the symbol lies where the file has it, the file has as many bytes there, and the loader maps what the
        // file has.
        let loaded = unsafe { slice::from_raw_parts(*loaded, 8 + json.len()) };
        if loaded[..8] != (json.len() as u64).to_ne_bytes() || &loaded[8..] != json {
            return Err(mismatch(
                "its manifest differs from the one in its file: a constructor changed it",
            ));
        }
        // SAFETY: `check_entry` compared version and size; that its functions keep the contract is the plugin's
        // promise, for which the program vouches.
        let c_tier = unsafe { Functions::of_entry(entry, artifact.manifest()) }?;
        Ok(Self {
            c_tier,
            library,
            stable_tier: OnceLock::new(),
        })
    }

    /// The functions of the C tier.
    pub(super) fn c_tier(&self) -> Functions {
        self.c_tier
    }

    /// The functions of the stable tier, which `find` looks up in the library on the first request.
    pub(super) fn stable_tier(
        &self,
        find: impl FnOnce(&'static dylib::Library) -> Result<Functions, Refusal>,
    ) -> Result<Functions, Refusal> {
        let found = self
            .stable_tier
            .get_or_init(|| find(self.library).map_err(LoadRefusal::from));
        found.clone().map_err(Refusal::from)
    }
}

/// Checks that the pointer that a plugin's entry returned is a complete entry of this version.
pub(super) fn check_entry(entry: *const Entry) -> Result<&'static Entry, Refusal> {
    let mismatch = |problem: String| Refusal::EntryMismatch { problem };
    if entry.is_null() || !entry.is_aligned() {
        return Err(mismatch("its entry returned an invalid pointer".to_owned()));
    }
    // `size` and `abi` come first in every version, so they may be read before anything else is known.
    // SAFETY: by the contract, the pointer is to an entry that lives as long as the process.
    let size = unsafe { (*entry).size };
    // SAFETY: as above.
    let abi = unsafe { (*entry).abi };
    if abi != ABI {
        return Err(Refusal::ContractVersion {
            part: ENTRY_PART,
            found: abi,
            needed: ABI,
        });
    }
    let needed = size_of::<Entry>();
    if (size as usize) < needed {
        return Err(mismatch(format!(
            "its entry has {size} bytes; version {ABI} needs {needed}"
        )));
    }
    let functions = [
        ("create", offset_of!(Entry, create)),
        ("call", offset_of!(Entry, call)),
        ("destroy", offset_of!(Entry, destroy)),
        ("extension", offset_of!(Entry, extension)),
    ];
    // SAFETY: the entry is alive and at least as long as this version's.
    if let Some(null) = unsafe { extension::null_function(entry, functions) } {
        return Err(mismatch(format!(
            "its entry has no function {null}: the pointer is NULL"
        )));
    }
    // SAFETY: the version is this one, the entry is at least as long and no function of it is null, so it is valid; it
    // lives as long as the process, because nothing is closed.
    Ok(unsafe { &*entry })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_loading_is_remembered_unchanged() {
        let all = [
            Refusal::Loader {
                reason: "no".to_owned(),
                advice: LOADER_ADVICE,
            },
            Refusal::EntryMismatch {
                problem: "x".to_owned(),
            },
            Refusal::Layout {
                problem: "y".to_owned(),
            },
            Refusal::ContractVersion {
                part: ENTRY_PART,
                found: 7,
                needed: ABI,
            },
        ];
        for refusal in all {
            let (code, text) = (refusal.code(), refusal.to_string());
            let again = Refusal::from(LoadRefusal::from(refusal));
            assert_eq!((again.code(), again.to_string()), (code, text));
        }
    }
}
