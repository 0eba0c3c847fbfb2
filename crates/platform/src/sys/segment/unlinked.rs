//! What is mapped where memory cannot be sealed: a file of the temporary directory that loses its name at once.

use crate::Status;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub(crate) const SEGMENT_STATUS: Status =
    Status::Degraded("it is an unlinked file in the temporary directory, which cannot be sealed");

/// A file, open for writing and once more for reading.
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
    // Written, so that the disk is known to have room: what is mapped and finds none ends in SIGBUS.
    let zeros = [0; 1 << 16];
    let mut rest = bytes;
    while rest > 0 {
        let part = rest.min(zeros.len() as u64);
        named.write_all(&zeros[..part as usize])?;
        rest -= part;
    }
    let readable = File::open(named.path())?;
    // Its name goes with `named`.
    let (writable, path) = named.into_parts();
    path.close()?;
    Ok(Backing { writable, readable })
}

/// The descriptor that could write is closed; the mapping that there is goes on.
pub(super) fn seal(backing: Backing) -> io::Result<OwnedFd> {
    Ok(backing.readable.into())
}

/// There is no way to ask: that the file stays as long as it is, its maker promises, who alone could open it for
/// writing.
pub(super) fn check_that_it_stays(_: BorrowedFd<'_>) -> io::Result<()> {
    Ok(())
}
