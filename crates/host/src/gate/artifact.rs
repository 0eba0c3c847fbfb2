//! A plugin's file whose bytes passed the gate.

use crate::gate::preflight::Exports;
use crate::kind::Boundary;
use crate::manifest::Manifest;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tollgate_abi::STABLE_SYMBOL;

/// A plugin's file whose bytes passed the gate, and of which nothing has run. It keeps the checked bytes: these are
/// loaded later, even if the file changes.
pub struct Artifact {
    pub(crate) file: PathBuf,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) hash: blake3::Hash,
    /// The range of the manifest's JSON in the bytes.
    pub(crate) json: Range<usize>,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) exports: Exports,
}

/// Omits the bytes.
impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artifact")
            .field("file", &self.file)
            .field("hash", &self.hash())
            .field("bytes", &self.bytes.len())
            .field("manifest", &self.manifest)
            .finish_non_exhaustive()
    }
}

impl Artifact {
    /// The file that the bytes were read from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The bytes that were checked.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// BLAKE3 of the bytes, in hexadecimal.
    pub fn hash(&self) -> String {
        self.hash.to_hex().to_string()
    }

    /// The plugin's manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The libraries that it needs, by name.
    pub fn needed(&self) -> &[String] {
        &self.exports.needed
    }

    /// The symbols that it exports, sorted.
    pub fn symbols(&self) -> &[String] {
        &self.exports.symbols
    }

    /// The manifest's JSON, as in the bytes.
    pub(crate) fn manifest_json(&self) -> &[u8] {
        &self.bytes[self.json.clone()]
    }

    /// The boundaries that the file offers, in this process and if the program allows that. Only loading it shows
    /// whether it can be loaded.
    pub fn boundaries(&self) -> Vec<Boundary> {
        let offers = |boundary: &Boundary| match boundary {
            Boundary::CAbi => true,
            Boundary::StableAbi => cfg!(feature = "stable") && self.offers_stable(),
            _ => false,
        };
        Boundary::ALL.iter().copied().filter(offers).collect()
    }

    /// Whether it exports the stable tier.
    pub(crate) fn offers_stable(&self) -> bool {
        self.exports.offers(STABLE_SYMBOL)
    }
}
