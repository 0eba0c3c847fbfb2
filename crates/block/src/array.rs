//! A block that owns its memory.

use crate::{Arena, Attributes, Buffer, BufferError, Room};
use std::sync::Arc;
use tollgate_abi::{Attribute, Block, BlockError, Element, bytes_of};

/// A typed array that owns its bytes, with 64-byte alignment, in C order.
///
/// It can be filled repeatedly without allocating, as long as it does not need to grow.
#[derive(Debug)]
pub struct Array {
    element: Element,
    shape: Vec<u64>,
    buffer: Buffer,
    bytes: usize,
    attributes: Attributes,
    /// The fields above describe the content of the buffer; nobody could write to it since `describe` checked it.
    described: bool,
}

impl Default for Array {
    fn default() -> Self {
        Self {
            element: Element::U8,
            shape: Vec::new(),
            buffer: Buffer::new(),
            bytes: 0,
            attributes: Attributes::new(),
            described: false,
        }
    }
}

impl Array {
    /// An array of no elements, on the heap.
    pub fn new() -> Self {
        Self::default()
    }

    /// An array of no elements, which allocates from this arena.
    pub fn in_arena(arena: Arc<dyn Arena>) -> Self {
        Self {
            buffer: Buffer::in_arena(arena),
            ..Self::default()
        }
    }

    /// Returns memory for at least `bytes` bytes, to be written before [`describe`](Array::describe). The previous
    /// content of the array is lost.
    ///
    /// # Errors
    /// [`BufferError`], if memory cannot be allocated.
    pub fn room(&mut self, bytes: u64) -> Result<&mut [u8], BufferError> {
        self.described = false;
        self.buffer.reserve(bytes)?;
        Ok(self.buffer.as_bytes_mut())
    }

    /// The same, at an address that is a multiple of `alignment`, for types with an alignment greater than 64 bytes.
    ///
    /// # Errors
    /// As for [`room`](Array::room).
    ///
    /// # Panics
    /// If `alignment` is not a power of two.
    pub fn room_at(&mut self, bytes: u64, alignment: usize) -> Result<&mut [u8], BufferError> {
        self.described = false;
        self.buffer.reserve_at(bytes, alignment)?;
        Ok(self.buffer.as_bytes_mut())
    }

    /// The existing memory, without growing it. It holds the previous content of the array, which must be described
    /// again.
    #[inline]
    pub fn whole_room(&mut self) -> &mut [u8] {
        self.described = false;
        self.buffer.as_bytes_mut()
    }

    /// Declares what the first bytes of the memory are from now on, and returns their number. Bool elements and text
    /// are read, to check them.
    ///
    /// # Errors
    /// [`BlockError`], if the element type and the shape need more bytes than there are, or if elements are not valid
    /// values of their type.
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
        let bytes = needed as usize;
        if matches!(element, Element::BOOL | Element::TEXT) {
            Block::new(element, &self.buffer.as_bytes()[..bytes], shape, &[])?;
        }
        self.element = element;
        self.shape.clear();
        self.shape.extend_from_slice(shape);
        self.bytes = bytes;
        self.attributes.assign(attributes);
        self.described = true;
        Ok(needed)
    }

    /// The array as a block.
    pub fn block(&self) -> Block<'_> {
        let attributes = if self.described {
            self.attributes.as_slice()
        } else {
            &[]
        };
        // SAFETY: `describe` checked the values. Every method that gives write access to the memory clears `described`,
        // and then `as_bytes` is empty.
        unsafe { Block::with_known_values(self.element, self.as_bytes(), self.shape(), None, attributes) }
            .expect("element type, shape and room were checked by `describe`, and a buffer is aligned for all types")
    }

    /// The element type.
    #[inline]
    pub fn element(&self) -> Element {
        self.element
    }

    /// The number of elements along each axis.
    #[inline]
    pub fn shape(&self) -> &[u64] {
        if self.described { &self.shape } else { &[0] }
    }

    /// The bytes, native-endian, in C order.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        let bytes = if self.described { self.bytes } else { 0 };
        &self.buffer.as_bytes()[..bytes]
    }

    /// The room that its memory is in. For a region, this is the part that holds the array's bytes.
    pub fn memory(&self) -> Room<'_> {
        self.buffer.memory(self.as_bytes().len())
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

    #[test]
    fn invalid_values_are_not_accepted_by_describe() {
        let mut array = Array::new();
        array.room(2).unwrap()[..2].copy_from_slice(&[1, 7]);
        let refused = array.describe(Element::BOOL, &[2], &[]);
        assert_eq!(refused, Err(BlockError::Truth { index: 1, found: 7 }));
        assert_eq!(array.describe(Element::TEXT, &[1], &[]), Err(BlockError::Unterminated));
        assert_eq!(array.shape(), [0]);
        array.describe(Element::BOOL, &[1], &[]).unwrap();
        assert_eq!(array.block().as_bytes(), [1]);
        // The caller may write anything to the memory again.
        array.whole_room()[0] = 2;
        assert!(array.block().as_bytes().is_empty() && array.as_bytes().is_empty());
        assert!(array.describe(Element::BOOL, &[1], &[]).is_err());
    }

    #[test]
    fn attributes_go_with_what_they_describe() {
        use tollgate_abi::Value;
        let mut array = Array::new();
        array.room(8).unwrap();
        let rate = Attribute::new("rate", Value::Real(2.0));
        array.describe(Element::F64, &[1], &[rate]).unwrap();
        assert_eq!(array.block().attribute("rate"), Some(Value::Real(2.0)));
        array.room(8).unwrap();
        assert_eq!((array.block().attributes().len(), array.block().shape()), (0, &[0][..]));
    }
}
