//! WASI, preview 1: files and clocks, and neither processes, users nor shared libraries.

pub(crate) use super::absent::*;
pub(crate) use super::plain::*;
pub(crate) use super::unguarded::*;
pub(crate) use super::without_libraries::*;
use crate::Status;
use crate::dylib::{Error, Library};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

pub(crate) const NAME: &str = "wasi";
pub(crate) const CHILD_STATUS: Status = Status::Unsupported("WASI starts no processes");
/// A page of linear memory, as WebAssembly defines it.
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;

pub(crate) fn page_size() -> usize {
    65_536
}

/// There is none.
pub(crate) fn parent_id() -> Option<u32> {
    None
}

pub(crate) fn without_waiting(_options: &mut OpenOptions) {}

pub(crate) fn directory_of_owner(_builder: &mut tempfile::Builder<'_, '_>) {}

pub(crate) fn file_of_owner(_options: &mut OpenOptions) {}

pub(crate) fn file_of_everyone(_builder: &mut tempfile::Builder<'_, '_>) {}

pub(crate) fn cache_directory() -> Option<PathBuf> {
    None
}

pub(crate) fn data_directory() -> Option<PathBuf> {
    None
}

/// # Safety
/// None: it never opens anything.
pub(crate) unsafe fn open_lazily(path: &Path) -> Result<Library, Error> {
    // SAFETY: `open` asks for nothing.
    unsafe { open(path) }
}
