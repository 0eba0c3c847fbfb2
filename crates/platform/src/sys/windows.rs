//! Windows.

mod affinity;

pub(crate) use super::absent::*;
pub(crate) use super::plain::*;
pub(crate) use super::unguarded::*;
pub(crate) use super::unguided::*;
pub(crate) use super::unsegmented::*;
use crate::Status;
use crate::dylib::{Error, Library};
pub(crate) use affinity::{AFFINITY_STATUS, allow, allowed_cpus, cores, cores_status, current_cpu};
use libloading::os::windows::{LOAD_WITH_ALTERED_SEARCH_PATH, Library as WindowsLibrary};
use std::path::Path;
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};

pub(crate) const NAME: &str = "windows";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;
pub(crate) const DYLIB_STATUS: Status = Status::Supported;
pub(crate) const SEARCH_VARIABLE: Option<&str> = Some("PATH");
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Degraded(
    "the copy is in the user's temporary directory, has that directory's permissions, and remains until the directory \
        is cleaned",
);
pub(crate) const REMOVABLE_WHILE_OPEN: bool = false;

pub(crate) fn page_size() -> usize {
    let mut info = SYSTEM_INFO::default();
    // SAFETY: the pointer is to a live, writable SYSTEM_INFO, which is all that the call asks for.
    unsafe { GetSystemInfo(&mut info) };
    info.dwPageSize as usize
}

/// # Safety
/// As [`crate::dylib::open`].
pub(crate) unsafe fn open(path: &Path) -> Result<Library, Error> {
    // SAFETY: that the constructors may run here is the caller's to uphold.
    let library = unsafe { WindowsLibrary::load_with_flags(path, LOAD_WITH_ALTERED_SEARCH_PATH) }?;
    Ok(library.into())
}

pub(crate) fn cache_directory() -> Option<std::path::PathBuf> {
    crate::directories::named("LOCALAPPDATA")
}

pub(crate) fn data_directory() -> Option<std::path::PathBuf> {
    crate::directories::named("LOCALAPPDATA")
}
