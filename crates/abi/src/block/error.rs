//! Why bytes are not a valid block.

use super::MAX_RANK;
use crate::Element;
use core::fmt;

/// The reason why bytes are not a valid block, or not the requested one.
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
    /// The shape needs another number of bytes than are available.
    Size {
        /// Bytes that the element type and the shape need.
        needed: u64,
        /// Bytes that are available.
        found: u64,
    },
    /// The data's address is not a multiple of the element's alignment.
    Alignment {
        /// The element type.
        element: Element,
        /// Its alignment in bytes.
        needed: usize,
        /// The difference of the address to the multiple below it, in bytes.
        off_by: usize,
    },
    /// An element would be outside the data, or the number of strides is not the number of axes.
    Strides,
    /// The block has another element type.
    Element {
        /// The requested element type.
        needed: Element,
        /// The block's element type.
        found: Element,
    },
    /// The structure is shorter than that of the contract's first version.
    Structure {
        /// Its bytes in that version.
        needed: usize,
        /// The value of its `size`.
        found: usize,
    },
    /// A pointer is null that must not be.
    Null {
        /// The name of the pointer.
        pointer: &'static str,
    },
    /// A pointer is unaligned for the type that it points to.
    Misaligned {
        /// The name of the pointer.
        pointer: &'static str,
    },
    /// The elements are not contiguous in C order.
    Layout,
    /// A bool element is neither 0 nor 1.
    Truth {
        /// The index of the element, in C order.
        index: u64,
        /// Its byte.
        found: u8,
    },
    /// Bool elements overlap, there are more of them than bytes, and not every byte is 0 or 1.
    Overlap,
    /// A list of texts is not UTF-8.
    Text {
        /// The offset of the first invalid byte.
        at: u64,
    },
    /// The last text of a list does not end with a NUL.
    Unterminated,
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Rank { rank } => write!(f, "the shape has {rank} axes, and a block can have at most {MAX_RANK}"),
            Self::Shape => f.write_str("the product of the shape does not fit in memory"),
            Self::Size { needed, found } => write!(
                f,
                "the size is wrong: the element type and shape need {needed} bytes, and there are {found}"
            ),
            Self::Alignment {
                element,
                needed,
                off_by,
            } => {
                write!(
                    f,
                    "the data is unaligned: {element} needs {needed}-byte alignment and the data is off by {off_by}: \
                        copy it into an aligned buffer"
                )
            }
            Self::Strides => {
                f.write_str("invalid strides: they reach outside the data, or their number is not the number of axes")
            }
            Self::Element { needed, found } => {
                write!(f, "the block has the element type {found}, and {needed} was requested")
            }
            Self::Structure { needed, found } => {
                write!(
                    f,
                    "the structure of the block is too small: it has {found} bytes, and at least {needed} are needed"
                )
            }
            Self::Null { pointer } => write!(f, "the pointer `{pointer}` of the block is NULL"),
            Self::Misaligned { pointer } => write!(f, "the pointer `{pointer}` of the block is unaligned"),
            Self::Layout => {
                f.write_str("the elements are not contiguous in C order: copy the block into C order first")
            }
            Self::Truth { index, found } => write!(f, "element {index} (bool) is {found:02x}: a bool must be 00 or 01"),
            Self::Overlap => f.write_str("its bool elements overlap (strides), and there are too many to check"),
            Self::Text { at } => write!(f, "its text is invalid UTF-8 at byte {at}"),
            Self::Unterminated => f.write_str("its last text is not terminated by a NUL"),
        }
    }
}

impl core::error::Error for BlockError {}
