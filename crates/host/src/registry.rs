//! The registered plugins, which are part of the program.

use crate::generation::Generation;
use crate::kind::Boundary;
use std::sync::{Arc, Mutex, PoisonError};

/// The plugins that a program registered with its host, each behind its boundary.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<Vec<(Boundary, Arc<Generation>)>>);

impl Registry {
    /// Adds a plugin, and replaces one of the same name and boundary.
    pub(crate) fn add(&self, boundary: Boundary, part: Generation) {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|(other, before)| *other != boundary || before.manifest().name != part.manifest().name);
        parts.push((boundary, Arc::new(part)));
    }

    /// The plugin of this name behind this boundary.
    pub(crate) fn find(&self, name: &str, boundary: Boundary) -> Option<Arc<Generation>> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = parts
            .iter()
            .find(|(other, part)| *other == boundary && part.manifest().name == name);
        found.map(|(_, part)| part.clone())
    }

    /// The names, each with its boundary, sorted.
    pub(crate) fn names(&self) -> Vec<(String, Boundary)> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = parts
            .iter()
            .map(|(boundary, part)| (part.manifest().name.clone(), *boundary));
        let mut names: Vec<_> = names.collect();
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        names
    }

    /// The plugin of this name behind the first boundary that has one.
    pub(crate) fn any(&self, name: &str) -> Option<(Boundary, Arc<Generation>)> {
        Boundary::ALL
            .iter()
            .find_map(|&boundary| Some((boundary, self.find(name, boundary)?)))
    }
}
