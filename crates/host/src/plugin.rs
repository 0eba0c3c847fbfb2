//! A loaded plugin, with a configuration, behind a boundary.

use crate::boundary::{Boundary, Crossing, Instance};
use crate::gate::{Generation, Source};
use crate::host::Registry;
use crate::operation::{Operation, Resolved};
use crate::sink::{self, ReusedSink};
use crate::stable_abi::RootRef;
use crate::{Error, Manifest, Output, Settings};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tollgate_abi::{Entry, StateFunctions};

/// A loaded plugin. Cloning it is cheap, and the clones share their idle instances.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// What was opened.
    opened: Arc<Generation>,
    /// What runs: what was opened, or the part of the program that takes its place behind `inline` or `static-c`.
    generation: Arc<Generation>,
    /// What the program has in itself, for `inline` and `static-c`.
    registry: Registry,
    boundary: Boundary,
    /// None while keys without a default have no value.
    pool: Option<Arc<Pool>>,
}

/// A configured plugin behind a boundary: it makes instances, and keeps those that nobody uses.
pub(crate) struct Pool {
    pub(crate) generation: Arc<Generation>,
    settings: Settings,
    crossing: Arc<dyn Crossing>,
    /// What saving an instance's state gives.
    pub(crate) save: Arc<Resolved>,
    idle: Mutex<Vec<Box<dyn Instance>>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Plugin {
    pub(crate) fn new(generation: Arc<Generation>, registry: Registry) -> Self {
        let boundary = match generation.source {
            Source::File(_) => Boundary::CAbi,
            Source::Program(boundary) => boundary,
        };
        let mut plugin = Self {
            opened: generation.clone(),
            generation,
            registry,
            boundary,
            pool: None,
        };
        if let Ok(defaults) = Settings::parse(plugin.manifest(), "") {
            // The C tier is part of every generation.
            plugin.pool = Some(plugin.pool(defaults, plugin.generation.c_abi.clone()));
        }
        plugin
    }

    /// Sets the configuration, as `key=value,key=value`; keys that are not given take their defaults.
    ///
    /// # Errors
    /// [`Error::Config`] names the key or the value that does not fit.
    pub fn config(mut self, text: &str) -> Result<Self, Error> {
        let settings = Settings::parse(self.manifest(), text)?;
        self.pool = Some(self.pool(settings, self.generation.crossing(self.boundary)?));
        Ok(self)
    }

    /// Chooses the boundary that the plugin runs behind. Behind `inline` and `static-c` it is the part of the program that
    /// was registered under its name, and not the file.
    ///
    /// # Errors
    /// [`Error::BoundaryNotOffered`]; [`Error::Refused`], where the layouts of its stable tier are not the host's;
    /// [`Error::Config`], where the registered part does not take the configuration that was set.
    pub fn behind(mut self, boundary: Boundary) -> Result<Self, Error> {
        let part = boundary
            .is_registered()
            .then(|| self.registry.find(&self.opened.manifest.name, boundary));
        self.generation = part.flatten().unwrap_or_else(|| self.opened.clone());
        let crossing = self.generation.crossing(boundary)?;
        self.boundary = boundary;
        self.pool = match self.pool.take() {
            Some(pool) => Some(self.pool(pool.settings.again(self.manifest())?, crossing)),
            // What lacked a value there may have a default here.
            None => Settings::parse(self.manifest(), "")
                .ok()
                .map(|defaults| self.pool(defaults, crossing)),
        };
        Ok(self)
    }

    fn pool(&self, settings: Settings, crossing: Arc<dyn Crossing>) -> Arc<Pool> {
        Arc::new(Pool {
            generation: self.generation.clone(),
            save: Resolved::save(&self.manifest().name),
            settings,
            crossing,
            idle: Mutex::default(),
        })
    }

    /// What the plugin says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.generation.manifest
    }

    /// The file as it was found, of which a private copy runs; `None` of a part of the program.
    pub fn file(&self) -> Option<&Path> {
        match &self.generation.source {
            Source::File(loaded) => Some(&loaded.file),
            Source::Program(_) => None,
        }
    }

    /// BLAKE3 of the bytes that were loaded, in hexadecimal; `None` of a part of the program.
    pub fn hash(&self) -> Option<String> {
        match &self.generation.source {
            Source::File(loaded) => Some(loaded.hash.to_hex().to_string()),
            Source::Program(_) => None,
        }
    }

    /// Which loaded copy of its file this is, from 1.
    pub fn generation(&self) -> u32 {
        self.generation.number
    }

    /// The boundary that it runs behind.
    pub fn boundary(&self) -> Boundary {
        self.boundary
    }

    /// What its tiers give, behind the boundary that it runs behind: for those who measure a bare call of it. The functions keep the contract, and
    /// calling them is as unsafe as it is.
    #[doc(hidden)]
    pub fn bare(&self) -> (&'static Entry, Option<RootRef>) {
        let stable = match &self.generation.source {
            Source::File(loaded) => loaded
                .stable_abi(&self.generation.manifest)
                .ok()
                .map(|stable| stable.root()),
            Source::Program(_) => None,
        };
        (self.generation.c_abi.entry(), stable)
    }

    /// The functions that save and restore an instance's state, where its file offers them.
    pub(crate) fn state_functions(&self) -> Option<&'static StateFunctions> {
        self.opened.c_abi.state()
    }

    /// The boundaries that it can run behind in this program.
    pub fn boundaries(&self) -> Vec<Boundary> {
        let offers = |boundary: &Boundary| self.clone().behind(*boundary).is_ok();
        Boundary::ALL.into_iter().filter(offers).collect()
    }

    /// Resolves an operation once, to a handle that owns an instance: calls through it look nothing up. Threads that call
    /// at once take a handle each.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`]; [`Error::Config`], where a key without a default has no value; [`Error::Failed`],
    /// where the plugin could not make an instance.
    pub fn operation(&self, name: &str) -> Result<Operation, Error> {
        let Some((index, info)) = self.manifest().operation(name) else {
            return Err(Error::UnknownOperation {
                plugin: self.manifest().name.clone(),
                operation: name.to_owned(),
                known: self
                    .manifest()
                    .operations
                    .iter()
                    .map(|operation| operation.name.clone())
                    .collect(),
            });
        };
        let resolved = Resolved::new(&self.manifest().name, index, info).map_err(|problem| Error::ContractBroken {
            plugin: self.manifest().name.clone(),
            operation: name.to_owned(),
            problem,
        })?;
        match &self.pool {
            Some(pool) => Operation::new(pool.clone(), resolved),
            // Its error names the key that has no value.
            None => Err(match Settings::parse(self.manifest(), "") {
                Err(error) => error,
                Ok(_) => Error::Config {
                    plugin: self.manifest().name.clone(),
                    problem: "it was not configured".to_owned(),
                },
            }),
        }
    }
}

impl Pool {
    /// Takes an idle instance, or makes one.
    pub(crate) fn take(&self) -> Result<Box<dyn Instance>, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(instance) => Ok(instance),
            None => self.create(),
        }
    }

    /// Makes an instance.
    pub(crate) fn create(&self) -> Result<Box<dyn Instance>, Error> {
        // It takes what is said of a failure; whatever else is written to it is dropped.
        let mut output = Output::new();
        ReusedSink::new()
            .with(&mut output, |sink| {
                self.crossing.create(&self.settings.attributes(), sink)
            })
            .map_err(|status| sink::failure(&self.generation.manifest.name, "create", status, output.take_said()))
    }

    /// Gives back an instance that may serve anyone.
    pub(crate) fn give_back(&self, instance: Box<dyn Instance>) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }
}
