//! The host: finds plugins and keeps what was loaded.

use crate::gate::{Checked, Copy, Generation, Source, Step};
use crate::probe::{Cache, Prober};
use crate::{
    Boundary, Configuration, Error, Inspection, Lock, Plugin, Probe, Refusal, Verdict, inspect, search, validate,
};
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tollgate_abi::Registration;
use tollgate_platform::{Status, directories, dylib};

/// Finds plugins, passes them through the gate, and keeps what was loaded.
#[derive(Debug)]
pub struct Host {
    paths: Vec<PathBuf>,
    allow_writable: bool,
    locked: bool,
    lock: Option<PathBuf>,
    prober: Prober,
    hook: Hook,
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

/// Is told the name of each of the gate's steps; for tests that change the file between two.
#[derive(Clone, Default)]
struct Hook(Option<Arc<Told>>);

type Told = dyn Fn(&str) + Send + Sync;

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hook")
    }
}

/// Settings of a [`Host`] to be. What is set here goes before what a configuration says.
#[derive(Debug)]
pub struct HostBuilder {
    paths: Vec<PathBuf>,
    default_paths: bool,
    configuration: Configuration,
    allow_writable: Option<bool>,
    locked: Option<bool>,
    lock: Option<PathBuf>,
    probe: Option<Probe>,
    probe_deadline: Duration,
    probe_cache: Option<PathBuf>,
    worker: Option<PathBuf>,
    hook: Hook,
}

