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

/// Bytes that a shape takes, or `None` where they do not fit in memory.
pub(crate) fn bytes_of(element: Element, shape: &[u64]) -> Option<u64> {
    shape
        .iter()
        .try_fold(element.bytes() as u64, |bytes, count| bytes.checked_mul(*count))
        .filter(|bytes| *bytes <= isize::MAX as u64)
}
