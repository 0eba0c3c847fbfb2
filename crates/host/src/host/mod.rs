//! The host: finds plugins, passes them through the gate, and keeps the opened ones.

mod builder;

use crate::boundary::registered;
use crate::call::plugin::Plugin;
use crate::choice::{Choices, Chosen, SetBy};
use crate::error::Error;
use crate::gate::Artifact;
use crate::gate::candidate::Candidate;
use crate::gate::pin::Lock;
use crate::gate::search;
use crate::gate::step::Step;
use crate::generation::{Generation, Generations};
use crate::kind::Boundary;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::suggest::nearest;
pub use builder::HostBuilder;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tollgate_abi::Registration;
use tollgate_platform::{Status, dylib};

/// Finds plugins, passes them through the gate, and keeps the opened ones.
#[derive(Debug)]
pub struct Host {
    paths: Vec<PathBuf>,
    allow_writable: bool,
    locked: bool,
    lock: Option<PathBuf>,
    choices: Choices,
    shared: Arc<Shared>,
    generations: Generations,
}

impl Host {
    /// A builder of a host with an empty search path.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// The directories of the search path, in order. Directories that do not exist are skipped.
    pub fn plugin_paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The directories of the search path that are refused: an [`Error::UntrustedDirectory`] for each that others can
    /// change.
    pub fn refused_paths(&self) -> Vec<Error> {
        let may_search = |path: &PathBuf| search::may_search(path, self.allow_writable).err();
        self.paths.iter().filter_map(may_search).collect()
    }

    /// Registers a plugin that is part of this program, behind `inline` or `static-c`. It replaces one of the same name
    /// and boundary. [`open`](Host::open) finds it by the name in its manifest.
    ///
    /// # Errors
    /// [`Error::Refused`] if its manifest or its entry is refused, as for a file; [`Error::BoundaryNotOffered`] if the
    /// boundary is for files.
    pub fn register(&self, boundary: Boundary, registration: &Registration) -> Result<(), Error> {
        let refused = |refusal| Error::refused(Path::new(boundary.name()), refusal);
        let (manifest, loaded) = registered::take(registration).map_err(refused)?;
        if !boundary.is_registered() {
            return Err(Error::BoundaryNotOffered {
                plugin: manifest.name,
                boundary,
                reason: "a plugin that is part of the program runs behind inline or static-c only".to_owned(),
            });
        }
        let part = Generation::of_program(boundary, manifest, loaded);
        self.shared.registry.add(boundary, part);
        Ok(())
    }

    /// Passes a plugin's file through the gate without running it. A name is searched for; text with a directory or the
    /// suffix of a shared library is a path.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Refused`] with the rule that the file broke.
    pub fn check(&self, name: &str) -> Result<Artifact, Error> {
        let file = self.find(name)?;
        let candidate = Candidate::read_in_steps(&file, self.allow_writable, &|step| self.shared.hook.tell(step))?;
        let artifact = candidate.check().map_err(|refusal| Error::refused(&file, refusal))?;
        self.check_pin(&artifact, searched(&file, name))?;
        Ok(artifact)
    }

    /// Opens a plugin behind the boundary that is set for it ([`boundary_of`](Host::boundary_of)). A name is searched
    /// for; text with a directory or the suffix of a shared library is a path.
    ///
    /// Opening a file behind `c-abi` or `stable-abi` loads it into this process and runs its constructors. That needs
    /// the program's permission ([`trust_in_process`](HostBuilder::trust_in_process)). If no boundary is set and the
    /// program does not allow it, or no file has the name, the registered plugin of the same name runs instead.
    ///
    /// A file that was opened before and has not changed is not loaded again; a changed file becomes a new generation.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Refused`] with the rule that the file broke; [`Error::InProcessNotTrusted`];
    /// [`Error::BoundaryNotOffered`] if the plugin cannot run behind the boundary that is set for it.
    ///
    /// # Platform differences
    /// On platforms without shared libraries, plugins that are not registered are refused with `loader`.
    pub fn open(&self, name: &str) -> Result<Plugin, Error> {
        self.open_any(name, None)
    }

    /// Opens a plugin behind this boundary, whatever is set. Otherwise like [`open`](Host::open).
    ///
    /// # Errors
    /// As [`open`](Host::open).
    pub fn open_behind(&self, name: &str, boundary: Boundary) -> Result<Plugin, Error> {
        self.open_any(name, Some(boundary))
    }

    /// Opens the plugin in this file, as [`open`](Host::open) does.
    ///
    /// # Errors
    /// As [`open`](Host::open).
    pub fn open_file(&self, file: &Path) -> Result<Plugin, Error> {
        self.open_searched(file, None, None)
    }

