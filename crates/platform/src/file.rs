//! Files: opened without waiting, and kept from others' hands.

use crate::Status;
use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir};

/// Whether files can be mapped into memory here, by a crate such as memmap2.
pub const MAP_STATUS: Status = crate::sys::MAP_STATUS;

/// Opens the regular file at `path` for reading. What is no regular file (a directory, a pipe, a device) is refused,
/// and does not make the caller wait, as opening a pipe that nobody writes to would.
///
/// # Errors
/// The system's own, or that it is not a regular file.
///
/// # Platform differences
/// Elsewhere than on Unix a file that becomes a pipe between a look at it and its opening is waited for.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_regular_with_metadata(path).map(|(file, _)| file)
}

/// As [`open_regular`], with what the system says of the file once it is open, its size among it.
///
/// # Errors
/// As for [`open_regular`].
pub fn open_regular_with_metadata(path: &Path) -> io::Result<(File, Metadata)> {
    let not_regular = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
    let mut options = OpenOptions::new();
    options.read(true);
    // Where opening may wait, a look before; and in any case one after, for it may have become another.
    if !crate::sys::without_waiting(&mut options) && !std::fs::metadata(path)?.is_file() {
        return Err(not_regular());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(not_regular());
    }
    Ok((file, metadata))
}

/// No directory would do for a private copy: each that was tried, and why it would not.
#[derive(Debug)]
pub struct NoPlace {
    /// The directories, in the order in which they were tried.
    pub tried: Vec<(PathBuf, io::Error)>,
}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (directory, problem)) in self.tried.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {problem}", directory.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for NoPlace {}

/// Makes a new directory with a name that nobody else has, whose files may be loaded as code; it is removed when it is
/// dropped. It lies in the first directory that will do: the system's for temporary files, others of that kind, the
/// user's cache.
///
/// # Errors
/// [`NoPlace`], where none will do.
///
/// # Platform differences
/// On Unix only its owner may enter it (mode 0700, whatever the umask); elsewhere it has what its parent gives it. That
/// a file system is mounted noexec is seen on Linux alone.
pub fn private_directory() -> Result<TempDir, NoPlace> {
    private_directory_in(&crate::directories::temporary())
}

/// As [`private_directory`], in the first of `candidates` that will do.
///
/// # Errors
/// As [`private_directory`].
pub fn private_directory_in(candidates: &[PathBuf]) -> Result<TempDir, NoPlace> {
    let mut tried = Vec::new();
    for candidate in candidates {
        let made = crate::sys::may_execute(candidate).and_then(|may| {
            if !may {
                let problem = "its file system is mounted noexec, so code cannot be loaded from it";
                return Err(io::Error::other(problem));
            }
            let mut builder = tempfile::Builder::new();
            builder.prefix("tollgate-");
            crate::sys::directory_of_owner(&mut builder);
            builder.tempdir_in(candidate)
        });
        match made {
            Ok(directory) => return Ok(directory),
            Err(problem) => tried.push((candidate.clone(), problem)),
        }
    }
    Err(NoPlace { tried })
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

/// Makes the directory, with those above it, where it is not there.
///
/// # Errors
/// The system's own.
///
/// # Platform differences
/// On Unix only its owner may enter what is made (mode 0700); elsewhere it has what its parent gives it.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    crate::sys::new_directory_of_owner(&mut builder);
    builder.recursive(true).create(path)
}

/// Makes a temporary file in `directory` that will be renamed to become one that only its owner may read and write.
///
/// # Errors
/// The system's own.
///
/// # Platform differences
/// As [`write_private`].
pub fn private_replacement_in(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".tollgate-").tempfile_in(directory)
}

/// Makes a temporary file in `directory` that will be renamed to become an ordinary one: others may read it as far as
/// the umask says.
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
    fn a_private_directory_lies_where_one_can_be_made_and_the_error_names_all_that_were_tried() {
        let directory = private_directory().unwrap();
        let missing = directory.path().join("missing");
        let found = private_directory_in(&[missing.clone(), directory.path().to_owned()]).unwrap();
        assert!(found.path().starts_with(directory.path()));
        let error = private_directory_in(&[missing.clone(), missing.join("x")]).unwrap_err();
        assert_eq!(error.tried.len(), 2);
        assert!(
            error.to_string().starts_with(&format!("{}: ", missing.display())),
            "{error}"
        );
    }

    #[test]
    fn a_directory_is_not_a_regular_file() {
        let directory = private_directory().unwrap();
        assert!(open_regular(directory.path()).is_err());
    }
}
