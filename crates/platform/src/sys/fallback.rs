//! Any platform, through `std` alone.

pub(crate) use super::absent::*;
pub(crate) use super::plain::*;
pub(crate) use super::unguarded::*;
use crate::Status;
use crate::dylib::{Error, Library};
use std::fs::OpenOptions;
use std::path::Path;

pub(crate) const NAME: &str = "fallback";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Degraded("the portable back end cannot ask for it and takes 4096");

pub(crate) fn page_size() -> usize {
    4096
}

cfg_if::cfg_if! {
    if #[cfg(any(unix, windows))] {
        pub(crate) const DYLIB_STATUS: Status =
            Status::Degraded("the portable back end leaves it to the system when imports are resolved");
        pub(crate) const PRIVATE_COPY_STATUS: Status =
            Status::Degraded("the portable back end takes the temporary directory's permissions as they are, and leaves the copy there");
        pub(crate) const REMOVABLE_WHILE_OPEN: bool = false;

        /// # Safety
        /// As [`crate::dylib::open`].
        pub(crate) unsafe fn open(path: &Path) -> Result<Library, Error> {
            // SAFETY: that the constructors may run here is the caller's to uphold.
            unsafe { Library::new(path) }
        }
    } else {
        pub(crate) use super::without_libraries::*;
    }
}

/// There is none that the system does next to nothing for.
pub(crate) fn parent_id() -> Option<u32> {
    None
}

pub(crate) fn without_waiting(_options: &mut OpenOptions) {}

pub(crate) fn directory_of_owner(_builder: &mut tempfile::Builder<'_, '_>) {}

pub(crate) fn file_of_owner(_options: &mut OpenOptions) {}

pub(crate) fn file_of_everyone(_builder: &mut tempfile::Builder<'_, '_>) {}

pub(crate) fn cache_directory() -> Option<std::path::PathBuf> {
    crate::directories::named("XDG_CACHE_HOME")
}

pub(crate) fn data_directory() -> Option<std::path::PathBuf> {
    crate::directories::named("XDG_DATA_HOME")
}

/// # Safety
/// As [`crate::dylib::open`].
pub(crate) unsafe fn open_lazily(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller's contract is the one of `open`.
    unsafe { open(path) }
}
