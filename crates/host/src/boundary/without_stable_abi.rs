//! Replaces the stable tier in a host that was built without it: all requests are refused.

use super::library::Opened;
use super::table::Functions;
use super::{Loaded, Loader, Terms};
use crate::error::Error;
use crate::gate::Artifact;
use crate::refusal::Refusal;
use std::sync::Arc;

pub(super) const LOADER: WithoutStableAbi = WithoutStableAbi;

pub(super) struct WithoutStableAbi;

fn refusal() -> Refusal {
    Refusal::Layout {
        problem: "this host was built without the stable tier".to_owned(),
    }
}

impl Loader for WithoutStableAbi {
    fn load(&self, artifact: &Arc<Artifact>, _terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        Err(Error::refused(artifact.file(), refusal()))
    }
}

pub(super) fn tier(opened: &Opened, _artifact: &Artifact) -> Result<Functions, Refusal> {
    opened.stable_tier(|_library| Err(refusal()))
}
