//! Files: opened without waiting, and kept from others' hands.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use tempfile::{NamedTempFile, TempDir};

/// Opens the regular file at `path` for reading. What is no regular file (a directory, a pipe, a device) is refused, and
/// does not make the caller wait, as opening a pipe that nobody writes to would.
///
/// # Errors
/// The system's own, or that it is not a regular file.
///
/// # Platform differences
/// Elsewhere than on Unix a file that becomes a pipe between a look at it and its opening is waited for.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let not_regular = || io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
    // Before it is opened, for platforms that cannot open without waiting; and after, for it may have become another.
    if !std::fs::metadata(path)?.is_file() {
        return Err(not_regular());
    }
    let mut options = OpenOptions::new();
    options.read(true);
    crate::sys::without_waiting(&mut options);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(not_regular());
    }
    Ok(file)
}

/// Makes a new directory with a name that nobody else has, in the system's directory for temporary files; it is removed
/// when it is dropped.
///
/// # Errors
/// The system's own.
///
/// # Platform differences
/// On Unix only its owner may enter it (mode 0700, whatever the umask); elsewhere it has what its parent gives it.
pub fn private_directory() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("tollgate-");
    crate::sys::directory_of_owner(&mut builder);
    builder.tempdir()
}

/// Writes a new file that only its owner may read and write; a file that is there already is an error.
///
/// # Errors
/// The system's own.
///
/// # Platform differences
/// On Unix its mode is 0600; elsewhere it has what its directory gives it.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    crate::sys::file_of_owner(&mut options);
    options.open(path)?.write_all(bytes)
}

/// Makes a temporary file in `directory` that will be renamed to become an ordinary one: others may read it as far as the
/// umask says.
///
/// # Errors
/// The system's own.
pub fn replacement_in(directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tollgate-");
    crate::sys::file_of_everyone(&mut builder);
    builder.tempfile_in(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_written_once_and_read_back() {
        let directory = private_directory().unwrap();
        let path = directory.path().join("x");
        write_private(&path, b"seven").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"seven");
        assert_eq!(
            write_private(&path, b"again").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert!(open_regular(&path).is_ok());
    }

    #[test]
    fn a_directory_is_not_a_regular_file() {
        let directory = private_directory().unwrap();
        assert!(open_regular(directory.path()).is_err());
    }
}
