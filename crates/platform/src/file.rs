//! Files: opened without blocking, and protected from other users.

use crate::Status;
use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir};

/// Whether files can be memory mapped here, by a crate such as memmap2.
pub const MAP_STATUS: Status = crate::sys::MAP_STATUS;

/// Opens the regular file at `path` for reading. Anything else (a directory, a pipe, a device) is refused without
/// blocking, while opening a pipe without a writer would block.
///
/// # Errors
/// The system's error, or that it is not a regular file.
///
/// # Platform differences
/// On systems other than Unix, opening blocks if a file becomes a pipe between the check and the open.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_regular_with_metadata(path).map(|(file, _)| file)
}

/// Like [`open_regular`], with the metadata of the open file, such as its size.
///
/// # Errors
/// As for [`open_regular`].
pub fn open_regular_with_metadata(path: &Path) -> io::Result<(File, Metadata)> {
    let not_regular = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
    let mut options = OpenOptions::new();
    options.read(true);
    // If opening can block, check the path first. In any case check the open file, because the path may have been
    // replaced.
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

/// No directory is usable for a private copy: each directory that was tried, and why it failed.
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

/// Creates a new directory with a unique name, from which code can be loaded. It is removed when it is dropped. It is
/// in the first usable directory: the system's directory for temporary files, other such directories, the user's cache
/// directory.
///
/// # Errors
/// [`NoPlace`], if no directory is usable.
///
/// # Platform differences
/// On Unix only its owner can enter it (mode 0700, whatever the umask); on other systems it inherits the parent's
/// permissions. Only Linux detects a file system that is mounted noexec.
pub fn private_directory() -> Result<TempDir, NoPlace> {
    private_directory_in(&crate::directories::temporary())
}

/// Like [`private_directory`], in the first usable directory of `candidates`.
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

/// Writes a new file that only its owner can read and write. It is an error if the file already exists.
///
/// # Errors
/// The system's error.
///
/// # Platform differences
/// On Unix its mode is 0600; on other systems it inherits the directory's permissions.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    crate::sys::file_of_owner(&mut options);
    options.open(path)?.write_all(bytes)
}

/// Creates the directory and its parents, if they do not exist.
///
/// # Errors
/// The system's error.
///
/// # Platform differences
/// On Unix only its owner can enter a created directory (mode 0700); on other systems it inherits the parent's
/// permissions.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    crate::sys::new_directory_of_owner(&mut builder);
    builder.recursive(true).create(path)
}

/// Creates a temporary file in `directory`, to be renamed to a file that only its owner can read and write.
///
/// # Errors
/// The system's error.
///
/// # Platform differences
/// As [`write_private`].
pub fn private_replacement_in(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".tollgate-").tempfile_in(directory)
}

/// Creates a temporary file in `directory`, to be renamed to an ordinary file: others can read it if the umask allows
/// it.
///
/// # Errors
/// The system's error.
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
    fn a_private_directory_is_created_in_the_first_usable_place_and_the_error_names_all_places() {
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
