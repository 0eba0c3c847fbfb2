//! The gate: the checks that a plugin's file passes before any of its code runs.

use crate::boundary::Crossing;
use crate::c_abi::CAbi;
use crate::extension;
use crate::preflight;
use crate::probe::loader_advice;
use crate::stable_abi::StableAbi;
use crate::{Boundary, Error, Manifest, Refusal};
use std::fs::File;
use std::io::Read;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};
use tollgate_abi::STABLE_SYMBOL;
use tollgate_abi::{ABI, ENTRY_SYMBOL, Entry, EntryFn, MANIFEST_SYMBOL, Registration};
use tollgate_platform::{dylib, file, trust};

/// Larger than any plugin; a bound on what is read into memory.
const FILE_LIMIT: u64 = 1 << 30;

/// The part of a plugin that a contract's version is compared of once it is loaded.
pub(crate) const ENTRY_PART: &str = "its entry";

/// What the gate has just done. Between any two steps, others may have changed the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The file was opened, and who can change it was looked at.
    FileOpened,
    /// Its bytes were read; from here on, they alone count.
    FileRead,
    /// Format, target, segments, symbols, manifest and pin are as they must be.
    Checked,
    /// It was tried in a child process, where that is wanted.
    Probed,
    /// The bytes lie in a private directory.
    Placed,
    /// The copy is open as a library.
    Opened,
}

impl Step {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Step::FileOpened => "file opened",
            Step::FileRead => "file read",
            Step::Checked => "checked",
            Step::Probed => "probed",
            Step::Placed => "placed",
            Step::Opened => "opened",
        }
    }
}

/// Is told of each step.
pub(crate) type Steps<'a> = &'a dyn Fn(Step);

/// One loaded copy of a plugin's file, or a part of the program that was registered. It stays for the life of the process.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) number: u32,
    pub(crate) manifest: Manifest,
    pub(crate) c_abi: Arc<CAbi>,
    pub(crate) source: Source,
}

/// Where a generation comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file.
    File(Loaded),
    /// The program itself, which registered it behind this boundary.
    Program(Boundary),
}

/// A loaded file.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) file: PathBuf,
    pub(crate) hash: blake3::Hash,
    /// Whether the file exports the stable tier.
    offers_stable: bool,
    library: &'static dylib::Library,
    stable_abi: Mutex<Option<Arc<StableAbi>>>,
}

impl Generation {
    /// A part of the program.
    pub(crate) fn registered(registration: &Registration, boundary: Boundary) -> Result<Self, Error> {
        let refused = |refusal| Error::refused(Path::new(boundary.name()), refusal);
        let manifest = check_manifest(registration.manifest()).map_err(refused)?;
        let entry = registration.entry();
        // SAFETY: whoever made the registration promised that any thread may call it.
        let entry = check_entry(unsafe { entry() }).map_err(refused)?;
        // SAFETY: `check_entry` compared version and size; that its functions keep the contract was promised too.
        let c_abi = unsafe { CAbi::new(entry, &manifest) }.map_err(refused)?;
        Ok(Self {
            number: 1,
            manifest,
            c_abi: Arc::new(c_abi),
            source: Source::Program(boundary),
        })
    }

    /// What makes instances behind a boundary.
    pub(crate) fn crossing(&self, boundary: Boundary) -> Result<Arc<dyn Crossing>, Error> {
        let not_offered = |reason: &str| {
            Err(Error::BoundaryNotOffered {
                plugin: self.manifest.name.clone(),
                boundary,
                reason: reason.to_owned(),
            })
        };
        match (&self.source, boundary) {
            (Source::Program(own), boundary) if *own == boundary => Ok(self.c_abi.clone()),
            (Source::Program(own), _) => not_offered(&format!("it is part of this program, behind {own}, and no file")),
            (Source::File(_), Boundary::CAbi) => Ok(self.c_abi.clone()),
            (Source::File(loaded), Boundary::StableAbi) if loaded.offers_stable => Ok(loaded
                .stable_abi(&self.manifest)
                .map_err(|refusal| Error::refused(&loaded.file, refusal))?),
            (Source::File(_), Boundary::StableAbi) => {
                not_offered("its file has no stable tier, which plugins in Rust export beside the C tier: use c-abi")
            }
            (Source::File(_), Boundary::Inline | Boundary::StaticC) => {
                not_offered("this program has no plugin of that name in it: use c-abi")
            }
        }
    }
}

