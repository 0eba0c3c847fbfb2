//! Who else can change a file or a directory.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Who can change a file or a directory that should not be able to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distrust {
    /// It belongs to another user, who is neither root, nor the one that this process runs as, nor the one that the
    /// running program's file belongs to.
    Owner {
        /// The user's number.
        user: u32,
    },
    /// Everyone may write it. Of a directory this is so with the sticky bit too: others can add files.
    Everyone,
    /// A group may write it that is not this process's own.
    Group {
        /// The group's number.
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
    /// What makes it trusted, as a phrase: the command that takes the right from the others.
    pub fn cure(self) -> &'static str {
        match self {
            Distrust::Owner { .. } => "change its owner (chown)",
            Distrust::Everyone => "remove that permission (chmod o-w)",
            Distrust::Group { .. } => "remove that permission (chmod g-w)",
        }
    }
}

/// Who else can change what is in the directory at `path`; `None` where nobody can. Its own owner and mode count, and
/// not those of the directories above it.
///
/// Trusted are root, the user that this process runs as, and the owner of the running program's file, who could change
/// that as well; of groups this process's effective one, and the one that may write the running program's file.
///
/// # Errors
/// The system's own, such as that there is no such directory.
///
/// # Platform differences
/// On Unix as said; elsewhere nobody is distrusted: see the facility `trust`.
pub fn directory(path: &Path) -> io::Result<Option<Distrust>> {
    Ok(of(&std::fs::metadata(path)?))
}

/// Who else can change an open file; as [`directory`].
///
/// # Errors
/// The system's own.
pub fn file(file: &File) -> io::Result<Option<Distrust>> {
    Ok(of(&file.metadata()?))
}

fn of(metadata: &Metadata) -> Option<Distrust> {
    crate::sys::distrust(metadata)
}