    /// The boundary that [`open`](Host::open) runs a plugin of this name behind, and what set it.
    ///
    /// For a file that was searched by another name than that in its manifest, a boundary that is set for either name
    /// counts, the manifest's first.
    pub fn boundary_of(&self, name: &str) -> Chosen {
        let default = || {
            let part = self.shared.registry.any(name).map(|(boundary, _)| boundary);
            let files = self.shared.in_process && !matches!(dylib::STATUS, Status::Unsupported(_));
            let boundary = match part {
                Some(part) if !files || !matches!(self.locate(name), Ok(Some(_))) => part,
                _ => Boundary::CAbi,
            };
            let set_by = SetBy::Default;
            Chosen { boundary, set_by }
        };
        self.choices.of(&[name]).unwrap_or_else(default)
    }

    /// The plugins that are part of the program, by name, each with the boundary that it is registered behind.
    pub fn registered(&self) -> Vec<(String, Boundary)> {
        self.shared.registry.names()
    }

    fn open_any(&self, name: &str, boundary: Option<Boundary>) -> Result<Plugin, Error> {
        let part = self.shared.registry.any(name);
        let file = match (dylib::STATUS, self.locate(name), part) {
            (Status::Unsupported(_), _, Some(part)) | (_, Ok(None), Some(part)) => {
                return self.part(name, part, boundary);
            }
            (Status::Unsupported(reason), _, None) => {
                let reason = reason.to_owned();
                return Err(Error::refused(Path::new(name), Refusal::Loader { reason, advice: "" }));
            }
            (_, Ok(Some(file)), _) => file,
            (_, Ok(None), None) => return Err(self.not_found(name)),
            (_, Err(error), _) => return Err(error),
        };
        self.open_searched(&file, searched(&file, name), boundary)
    }

    /// The plugin that is part of the program, for a name that no file has. `any` is the first of that name.
    fn part(&self, name: &str, any: (Boundary, Arc<Generation>), boundary: Option<Boundary>) -> Result<Plugin, Error> {
        let set = self.choices.of(&[name]).filter(|_| boundary.is_none());
        let Some(wanted) = boundary.or(set.as_ref().map(|set| set.boundary)) else {
            return Plugin::new(self.shared.clone(), any.1, any.0);
        };
        let part = self.shared.registry.find(name, wanted).unwrap_or(any.1);
        Plugin::new(self.shared.clone(), part, wanted).map_err(|error| explained(set.as_ref(), error))
    }

    fn open_searched(&self, file: &Path, searched: Option<&str>, boundary: Option<Boundary>) -> Result<Plugin, Error> {
        let tell = |step| self.shared.hook.tell(step);
        let candidate = Candidate::read_in_steps(file, self.allow_writable, &tell)?;
        // A file has one series of generations, whichever path names it.
        let key = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        if let Some(generation) = self.generations.current(&key, candidate.hash) {
            // Its pin may have changed.
            if let Some(artifact) = generation.artifact() {
                self.check_pin(artifact, searched)?;
            }
            let (boundary, set) = self.choose(&generation, searched, boundary);
            let plugin = Plugin::of_file(self.shared.clone(), generation, boundary);
            return plugin.map_err(|error| explained(set.as_ref(), error));
        }
        let artifact = candidate.check().map_err(|refusal| Error::refused(file, refusal))?;
        self.check_pin(&artifact, searched)?;
        tell(Step::Checked);
        let hash = artifact.hash;
        let made = Generation::of_file(Arc::new(artifact));
        let (boundary, set) = self.choose(&made, searched, boundary);
        let part = self.shared.registry.find(&made.manifest().name, boundary);
        if part.is_none() {
            // Loaded before it is published: a file that cannot be loaded does not replace the current generation.
            let loaded = self.shared.with_terms(|terms| made.behind(boundary, terms));
            loaded.map_err(|error| explained(set.as_ref(), error))?;
        }
        let generation = self.generations.publish(key, hash, made);
        tracing::info!(
            file = %file.display(),
            hash = %hash.to_hex(),
            generation = generation.number(),
            "plugin opened"
        );
        Plugin::of_file(self.shared.clone(), generation, boundary)
    }

