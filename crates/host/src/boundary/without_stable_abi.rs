//! Replaces the stable tier in a host that was built without it: all requests are refused.

use super::library::Opened;
use super::table::Functions;
use super::{Loaded, Loader, Terms};
use crate::error::Error;
use crate::gate::Artifact;
use crate::kind::Boundary;
use crate::refusal::Refusal;
use std::sync::Arc;

pub(super) const LOADER: WithoutStableAbi = WithoutStableAbi;

pub(super) struct WithoutStableAbi;

const REASON: &str = "this program was built without it: build tollgate-host with its feature `stable`, or use c-abi";

impl Loader for WithoutStableAbi {
    fn load(&self, artifact: &Arc<Artifact>, _terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        Err(Error::BoundaryNotOffered {
            plugin: artifact.manifest().name.clone(),
            boundary: Boundary::StableAbi,
            reason: REASON.to_owned(),
        })
    }
}

pub(super) fn tier(opened: &Opened, _artifact: &Artifact) -> Result<Functions, Refusal> {
    opened.stable_tier(|_library| {
        Err(Refusal::Layout {
            problem: REASON.to_owned(),
        })
    })
}
