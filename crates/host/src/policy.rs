//! The configuration file of a host.

use crate::error::Error;
use crate::gate::trusted::{said, trusted_text};
use crate::kind::{Boundary, UnknownBoundary};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The content of a file such as `tollgate.toml`. Missing keys have their defaults.
///
/// ```toml
/// plugin_path = ["plugins", "/opt/tollgate"]  # directories, relative to this file
/// locked = true                               # only pinned plugins are loaded
/// probe = true                                # plugins are loaded in a child process first
/// allow_writable = false                      # allow files and directories that others can write to
/// boundary = "c-abi"                          # plugins run behind this boundary
///
/// [plugins.stats]
/// boundary = "inline"                         # this one runs behind another
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Configuration {
    /// Directories to search for plugins, after those that the builder was given.
    pub plugin_path: Vec<PathBuf>,
    /// Whether only pinned plugins are loaded.
    pub locked: Option<bool>,
    /// Whether plugins are loaded in a child process first.
    pub probe: Option<bool>,
    /// Whether files and directories that others can write to are allowed.
    pub allow_writable: Option<bool>,
    /// The boundary that plugins run behind if the program names none.
    pub boundary: Option<Boundary>,
    /// The boundaries of single plugins, by the name in their manifest or the name that they are searched by.
    pub plugin_boundaries: BTreeMap<String, Boundary>,
}

/// The file's keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    plugin_path: Vec<PathBuf>,
    locked: Option<bool>,
    probe: Option<bool>,
    allow_writable: Option<bool>,
    boundary: Option<Named>,
    #[serde(default)]
    plugins: BTreeMap<String, PluginKeys>,
}

/// The keys of one plugin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as `boundary = \"c-abi\"`")]
struct PluginKeys {
    boundary: Option<Named>,
}

/// A boundary, by its name.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Named(Boundary);

impl TryFrom<String> for Named {
    type Error = UnknownBoundary;

    fn try_from(name: String) -> Result<Self, UnknownBoundary> {
        name.parse().map(Self)
    }
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
        let keys: Keys = toml::from_str(&text).map_err(|error| wrong(said(&error, &text)))?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let plugins = keys.plugins.into_iter();
        Ok(Self {
            plugin_path: keys
                .plugin_path
                .iter()
                .map(|directory| beside.join(directory))
                .collect(),
            locked: keys.locked,
            probe: keys.probe,
            allow_writable: keys.allow_writable,
            boundary: keys.boundary.map(|named| named.0),
            plugin_boundaries: plugins
                .filter_map(|(name, keys)| Some((name, keys.boundary?.0)))
                .collect(),
        })
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
                ..Configuration::default()
            }
        );
        assert_eq!(
            Configuration::read("/nowhere/tollgate.toml", false).unwrap(),
            Configuration::default()
        );
    }

    #[test]
    fn a_boundary_is_set_for_all_plugins_and_for_one() {
        let read_one = read("boundary = \"stable-abi\"\n[plugins.stats]\nboundary = \"inline\"\n").unwrap();
        assert_eq!(read_one.boundary, Some(Boundary::StableAbi));
        assert_eq!(read_one.plugin_boundaries["stats"], Boundary::Inline);
        let problem = read("locked = true\nboundary = \"c_abi\"\n").unwrap_err();
        assert!(
            problem.contains("line 2: unknown boundary \"c_abi\"; known boundaries: inline, static-c, c-abi"),
            "{problem}"
        );
        let problem = read("[plugins.stats]\nboundry = \"c-abi\"\n").unwrap_err();
        assert!(
            problem.contains("line 2: unknown field `boundry`, expected `boundary`"),
            "{problem}"
        );
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let problem = read("locked = true\nplugin_paths = []\n").unwrap_err();
        assert!(
            problem.ends_with(
                "line 2: unknown field `plugin_paths`, expected one of `plugin_path`, `locked`, \
                `probe`, `allow_writable`, `boundary`, `plugins`"
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
