//! Shared libraries: how they are named, and how one is opened.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::Path;

pub use crate::sys::library::Library;
pub use libloading::Error;

/// The file name that this platform gives to the shared library `name`: `libstats.so`, `libstats.dylib`, `stats.dll`.
pub fn file_name(name: &str) -> String {
    format!("{DLL_PREFIX}{name}{DLL_SUFFIX}")
}

/// The library's name, if `file_name` is one that [`file_name`] makes on this platform.
pub fn library_name(file_name: &str) -> Option<&str> {
    let name = file_name.strip_prefix(DLL_PREFIX)?.strip_suffix(DLL_SUFFIX)?;
    (!name.is_empty()).then_some(name)
}

/// Opens the shared library at `path`, resolving every symbol that it imports now, and keeping its own symbols to itself.
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
/// - Windows: `LoadLibraryExW`, which always resolves at once; dependencies are searched beside the file.
/// - WASI: an error, always; [`Library`] is a type of which there is no value.
pub unsafe fn open(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller upholds this function's own contract, which is the one of `sys::open`.
    unsafe { crate::sys::open(path) }
}

/// Opens a shared library as [`open`] does, but leaves its functions to their first calls, which then cost more; for those who
/// measure that.
///
/// # Safety
/// As [`open`]; and a call of a function that nothing provides ends the process.
///
/// # Errors
/// As [`open`], but for imports that nothing provides.
///
/// # Platform differences
/// Elsewhere than on Unix it is [`open`].
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
    fn opening_a_file_that_is_not_there_is_an_error() {
        let path = std::env::temp_dir().join("tollgate-no-such-library");
        // SAFETY: there is no file at the path, so no constructor can run.
        let result = unsafe { open(&path) };
        assert!(result.is_err());
    }
}
