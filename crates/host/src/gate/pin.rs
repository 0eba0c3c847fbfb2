//! Pins: the hash of the file that a plugin's name stands for.

use crate::error::Error;
use crate::gate::trusted::{said, trusted_text};
use crate::refusal::{PinMismatch, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use tollgate_platform::file;

/// The version of the file format.
const VERSION: u32 = 1;

const HEADING: &str = "\
# Which bytes each plugin's name stands for. A pinned plugin with another hash is refused.
# Written by `tollgate plugin pin`; it may be edited, and belongs in version control.
";

/// A lock file, such as `tollgate.lock`: it holds pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    file: PathBuf,
    pins: BTreeMap<String, Pin>,
}

/// What a plugin's name is pinned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The plugin's version, from its manifest. It is for people, and not compared.
    pub version: String,
    /// BLAKE3 of its file, in hexadecimal.
    pub blake3: String,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    plugins: BTreeMap<String, Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a pin")]
struct Row {
    version: String,
    blake3: String,
}

impl Lock {
    /// Reads a lock file. A file that does not exist has no pins.
    ///
    /// # Errors
    /// [`Error::Lock`] if it cannot be read, is not a lock file, or can be changed by others and that is not allowed.
    pub fn read(path: impl Into<PathBuf>, allow_writable: bool) -> Result<Self, Error> {
        let path = path.into();
        let wrong = |problem: String| Error::Lock {
            file: path.clone(),
            problem,
        };
        let text = match trusted_text(&path, allow_writable) {
            Ok(Some(text)) => text,
            Ok(None) => {
                return Ok(Self {
                    file: path,
                    pins: BTreeMap::new(),
                });
            }
            Err(problem) => return Err(wrong(problem)),
        };
        let document: Document = toml::from_str(&text).map_err(|error| wrong(said(&error, &text)))?;
        if document.version != VERSION {
            return Err(wrong(format!(
                "unsupported version {}; this program supports version {VERSION}: use a newer program, or pin the \
                    plugins again",
                document.version
            )));
        }
        let pins = document.plugins.into_iter().map(|(name, row)| {
            let Row { version, blake3 } = row;
            (name, Pin { version, blake3 })
        });
        let pins: BTreeMap<String, Pin> = pins.collect();
        for (name, pin) in &pins {
            if blake3::Hash::from_hex(&pin.blake3).is_err() {
                return Err(wrong(format!(
                    "invalid hash {:?} for {name:?}; expected 64 hexadecimal digits: pin it again",
                    pin.blake3
                )));
            }
        }
        Ok(Self { file: path, pins })
    }

    /// The pins by name.
    pub fn pins(&self) -> &BTreeMap<String, Pin> {
        &self.pins
    }

    /// Pins a name, and returns its previous pin.
    pub fn pin(&mut self, name: impl Into<String>, pin: Pin) -> Option<Pin> {
        self.pins.insert(name.into(), pin)
    }

    /// Writes the file atomically: a reader sees the old file or the new one.
    ///
    /// # Errors
    /// [`Error::Lock`] if it cannot be written.
    pub fn write(&self) -> Result<(), Error> {
        let wrong = |error: std::io::Error| Error::Lock {
            file: self.file.clone(),
            problem: format!("cannot write it: {error}"),
        };
        let rows = self.pins.iter().map(|(name, pin)| {
            let Pin { version, blake3 } = pin.clone();
            (name.clone(), Row { version, blake3 })
        });
        let document = Document {
            version: VERSION,
            plugins: rows.collect(),
        };
        let text = toml::to_string(&document).map_err(|error| wrong(std::io::Error::other(error)))?;
        let directory = match self.file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut new = file::replacement_in(directory).map_err(wrong)?;
        new.write_all(format!("{HEADING}{text}").as_bytes()).map_err(wrong)?;
        new.as_file().sync_all().map_err(wrong)?;
        new.persist(&self.file).map_err(|error| wrong(error.error))?;
        Ok(())
    }

