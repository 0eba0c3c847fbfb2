//! Where this platform keeps a user's files.

use std::ffi::OsStr;
use std::path::PathBuf;

/// The user's directory for what programs may lose, or `None` where the platform or the environment names none.
///
/// # Platform differences
/// - macOS: `~/Library/Caches`.
/// - Windows: `%LOCALAPPDATA%`.
/// - Elsewhere: `$XDG_CACHE_HOME`, or `~/.cache`.
pub fn cache() -> Option<PathBuf> {
    crate::sys::cache_directory()
}

/// The user's directory for programs' data, or `None` where the platform or the environment names none.
///
/// # Platform differences
/// - macOS: `~/Library/Application Support`.
/// - Windows: `%LOCALAPPDATA%`.
/// - Elsewhere: `$XDG_DATA_HOME`, or `~/.local/share`.
pub fn data() -> Option<PathBuf> {
    crate::sys::data_directory()
}

/// The directories that the value of a variable such as `PATH` lists, empty ones left out.
///
/// # Platform differences
/// They are separated as std has it: by `;` on Windows, by `:` elsewhere. On WASI, where std cannot, by `:` too, and
/// one whose name is no UTF-8 is left out.
pub fn listed(value: &OsStr) -> Vec<PathBuf> {
    let mut listed = crate::sys::split_paths(value);
    listed.retain(|path| !path.as_os_str().is_empty());
    listed
}

/// The directory that an environment variable names. One that is not absolute is none: it would be another one in each
/// working directory.
pub(crate) fn named(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    path.is_absolute().then_some(path)
}

/// Directories in which a private copy may be made, the usual one first.
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
    fn what_a_variable_lists_is_taken_apart_as_the_platform_separates_it() {
        let separator = if cfg!(windows) { ";" } else { ":" };
        let value = ["", "plugins", "", "../more plugins"].join(separator);
        let listed = listed(OsStr::new(&value));
        assert_eq!(listed, [PathBuf::from("plugins"), PathBuf::from("../more plugins")]);
        assert!(super::listed(OsStr::new("")).is_empty());
    }
}
