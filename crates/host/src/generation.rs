//! Generations: the loaded copies of a plugin's file, one after the other.

use crate::boundary::{Loaded, Terms, loader};
use crate::error::Error;
use crate::gate::Artifact;
use crate::kind::Boundary;
use crate::manifest::Manifest;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// One copy of a plugin's file, or a registered plugin, with its loaded form behind each boundary.
#[derive(Debug)]
pub(crate) struct Generation {
    number: u32,
    origin: Origin,
    /// Its loaded form behind each boundary that was requested.
    loaded: Mutex<Vec<(Boundary, Arc<dyn Loaded>)>>,
}

/// Where a generation comes from.
#[derive(Debug)]
enum Origin {
    /// A file.
    File(Arc<Artifact>),
    /// The program itself, which registered it behind this boundary.
    Program(Boundary, Arc<Manifest>),
}

impl Generation {
    /// A generation of a file, not yet published.
    pub(crate) fn of_file(artifact: Arc<Artifact>) -> Self {
        Self {
            number: 0,
            origin: Origin::File(artifact),
            loaded: Mutex::default(),
        }
    }

    /// A registered plugin.
    pub(crate) fn of_program(boundary: Boundary, manifest: Manifest, loaded: Arc<dyn Loaded>) -> Self {
        Self {
            number: 1,
            origin: Origin::Program(boundary, Arc::new(manifest)),
            loaded: Mutex::new(vec![(boundary, loaded)]),
        }
    }

    /// The number of the copy, from 1.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// The file; `None` for a registered plugin.
    pub(crate) fn artifact(&self) -> Option<&Arc<Artifact>> {
        match &self.origin {
            Origin::File(artifact) => Some(artifact),
            Origin::Program(..) => None,
        }
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        match &self.origin {
            Origin::File(artifact) => artifact.manifest(),
            Origin::Program(_, manifest) => manifest,
        }
    }

    /// Its loaded form behind a boundary, loaded on the first request.
    pub(crate) fn behind(&self, boundary: Boundary, terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = loaded.iter().find(|(other, _)| *other == boundary) {
            return Ok(found.clone());
        }
        match &self.origin {
            Origin::Program(own, manifest) => Err(Error::BoundaryNotOffered {
                plugin: manifest.name.clone(),
                boundary,
                reason: format!("it is part of this program, and runs behind {own} only"),
            }),
            Origin::File(artifact) => {
                let found = loader(boundary).load(artifact, terms)?;
                loaded.push((boundary, found.clone()));
                Ok(found)
            }
        }
    }
}

/// The generations of each file: one is current, and earlier ones stay as long as they are used.
///
/// A generation is *made* outside (it may take seconds), *published* here, which numbers it and retires the one before,
/// and *drained* when its last handle is dropped.
#[derive(Debug, Default)]
pub(crate) struct Generations(Mutex<HashMap<PathBuf, Series>>);

#[derive(Debug)]
struct Series {
    current: Arc<Generation>,
    retired: Vec<Weak<Generation>>,
}

impl Generations {
    /// The current generation of a file, if its bytes have this hash.
    pub(crate) fn current(&self, file: &PathBuf, hash: blake3::Hash) -> Option<Arc<Generation>> {
        let series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let current = &series.get(file)?.current;
        has_hash(current, hash).then(|| current.clone())
    }

    /// Makes a generation the current one of its file. If another thread has published one of the same bytes, that one
    /// is returned.
    pub(crate) fn publish(&self, file: PathBuf, hash: blake3::Hash, mut made: Generation) -> Arc<Generation> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(series) = all.get_mut(&file) else {
            made.number = 1;
            let current = Arc::new(made);
            let series = Series {
                current: current.clone(),
                retired: Vec::new(),
            };
            all.insert(file, series);
            return current;
        };
        if has_hash(&series.current, hash) {
            return series.current.clone();
        }
        made.number = series.current.number + 1;
        let before = std::mem::replace(&mut series.current, Arc::new(made));
        series.retired.retain(|retired| retired.strong_count() > 0);
        series.retired.push(Arc::downgrade(&before));
        series.current.clone()
    }

    /// The numbers of the retired generations of a file that are still in use.
    #[cfg(test)]
    fn draining(&self, file: &PathBuf) -> Vec<u32> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let retired = all.get(file).map_or(&[][..], |series| &series.retired);
        retired
            .iter()
            .filter_map(Weak::upgrade)
            .map(|used| used.number)
            .collect()
    }
}

fn has_hash(generation: &Generation, hash: blake3::Hash) -> bool {
    generation.artifact().is_some_and(|artifact| artifact.hash == hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::preflight::Exports;

    fn made(bytes: &[u8]) -> (blake3::Hash, Generation) {
        let json = br#"{"name":"x","version":"1","abi":1,"panic":"none","operations":[
            {"name":"a","takes":["f64"],"gives":{"kind":"none"}}]}"#;
        let hash = blake3::hash(bytes);
        let artifact = Artifact {
            file: PathBuf::from("x.so"),
            bytes: Arc::from(bytes),
            hash,
            json: 0..0,
            manifest: Arc::new(Manifest::parse(json).unwrap()),
            exports: Exports {
                distance: 0,
                needed: Vec::new(),
                symbols: Vec::new(),
            },
        };
        (hash, Generation::of_file(Arc::new(artifact)))
    }

    #[test]
    fn a_generation_is_made_published_and_drained() {
        let generations = Generations::default();
        let file = PathBuf::from("x.so");
        let publish = |bytes: &[u8]| {
            let (hash, made) = made(bytes);
            generations.publish(file.clone(), hash, made)
        };
        let first = publish(b"first");
        assert_eq!(first.number(), 1);
        assert!(generations.draining(&file).is_empty());
        // The same bytes make no new generation.
        assert!(Arc::ptr_eq(&publish(b"first"), &first));
        let second = publish(b"second");
        assert_eq!((second.number(), generations.draining(&file)), (2, vec![1]));
        let hash = blake3::hash(b"second");
        assert!(Arc::ptr_eq(&generations.current(&file, hash).unwrap(), &second));
        assert!(generations.current(&file, blake3::hash(b"first")).is_none());
        drop(first);
        assert!(
            generations.draining(&file).is_empty(),
            "the first one is no longer used"
        );
        // Earlier bytes come back as a new generation.
        assert_eq!(publish(b"first").number(), 3);
    }
}
