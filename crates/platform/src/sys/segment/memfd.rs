//! Segments on Linux: a `memfd`, which is not in any directory and can be sealed.

use crate::Status;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, ftruncate, memfd_create};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

pub(crate) const SEGMENT_STATUS: Status = Status::Supported;

pub(super) fn make(bytes: u64) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Kernels before 6.3 do not support this flag, and later ones warn if it is missing.
    let backing = match memfd_create("tollgate", flags | MemfdFlags::NOEXEC_SEAL) {
        Err(rustix::io::Errno::INVAL) => memfd_create("tollgate", flags)?,
        made => made?,
    };
    ftruncate(&backing, bytes)?;
    Ok(backing)
}

/// From now on its size cannot be changed, and its bytes only through existing mappings.
pub(super) fn seal(backing: OwnedFd) -> io::Result<OwnedFd> {
    let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::FUTURE_WRITE | SealFlags::SEAL;
    match fcntl_add_seals(&backing, seals) {
        Ok(()) => Ok(backing),
        Err(rustix::io::Errno::INVAL) => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this kernel cannot seal shared memory against writing (Linux 5.1 or later is needed)",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Refuses a descriptor whose memory can be truncated: reading past its new end would be SIGBUS.
pub(super) fn check_that_it_stays(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    match fcntl_get_seals(descriptor) {
        Ok(seals) if seals.contains(SealFlags::SHRINK) => Ok(()),
        Ok(_) | Err(rustix::io::Errno::INVAL) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the descriptor is not sealed memory: another process could truncate it while it is read",
        )),
        Err(error) => Err(error.into()),
    }
}