    /// The boundary for a file's generation: the caller's, or the one that is set, or the default. Without the
    /// program's permission to load files, the default is that of the registered plugin of the same name.
    fn choose(
        &self,
        generation: &Generation,
        searched: Option<&str>,
        boundary: Option<Boundary>,
    ) -> (Boundary, Option<Chosen>) {
        if let Some(boundary) = boundary {
            return (boundary, None);
        }
        let name = generation.manifest().name.as_str();
        let names: Vec<&str> = [Some(name), searched].into_iter().flatten().collect();
        if let Some(set) = self.choices.of(&names) {
            return (set.boundary, Some(set));
        }
        match self.shared.registry.any(name) {
            Some((part, _)) if !self.shared.in_process => (part, None),
            _ => (Boundary::CAbi, None),
        }
    }

    /// Reads the pins.
    ///
    /// # Errors
    /// [`Error::Lock`] if the builder set no lock file, or as [`Lock::read`].
    pub fn lock(&self) -> Result<Lock, Error> {
        match &self.lock {
            Some(lock) => Lock::read(lock, self.allow_writable),
            None => Err(Error::Lock {
                file: PathBuf::from("tollgate.lock"),
                problem: "this host has no lock file: name one with HostBuilder::lock_file".to_owned(),
            }),
        }
    }

    /// Compares the hash with the pins of both names of the plugin.
    fn check_pin(&self, artifact: &Artifact, searched: Option<&str>) -> Result<(), Error> {
        if self.lock.is_none() && !self.locked {
            return Ok(());
        }
        let lock = self.lock()?;
        let name = artifact.manifest().name.as_str();
        let searched = searched.filter(|searched| *searched != name);
        let names: Vec<&str> = [Some(name), searched].into_iter().flatten().collect();
        lock.check(&names, artifact.file(), artifact.hash, self.locked)
            .map_err(|refusal| Error::refused(artifact.file(), refusal))
    }

    /// The file that [`open`](Host::open) would take for `name`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if no directory of the search path has it; [`Error::UntrustedDirectory`] if others can
    /// change a directory that is searched first.
    pub fn find(&self, name: &str) -> Result<PathBuf, Error> {
        self.locate(name)?.ok_or_else(|| self.not_found(name))
    }

    /// The file for a name; `None` if no directory of the search path has it.
    fn locate(&self, name: &str) -> Result<Option<PathBuf>, Error> {
        let path = Path::new(name);
        if path.components().count() > 1 || name.ends_with(std::env::consts::DLL_SUFFIX) {
            return Ok(Some(path.to_owned()));
        }
        let file_name = dylib::file_name(name);
        for directory in &self.paths {
            if search::may_search(directory, self.allow_writable)? {
                let file = directory.join(&file_name);
                if file.is_file() {
                    return Ok(Some(file));
                }
            }
        }
        Ok(None)
    }

    /// The error for a name that no file and no registered plugin has. It lists every directory, to suggest a name.
    #[cold]
    fn not_found(&self, name: &str) -> Error {
        let libraries = self.libraries();
        let registered = self.registered();
        let known = libraries.iter().map(|(name, _)| name.as_str());
        let known = known.chain(registered.iter().map(|(name, _)| name.as_str()));
        Error::NotFound {
            name: name.to_owned(),
            paths: self.paths.clone(),
            similar: nearest(name, known).map(str::to_owned),
        }
    }

    /// The shared libraries in the search path, by name. Of files with the same name only the first is listed, which is
    /// the one that [`open`](Host::open) uses. It is not checked whether each is a plugin. Refused directories
    /// ([`refused_paths`](Host::refused_paths)) are not searched.
    pub fn libraries(&self) -> Vec<(String, PathBuf)> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for entry in self
            .paths
            .iter()
            .filter(|path| matches!(search::may_search(path, self.allow_writable), Ok(true)))
            .filter_map(|path| path.read_dir().ok())
            .flatten()
            .flatten()
        {
            let path = entry.path();
            let name = path.file_name().and_then(OsStr::to_str).and_then(dylib::library_name);
            if let Some(name) = name.map(str::to_owned)
                && seen.insert(name.clone())
            {
                found.push((name, path));
            }
        }
        found.sort();
        found
    }

    /// Whether files and directories that others can write to are allowed.
    pub fn allows_writable(&self) -> bool {
        self.allow_writable
    }

    /// The program that is executed as the worker, if it is not this one.
    pub fn worker_program(&self) -> Option<&Path> {
        self.shared.prober.worker.as_deref()
    }
}

/// An error behind a boundary, with what set the boundary if something did.
fn explained(set: Option<&Chosen>, error: Error) -> Error {
    match set {
        Some(set) => set.explain(error),
        None => error,
    }
}

/// The name that a file was searched by, if it was.
fn searched<'a>(file: &Path, name: &'a str) -> Option<&'a str> {
    (file.as_os_str() != name).then_some(name)
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
