//! One of several arrays in a file.

/// One array of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in the archive.
    pub name: String,
    /// Its index in the archive's directory.
    pub(crate) index: usize,
    /// Its size in bytes after decoding.
    pub bytes: u64,
    /// Whether it must be decoded to be viewed.
    pub compressed: bool,
}
