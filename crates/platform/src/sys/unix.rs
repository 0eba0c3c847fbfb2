//! What Linux and macOS share.

use crate::dylib::{Error, Library};
use libloading::os::unix::{Library as UnixLibrary, RTLD_LOCAL, RTLD_NOW};
use std::path::Path;

pub(crate) const REMOVABLE_WHILE_OPEN: bool = true;

pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// # Safety
/// As [`crate::dylib::open`].
pub(crate) unsafe fn open(path: &Path) -> Result<Library, Error> {
    // SAFETY: that the constructors may run here is the caller's to uphold.
    let library = unsafe { UnixLibrary::open(Some(path), RTLD_NOW | RTLD_LOCAL) }?;
    Ok(library.into())
}
