//! An opened plugin with a configuration, behind a boundary.

use super::operation::Operation;
use super::pool::Pool;
use crate::boundary::Loaded;
use crate::boundary::table::Functions;
use crate::error::Error;
use crate::generation::Generation;
use crate::kind::Boundary;
use crate::manifest::Manifest;
use crate::manifest::operation::Resolved;
use crate::manifest::settings::Settings;
use crate::shared::Shared;
use std::path::Path;
use std::sync::Arc;

/// A plugin behind a boundary. Clones are cheap and share their idle instances.
#[derive(Debug, Clone)]
pub struct Plugin {
    shared: Arc<Shared>,
    /// The opened plugin.
    opened: Arc<Generation>,
    /// The plugin that runs: the opened one, or the registered one that replaces it behind `inline` or `static-c`.
    generation: Arc<Generation>,
    boundary: Boundary,
    loaded: Arc<dyn Loaded>,
    /// `None` while a required key has no value.
    pool: Option<Arc<Pool>>,
}

impl Plugin {
    /// Runs a generation behind a boundary.
    pub(crate) fn new(shared: Arc<Shared>, opened: Arc<Generation>, boundary: Boundary) -> Result<Self, Error> {
        let loaded = shared.with_terms(|terms| opened.behind(boundary, terms))?;
        let mut plugin = Self {
            shared,
            generation: opened.clone(),
            opened,
            boundary,
            loaded,
            pool: None,
        };
        plugin.pool = Settings::parse(plugin.manifest(), "")
            .ok()
            .map(|defaults| plugin.pool(defaults));
        Ok(plugin)
    }

    /// Runs a file's generation behind a boundary, or in its place the plugin of the same name that is registered
    /// there.
    pub(crate) fn of_file(shared: Arc<Shared>, opened: Arc<Generation>, boundary: Boundary) -> Result<Self, Error> {
        let part = shared.registry.find(&opened.manifest().name, boundary);
        let mut plugin = Self::new(shared, part.unwrap_or_else(|| opened.clone()), boundary)?;
        plugin.opened = opened;
        Ok(plugin)
    }

    /// Sets the configuration, as `key=value,key=value`. Keys that are not given get their defaults.
    ///
    /// # Errors
    /// [`Error::Config`] names the key or the value that does not fit.
    pub fn config(mut self, text: &str) -> Result<Self, Error> {
        let settings = Settings::parse(self.manifest(), text)?;
        self.pool = Some(self.pool(settings));
        Ok(self)
    }

    /// Sets the configuration to settings that were parsed for this plugin.
    ///
    /// # Errors
    /// [`Error::Config`] if they do not fit its schema.
    pub fn with_settings(mut self, settings: &Settings) -> Result<Self, Error> {
        let settings = settings.again(self.manifest())?;
        self.pool = Some(self.pool(settings));
        Ok(self)
    }

    /// Sets the boundary that the plugin runs behind. Behind `inline` and `static-c` the registered plugin of the same
    /// name runs, not the file.
    ///
    /// # Errors
    /// [`Error::BoundaryNotOffered`]; [`Error::InProcessNotTrusted`] if the file would run in this process and the
    /// program did not allow that; [`Error::Refused`] if the file cannot be loaded, or the layouts of its stable tier
    /// differ from the host's; [`Error::Config`] if the registered plugin does not accept the configuration that was
    /// set.
    pub fn behind(mut self, boundary: Boundary) -> Result<Self, Error> {
        let part = boundary
            .is_registered()
            .then(|| self.shared.registry.find(&self.opened.manifest().name, boundary));
        self.generation = part.flatten().unwrap_or_else(|| self.opened.clone());
        self.loaded = self
            .shared
            .with_terms(|terms| self.generation.behind(boundary, terms))?;
        self.boundary = boundary;
        self.pool = match self.pool.take() {
            Some(pool) => Some(self.pool(pool.settings.again(self.manifest())?)),
            // A key that was required there may have a default here.
            None => Settings::parse(self.manifest(), "")
                .ok()
                .map(|defaults| self.pool(defaults)),
        };
        Ok(self)
    }

    /// The configuration that is set, with the defaults of keys that were not given; `None` while a required key has no
    /// value.
    pub fn settings(&self) -> Option<&Settings> {
        self.pool.as_ref().map(|pool| &pool.settings)
    }

    fn pool(&self, settings: Settings) -> Arc<Pool> {
        Pool::new(self.generation.clone(), settings, self.loaded.clone())
    }

    /// The plugin's manifest.
    pub fn manifest(&self) -> &Manifest {
        self.generation.manifest()
    }

    /// The file that was opened, of which a private copy runs; `None` for a registered plugin.
    pub fn file(&self) -> Option<&Path> {
        self.generation.artifact().map(|artifact| artifact.file())
    }

    /// BLAKE3 of the loaded bytes, in hexadecimal; `None` for a registered plugin.
    pub fn hash(&self) -> Option<String> {
        self.generation.artifact().map(|artifact| artifact.hash())
    }

    /// The number of the loaded copy of the file, from 1.
    pub fn generation(&self) -> u32 {
        self.generation.number()
    }

    /// The boundary that it runs behind.
    pub fn boundary(&self) -> Boundary {
        self.boundary
    }

    /// The C functions behind its boundary, if there are any in this process: for measuring a bare call.
    #[doc(hidden)]
    pub fn functions(&self) -> Option<Functions> {
        self.loaded.functions()
    }

    /// Whether its instances save and restore their state behind this boundary.
    pub fn saves_state(&self) -> bool {
        self.loaded.offers().state
    }

    /// The boundaries that it can run behind in this program.
    pub fn boundaries(&self) -> Vec<Boundary> {
        let offers = |boundary: &Boundary| self.clone().behind(*boundary).is_ok();
        Boundary::ALL.iter().copied().filter(offers).collect()
    }

    /// Resolves an operation to a handle that owns an instance. Calls through it do no lookup. Concurrent threads need
    /// one handle each.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`]; [`Error::Config`] if a required key has no value; [`Error::Failed`] if the plugin
    /// could not create an instance.
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
