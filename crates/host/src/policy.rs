//! The configuration file of a host.

use crate::error::Error;
use crate::gate::trusted::{said, trusted_text};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The content of a file such as `tollgate.toml`. Missing keys have their defaults.
///
/// ```toml
/// plugin_path = ["plugins", "/opt/tollgate"]  # directories, relative to this file
/// locked = true                               # only pinned plugins are loaded
/// probe = true                                # plugins are loaded in a child process first
/// allow_writable = false                      # allow files and directories that others can write to
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Configuration {
    /// Directories to search for plugins, after those that the builder was given.
    #[serde(default)]
    pub plugin_path: Vec<PathBuf>,
    /// Whether only pinned plugins are loaded.
    pub locked: Option<bool>,
    /// Whether plugins are loaded in a child process first.
    pub probe: Option<bool>,
    /// Whether files and directories that others can write to are allowed.
    pub allow_writable: Option<bool>,
}

impl Configuration {
    /// Reads a configuration file. A file that does not exist counts as empty.
    ///
    /// # Errors
    /// [`Error::Configuration`] if it cannot be read, has an unknown key or a value of another type, or if others can
    /// change it and the argument `allow_writable` is not set (the key in the file itself does not count).
    pub fn read(path: impl AsRef<Path>, allow_writable: bool) -> Result<Self, Error> {
        let path = path.as_ref();
        let wrong = |problem| Error::Configuration {
            file: path.to_owned(),
            problem,
        };
        let Some(text) = trusted_text(path, allow_writable).map_err(wrong)? else {
            return Ok(Self::default());
        };
        let mut read: Self = toml::from_str(&text).map_err(|error| wrong(said(&error, &text)))?;
        let beside = path.parent().unwrap_or(Path::new(""));
        for directory in &mut read.plugin_path {
            *directory = beside.join(&*directory);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_platform::file;

    fn read(text: &str) -> Result<Configuration, String> {
        let directory = file::private_directory().unwrap();
        let path = directory.path().join("tollgate.toml");
        std::fs::write(&path, text).unwrap();
        let read = Configuration::read(&path, false).map(|mut read| {
            for directory_of_plugins in &mut read.plugin_path {
                if let Ok(relative) = directory_of_plugins.strip_prefix(directory.path()) {
                    *directory_of_plugins = relative.to_owned();
                }
            }
            read
        });
        read.map_err(|error| {
            assert_eq!((error.code(), error.is_usage()), ("configuration", true));
            error.to_string()
        })
    }

    #[test]
    fn keys_are_read_and_missing_ones_have_their_defaults() {
        assert_eq!(read("").unwrap(), Configuration::default());
        let all = read("plugin_path = [\"a\", \"/b\"]\nlocked = true\nprobe = false\nallow_writable = true\n").unwrap();
        // On Windows, a path without a drive is on the drive of the file.
        let of_the_drive = file::private_directory().unwrap().path().join(Path::new("/b"));
        assert_eq!(
            all,
            Configuration {
                plugin_path: vec!["a".into(), of_the_drive],
                locked: Some(true),
                probe: Some(false),
                allow_writable: Some(true),
            }
        );
        assert_eq!(
            Configuration::read("/nowhere/tollgate.toml", false).unwrap(),
            Configuration::default()
        );
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let problem = read("locked = true\nplugin_paths = []\n").unwrap_err();
        assert!(
            problem.ends_with(
                "line 2: unknown field `plugin_paths`, expected one of `plugin_path`, `locked`, \
                `probe`, `allow_writable`"
            ),
            "{problem}"
        );
        let problem = read("locked = 1\n").unwrap_err();
        assert!(
            problem.contains("line 1: invalid type: integer `1`, expected a boolean"),
            "{problem}"
        );
    }
}
