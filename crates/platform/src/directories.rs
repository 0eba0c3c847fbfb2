//! The platform's directories for a user's files.

use std::ffi::OsStr;
use std::path::PathBuf;

/// The user's cache directory, or `None` if the platform or the environment does not name one.
///
/// # Platform differences
/// - macOS: `~/Library/Caches`.
/// - Windows: `%LOCALAPPDATA%`.
/// - Elsewhere: `$XDG_CACHE_HOME`, or `~/.cache`.
pub fn cache() -> Option<PathBuf> {
    crate::sys::cache_directory()
}

/// The user's data directory, or `None` if the platform or the environment does not name one.
///
/// # Platform differences
/// - macOS: `~/Library/Application Support`.
/// - Windows: `%LOCALAPPDATA%`.
/// - Elsewhere: `$XDG_DATA_HOME`, or `~/.local/share`.
pub fn data() -> Option<PathBuf> {
    crate::sys::data_directory()
}

/// The directories in the value of a variable such as `PATH`, without empty ones.
///
/// # Platform differences
/// The separator is that of std: `;` on Windows, `:` elsewhere. On WASI, where std does not support it, it is `:` too,
/// and a name that is not UTF-8 is ignored.
pub fn listed(value: &OsStr) -> Vec<PathBuf> {
    let mut listed = crate::sys::split_paths(value);
    listed.retain(|path| !path.as_os_str().is_empty());
    listed
}

/// The directory in an environment variable. A relative path is ignored, because it would depend on the working
/// directory.
/// working directory.
pub(crate) fn named(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    path.is_absolute().then_some(path)
}

/// Directories for a private copy, the usual one first.
pub(crate) fn temporary() -> Vec<PathBuf> {
    let mut candidates = crate::sys::temporary_directories();
    candidates.extend(cache());
    let mut kept = Vec::new();
    for candidate in candidates {
        if !kept.contains(&candidate) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_path_is_split_at_the_platform_s_separator() {
        let separator = if cfg!(windows) { ";" } else { ":" };
        let value = ["", "plugins", "", "../more plugins"].join(separator);
        let listed = listed(OsStr::new(&value));
        assert_eq!(listed, [PathBuf::from("plugins"), PathBuf::from("../more plugins")]);
        assert!(super::listed(OsStr::new("")).is_empty());
    }
}
