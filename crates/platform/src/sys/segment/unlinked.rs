//! Segments on systems that cannot seal memory: a file in the temporary directory that is unlinked immediately.

use crate::Status;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub(crate) const SEGMENT_STATUS: Status =
    Status::Degraded("it is an unlinked file in the temporary directory, which cannot be sealed");

/// A file, opened for writing and again for reading.
pub(super) struct Backing {
    writable: File,
    readable: File,
}

impl AsFd for Backing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.writable.as_fd()
    }
}

pub(super) fn make(bytes: u64) -> io::Result<Backing> {
    let mut named = tempfile::NamedTempFile::new()?;
    // Write the zeros, so that the disk space is allocated: a mapping without it would end in SIGBUS.
    let zeros = [0; 1 << 16];
    let mut rest = bytes;
    while rest > 0 {
        let part = rest.min(zeros.len() as u64);
        named.write_all(&zeros[..part as usize])?;
        rest -= part;
    }
    let readable = File::open(named.path())?;
    // Dropping `named` unlinks it.
    let (writable, path) = named.into_parts();
    path.close()?;
    Ok(Backing { writable, readable })
}

/// The writable descriptor is closed; the existing mapping remains.
pub(super) fn seal(backing: Backing) -> io::Result<OwnedFd> {
    Ok(backing.readable.into())
}

/// It cannot be checked. The creator, who alone could open the file for writing, promises that its size does not
/// change.
pub(super) fn check_that_it_stays(_: BorrowedFd<'_>) -> io::Result<()> {
    Ok(())
}
