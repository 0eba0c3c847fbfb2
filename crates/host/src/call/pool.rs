//! The instances of a configured plugin behind a boundary.

use crate::boundary::{AnyInstance, Loaded, Offers};
use crate::error::Error;
use crate::fault::{Crossed, Fault};
use crate::generation::Generation;
use crate::manifest::operation::Resolved;
use crate::manifest::settings::Settings;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A configured plugin behind a boundary: it makes instances, and keeps those that nobody uses.
pub(crate) struct Pool {
    /// Used as long as an instance is.
    generation: Arc<Generation>,
    pub(super) settings: Settings,
    pub(super) loaded: Arc<dyn Loaded>,
    /// What its instances can do beside being called.
    pub(super) offers: Offers,
    /// What saving an instance's state gives.
    pub(super) save: Arc<Resolved>,
    idle: Mutex<Vec<AnyInstance>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn new(generation: Arc<Generation>, settings: Settings, loaded: Arc<dyn Loaded>) -> Arc<Self> {
        Arc::new(Self {
            save: Resolved::save(&generation.manifest().name),
            offers: loaded.offers(),
            generation,
            settings,
            loaded,
            idle: Mutex::default(),
        })
    }

    /// Takes an idle instance, or makes one.
    pub(super) fn take(&self) -> Result<AnyInstance, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(instance) => Ok(instance),
            None => self.create(),
        }
    }

    /// Makes an instance.
    pub(super) fn create(&self) -> Result<AnyInstance, Error> {
        let made: Crossed<AnyInstance> = self.loaded.create(&self.settings);
        made.map_err(|fault: Box<Fault>| Error::of_fault(&self.generation.manifest().name, "create", *fault))
    }

    /// Gives back an instance that may serve anyone: one that holds nothing of an earlier call's or of a state.
    pub(super) fn give_back(&self, instance: AnyInstance) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }
}
