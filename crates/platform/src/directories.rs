//! Where this platform keeps a user's files.

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