    /// Checks a plugin's hash against the pins of its names. `names` are the one in its manifest and the one that it
    /// was searched by.
    pub(crate) fn check(&self, names: &[&str], file: &Path, hash: blake3::Hash, locked: bool) -> Result<(), Refusal> {
        let mut pinned = false;
        for name in names {
            let Some(pin) = self.pins.get(*name) else { continue };
            if blake3::Hash::from_hex(&pin.blake3).ok() != Some(hash) {
                return Err(Refusal::PinMismatch(Box::new(PinMismatch {
                    name: (*name).to_owned(),
                    file: file.to_owned(),
                    found: hash.to_hex().to_string(),
                    pinned: pin.blake3.clone(),
                    lock: self.file.clone(),
                })));
            }
            pinned = true;
        }
        if locked && !pinned {
            return Err(Refusal::NotPinned {
                name: names.first().copied().unwrap_or_default().to_owned(),
                file: file.to_owned(),
                lock: self.file.clone(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn pin(digit: &str) -> Pin {
        Pin {
            version: "1.0.0".to_owned(),
            blake3: digit.repeat(64),
        }
    }

    #[test]
    fn pins_are_read_as_they_were_written() {
        let directory = file::private_directory().unwrap();
        let path = directory.path().join("tollgate.lock");
        let mut lock = Lock::read(&path, false).unwrap();
        assert!(lock.pins().is_empty());
        assert_eq!(lock.pin("stats", pin("a")), None);
        lock.pin("odd name \"x\"", pin("b"));
        lock.write().unwrap();
        assert_eq!(Lock::read(&path, false).unwrap(), lock);
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("[plugins.stats]\nversion = \"1.0.0\"\nblake3 = \"aaaa"),
            "{text}"
        );
        assert_eq!(lock.pin("stats", pin("c")), Some(pin("a")));
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            1,
            "nothing else is left there"
        );
    }

    #[test]
    fn an_invalid_lock_file_is_refused_with_the_line() {
        let directory = file::private_directory().unwrap();
        let path = directory.path().join("tollgate.lock");
        let problem = |text: &str| {
            fs::write(&path, text).unwrap();
            let error = Lock::read(&path, false).unwrap_err();
            assert_eq!(error.code(), "lock-file");
            let text = error.to_string();
            assert!(!text.contains('\n'), "{text}");
            text
        };
        assert!(problem("version = 1\n[plugins.x\n").contains(": line 2: "));
        assert!(problem("version = 2\n").contains("version 2"));
        assert!(problem("version = 1\nextra = 1\n").contains("unknown field `extra`"));
        assert!(problem("version = 1\n[plugins.x]\nversion = \"1\"\nblake3 = \"xyz\"\n").contains("pin it again"));
        assert!(problem("").contains("missing field `version`"));
    }

    #[test]
    fn another_hash_is_refused_and_so_is_an_unpinned_plugin_when_locked() {
        let hash = blake3::hash(b"plugin");
        let lock = Lock {
            file: "tollgate.lock".into(),
            pins: [(
                "stats".to_owned(),
                Pin {
                    blake3: hash.to_hex().to_string(),
                    ..pin("a")
                },
            )]
            .into(),
        };
        let check = |names: &[&str], hash, locked| {
            lock.check(names, Path::new("./lib a.so"), hash, locked)
                .map_err(|refusal| (refusal.code(), refusal.to_string()))
        };
        assert!(check(&["stats"], hash, true).is_ok());
        assert!(check(&["other"], hash, false).is_ok());
        let (code, text) = check(&["other"], hash, true).unwrap_err();
        assert_eq!(code, "not-pinned");
        assert!(
            text.ends_with("to accept it, run `tollgate plugin pin './lib a.so'`"),
            "{text}"
        );
        let other = blake3::hash(b"other");
        for names in [&["stats"][..], &["other", "stats"]] {
            let (code, text) = check(names, other, false).unwrap_err();
            assert_eq!(code, "pin-mismatch");
            for part in [
                other.to_hex().as_str(),
                hash.to_hex().as_str(),
                "stats is pinned to",
                "plugin pin",
            ] {
                assert!(text.contains(part), "{text}");
            }
        }
    }
}
