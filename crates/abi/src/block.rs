//! Blocks: typed arrays, borrowed for a call.

mod error;

use crate::contract::contract;
use crate::{Attribute, Element, Scalar, Value};
use core::marker::PhantomData;
use core::{fmt, ptr, slice};
pub use error::BlockError;

/// The maximum number of axes of a block.
pub const MAX_RANK: usize = 32;

contract! {
    /// A typed array. The receiver may only read it.
    ///
    /// If `strides` is null, `bytes` is the product of the shape and the element size, for every block on both sides.
    /// The product of no axes is 1. If `strides` is not null, the elements are not contiguous, and `bytes` is the
    /// number of bytes that may be read at `data`. `data` and every stride have the alignment of the element type on
    /// this target (for a complex type the alignment of its parts, for a record 1). Only the memory of a sink has a
    /// larger alignment. If `bytes` is 0, `data` may have any value. Elements of type [`Element::TEXT`] are bytes: the
    /// shape of such a column is its length in bytes.
    ///
    /// # In Rust
    /// A block is created by [`Block::new`] or [`Block::with_strides`], which check it and its values, or comes from
    /// the other side of the contract, which makes the same promise. It is never copied, because a newer side may have
    /// a longer structure.
    ///
    /// ```
    /// use tollgate_abi::{Block, Element};
    /// let samples = [1.0_f64, 2.0, 3.0, 4.0];
    /// let block = Block::of(&samples, &[2, 2], &[]).unwrap();
    /// assert_eq!(block.element(), Element::F64);
    /// assert_eq!(block.as_slice::<f64>().unwrap(), samples);
    /// assert!(block.as_slice::<f32>().is_err());
    /// ```
    #[repr(C)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Block<'a> as "block" {
        /// The size of this structure in bytes, as known to the side that created it.
        pub(crate) size: u32,
        /// [`Element::F64`], ….
        pub(crate) element: Element,
        /// Bytes at `data`.
        pub(crate) bytes: u64,
        /// Axes, at most [`MAX_RANK`].
        pub(crate) rank: u32,
        pub(crate) attribute_count: u32,
        pub(crate) data: *const u8,
        /// `rank` numbers of elements; may be null if `rank` is 0.
        pub(crate) shape: *const u64,
        /// `rank` distances in bytes, not negative, or null for C order: the last axis varies fastest.
        pub(crate) strides: *const i64,
        /// `attribute_count` attributes; may be null if it is 0.
        pub(crate) attributes: *const Attribute<'a>,
    } + {
        life: PhantomData<&'a ()>,
    }
}

// SAFETY: a Block is a set of shared borrows, like `&[u8]`, and provides no way to change what it borrows.
unsafe impl Send for Block<'_> {}
// SAFETY: as for Send.
unsafe impl Sync for Block<'_> {}

