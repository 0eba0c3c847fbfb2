//! What Linux and macOS share.

use crate::dylib::{Error, Library};
use libloading::os::unix::{Library as UnixLibrary, RTLD_LOCAL, RTLD_NOW};
use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

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

pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// Ends this process at once: no destructor and no handler runs that measured or foreign code left behind.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no precondition.
    unsafe { libc::_exit(code) }
}

/// Returns when standard input has ended. It takes no lock: neither that of `std::io::stdin` nor another.
pub(crate) fn wait_for_end_of_input() {
    let mut bytes = [0; 64];
    loop {
        match rustix::io::read(rustix::stdio::stdin(), &mut bytes) {
            Ok(0) => return,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// `getppid`, which is always a system call.
#[inline]
pub(crate) fn parent_id() -> Option<u32> {
    // SAFETY: the call has no precondition and always succeeds.
    let parent = unsafe { libc::getppid() };
    u32::try_from(parent).ok()
}

/// Opening a pipe does not wait for its other end.
pub(crate) fn without_waiting(options: &mut OpenOptions) {
    options.custom_flags(libc::O_NONBLOCK);
}

pub(crate) fn directory_of_owner(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o700));
}

pub(crate) fn file_of_owner(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// The umask takes from it what it takes from every new file.
pub(crate) fn file_of_everyone(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o666));
}