impl Loaded {
    /// The stable tier, whose layouts are compared when it is asked for first.
    pub(crate) fn stable_abi(&self, manifest: &Manifest) -> Result<Arc<StableAbi>, Refusal> {
        if !self.offers_stable {
            return Err(Refusal::NoSymbol { symbol: STABLE_SYMBOL });
        }
        let mut loaded = self.stable_abi.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stable) = &*loaded {
            return Ok(stable.clone());
        }
        Ok(loaded
            .insert(Arc::new(StableAbi::load(self.library, manifest)?))
            .clone())
    }
}

/// Reads a manifest, and holds it against what every plugin must be.
fn check_manifest(json: &[u8]) -> Result<Manifest, Refusal> {
    let manifest = Manifest::parse(json).map_err(|problem| Refusal::ManifestDamaged { problem })?;
    if manifest.abi != ABI {
        return Err(Refusal::ContractVersion {
            part: "its manifest",
            found: manifest.abi,
            needed: ABI,
        });
    }
    if manifest.panic == "abort" {
        return Err(Refusal::PanicAborts);
    }
    if let Some(problem) = manifest.layout_difference() {
        return Err(Refusal::Layout { problem });
    }
    extension::check_required(&manifest)?;
    Ok(manifest)
}

/// A plugin's file as it was read: what is checked, and what is loaded.
pub(crate) struct Copy {
    pub(crate) file: PathBuf,
    bytes: Vec<u8>,
    pub(crate) hash: blake3::Hash,
}

/// What the checks found in a copy.
pub(crate) struct Checked<'a> {
    preflight: preflight::Preflight<'a>,
    pub(crate) manifest: Manifest,
}

/// A copy in a private directory, which is removed when this is dropped.
pub(crate) struct Placed {
    directory: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

/// A copy that is open as a library.
pub(crate) struct Opened {
    c_abi: CAbi,
    loaded: Loaded,
}

impl Copy {
    /// Reads the file, once. Where others could change it meanwhile it is refused, unless that is allowed.
    pub(crate) fn read(path: &Path, allow_writable: bool, steps: Steps<'_>) -> Result<Self, Error> {
        let refused = |refusal| Error::refused(path, refusal);
        Self::take(path, path, allow_writable, steps).map_err(refused)
    }

    /// Reads the private copy that was made of a file.
    pub(crate) fn read_placed(path: &Path, copy: &Path) -> Result<Self, Refusal> {
        Self::take(path, copy, true, &|_| {})
    }

    fn take(path: &Path, from: &Path, allow_writable: bool, steps: Steps<'_>) -> Result<Self, Refusal> {
        let mut opened = file::open_regular(from).map_err(Refusal::Unreadable)?;
        let trusted = |opened: &File| match trust::file(opened).map_err(Refusal::Unreadable)? {
            Some(distrust) if !allow_writable => Err(Refusal::Untrusted { distrust }),
            _ => opened.metadata().map_err(Refusal::Unreadable),
        };
        let before = trusted(&opened)?;
        steps(Step::FileOpened);
        if before.len() > FILE_LIMIT {
            return Err(Refusal::TooLarge {
                bytes: before.len(),
                limit: FILE_LIMIT,
            });
        }
        let mut bytes = Vec::new();
        let length = (&mut opened)
            .take(FILE_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(Refusal::Unreadable)? as u64;
        // Who could write it while it was read, or did, left parts of two files in these bytes.
        let after = trusted(&opened)?;
        if length != before.len() || after.len() != before.len() || after.modified().ok() != before.modified().ok() {
            return Err(Refusal::Changed);
        }
        steps(Step::FileRead);
        Ok(Self {
            file: path.to_owned(),
            hash: blake3::hash(&bytes),
            bytes,
        })
    }

    /// Looks at format, target, segments, symbols and manifest.
    pub(crate) fn check(&self) -> Result<Checked<'_>, Refusal> {
        let preflight = preflight::check(&self.bytes, &preflight::Target::here())?;
        let manifest = check_manifest(preflight.manifest)?;
        Ok(Checked { preflight, manifest })
    }

