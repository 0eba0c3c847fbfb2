//! What stands for the stable tier in a host that was built without it: asking for it is refused.

use super::table::Functions;
use super::{Loaded, Loader, Terms};
use crate::error::Error;
use crate::gate::Artifact;
use crate::manifest::Manifest;
use crate::refusal::Refusal;
use std::sync::Arc;
use tollgate_platform::dylib::Library;

pub(super) const LOADER: WithoutStableAbi = WithoutStableAbi;

pub(super) struct WithoutStableAbi;

fn refusal() -> Refusal {
    Refusal::Layout {
        problem: "this host was built without the stable tier, so its layouts are not known here".to_owned(),
    }
}

impl Loader for WithoutStableAbi {
    fn load(&self, artifact: &Arc<Artifact>, _terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        Err(Error::refused(artifact.file(), refusal()))
    }
}

pub(super) fn functions(_library: &'static Library, _manifest: &Manifest) -> Result<Functions, Refusal> {
    Err(refusal())
}
