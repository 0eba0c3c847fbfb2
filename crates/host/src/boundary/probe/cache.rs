//! The cache of plugins that passed the probe, keyed by their bytes and by this program.
//!
//! It is kept in memory, and in the user's cache directory with one file per entry, which only the user may write to.
//! An entry that is damaged, or that others could have written, is ignored: the probe is repeated.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::UNIX_EPOCH;
use tollgate_platform::{file, trust};

/// The maximum number of entries.
const MOST: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// The directory of the entries, if they outlive this process.
    directory: Option<PathBuf>,
    passed: Mutex<HashSet<String>>,
}

impl Cache {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self {
            directory,
            passed: Mutex::default(),
        }
    }

    /// The key of a passed probe: a hash of the plugin's bytes, of the build of the worker program, and of the build of
    /// this program.
    pub(crate) fn key(&self, plugin: blake3::Hash, worker: Option<&Path>) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"tollgate probe 1");
        hasher.update(plugin.as_bytes());
        hasher.update(this_build());
        match worker {
            Some(worker) => hasher.update(&build_of(worker)),
            None => hasher.update(b"this program"),
        };
        hasher.finalize().to_hex().to_string()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.contains(key) {
            return true;
        }
        let found = self.directory.as_deref().is_some_and(|directory| kept(directory, key));
        if found {
            passed.insert(key.to_owned());
        }
        found
    }

    /// If an entry cannot be written, the next process only repeats the probe.
    pub(crate) fn add(&self, key: &str) {
        self.passed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.to_owned());
        if let Some(directory) = &self.directory
            && let Err(error) = keep(directory, key)
        {
            tracing::debug!(directory = %directory.display(), %error, "cannot store the passed probe");
        }
    }
}

fn content(key: &str) -> String {
    format!("tollgate: a plugin passed the probe\n{key}\n")
}

fn kept(directory: &Path, key: &str) -> bool {
    let trusted = |distrust: std::io::Result<Option<trust::Distrust>>| matches!(distrust, Ok(None));
    let read = || {
        let opened = file::open_regular(&directory.join(key)).ok()?;
        if !trusted(trust::directory(directory)) || !trusted(trust::file(&opened)) {
            return None;
        }
        let mut text = String::new();
        opened.take(1024).read_to_string(&mut text).ok()?;
        Some(text == content(key))
    };
    read().unwrap_or(false)
}

fn keep(directory: &Path, key: &str) -> std::io::Result<()> {
    file::create_private_directory(directory)?;
    // Written under a temporary name first, so that a reader never sees a partial entry.
    let mut new = file::private_replacement_in(directory)?;
    new.write_all(content(key).as_bytes())?;
    new.persist(directory.join(key)).map_err(|error| error.error)?;
    forget_oldest(directory, MOST)
}

/// Removes the oldest entries if there are more than `most`: each build of a plugin adds one.
fn forget_oldest(directory: &Path, most: usize) -> std::io::Result<()> {
    let mut entries = Vec::new();
    for entry in directory.read_dir()? {
        let entry = entry?;
        entries.push((entry.metadata()?.modified()?, entry.path()));
    }
    entries.sort();
    let surplus = entries.len().saturating_sub(most);
    for (_, path) in &entries[..surplus] {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn this_build() -> &'static [u8] {
    static BUILD: OnceLock<Vec<u8>> = OnceLock::new();
    BUILD.get_or_init(|| {
        let mut build = std::env::current_exe()
            .map(|program| build_of(&program))
            .unwrap_or_default();
        build.extend(env!("CARGO_PKG_VERSION").as_bytes());
        build.extend(tollgate_platform::variant().target.as_bytes());
        build
    })
}

/// Distinguishes builds of a program without reading it.
fn build_of(program: &Path) -> Vec<u8> {
    let mut build = program.as_os_str().as_encoded_bytes().to_vec();
    if let Ok(metadata) = fs::metadata(program) {
        build.extend(metadata.len().to_le_bytes());
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        build.extend(modified.unwrap_or_default().as_nanos().to_le_bytes());
    }
    build
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(directory: &Path) -> Cache {
        Cache::new(Some(directory.join("probes")))
    }

    #[test]
    fn a_passed_probe_is_known_only_to_later_processes_of_the_same_build() {
        let directory = file::private_directory().unwrap();
        let plugin = blake3::hash(b"plugin");
        let (first, second) = (cache(directory.path()), cache(directory.path()));
        let key = first.key(plugin, None);
        assert!(!first.has(&key));
        first.add(&key);
        assert!(first.has(&key) && second.has(&second.key(plugin, None)));
        for other in [
            first.key(blake3::hash(b"other"), None),
            first.key(plugin, Some(Path::new("/worker"))),
        ] {
            assert!(!first.has(&other));
        }
    }

    #[test]
    fn without_a_directory_a_passed_probe_is_known_in_this_process() {
        let cache = Cache::new(None);
        let key = cache.key(blake3::hash(b"plugin"), None);
        cache.add(&key);
        assert!(cache.has(&key));
        assert!(!Cache::new(None).has(&key));
    }

    #[test]
    fn the_oldest_entries_are_removed_if_there_are_too_many() {
        let directory = file::private_directory().unwrap();
        let cache = cache(directory.path());
        let keys = [b"1", b"2", b"3"].map(|plugin| cache.key(blake3::hash(plugin), None));
        for (age, key) in keys.iter().enumerate() {
            cache.add(key);
            let entry = fs::File::options()
                .write(true)
                .open(directory.path().join("probes").join(key))
                .unwrap();
            let modified = UNIX_EPOCH + std::time::Duration::from_secs(1000 + age as u64);
            entry.set_modified(modified).unwrap();
        }
        forget_oldest(&directory.path().join("probes"), 2).unwrap();
        let known = keys.map(|key| kept(&directory.path().join("probes"), &key));
        assert_eq!(known, [false, true, true]);
    }

    #[test]
    fn a_damaged_entry_is_ignored() {
        let directory = file::private_directory().unwrap();
        let key = cache(directory.path()).key(blake3::hash(b"plugin"), None);
        cache(directory.path()).add(&key);
        let entry = directory.path().join("probes").join(&key);
        let whole = fs::read(&entry).unwrap();
        for damaged in [
            &b""[..],
            b"x",
            &whole[..whole.len() - 2],
            &[whole.clone(), vec![0xff]].concat(),
        ] {
            fs::write(&entry, damaged).unwrap();
            assert!(!cache(directory.path()).has(&key));
        }
        fs::write(&entry, whole).unwrap();
        assert!(cache(directory.path()).has(&key));
        fs::remove_file(&entry).unwrap();
        fs::create_dir(&entry).unwrap();
        assert!(!cache(directory.path()).has(&key));
        // Failing to write an entry is not an error either.
        cache(directory.path()).add(&key);
    }
}
