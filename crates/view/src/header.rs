//! What a file's header says, whatever its format.

use crate::error::Refusal;
use crate::{Attributes, npy, wav};
use tollgate_abi::Element;

/// What a header says, checked against the file's length.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// The format's name.
    pub(crate) format: &'static str,
    pub(crate) element: Element,
    pub(crate) shape: Vec<u64>,
    /// Where the data starts, in bytes.
    pub(crate) offset: usize,
    /// Bytes of data.
    pub(crate) bytes: usize,
    /// What it says of the data beside type and shape.
    pub(crate) attributes: Attributes,
}

/// Parses the header of a file's bytes, in the format that its first bytes tell.
pub(crate) fn parse(file: &[u8]) -> Result<Header, Refusal> {
    if npy::is(file) {
        npy::parse(file)
    } else if wav::is(file) {
        wav::parse(file)
    } else {
        Err(Refusal::Format {
            found: crate::error::hex(file),
        })
    }
}
