//! The instances of a configured plugin behind a boundary.

use crate::boundary::{AnyInstance, Loaded, Offers};
use crate::error::Error;
use crate::fault::{Crossed, Fault};
use crate::generation::Generation;
use crate::manifest::operation::Resolved;
use crate::manifest::settings::Settings;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A configured plugin behind a boundary: it creates instances, and keeps the idle ones.
pub(crate) struct Pool {
    /// Kept alive as long as an instance.
    generation: Arc<Generation>,
    pub(super) settings: Settings,
    pub(super) loaded: Arc<dyn Loaded>,
    /// What its instances offer besides calls.
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

    /// Takes an idle instance, or creates one.
    pub(super) fn take(&self) -> Result<AnyInstance, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(instance) => Ok(instance),
            None => self.create(),
        }
    }

    /// Creates an instance.
    pub(super) fn create(&self) -> Result<AnyInstance, Error> {
        let made: Crossed<AnyInstance> = self.loaded.create(&self.settings);
        made.map_err(|fault: Box<Fault>| Error::of_fault(&self.generation.manifest().name, "create", *fault))
    }

    /// Returns an instance that any handle can use: one without state of earlier calls or of a restored state.
    pub(super) fn give_back(&self, instance: AnyInstance) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }
}
