//! The directories that plugins are searched for in.

use crate::error::Error;
use std::path::{Path, PathBuf};
use tollgate_platform::{directories, trust};

/// The environment variable with more directories to search, separated as in `PATH`.
const PLUGIN_PATH_VARIABLE: &str = "TOLLGATE_PLUGIN_PATH";

/// The directories in `TOLLGATE_PLUGIN_PATH`.
pub(crate) fn from_environment() -> Vec<PathBuf> {
    let variable = std::env::var_os(PLUGIN_PATH_VARIABLE).unwrap_or_default();
    directories::listed(&variable)
}

/// The directories of an installed program: its own, `../lib/tollgate` if that is named `bin`, and the user's data
/// directory.
pub(crate) fn of_program() -> Vec<PathBuf> {
    let program = std::env::current_exe().ok();
    let mut paths: Vec<PathBuf> = program.as_deref().map(beside).unwrap_or_default();
    paths.extend(directories::data().map(|data| data.join("tollgate").join("plugins")));
    paths
}

fn beside(program: &Path) -> Vec<PathBuf> {
    let Some(directory) = program.parent() else {
        return Vec::new();
    };
    let mut paths = vec![directory.to_owned()];
    if directory.file_name().is_some_and(|name| name == "bin")
        && let Some(prefix) = directory.parent()
    {
        paths.push(prefix.join("lib").join("tollgate"));
    }
    paths
}

/// Whether a directory may be searched for plugins. One that does not exist is not searched.
pub(crate) fn may_search(directory: &Path, allow_writable: bool) -> Result<bool, Error> {
    match trust::directory(directory) {
        Ok(Some(distrust)) if !allow_writable => Err(Error::UntrustedDirectory {
            directory: directory.to_owned(),
            distrust,
        }),
        Ok(_) => Ok(true),
        // Reading it would fail too, and find nothing.
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_in_bin_searches_lib_too() {
        assert_eq!(
            beside(Path::new("/opt/t/bin/tollgate")),
            [Path::new("/opt/t/bin"), Path::new("/opt/t/lib/tollgate")]
        );
        assert_eq!(
            beside(Path::new("/opt/t/release/tollgate")),
            [Path::new("/opt/t/release")]
        );
    }
}
