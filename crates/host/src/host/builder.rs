//! Builds a host.

use super::Host;
use crate::boundary::probe::{Cache, Probe, Prober};
use crate::choice::Choices;
use crate::gate::search;
use crate::generation::Generations;
use crate::kind::Boundary;
use crate::policy::Configuration;
use crate::registry::Registry;
use crate::shared::{Hook, Shared};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tollgate_platform::directories;

/// Builds a [`Host`]. Values set here override those of a configuration file.
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
    in_process: bool,
    boundary: Option<(Boundary, String)>,
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
            in_process: false,
            boundary: None,
            hook: Hook::default(),
        }
    }
}

impl HostBuilder {
    /// Adds a directory to the search path. Directories are searched in the order in which they were added.
    pub fn plugin_path(mut self, directory: impl Into<PathBuf>) -> Self {
        self.paths.push(directory.into());
        self
    }

    /// Also searches the default directories, after those that were added: those in `TOLLGATE_PLUGIN_PATH`, those of
    /// the configuration, the directory of the running program, `../lib/tollgate` if that directory is named `bin`, and
    /// `tollgate/plugins` in the user's data directory ([`directories::data`]).
    pub fn default_plugin_paths(mut self) -> Self {
        self.default_paths = true;
        self
    }

    /// Uses the settings of a configuration file.
    pub fn configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = configuration;
        self
    }

    /// Allows files and directories that other users can write to. By default they are refused: others could put a
    /// plugin there.
    pub fn allow_writable(mut self, allow: bool) -> Self {
        self.allow_writable = Some(allow);
        self
    }

    /// Sets the lock file, such as `tollgate.lock`; it need not exist. Without one, nothing is pinned.
    pub fn lock_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.lock = Some(file.into());
        self
    }

    /// Refuses plugins that are not pinned. A plugin that is pinned to another hash is always refused.
    pub fn locked(mut self, locked: bool) -> Self {
        self.locked = Some(locked);
        self
    }

    /// Sets whether plugins are loaded in a child process first. By default they are not, because that needs a `main`
    /// that begins with [`run_if_worker`](crate::worker::run_if_worker).
    ///
    /// The child loads the plugin and exits. A plugin that crashes, exits or hangs there is refused and never loaded. A
    /// plugin that passes has proved nothing about its operations.
    pub fn probe(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Sets the deadline of a probe. The default is ten seconds.
    pub fn probe_deadline(mut self, deadline: Duration) -> Self {
        self.probe_deadline = deadline;
        self
    }

    /// Sets the directory that stores which plugins passed the probe; `None` keeps that in memory only. The default is
    /// `tollgate/probes` in the user's cache directory ([`directories::cache`]).
    pub fn probe_cache(mut self, directory: Option<PathBuf>) -> Self {
        self.probe_cache = directory;
        self
    }

    /// Sets the program that is executed as the worker, instead of this one. Its `main` must begin with
    /// [`run_if_worker`](crate::worker::run_if_worker), as that of the `tollgate` command does.
    pub fn worker_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.worker = Some(program.into());
        self
    }

    /// Allows plugin files to run in this process, behind `c-abi` and `stable-abi`. Without it they are refused there,
    /// and only registered plugins run.
    ///
    /// ```no_run
    /// use tollgate_host::Host;
    ///
    /// // SAFETY: plugins/ holds this project's own plugins, which its build wrote, and nobody else can write there.
    /// let host = unsafe { Host::builder().plugin_path("plugins").trust_in_process() }.build();
    /// ```
    ///
    /// # Safety
    /// Every plugin that this host will open, from its search path or by a path, is native code that may run in this
    /// process: its constructors, its operations and its destructors, and those of the libraries that it needs, are
    /// sound and keep the contract. The gate refuses files that cannot work; it cannot check that code is sound.
    pub unsafe fn trust_in_process(mut self) -> Self {
        self.in_process = true;
        self
    }

    /// Sets the boundary of all plugins for which the caller names none. It overrides the boundaries of a configuration
    /// file. `set_by` tells people what set it, such as the name of a flag or an environment variable.
    pub fn boundary(mut self, boundary: Boundary, set_by: impl Into<String>) -> Self {
        self.boundary = Some((boundary, set_by.into()));
        self
    }

    /// For tests: called with the name of each step that the gate has completed.
    #[doc(hidden)]
    pub fn between_steps(mut self, hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.hook = Hook(Some(Arc::new(hook)));
        self
    }

    /// Builds the host. Nothing is loaded yet.
    pub fn build(self) -> Host {
        let Configuration {
            plugin_path,
            locked,
            probe,
            allow_writable,
            boundary,
            plugin_boundaries,
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
            choices: Choices {
                program: self.boundary,
                all: boundary,
                plugins: plugin_boundaries,
            },
            shared: Arc::new(Shared {
                in_process: self.in_process,
                prober: Prober {
                    probe: self.probe.or(configured).unwrap_or_default(),
                    worker: self.worker,
                    deadline: self.probe_deadline,
                    cache: Cache::new(self.probe_cache),
                },
                hook: self.hook,
                registry: Registry::default(),
            }),
            generations: Generations::default(),
        }
    }
}
