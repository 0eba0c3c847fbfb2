//! Plugins that are part of the program: nothing is loaded.

use super::in_process::InProcess;
use super::library::check_entry;
use super::table::Functions;
use super::{Loaded, Loader, Terms};
use crate::error::Error;
use crate::gate::Artifact;
use crate::gate::candidate::check_manifest;
use crate::kind::Boundary;
use crate::manifest::Manifest;
use crate::refusal::Refusal;
use std::sync::Arc;
use tollgate_abi::Registration;

/// The loader of a boundary that runs no files.
pub(super) struct Registered(pub(super) Boundary);

impl Loader for Registered {
    fn load(&self, artifact: &Arc<Artifact>, _terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        Err(Error::BoundaryNotOffered {
            plugin: artifact.manifest().name.clone(),
            boundary: self.0,
            reason: "no plugin of that name is part of this program: use c-abi".to_owned(),
        })
    }
}

/// Checks the manifest and the entry of a registered plugin, as the gate does for a file.
pub(crate) fn take(registration: &Registration) -> Result<(Manifest, Arc<dyn Loaded>), Refusal> {
    let manifest = check_manifest(registration.manifest())?;
    let entry = registration.entry();
    // SAFETY: whoever made the registration promised that any thread may call it (`Registration::new`).
    let entry = check_entry(unsafe { entry() })?;
    // SAFETY: `check_entry` compared version and size; that its functions keep the contract was promised too.
    let functions = unsafe { Functions::of_entry(entry, &manifest) }?;
    Ok((manifest, Arc::new(InProcess::new(functions))))
}
