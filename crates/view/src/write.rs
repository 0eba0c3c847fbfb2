//! Writes a file atomically: it appears whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use tollgate_platform::file;

/// A file that is written beside its destination, and renamed when it is finished.
pub(crate) struct Replacement {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl Replacement {
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        // Follow a link, so that its target is replaced and not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        // Check the directory first, because an error of the temporary file would name that file.
        std::fs::metadata(directory)?;
        let file = file::replacement_in(directory)?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
        })
    }

    /// Renames the file to its destination, and replaces the previous file.
    pub(crate) fn finish(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
