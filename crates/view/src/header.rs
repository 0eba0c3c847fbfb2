//! The content of a file's header, for every format.

use crate::error::Refusal;
use crate::types::{ByteOrder, Type};
use tollgate_abi::{Element, MAX_RANK};
use tollgate_block::Attributes;

/// Which axis varies fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last one.
    C,
    /// The first one.
    Fortran,
}

impl Order {
    /// `C` or `Fortran`.
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Fortran => "Fortran",
        }
    }
}

/// The content of a header, checked against the file's length.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// The format's name.
    pub(crate) format: &'static str,
    /// The type of one element.
    pub(crate) kind: Type,
    /// The element type of a block of them.
    pub(crate) element: Element,
    pub(crate) byte_order: ByteOrder,
    pub(crate) shape: Vec<u64>,
    /// The number of elements: 0 if an axis has the length 0.
    pub(crate) count: usize,
    pub(crate) order: Order,
    /// The distance in bytes between elements along each axis, if the order is not C order.
    pub(crate) strides: Option<Vec<i64>>,
    /// The offset of the data, in bytes.
    pub(crate) offset: usize,
    /// Bytes of data.
    pub(crate) bytes: usize,
    /// What it says about the data besides type and shape.
    pub(crate) attributes: Attributes,
}

impl Header {
    /// Checks that `shape` elements of `kind` fit between `offset` and the end of the file, at `end`.
    ///
    /// # Errors
    /// [`Refusal::Rank`], [`Refusal::Shape`], [`Refusal::Cut`].
    pub(crate) fn new(
        format: &'static str,
        (kind, byte_order): (Type, ByteOrder),
        shape: Vec<u64>,
        order: Order,
        offset: usize,
        end: usize,
    ) -> Result<Self, Refusal> {
        if shape.len() > MAX_RANK {
            return Err(Refusal::Rank { rank: shape.len() });
        }
        let Some(element) = kind.element() else {
            return Err(Refusal::Shape { shape, kind });
        };
        let Some((count, needed)) = size(&shape, kind.bytes() as u64) else {
            return Err(Refusal::Shape { shape, kind });
        };
        let found = end.saturating_sub(offset) as u64;
        if needed > found {
            return Err(Refusal::Cut {
                count,
                kind,
                needed,
                offset: offset as u64,
                found,
            });
        }
        // With at most one axis longer than 1, and without elements, both orders are the same.
        let same = count < 2 || shape.iter().filter(|axis| **axis != 1).count() < 2;
        let order = if same { Order::C } else { order };
        let strides = (order == Order::Fortran).then(|| fortran_strides(&shape, kind.bytes() as i64));
        Ok(Self {
            format,
            kind,
            element,
            byte_order,
            shape,
            count: count as usize,
            order,
            strides,
            offset,
            bytes: needed as usize,
            attributes: Attributes::new(),
        })
    }
}

/// The number of elements and of bytes of a shape, or `None` if memory cannot hold them. The product of the axes is
/// limited even if elements have no bytes, so that every loop over elements ends.
fn size(shape: &[u64], element: u64) -> Option<(u64, u64)> {
    if shape.contains(&0) {
        return Some((0, 0));
    }
    let count = shape.iter().try_fold(1_u64, |count, axis| count.checked_mul(*axis))?;
    let bytes = count.checked_mul(element)?;
    (bytes <= isize::MAX as u64 && count <= isize::MAX as u64).then_some((count, bytes))
}

/// The strides of Fortran order; the sizes were checked.
fn fortran_strides(shape: &[u64], element: i64) -> Vec<i64> {
    let mut distance = element;
    let mut strides = Vec::with_capacity(shape.len());
    for axis in shape {
        strides.push(distance);
        distance = distance.saturating_mul(*axis as i64);
    }
    strides
}
