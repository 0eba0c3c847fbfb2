//! Shared libraries: how they are named, where the system looks for them, and how one is opened.

use crate::Status;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};

pub use crate::sys::library::Library;
pub use libloading::Error;

/// What [`Library`] is on platforms without shared libraries: documented everywhere, and there alone compiled.
#[cfg(doc)]
pub mod without_libraries {
    pub use crate::sys::without_libraries::{Library, Symbol};
}

/// Whether this platform has shared libraries.
pub const STATUS: Status = crate::sys::DYLIB_STATUS;

/// The file name that this platform gives to the shared library `name`: `libstats.so`, `libstats.dylib`, `stats.dll`.
pub fn file_name(name: &str) -> String {
    format!("{DLL_PREFIX}{name}{DLL_SUFFIX}")
}

/// The library's name, if `file_name` is one that [`file_name`] makes on this platform.
pub fn library_name(file_name: &str) -> Option<&str> {
    let name = file_name.strip_prefix(DLL_PREFIX)?.strip_suffix(DLL_SUFFIX)?;
    (!name.is_empty()).then_some(name)
}

/// The environment variable whose directories the system's loader searches for a library that is named without a
/// directory, as one that a plugin is linked with is.
///
/// # Platform differences
/// - Linux, the BSDs: `LD_LIBRARY_PATH`. Before it come the directories that the library itself names (`DT_RPATH`),
///   after it
///   `DT_RUNPATH`, the loader's cache and the system's own directories.
/// - macOS: `DYLD_LIBRARY_PATH`, which the system removes from the environment of programs that it protects.
/// - Windows: `PATH`. Before it come the directory of the library that [`open`] was given, the system's own, and the
///   working directory.
/// - Elsewhere: `None`; [`facilities`](crate::facilities) says so under `dylib-search`.
pub const SEARCH_VARIABLE: Option<&str> = crate::sys::SEARCH_VARIABLE;

/// The directories that [`SEARCH_VARIABLE`] names now, in order. The loader of Linux
/// and of the BSDs looks at the variable once, when the program starts.
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

/// Opens the shared library at `path`, resolving every symbol that it imports now, and keeping its own symbols to
/// itself.
///
/// # Safety
/// Opening runs the library's constructors. The caller answers for their being sound to run in this process, now, on
/// this thread; and for nobody changing the file while it is mapped.
///
/// # Errors
/// The system's loader refused the file; its message is in the error.
///
/// # Platform differences
/// - Unix: `dlopen` with `RTLD_NOW | RTLD_LOCAL`: an import that nothing provides fails here and not at its first call.
/// - Windows: `LoadLibraryExW`, which always resolves at once; dependencies are searched beside the file. The path must
///   be absolute: what Windows does with another one is not defined.
/// - The portable back end: libloading's usual way, which on Unix leaves functions to their first calls.
/// - WASI: an error, always; [`Library`] is a type of which there is no value.
pub unsafe fn open(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller upholds this function's own contract, which is the one of `sys::open`.
    unsafe { crate::sys::open(path) }
}

/// Opens a shared library as [`open`] does, but leaves its functions to their first calls, which then cost more; for
/// those who measure that.
///
/// # Safety
/// As [`open`]; and a call of a function that nothing provides ends the process.
///
/// # Errors
/// As [`open`], but for imports that nothing provides.
///
/// # Platform differences
/// Elsewhere than on Unix, and with the portable back end, it is [`open`].
pub unsafe fn open_lazily(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller upholds this function's own contract, which is the one of `sys::open_lazily`.
    unsafe { crate::sys::open_lazily(path) }
}

/// Whether a file may be removed while it is open as a library and the library goes on working.
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
    fn directories_are_searched_where_there_is_a_variable_that_names_them() {
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
    fn opening_a_file_that_is_not_there_is_an_error() {
        let path = Path::new("no-such-directory").join(file_name("no-such-library"));
        // SAFETY: there is no file at the path, so no constructor can run.
        let result = unsafe { open(&path) };
        assert!(result.is_err());
    }
}
