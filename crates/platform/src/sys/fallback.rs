//! Any platform, through `std` alone.

pub(crate) use super::absent::*;
pub(crate) use super::plain::*;
pub(crate) use super::unguarded::*;
pub(crate) use super::unguided::*;
pub(crate) use super::unplaced::*;
pub(crate) use super::unsegmented::*;
pub(crate) use super::xdg::*;
use crate::Status;
use crate::dylib::{Error, Library};
use std::path::Path;

pub(crate) const NAME: &str = "fallback";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Degraded("the portable back end cannot read it and assumes 4096");

pub(crate) fn page_size() -> usize {
    4096
}

cfg_if::cfg_if! {
    if #[cfg(any(unix, windows))] {
        pub(crate) const DYLIB_STATUS: Status =
            Status::Degraded("the portable back end leaves the search to the system");
        pub(crate) const PRIVATE_COPY_STATUS: Status =
            Status::Degraded("in the portable back end the copy has the permissions of the temporary directory, and \
                is not removed");
        pub(crate) const SEARCH_VARIABLE: Option<&str> = None;
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
