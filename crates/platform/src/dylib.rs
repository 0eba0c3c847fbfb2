//! Shared libraries: their names, the system's search path, and how to open one.

use crate::Status;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};

pub use crate::sys::library::Library;
pub use libloading::Error;

/// [`Library`] on platforms without shared libraries. It is documented everywhere, but only compiled there.
#[cfg(doc)]
pub mod without_libraries {
    pub use crate::sys::without_libraries::{Library, Symbol};
}

/// Whether this platform supports shared libraries.
pub const STATUS: Status = crate::sys::DYLIB_STATUS;

/// The platform's file name of the shared library `name`: `libstats.so`, `libstats.dylib`, `stats.dll`.
pub fn file_name(name: &str) -> String {
    format!("{DLL_PREFIX}{name}{DLL_SUFFIX}")
}

/// The library's name, if `file_name` has the form of [`file_name`] on this platform.
pub fn library_name(file_name: &str) -> Option<&str> {
    let name = file_name.strip_prefix(DLL_PREFIX)?.strip_suffix(DLL_SUFFIX)?;
    (!name.is_empty()).then_some(name)
}

/// The environment variable with the directories that the system's loader searches for a library without a directory in
/// its name, such as the dependencies of a plugin.
///
/// # Platform differences
/// - Linux, the BSDs: `LD_LIBRARY_PATH`. The directories in the library itself (`DT_RPATH`) come before it;
///   `DT_RUNPATH`, the loader's cache and the system's own directories come after it.
/// - macOS: `DYLD_LIBRARY_PATH`, which the system removes from the environment of protected programs.
/// - Windows: `PATH`. The directory of the library that [`open`] was given, the system's own, and the working directory
///   come before it.
/// - Other systems: `None`; [`facilities`](crate::facilities) says so under `dylib-search`.
pub const SEARCH_VARIABLE: Option<&str> = crate::sys::SEARCH_VARIABLE;

/// The directories that [`SEARCH_VARIABLE`] contains now, in order. The loader of Linux and of the BSDs reads the
/// variable once, when the program starts.
pub fn search_directories() -> Vec<PathBuf> {
    let value = SEARCH_VARIABLE.and_then(std::env::var_os);
    value.map_or_else(Vec::new, |value| crate::directories::listed(&value))
}

pub(crate) fn search_status() -> Status {
    match (SEARCH_VARIABLE, STATUS) {
        (_, Status::Unsupported(reason)) => Status::Unsupported(reason),
        (Some(_), _) => Status::Supported,
        (None, _) => Status::Unsupported("the portable back end does not know the system's search directories"),
    }
}

/// Opens the shared library at `path`, resolves all its imports now, and keeps its symbols local.
///
/// # Safety
/// Opening runs the library's constructors. The caller guarantees that they are sound to run in this process, now, on
/// this thread, and that nobody changes the file while it is mapped.
///
/// # Errors
/// The system's loader refused the file; the error contains its message.
///
/// # Platform differences
/// - Unix: `dlopen` with `RTLD_NOW | RTLD_LOCAL`: an undefined symbol is an error here, and not at its first call.
/// - Windows: `LoadLibraryExW`, which always resolves immediately; dependencies are searched beside the file. The path
///   must be absolute, because Windows does not define the behaviour for other paths.
/// - The portable back end: libloading's default, which on Unix resolves functions at their first call.
/// - WASI: always an error; [`Library`] is a type without values.
pub unsafe fn open(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller upholds this function's own contract, which is that of `sys::open`.
    unsafe { crate::sys::open(path) }
}

/// Opens a shared library like [`open`], but resolves its functions at their first call, which then costs more; for
/// measurements of this.
///
/// # Safety
/// As [`open`]; in addition, a call of an undefined function ends the process.
///
/// # Errors
/// As [`open`], but not for undefined functions.
///
/// # Platform differences
/// On systems other than Unix, and with the portable back end, this is [`open`].
pub unsafe fn open_lazily(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller upholds this function's own contract, which is that of `sys::open_lazily`.
    unsafe { crate::sys::open_lazily(path) }
}

/// Whether the file of an open library can be removed while the library keeps working.
pub const REMOVABLE_WHILE_OPEN: bool = crate::sys::REMOVABLE_WHILE_OPEN;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_name_undoes_file_name_and_nothing_else() {
        assert_eq!(library_name(&file_name("stats")), Some("stats"));
        assert_eq!(library_name("stats.txt"), None);
        assert_eq!(library_name(&file_name("")), None);
    }

    #[test]
    fn directories_are_searched_if_the_platform_has_a_search_variable() {
        let directories = search_directories();
        match SEARCH_VARIABLE {
            // Windows cannot do without.
            Some("PATH") => assert!(
                directories.iter().any(|directory| directory.is_dir()),
                "{directories:?}"
            ),
            Some(variable) => assert_eq!(
                directories.is_empty(),
                std::env::var_os(variable).is_none_or(|value| value.is_empty())
            ),
            None => assert!(directories.is_empty() && search_status().reason().is_some()),
        }
    }

    #[test]
    fn opening_a_missing_file_is_an_error() {
        let path = Path::new("no-such-directory").join(file_name("no-such-library"));
        // SAFETY: there is no file at the path, so no constructor can run.
        let result = unsafe { open(&path) };
        assert!(result.is_err());
    }
}