    /// What the system's loader said, with the user's file in place of the private copy.
    fn loader(&self, copy: &Path, source: dylib::Error) -> Refusal {
        let mut reason = source.to_string();
        let mut cause = std::error::Error::source(&source);
        while let Some(error) = cause {
            reason = format!("{reason}: {error}");
            cause = error.source();
        }
        let reason = reason.replace(&copy.display().to_string(), &self.file.display().to_string());
        let origin = b"$ORIGIN";
        Refusal::Loader {
            reason: one_line(&reason),
            advice: loader_advice(self.bytes.windows(origin.len()).any(|window| window == origin)),
        }
    }

    /// Writes the bytes to a directory of their own. Only its owner may enter it, whatever the umask, and its name is new:
    /// neither another user nor another generation can be in the way.
    pub(crate) fn place(&self) -> Result<Placed, Refusal> {
        let directory = file::private_directory().map_err(|source| Refusal::Copy { source })?;
        let name = self.file.file_name().unwrap_or_else(|| "plugin".as_ref());
        let path = directory.path().join(name);
        file::write_private(&path, &self.bytes).map_err(|problem| Refusal::Copy {
            source: file::NoPlace {
                tried: vec![(directory.path().to_owned(), problem)],
            },
        })?;
        Ok(Placed { directory, path })
    }

    /// Opens the private copy at `path`, and compares what was loaded with what was read.
    pub(crate) fn open(&self, path: &Path, checked: &Checked<'_>, steps: Steps<'_>) -> Result<Opened, Refusal> {
        steps(Step::Placed);
        // SAFETY: constructors run now, and whether they are sound nobody can know; that is what loading a plugin in
        // process means, and `Host::open` documents it as the user's decision. No other user can reach the copy, and of
        // this user's own programs none knows its name.
        let library = unsafe { dylib::open(path) }.map_err(|error| self.loader(path, error))?;
        // Never closed: instances, threads and thread-locals of the plugin may live as long as the process.
        let library: &'static dylib::Library = Box::leak(Box::new(library));
        steps(Step::Opened);
        // SAFETY: the symbol has the contract's type if the file is a plugin, which its manifest says that it is.
        let entry = unsafe { library.get::<EntryFn>(ENTRY_SYMBOL) };
        let entry = entry.map_err(|error| self.loader(path, error))?;
        // SAFETY: the symbol is data, if the file is a plugin; its first eight bytes are its length.
        let loaded = unsafe { library.get::<*const u8>(MANIFEST_SYMBOL) };
        let loaded = loaded.map_err(|error| self.loader(path, error))?;
        if (loaded.addr() as u64).wrapping_sub(*entry as usize as u64) != checked.preflight.distance {
            return Err(Refusal::EntryMismatch {
                problem: "its symbols are not where its file has them".to_owned(),
            });
        }
        // SAFETY: the contract's entry takes nothing and may be called by any thread.
        let entry = unsafe { entry() };
        let entry = check_entry(entry)?;
        let manifest = checked.preflight.manifest;
        // SAFETY: the symbol lies where the file has it, the file has as many bytes there, and the loader maps what the file
        // has.
        let loaded = unsafe { slice::from_raw_parts(*loaded, 8 + manifest.len()) };
        if loaded[..8] != (manifest.len() as u64).to_ne_bytes() || &loaded[8..] != manifest {
            return Err(Refusal::EntryMismatch {
                problem: "its manifest is not the one in its file: a constructor changed it".to_owned(),
            });
        }
        // SAFETY: `check_entry` compared version and size; that its functions keep the contract is the plugin's promise.
        let c_abi = unsafe { CAbi::new(entry, &checked.manifest) }?;
        Ok(Opened {
            c_abi,
            loaded: Loaded {
                file: self.file.clone(),
                hash: self.hash,
                offers_stable: checked.preflight.symbols.iter().any(|symbol| symbol == STABLE_SYMBOL),
                library,
                stable_abi: Mutex::default(),
            },
        })
    }

