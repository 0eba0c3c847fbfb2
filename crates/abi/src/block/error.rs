//! Why bytes are no block.

use super::MAX_RANK;
use crate::Element;
use core::fmt;

/// Why bytes are not the block that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockError {
    /// There are more axes than [`MAX_RANK`].
    Rank {
        /// The number of axes.
        rank: usize,
    },
    /// The shape's product, in bytes, does not fit in the address space.
    Shape,
    /// The shape needs another number of bytes than there are.
    Size {
        /// Bytes that element type and shape need.
        needed: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The data's address is not a multiple of the element's alignment.
    Alignment {
        /// The element type.
        element: Element,
        /// Its alignment in bytes.
        needed: usize,
        /// How far the address lies past a multiple of it, in bytes.
        off_by: usize,
    },
    /// An element would lie outside the data, or the number of strides is not the number of axes.
    Strides,
    /// The elements are of another type.
    Element {
        /// The element type that was asked for.
        needed: Element,
        /// The block's element type.
        found: Element,
    },
    /// The structure is shorter than that of the contract's first version.
    Structure {
        /// Its bytes in that version.
        needed: usize,
        /// The bytes that it says it has.
        found: usize,
    },
    /// A pointer is null where it may not be.
    Null {
        /// Which one.
        pointer: &'static str,
    },
    /// A pointer is not a multiple of the alignment of what it points to.
    Misaligned {
        /// Which one.
        pointer: &'static str,
    },
    /// The elements do not lie one after the other, with the last axis varying fastest.
    Layout,
    /// A truth value is neither 0 nor 1.
    Truth {
        /// Which element, in C order.
        index: u64,
        /// Its byte.
        found: u8,
    },
    /// Truth values lie upon each other, are more than the bytes that they lie in, and not each of these bytes is 0 or
    /// 1.
    Overlap,
    /// A list of texts is not UTF-8.
    Text {
        /// The first byte that is none.
        at: u64,
    },
    /// The last text of a list does not end with a NUL.
    Unterminated,
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Rank { rank } => write!(f, "the shape has {rank} axes; a block has at most {MAX_RANK}"),
            Self::Shape => f.write_str("the shape's product does not fit in memory"),
            Self::Size { needed, found } => write!(f, "element type and shape need {needed} bytes; there are {found}"),
            Self::Alignment { element, needed, off_by } => {
                write!(f, "{element} needs {needed}-byte alignment and the data is off by {off_by}: copy it into an aligned buffer")
            }
            Self::Strides => f.write_str("the strides reach outside the data, or are not one for each axis"),
            Self::Element { needed, found } => write!(f, "the block holds {found}, and {needed} was asked for"),
            Self::Structure { needed, found } => {
                write!(f, "the structure of the block has {found} bytes, and at least {needed} are needed")
            }
            Self::Null { pointer } => write!(f, "the pointer `{pointer}` of the block is NULL"),
            Self::Misaligned { pointer } => write!(f, "the pointer `{pointer}` of the block is misaligned"),
            Self::Layout => f.write_str(
                "the elements do not lie one after the other with the last axis varying fastest: copy the block into C order first",
            ),
            Self::Truth { index, found } => write!(f, "element {index} (bool) is {found:02x}: a bool is 00 or 01"),
            Self::Overlap => f.write_str("its truth values overlap, and are more than can be checked"),
            Self::Text { at } => write!(f, "its text is not UTF-8 at byte {at}"),
            Self::Unterminated => f.write_str("its last text does not end with a NUL"),
        }
    }
}

impl core::error::Error for BlockError {}
