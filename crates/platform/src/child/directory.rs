//! The child's own directory.

use std::io;
use std::path::{Path, PathBuf};

/// A directory that is removed with its content when this is dropped.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// A new directory, or none if no directory for temporary files is writable.
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

/// Removes a directory with its content, even if its owner removed his own permissions.
pub(crate) fn remove(path: &Path) {
    for attempt in 0..3 {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && attempt == 0 => open_up(path),
            // The guardian may be removing it at the same time.
            Err(_) => {}
            Ok(()) => return,
        }
    }
}

/// No process is running any longer that could replace a directory with a link.
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
    fn a_directory_without_owner_permissions_is_removed() {
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