impl<'a> Block<'a> {
    /// Creates a block of `element` in C order (the last axis varies fastest) over `data`.
    ///
    /// Bool elements and text are read once, to check them: see [`check_values`](Self::check_values).
    ///
    /// # Errors
    /// [`BlockError`], if the rank, shape, size, alignment or values are invalid.
    #[inline]
    pub fn new(
        element: Element,
        data: &'a [u8],
        shape: &'a [u64],
        attributes: &'a [Attribute<'a>],
    ) -> Result<Self, BlockError> {
        let block = Self::in_c_order(element, data, shape, attributes)?;
        block.check_values()?;
        Ok(block)
    }

    /// Creates a block like [`new`](Self::new), or like [`with_strides`](Self::with_strides) if there are strides, but
    /// does not read the values.
    ///
    /// # Errors
    /// As for these functions, except for values.
    ///
    /// # Safety
    /// Every element is a valid value of its type, as [`check_values`](Self::check_values) checks.
    #[inline]
    pub unsafe fn with_known_values(
        element: Element,
        data: &'a [u8],
        shape: &'a [u64],
        strides: Option<&'a [i64]>,
        attributes: &'a [Attribute<'a>],
    ) -> Result<Self, BlockError> {
        match strides {
            None => Self::in_c_order(element, data, shape, attributes),
            Some(strides) => Self::strided(element, data, shape, strides, attributes),
        }
    }

    #[inline]
    fn in_c_order(
        element: Element,
        data: &'a [u8],
        shape: &'a [u64],
        attributes: &'a [Attribute<'a>],
    ) -> Result<Self, BlockError> {
        let needed = bytes_of(element, shape)?;
        if needed != data.len() as u64 {
            return Err(BlockError::Size {
                needed,
                found: data.len() as u64,
            });
        }
        Self::over(element, data, shape, ptr::null(), attributes)
    }

    /// Creates a block over `data`, whose size and strides were checked.
    #[inline]
    fn over(
        element: Element,
        data: &'a [u8],
        shape: &'a [u64],
        strides: *const i64,
        attributes: &'a [Attribute<'a>],
    ) -> Result<Self, BlockError> {
        let off_by = data.as_ptr().addr() & (element.alignment() - 1);
        if off_by != 0 && !data.is_empty() {
            return Err(BlockError::Alignment {
                element,
                needed: element.alignment(),
                off_by,
            });
        }
        Ok(Self {
            size: size_of::<Self>() as u32,
            element,
            bytes: data.len() as u64,
            rank: shape.len() as u32,
            attribute_count: u32::try_from(attributes.len()).unwrap_or(u32::MAX),
            data: data.as_ptr(),
            shape: shape.as_ptr(),
            strides,
            attributes: attributes.as_ptr(),
            life: PhantomData,
        })
    }

    /// Creates a block in C order over `data`. The element type is the type of the slice.
    ///
    /// # Errors
    /// [`BlockError`], if the shape does not match.
    #[inline]
    pub fn of<T: Scalar>(data: &'a [T], shape: &'a [u64], attributes: &'a [Attribute<'a>]) -> Result<Self, BlockError> {
        // SAFETY: the pointer and the length in bytes are those of a live slice, and a Scalar has no padding, so every
        // byte of it is initialised.
        let bytes = unsafe { slice::from_raw_parts(data.as_ptr().cast::<u8>(), size_of_val(data)) };
        Self::new(T::ELEMENT, bytes, shape, attributes)
    }

    /// Creates a block whose elements are `strides[k]` bytes apart along axis `k`, for example every second column of a
    /// table.
    ///
    /// # Errors
    /// [`BlockError`]; [`BlockError::Strides`] if an element would be outside `data`.
    pub fn with_strides(
        element: Element,
        data: &'a [u8],
        shape: &'a [u64],
        strides: &'a [i64],
        attributes: &'a [Attribute<'a>],
    ) -> Result<Self, BlockError> {
        let block = Self::strided(element, data, shape, strides, attributes)?;
        block.check_values()?;
        Ok(block)
    }

    fn strided(
        element: Element,
        data: &'a [u8],
        shape: &'a [u64],
        strides: &'a [i64],
        attributes: &'a [Attribute<'a>],
    ) -> Result<Self, BlockError> {
        if strides.len() != shape.len() {
            return Err(BlockError::Strides);
        }
        let count = bytes_of(element, shape)?;
        // Strides are not negative: the data pointer is the address of the first element and the lowest address.
        let mut last = 0_u64;
        for (&count, &stride) in shape.iter().zip(strides) {
            let stride = u64::try_from(stride).map_err(|_| BlockError::Strides)?;
            if !stride.is_multiple_of(element.alignment() as u64) {
                return Err(BlockError::Strides);
            }
            let reach = count.saturating_sub(1).checked_mul(stride);
            last = reach
                .and_then(|reach| last.checked_add(reach))
                .ok_or(BlockError::Strides)?;
        }
        let end = last.checked_add(element.bytes() as u64);
        if count > 0 && end.is_none_or(|end| end > data.len() as u64) {
            return Err(BlockError::Strides);
        }
        // A block in C order needs no strides, and consists only of its elements.
        if is_c_order(element, shape, strides) {
            return Self::over(element, &data[..count as usize], shape, ptr::null(), attributes);
        }
        Self::over(element, data, shape, strides.as_ptr(), attributes)
    }

    /// The element type.
    #[inline]
    pub fn element(&self) -> Element {
        self.element
    }

    /// The number of elements along each axis.
    #[inline]
    pub fn shape(&self) -> &'a [u64] {
        // SAFETY: the creator of the block promised `rank` numbers at `shape` for 'a.
        unsafe { slice_of(self.shape, self.rank) }
    }

    /// The distance in bytes between elements along each axis, or `None` for C order.
    #[inline]
    pub fn strides(&self) -> Option<&'a [i64]> {
        if self.strides.is_null() {
            return None;
        }
        // SAFETY: the creator of the block promised `rank` numbers at `strides` for 'a, unless it is null.
        Some(unsafe { slice_of(self.strides, self.rank) })
    }

    /// The attributes.
    #[inline]
    pub fn attributes(&self) -> &'a [Attribute<'a>] {
        // SAFETY: the creator of the block promised `attribute_count` attributes at `attributes` for 'a.
        unsafe { slice_of(self.attributes, self.attribute_count) }
    }

    /// The value of the attribute `key`, if the block has it.
    pub fn attribute(&self, key: &str) -> Option<Value<'a>> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.key() == key)?
            .value()
    }

    /// The address and the length of the data, as given by the other side of the contract. The data is not read.
    #[inline]
    pub fn data(&self) -> (*const u8, u64) {
        (self.data, self.bytes)
    }

    /// Checks again what the creator of the block promised. A receiver does this with a block that is handed over.
    /// Pointers are trusted, except that they are checked for null and alignment.
    ///
    /// # Errors
    /// [`BlockError`], if the rank, sizes, strides, alignment or values are invalid; [`BlockError::Null`] and
    /// [`BlockError::Misaligned`].
    pub fn check(&self) -> Result<(), BlockError> {
        self.again()?.check_values()
    }

    /// Checks what must hold before a slice is made from the block's pointers.
    fn check_structure(&self) -> Result<(), BlockError> {
        let (found, needed) = (self.size as usize, size_of::<Self>());
        if found < needed {
            return Err(BlockError::Structure { needed, found });
        }
        let rank = self.rank as usize;
        if rank > MAX_RANK {
            return Err(BlockError::Rank { rank });
        }
        let missing = [
            ("shape", self.shape.is_null() && rank > 0),
            ("attributes", self.attributes.is_null() && self.attribute_count > 0),
            ("data", self.data.is_null() && self.bytes > 0),
        ];
        if let Some((pointer, _)) = missing.into_iter().find(|(_, missing)| *missing) {
            return Err(BlockError::Null { pointer });
        }
        let misaligned = [
            ("shape", !self.shape.is_aligned() && rank > 0),
            ("strides", !self.strides.is_aligned() && rank > 0),
            ("attributes", !self.attributes.is_aligned() && self.attribute_count > 0),
        ];
        if let Some((pointer, _)) = misaligned.into_iter().find(|(_, misaligned)| *misaligned) {
            return Err(BlockError::Misaligned { pointer });
        }
        // A slice must not have more bytes.
        if self.bytes > isize::MAX as u64 {
            return Err(BlockError::Shape);
        }
        Ok(())
    }

    /// The same block again, with the same borrows. Its values are not read: its creator promised that they are valid.
    ///
    /// # Errors
    /// As for [`check`](Self::check), except for values.
    pub fn again(&self) -> Result<Block<'a>, BlockError> {
        self.check_structure()?;
        match self.strides() {
            None => Self::in_c_order(self.element, self.as_bytes(), self.shape(), self.attributes()),
            Some(strides) => Self::strided(self.element, self.as_bytes(), self.shape(), strides, self.attributes()),
        }
    }

    /// All bytes of the data. If there are strides, this includes the bytes between the elements.
    #[inline]
    pub fn as_bytes(&self) -> &'a [u8] {
        if self.bytes == 0 {
            return &[];
        }
        // SAFETY: the creator of the block promised `bytes` initialised bytes at `data` that nobody changes during 'a;
        // the null of an empty block is excluded above.
        unsafe { slice::from_raw_parts(self.data, self.bytes as usize) }
    }

    /// The elements in C order.
    ///
    /// # Errors
    /// [`BlockError::Element`], [`BlockError::Layout`], and [`BlockError::Size`] and [`BlockError::Alignment`] if the
    /// other side violates the contract.
    #[inline]
    pub fn as_slice<T: Scalar>(&self) -> Result<&'a [T], BlockError> {
        if self.element != T::ELEMENT {
            return Err(BlockError::Element {
                needed: T::ELEMENT,
                found: self.element,
            });
        }
        if let Some(strides) = self.strides()
            && !is_c_order(self.element, self.shape(), strides)
        {
            return Err(BlockError::Layout);
        }
        let needed = bytes_of(self.element, self.shape())?;
        if needed > self.bytes {
            return Err(BlockError::Size {
                needed,
                found: self.bytes,
            });
        }
        if needed == 0 {
            return Ok(&[]);
        }
        let off_by = self.data.addr() & (align_of::<T>() - 1);
        if off_by != 0 {
            return Err(BlockError::Alignment {
                element: self.element,
                needed: align_of::<T>(),
                off_by,
            });
        }
        // SAFETY: the creator of the block promised `bytes` live bytes at `data` that nobody changes during 'a, and the
        // elements take no more of them. The address is a multiple of T's alignment (checked above), the elements are
        // contiguous, and a Scalar is valid for every bit pattern.
        Ok(unsafe { slice::from_raw_parts(self.data.cast(), needed as usize / size_of::<T>()) })
    }
}

