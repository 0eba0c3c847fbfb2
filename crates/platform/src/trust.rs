//! Who else can change a file or a directory.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Who can change a file or a directory, but should not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distrust {
    /// It is owned by another user, who is neither root, nor this process's user, nor the owner of the running
    /// program's file.
    Owner {
        /// The user's id.
        user: u32,
    },
    /// Everyone can write it. For a directory this includes the sticky bit: others can add files.
    Everyone,
    /// A group other than this process's own can write it.
    Group {
        /// The group's id.
        group: u32,
    },
}

/// A phrase to follow the file's name: `can be written by everyone`.
impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distrust::Owner { user } => write!(f, "is owned by user {user}"),
            Distrust::Everyone => f.write_str("can be written by everyone"),
            Distrust::Group { group } => write!(f, "can be written by group {group}"),
        }
    }
}

impl Distrust {
    /// How to make it trusted, as a phrase: the command that removes the permission.
    pub fn cure(self) -> &'static str {
        match self {
            Distrust::Owner { .. } => "change its owner (chown)",
            Distrust::Everyone => "remove that permission (chmod o-w)",
            Distrust::Group { .. } => "remove that permission (chmod g-w)",
        }
    }
}

/// Who else can change the content of the directory at `path`; `None` if nobody can. Only its own owner and mode are
/// checked, not those of its parent directories.
///
/// Trusted users are root, this process's user, and the owner of the running program's file, who could change the
/// program as well. Trusted groups are this process's effective group, and the group that can write the running
/// program's file.
///
/// # Errors
/// The system's error, for example that the directory does not exist.
///
/// # Platform differences
/// On Unix as described. On other systems nothing is distrusted: see the facility `trust`.
pub fn directory(path: &Path) -> io::Result<Option<Distrust>> {
    Ok(of(&std::fs::metadata(path)?))
}

/// Who else can change an open file. As [`directory`].
///
/// # Errors
/// The system's error.
pub fn file(file: &File) -> io::Result<Option<Distrust>> {
    Ok(of(&file.metadata()?))
}

fn of(metadata: &Metadata) -> Option<Distrust> {
    crate::sys::distrust(metadata)
}