    /// Loads the copy, which passed the gate.
    pub(crate) fn load(&self, checked: Checked<'_>, number: u32, steps: Steps<'_>) -> Result<Generation, Error> {
        let refused = |refusal| Error::refused(&self.file, refusal);
        let placed = self.place().map_err(refused)?;
        let opened = self.open(&placed.path, &checked, steps).map_err(refused)?;
        if dylib::REMOVABLE_WHILE_OPEN {
            drop(placed);
        } else {
            let _stays = placed.directory.keep();
        }
        Ok(Generation {
            number,
            manifest: checked.manifest,
            c_abi: Arc::new(opened.c_abi),
            source: Source::File(opened.loaded),
        })
    }
}

impl Opened {
    /// Compares the layouts of the stable tier, where there is one. That they are others is no refusal of the file, whose
    /// C tier may do.
    pub(crate) fn try_stable(&self, manifest: &Manifest) {
        if self.loaded.offers_stable {
            let _ = self.loaded.stable_abi(manifest);
        }
    }
}

/// A text of the system's or a file's as one line.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

fn check_entry(entry: *const Entry) -> Result<&'static Entry, Refusal> {
    let mismatch = |problem: &str| Refusal::EntryMismatch {
        problem: problem.to_owned(),
    };
    if entry.is_null() || !entry.is_aligned() {
        return Err(mismatch("its entry returned no valid pointer"));
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
    if (size as usize) < size_of::<Entry>() {
        return Err(Refusal::EntryMismatch {
            problem: format!(
                "its entry has {size} bytes, and version {ABI} has {}",
                size_of::<Entry>()
            ),
        });
    }
    let functions = [
        ("create", offset_of!(Entry, create)),
        ("call", offset_of!(Entry, call)),
        ("destroy", offset_of!(Entry, destroy)),
        ("extension", offset_of!(Entry, extension)),
    ];
    // SAFETY: the entry is alive and at least as long as this version's.
    if let Some(null) = unsafe { extension::null_function(entry, functions) } {
        return Err(Refusal::EntryMismatch {
            problem: format!("its entry has no function {null}: the pointer is NULL"),
        });
    }
    // SAFETY: the version is this one, the entry is at least as long and no function of it is null, so it is valid; it
    // lives as long as the process, because nothing is closed.
    Ok(unsafe { &*entry })
}

/// What can be known of a plugin's file without running any of it.
#[derive(Debug)]
pub struct Inspection {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub hash: String,
    /// The manifest, where it could be read.
    pub manifest: Option<Manifest>,
    /// The libraries that it needs.
    pub needed: Vec<String>,
    /// The symbols that it exports.
    pub symbols: Vec<String>,
    /// Whether the gate would let it in.
    pub verdict: Verdict,
}

impl Inspection {
    /// What is known of a file that nothing was read of yet.
    pub(crate) fn of(file: PathBuf, hash: String, verdict: Verdict) -> Self {
        Self {
            file,
            bytes: 0,
            hash,
            manifest: None,
            needed: Vec::new(),
            symbols: Vec::new(),
            verdict,
        }
    }
}

/// The gate's word on a file.
#[derive(Debug)]
pub enum Verdict {
    /// It passes. Whether it can be loaded is known only when it is.
    Passes,
    /// It is refused.
    Refused(Refusal),
}

/// Reads a plugin's file and looks at it, without running any of it.
///
/// # Errors
/// The file cannot be read. That the gate refuses it is no error but a [`Verdict`].
pub fn inspect(file: impl AsRef<Path>) -> Result<Inspection, Error> {
    // It is looked at, whoever can change it: nothing of it runs.
    let copy = Copy::read(file.as_ref(), true, &|_| {})?;
    let hash = copy.hash.to_hex().to_string();
    let mut inspection = Inspection::of(copy.file.clone(), hash, Verdict::Passes);
    inspection.bytes = copy.bytes.len() as u64;
    match copy.check() {
        Ok(Checked { preflight, manifest }) => {
            inspection.manifest = Some(manifest);
            inspection.needed = preflight.needed;
            inspection.symbols = preflight.symbols;
        }
        Err(refusal) => {
            if let Ok(preflight) = preflight::check(&copy.bytes, &preflight::Target::here()) {
                inspection.manifest = Manifest::parse(preflight.manifest)
                    .ok()
                    .filter(|manifest| manifest.abi == ABI);
                inspection.needed = preflight.needed;
                inspection.symbols = preflight.symbols;
            }
            inspection.verdict = Verdict::Refused(refusal);
        }
    }
    Ok(inspection)
}
