//! One array of several in a file.

/// One array of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, as the archive has it.
    pub name: String,
    /// Its place in the archive's directory.
    pub(crate) index: usize,
    /// Its bytes, once they are decoded.
    pub bytes: u64,
    /// Whether it must be decoded to be viewed.
    pub compressed: bool,
}
