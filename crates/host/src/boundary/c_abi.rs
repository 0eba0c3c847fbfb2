//! The boundary `c-abi`: the C tier, in process.

use super::in_process::{self, InProcess};
use super::{Loaded, Loader, Terms, library};
use crate::error::Error;
use crate::gate::Artifact;
use crate::kind::Boundary;
use std::sync::Arc;

pub(super) const LOADER: CAbi = CAbi;

pub(super) struct CAbi;

impl Loader for CAbi {
    fn load(&self, artifact: &Arc<Artifact>, terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        in_process::must_be_trusted(artifact, Boundary::CAbi, terms)?;
        Ok(Arc::new(InProcess::new(library::load(artifact, terms)?.c_tier())))
    }
}
