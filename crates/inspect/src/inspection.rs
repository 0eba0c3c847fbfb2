//! What a plugin's file contains, read without running it.

use std::path::{Path, PathBuf};
use tollgate_host::tools::Candidate;
use tollgate_host::{Artifact, Boundary, Error, Host, Manifest, Refusal};

/// What a plugin's file contains, read without running it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub hash: String,
    /// The manifest, if it could be read.
    pub manifest: Option<Manifest>,
    /// The libraries that it needs.
    pub needed: Vec<String>,
    /// The symbols that it exports.
    pub symbols: Vec<String>,
    /// The boundaries that it offers ([`Artifact::boundaries`]); none if it is refused.
    pub boundaries: Vec<Boundary>,
    /// Whether it passes the gate.
    pub verdict: Verdict,
}

/// What the gate decides about a file.
#[derive(Debug)]
pub enum Verdict {
    /// It passes. Only loading it shows whether it can be loaded.
    Passes,
    /// It is refused.
    Refused(Refusal),
}

/// A file in the search path that looks like a plugin.
#[derive(Debug)]
#[non_exhaustive]
pub struct Found {
    /// Its name, as [`Host::open`] takes it.
    pub name: String,
    /// What the file contains.
    pub inspection: Inspection,
}

impl From<Artifact> for Inspection {
    fn from(artifact: Artifact) -> Self {
        Self {
            file: artifact.file().to_owned(),
            bytes: artifact.bytes().len() as u64,
            hash: artifact.hash(),
            manifest: Some(artifact.manifest().clone()),
            needed: artifact.needed().to_vec(),
            symbols: artifact.symbols().to_vec(),
            boundaries: artifact.boundaries(),
            verdict: Verdict::Passes,
        }
    }
}

/// Reads and checks a plugin's file without running it. The owner and permissions of the file are not checked.
///
/// # Errors
/// The file cannot be read. If the gate refuses the file, that is not an error but a [`Verdict`].
pub fn inspect(file: impl AsRef<Path>) -> Result<Inspection, Error> {
    let candidate = Candidate::read(file.as_ref(), true)?;
    let refusal = match candidate.check() {
        Ok(artifact) => return Ok(artifact.into()),
        Err(refusal) => refusal,
    };
    let seen = candidate.as_far_as_it_can_be_read();
    Ok(Inspection {
        file: candidate.file().to_owned(),
        bytes: candidate.bytes().len() as u64,
        hash: candidate.hash(),
        manifest: seen.manifest,
        needed: seen.needed,
        symbols: seen.symbols,
        boundaries: Vec::new(),
        verdict: Verdict::Refused(refusal),
    })
}

/// The plugins in a host's search path, by name. Intact libraries that are not plugins are omitted; a file that is
/// damaged or was built for another target is listed with its verdict.
pub fn list(host: &Host) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, file) in host.libraries() {
        let Ok(inspection) = inspect(&file) else { continue };
        let no_plugin = matches!(
            inspection.verdict,
            Verdict::Refused(Refusal::NoSymbol { .. } | Refusal::NotALibrary { .. })
        );
        if !no_plugin {
            found.push(Found { name, inspection });
        }
    }
    found
}
