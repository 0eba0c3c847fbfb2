//! The directory that a child has to itself.

use std::io;
use std::path::{Path, PathBuf};

/// A directory that is removed, with all that is in it, when this is dropped.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// A new one, or none where no directory for temporary files can be written to.
    pub(super) fn new() -> Option<Directory> {
        let path = crate::file::private_directory().ok()?.keep();
        Some(Directory { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a directory with all that is in it, also where its owner took the right to do so from himself.
pub(crate) fn remove(path: &Path) {
    for attempt in 0..3 {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && attempt == 0 => open_up(path),
            // The guardian may be removing it too.
            Err(_) => {}
            Ok(()) => return,
        }
    }
}

/// Nothing runs any more that could put a link in the place of a directory.
fn open_up(directory: &Path) {
    crate::sys::permit_owner(directory);
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_its_owner_closed_is_removed_all_the_same() {
        let Some(directory) = Directory::new() else { return };
        let path = directory.path().to_owned();
        let deep = path.join("closed").join("deep");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("file"), "left").unwrap();
        #[cfg(unix)]
        for closed in [&deep, &path.join("closed")] {
            let none = std::os::unix::fs::PermissionsExt::from_mode(0o0);
            std::fs::set_permissions(closed, none).unwrap();
        }
        drop(directory);
        assert!(!path.exists());
    }
}
