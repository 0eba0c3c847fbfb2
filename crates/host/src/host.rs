//! The host: finds plugins and keeps what was loaded.

use crate::gate::{Copy, Generation, Source};
use crate::{Boundary, Error, Inspection, Plugin, Refusal, Verdict, inspect};
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tollgate_abi::Registration;
use tollgate_platform::dylib;

/// The environment variable with further directories to search, separated as in `PATH`.
const PLUGIN_PATH_VARIABLE: &str = "TOLLGATE_PLUGIN_PATH";

/// Finds plugins, passes them through the gate, and keeps what was loaded.
#[derive(Debug)]
pub struct Host {
    paths: Vec<PathBuf>,
    loaded: Mutex<HashMap<PathBuf, Arc<Generation>>>,
    registry: Registry,
}

/// The plugins that are part of the program.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry(Arc<Mutex<Vec<Registered>>>);

type Registered = (Boundary, Arc<Generation>);

impl Registry {
    pub(crate) fn find(&self, name: &str, boundary: Boundary) -> Option<Arc<Generation>> {
        let registered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = registered
            .iter()
            .find(|(other, generation)| *other == boundary && generation.manifest.name == name);
        found.map(|(_, generation)| generation.clone())
    }

    fn any(&self, name: &str) -> Option<Arc<Generation>> {
        Boundary::ALL.into_iter().find_map(|boundary| self.find(name, boundary))
    }
}

/// Settings of a [`Host`] to be.
#[derive(Debug, Default)]
pub struct HostBuilder {
    paths: Vec<PathBuf>,
}

/// A file in the search path that looks like a plugin's.
#[derive(Debug)]
pub struct Found {
    /// Its name, as [`Host::open`] takes it.
    pub name: String,
    /// What can be known of it.
    pub inspection: Inspection,
}

impl HostBuilder {
    /// Adds a directory to the search path. Those that were added first are searched first.
    pub fn plugin_path(mut self, directory: impl Into<PathBuf>) -> Self {
        self.paths.push(directory.into());
        self
    }

    /// Adds the directories that `TOLLGATE_PLUGIN_PATH` names, and then the one that the running program lies in.
    pub fn default_plugin_paths(mut self) -> Self {
        if let Some(variable) = std::env::var_os(PLUGIN_PATH_VARIABLE) {
            self.paths
                .extend(std::env::split_paths(&variable).filter(|path| !path.as_os_str().is_empty()));
        }
        let program = std::env::current_exe().ok();
        self.paths
            .extend(program.as_deref().and_then(Path::parent).map(Path::to_owned));
        self
    }

    /// Makes the host. It loads nothing yet.
    pub fn build(self) -> Host {
        Host {
            paths: self.paths,
            loaded: Mutex::default(),
            registry: Registry::default(),
        }
    }
}

impl Host {
    /// Begins a host with an empty search path.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// The directories that are searched, in this order.
    pub fn plugin_paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Registers a plugin that is part of this program, behind `inline` or `static-c`; one of the same name and boundary
    /// takes its place. [`open`](Host::open) finds it by its manifest's name.
    ///
    /// # Errors
    /// [`Error::Refused`], where its manifest or its entry is refused, as a file's would be; [`Error::BoundaryNotOffered`],
    /// where the boundary is one that files run behind.
    pub fn register(&self, boundary: Boundary, registration: &Registration) -> Result<(), Error> {
        let generation = Generation::registered(registration, boundary)?;
        if !boundary.is_registered() {
            return Err(Error::BoundaryNotOffered {
                plugin: generation.manifest.name,
                boundary,
                reason: "only inline and static-c are boundaries of what is part of the program".to_owned(),
            });
        }
        let mut registered = self.registry.0.lock().unwrap_or_else(PoisonError::into_inner);
        registered.retain(|(other, before)| *other != boundary || before.manifest.name != generation.manifest.name);
        registered.push((boundary, Arc::new(generation)));
        Ok(())
    }

    /// Opens a plugin: a name is searched for, and what has a directory in it or a library's ending is taken as a path.
    ///
    /// Opening loads it into this process and runs its constructors. The gate keeps out what cannot work, but it is no
    /// sandbox: open what you would link.
    ///
    /// A name that no file has is looked for among the plugins that are part of the program.
    ///
    /// A file that was opened before and has the same content is not loaded again; one that has changed becomes a new
    /// generation.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Refused`] with the rule that the file broke.
    pub fn open(&self, name: &str) -> Result<Plugin, Error> {
        let file = match (self.find(name), self.registry.any(name)) {
            (Ok(file), _) => file,
            (Err(_), Some(registered)) => return Ok(Plugin::new(registered, self.registry.clone())),
            (Err(error), None) => return Err(error),
        };
        let copy = Copy::read(&file)?;
        // One file has one series of generations, however its path is spelled.
        let key = file.canonicalize().unwrap_or_else(|_| file.clone());
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let before = loaded.get(&key);
        if let Some(generation) = before
            && matches!(&generation.source, Source::File(loaded) if loaded.hash == copy.hash)
        {
            return Ok(Plugin::new(generation.clone(), self.registry.clone()));
        }
        let number = before.map_or(1, |generation| generation.number + 1);
        let generation = Arc::new(copy.load(number)?);
        tracing::info!(file = %file.display(), hash = %copy.hash.to_hex(), generation = number, "plugin loaded");
        loaded.insert(key, generation.clone());
        Ok(Plugin::new(generation, self.registry.clone()))
    }

    /// The file that [`open`](Host::open) would take for `name`.
    ///
    /// # Errors
    /// [`Error::NotFound`], where no directory of the search path has it.
    pub fn find(&self, name: &str) -> Result<PathBuf, Error> {
        let path = Path::new(name);
        if path.components().count() > 1 || name.ends_with(std::env::consts::DLL_SUFFIX) {
            return Ok(path.to_owned());
        }
        let file_name = dylib::file_name(name);
        self.paths
            .iter()
            .map(|directory| directory.join(&file_name))
            .find(|file| file.is_file())
            .ok_or_else(|| Error::NotFound {
                name: name.to_owned(),
                paths: self.paths.clone(),
            })
    }

    /// The plugins in the search path, by name; of files with the same name the first one, which is the one that
    /// [`open`](Host::open) takes. Files that are no shared libraries, and libraries that are whole but export no manifest,
    /// are left out; what is damaged or was built for another target is there, with its verdict.
    pub fn list(&self) -> Vec<Found> {
        let mut seen = BTreeSet::new();
        let mut found: Vec<Found> = Vec::new();
        for entry in self
            .paths
            .iter()
            .filter_map(|path| path.read_dir().ok())
            .flatten()
            .flatten()
        {
            let path = entry.path();
            let Some(name) = path.file_name().and_then(OsStr::to_str).and_then(dylib::library_name) else {
                continue;
            };
            if !seen.insert(name.to_owned()) {
                continue;
            }
            let Ok(inspection) = inspect(&path) else { continue };
            let no_plugin = matches!(
                inspection.verdict,
                Verdict::Refused(Refusal::NoSymbol { .. } | Refusal::NotALibrary { .. })
            );
            if !no_plugin {
                found.push(Found {
                    name: name.to_owned(),
                    inspection,
                });
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }
}
