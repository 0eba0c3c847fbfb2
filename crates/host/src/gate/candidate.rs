//! A plugin's file that was read but not checked yet.

use crate::error::Error;
use crate::gate::artifact::Artifact;
use crate::gate::preflight::{self, Target};
use crate::gate::step::{Step, Steps};
use crate::manifest::Manifest;
use crate::offered;
use crate::refusal::Refusal;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tollgate_abi::ABI;
use tollgate_platform::{file, trust};

/// The limit of what is read into memory. No plugin is that large.
const FILE_LIMIT: u64 = 1 << 30;

/// A plugin's file that was read. Nothing of it was checked, and nothing has run.
pub struct Candidate {
    file: PathBuf,
    pub(crate) hash: blake3::Hash,
    bytes: Arc<[u8]>,
}

/// Omits the bytes.
impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("file", &self.file)
            .field("hash", &self.hash())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// What can be read from a file that the gate refuses.
#[derive(Debug, Default)]
pub struct Seen {
    /// The manifest, if it uses this version of the contract.
    pub manifest: Option<Manifest>,
    /// The libraries that it needs.
    pub needed: Vec<String>,
    /// The symbols that it exports.
    pub symbols: Vec<String>,
}

impl Candidate {
    /// Reads the file once. It is refused if others can change it, unless that is allowed.
    pub(crate) fn read_in_steps(path: &Path, allow_writable: bool, steps: Steps<'_>) -> Result<Self, Error> {
        let refused = |refusal| Error::refused(path, refusal);
        Self::take(path, allow_writable, steps).map_err(refused)
    }

    /// A file's bytes, which another process read.
    pub(crate) fn of_bytes(path: &Path, bytes: &[u8]) -> Self {
        Self {
            file: path.to_owned(),
            hash: blake3::hash(bytes),
            bytes: bytes.into(),
        }
    }

    fn take(path: &Path, allow_writable: bool, steps: Steps<'_>) -> Result<Self, Refusal> {
        let mut opened = file::open_regular(path).map_err(Refusal::Unreadable)?;
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
        // Checked again: if the file was written meanwhile, these bytes may mix two versions of it.
        let after = trusted(&opened)?;
        if length != before.len() || after.len() != before.len() || after.modified().ok() != before.modified().ok() {
            return Err(Refusal::Changed);
        }
        steps(Step::FileRead);
        Ok(Self {
            file: path.to_owned(),
            hash: blake3::hash(&bytes),
            bytes: bytes.into(),
        })
    }

    /// Reads a file once. It is refused if others can change it, unless that is allowed.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn read(file: &Path, allow_writable: bool) -> Result<Self, Error> {
        Self::read_in_steps(file, allow_writable, &|_| {})
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The bytes that were read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// BLAKE3 of the bytes, in hexadecimal.
    pub fn hash(&self) -> String {
        self.hash.to_hex().to_string()
    }

    /// What can be read from it, if [`check`](Candidate::check) refuses it.
    pub fn as_far_as_it_can_be_read(&self) -> Seen {
        let Ok(preflight) = preflight::check(&self.bytes, &Target::here()) else {
            return Seen::default();
        };
        let manifest = Manifest::parse(preflight.manifest).ok();
        Seen {
            manifest: manifest.filter(|manifest| manifest.abi == ABI),
            needed: preflight.exports.needed,
            symbols: preflight.exports.symbols,
        }
    }

    /// Checks format, target, segments, symbols and manifest.
    ///
    /// # Errors
    /// The rule that it broke.
    pub fn check(&self) -> Result<Artifact, Refusal> {
        let preflight = preflight::check(&self.bytes, &Target::here())?;
        let start = preflight.manifest.as_ptr().addr() - self.bytes.as_ptr().addr();
        Ok(Artifact {
            file: self.file.clone(),
            bytes: self.bytes.clone(),
            hash: self.hash,
            json: start..start + preflight.manifest.len(),
            manifest: Arc::new(check_manifest(preflight.manifest)?),
            exports: preflight.exports,
        })
    }
}

/// Parses a manifest, and checks what every plugin must fulfil.
pub(crate) fn check_manifest(json: &[u8]) -> Result<Manifest, Refusal> {
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
    offered::check_required(&manifest)?;
    Ok(manifest)
}
