//! A block that owns its memory.

use crate::{Attributes, Buffer, BufferError};
use tollgate_abi::{Attribute, Block, BlockError, Element, bytes_of};

/// A typed array that owns its bytes, at a 64-byte alignment, in C order.
///
/// It can be filled again and again without allocating, as long as it need not grow.
#[derive(Debug)]
pub struct Array {
    element: Element,
    shape: Vec<u64>,
    buffer: Buffer,
    bytes: usize,
    attributes: Attributes,
}

impl Default for Array {
    fn default() -> Self {
        Self {
            element: Element::U8,
            shape: vec![0],
            buffer: Buffer::new(),
            bytes: 0,
            attributes: Attributes::new(),
        }
    }
}

impl Array {
    /// An array of no elements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Room to write at least `bytes` bytes to, before [`describe`](Array::describe). What the array held is gone.
    ///
    /// # Errors
    /// [`BufferError`], where there is no memory for it.
    pub fn room(&mut self, bytes: u64) -> Result<&mut [u8], BufferError> {
        self.bytes = 0;
        self.shape.clear();
        self.shape.push(0);
        self.attributes.clear();
        self.buffer.reserve(bytes)?;
        Ok(self.buffer.as_bytes_mut())
    }

    /// The room that there is, without making more.
    pub fn whole_room(&mut self) -> &mut [u8] {
        self.buffer.as_bytes_mut()
    }

    /// Says what the first bytes of the room are from now on, and gives how many bytes that are.
    ///
    /// # Errors
    /// [`BlockError`], where element type and shape need more bytes than there is room.
    pub fn describe(
        &mut self,
        element: Element,
        shape: &[u64],
        attributes: &[Attribute<'_>],
    ) -> Result<u64, BlockError> {
        let (needed, found) = (bytes_of(element, shape)?, self.buffer.capacity() as u64);
        if needed > found {
            return Err(BlockError::Size { needed, found });
        }
        self.element = element;
        self.shape.clear();
        self.shape.extend_from_slice(shape);
        self.bytes = needed as usize;
        self.attributes.assign(attributes);
        Ok(needed)
    }

    /// The array as a block.
    pub fn block(&self) -> Block<'_> {
        Block::new(self.element, self.as_bytes(), &self.shape, self.attributes.as_slice())
            .expect("element type, shape and room were checked by `describe`, and a buffer is aligned for all types")
    }

    /// The element type.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The number of elements along each axis.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The bytes, native-endian, in C order.
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer.as_bytes()[..self.bytes]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_described_within_its_room_only() {
        let mut array = Array::new();
        array.room(64).unwrap()[..8].copy_from_slice(&1.5_f64.to_ne_bytes());
        array.describe(Element::F64, &[2, 4], &[]).unwrap();
        assert_eq!(array.block().as_slice::<f64>().unwrap()[0], 1.5);
        assert_eq!(
            array.describe(Element::F64, &[9], &[]),
            Err(BlockError::Size { needed: 72, found: 64 })
        );
        assert_eq!(
            array.describe(Element::F64, &[u64::MAX, 2], &[]),
            Err(BlockError::Shape)
        );
        assert_eq!(
            array.describe(Element::U8, &[1; 33], &[]),
            Err(BlockError::Rank { rank: 33 })
        );
    }
}