/// Whether the strides are those of C order. A block without elements has every order.
fn is_c_order(element: Element, shape: &[u64], strides: &[i64]) -> bool {
    if shape.contains(&0) {
        return true;
    }
    let mut expected = element.bytes() as u64;
    for (&count, &stride) in shape.iter().zip(strides).rev() {
        if count > 1 && u64::try_from(stride) != Ok(expected) {
            return false;
        }
        expected = expected.saturating_mul(count);
    }
    true
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("element", &self.element)
            .field("shape", &self.shape())
            .field("bytes", &self.bytes)
            .field("attributes", &self.attributes())
            .finish_non_exhaustive()
    }
}

/// The number of bytes of contiguous elements with this shape.
///
/// # Errors
/// [`BlockError::Rank`], [`BlockError::Shape`].
#[inline]
pub fn bytes_of(element: Element, shape: &[u64]) -> Result<u64, BlockError> {
    if shape.len() > MAX_RANK {
        return Err(BlockError::Rank { rank: shape.len() });
    }
    let mut bytes = Some(element.bytes() as u64);
    for &count in shape {
        // An axis of length 0 makes the block empty, whatever the lengths of the other axes.
        if count == 0 {
            return Ok(0);
        }
        bytes = bytes.and_then(|bytes| bytes.checked_mul(count));
    }
    bytes
        .filter(|bytes| *bytes <= isize::MAX as u64)
        .ok_or(BlockError::Shape)
}

/// # Safety
/// `data` points to `count` live, initialised values that nobody changes during 'a, or `count` is 0.
unsafe fn slice_of<'a, T>(data: *const T, count: u32) -> &'a [T] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the caller's promise; the null of an empty list is excluded above.
    unsafe { slice::from_raw_parts(data, count as usize) }
}