impl Default for HostBuilder {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            default_paths: false,
            configuration: Configuration::default(),
            allow_writable: None,
            locked: None,
            lock: None,
            probe: None,
            probe_deadline: Duration::from_secs(10),
            probe_cache: directories::cache().map(|cache| cache.join("tollgate").join("probes")),
            worker: None,
            hook: Hook::default(),
        }
    }
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

    /// Searches the usual directories after those that were added: the ones that `TOLLGATE_PLUGIN_PATH` names, those of the
    /// configuration, the running program's own, `../lib/tollgate` where that one is called `bin`, and
    /// `tollgate/plugins` in the user's directory for data ([`directories::data`]).
    pub fn default_plugin_paths(mut self) -> Self {
        self.default_paths = true;
        self
    }

    /// Takes settings from a file that was read.
    pub fn configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = configuration;
        self
    }

    /// Takes files and directories that others can write too. By default they are refused: others could put a plugin of
    /// theirs there.
    pub fn allow_writable(mut self, allow: bool) -> Self {
        self.allow_writable = Some(allow);
        self
    }

    /// Names the file of pins, such as `tollgate.lock`; it need not be there. Without one nothing is pinned.
    pub fn lock_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.lock = Some(file.into());
        self
    }

    /// Refuses what is not pinned. What is pinned to another hash is always refused.
    pub fn locked(mut self, locked: bool) -> Self {
        self.locked = Some(locked);
        self
    }

    /// Sets whether plugins are tried in a child process first; by default they are not, because the program's `main` must
    /// begin with [`run_if_worker`](crate::worker::run_if_worker) for that.
    ///
    /// The child does what loading does, and ends. A plugin that crashes, exits or hangs in that is refused and never loaded.
    /// One that passes has shown nothing about its operations.
    pub fn probe(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Sets how long trying a plugin may take; by default ten seconds.
    pub fn probe_deadline(mut self, deadline: Duration) -> Self {
        self.probe_deadline = deadline;
        self
    }

    /// Sets the directory in which it is kept which plugins passed, or keeps that in this process alone. By default it is
    /// `tollgate/probes` in the user's directory for caches ([`directories::cache`]).
    pub fn probe_cache(mut self, directory: Option<PathBuf>) -> Self {
        self.probe_cache = directory;
        self
    }

    /// Names the program that is executed for what must not be done in this process, instead of this one. Its `main` must
    /// begin with [`run_if_worker`](crate::worker::run_if_worker); the `tollgate` command's does.
    pub fn worker_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.worker = Some(program.into());
        self
    }

    /// For tests: is told the name of each step that the gate has done.
    #[doc(hidden)]
    pub fn between_steps(mut self, hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.hook = Hook(Some(Arc::new(hook)));
        self
    }

    /// Makes the host. It loads nothing yet.
    pub fn build(self) -> Host {
        let Configuration {
            plugin_path,
            locked,
            probe,
            allow_writable,
        } = self.configuration;
        let mut paths = self.paths;
        if self.default_paths {
            paths.extend(search::from_environment());
        }
        paths.extend(plugin_path);
        if self.default_paths {
            paths.extend(search::of_program());
        }
        let configured = probe.map(|probe| if probe { Probe::Always } else { Probe::Never });
        Host {
            paths,
            allow_writable: self.allow_writable.or(allow_writable).unwrap_or_default(),
            locked: self.locked.or(locked).unwrap_or_default(),
            lock: self.lock,
            prober: Prober {
                probe: self.probe.or(configured).unwrap_or_default(),
                worker: self.worker,
                deadline: self.probe_deadline,
                cache: Cache::new(self.probe_cache),
            },
            hook: self.hook,
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

    /// The directories that are searched, in this order. Those that are not there are skipped.
    pub fn plugin_paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// What keeps directories of the search path from being searched: for each that others can change an
    /// [`Error::UntrustedDirectory`].
    pub fn refused_paths(&self) -> Vec<Error> {
        let may_search = |path: &PathBuf| search::may_search(path, self.allow_writable).err();
        self.paths.iter().filter_map(may_search).collect()
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
    ///
    /// # Platform differences
    /// Where there are no shared libraries, what is no part of the program is refused with `loader`.
    pub fn open(&self, name: &str) -> Result<Plugin, Error> {
        let file = match (dylib::STATUS, self.find(name), self.registry.any(name)) {
            (Status::Unsupported(_), _, Some(registered)) | (_, Err(Error::NotFound { .. }), Some(registered)) => {
                return Ok(Plugin::new(registered, self.registry.clone()));
            }
            (Status::Unsupported(reason), _, None) => {
                let reason = reason.to_owned();
                return Err(Error::refused(Path::new(name), Refusal::Loader { reason, advice: "" }));
            }
            (_, Ok(file), _) => file,
            (_, Err(error), _) => return Err(error),
        };
        let steps = |step: Step| {
            if let Some(hook) = &self.hook.0 {
                hook(step.name());
            }
        };
        let copy = Copy::read(&file, self.allow_writable, &steps)?;
        // One file has one series of generations, however its path is spelled.
        let key = file.canonicalize().unwrap_or_else(|_| file.clone());
        let same =
            |generation: &Generation| matches!(&generation.source, Source::File(loaded) if loaded.hash == copy.hash);
        let searched = (file.as_os_str() != name).then_some(name);
        if let Some(generation) = self.loaded().get(&key).filter(|generation| same(generation)) {
            // Its pin may be another since.
            self.check_pin(&copy, &generation.manifest.name, searched)?;
            return Ok(Plugin::new(generation.clone(), self.registry.clone()));
        }
        let checked = self.pass_gate(&copy, searched, &steps)?;
        // A probe may take seconds, so nobody was kept waiting until here.
        let mut loaded = self.loaded();
        let before = loaded.get(&key);
        if let Some(generation) = before.filter(|generation| same(generation)) {
            return Ok(Plugin::new(generation.clone(), self.registry.clone()));
        }
        let number = before.map_or(1, |generation| generation.number + 1);
        let generation = Arc::new(copy.load(checked, number, &steps)?);
        tracing::info!(file = %file.display(), hash = %copy.hash.to_hex(), generation = number, "plugin loaded");
        loaded.insert(key, generation.clone());
        Ok(Plugin::new(generation, self.registry.clone()))
    }

    /// Reads the pins.
    ///
    /// # Errors
    /// [`Error::Lock`], where the builder named no file of pins, or as [`Lock::read`].
    pub fn lock(&self) -> Result<Lock, Error> {
        match &self.lock {
            Some(lock) => Lock::read(lock, self.allow_writable),
            None => Err(Error::Lock {
                file: PathBuf::from("tollgate.lock"),
                problem:
                    "pins are asked for, and this host was given no file of them: name one with HostBuilder::lock_file"
                        .to_owned(),
            }),
        }
    }

    fn loaded(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<Generation>>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All checks before loading.
    fn pass_gate<'a>(
        &self,
        copy: &'a Copy,
        searched: Option<&str>,
        steps: &dyn Fn(Step),
    ) -> Result<Checked<'a>, Error> {
        let refused = |refusal| Error::refused(&copy.file, refusal);
        let checked = copy.check().map_err(refused)?;
        self.check_pin(copy, &checked.manifest.name, searched)?;
        steps(Step::Checked);
        self.prober.try_out(copy).map_err(refused)?;
        steps(Step::Probed);
        Ok(checked)
    }

    /// Holds the copy's hash against the pins of both names that it goes by.
    fn check_pin(&self, copy: &Copy, name: &str, searched: Option<&str>) -> Result<(), Error> {
        if self.lock.is_none() && !self.locked {
            return Ok(());
        }
        let lock = self.lock()?;
        let searched = searched.filter(|searched| *searched != name);
        let names: Vec<&str> = [Some(name), searched].into_iter().flatten().collect();
        lock.check(&names, &copy.file, copy.hash, self.locked)
            .map_err(|refusal| Error::refused(&copy.file, refusal))
    }

    /// Validates a plugin: tries it with ordinary and hostile blocks in child processes, as [`validate`](crate::validate)
    /// says. `progress` is told of each check as it ends.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Refused`], where the file cannot be read at all; [`Error::Config`];
    /// [`Error::UnknownCheck`]; [`Error::Worker`], where the children cannot be started or do not answer. That the plugin
    /// breaks a check is no error.
    pub fn validate(
        &self,
        name: &str,
        options: &validate::Options,
        progress: impl FnMut(&validate::Checked),
    ) -> Result<Vec<validate::Checked>, Error> {
        let policy = validate::Policy {
            allow_writable: self.allow_writable,
            worker: self.prober.worker.as_deref(),
        };
        validate::validate(&self.find(name)?, &policy, options, progress)
    }

    /// The file that [`open`](Host::open) would take for `name`.
    ///
    /// # Errors
    /// [`Error::NotFound`], where no directory of the search path has it; [`Error::UntrustedDirectory`], where a directory
    /// that comes before it can be changed by others.
    pub fn find(&self, name: &str) -> Result<PathBuf, Error> {
        let path = Path::new(name);
        if path.components().count() > 1 || name.ends_with(std::env::consts::DLL_SUFFIX) {
            return Ok(path.to_owned());
        }
        let file_name = dylib::file_name(name);
        for directory in &self.paths {
            if search::may_search(directory, self.allow_writable)? {
                let file = directory.join(&file_name);
                if file.is_file() {
                    return Ok(file);
                }
            }
        }
        Err(Error::NotFound {
            name: name.to_owned(),
            paths: self.paths.clone(),
        })
    }

    /// The plugins in the search path, by name; of files with the same name the first one, which is the one that
    /// [`open`](Host::open) takes. Files that are no shared libraries, and libraries that are whole but export no manifest,
    /// are left out; what is damaged or was built for another target is there, with its verdict. Directories that are refused
    /// ([`refused_paths`](Host::refused_paths)) are not searched.
    pub fn list(&self) -> Vec<Found> {
        let mut seen = BTreeSet::new();
        let mut found: Vec<Found> = Vec::new();
        for entry in self
            .paths
            .iter()
            .filter(|path| matches!(search::may_search(path, self.allow_writable), Ok(true)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_that_no_file_has_is_not_found_or_refused_where_no_file_could_be_loaded() {
        let host = Host::builder().plugin_path("no-such-directory").build();
        let error = host.open("absent").unwrap_err();
        match dylib::STATUS {
            Status::Unsupported(reason) => {
                println!("skipped: no plugin can be loaded here, and that is said: {error}");
                assert_eq!(error.code(), "loader");
                assert!(error.to_string().contains(reason), "{error}");
            }
            _ => assert_eq!(error.code(), "plugin-not-found"),
        }
    }
}
