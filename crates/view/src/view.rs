//! A file, opened as a typed array.

use crate::bytes::Bytes;
use crate::elements::{Elements, Obstacles, Policy, Report};
use crate::header::{Header, Order};
use crate::types::{ByteOrder, Type};
use crate::validity::first_invalid;
use crate::viewable::Viewable;
use crate::{Array, Error, File, Refusal, copy, packed};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tollgate_abi::{Attribute, Block, BlockError, Element};

/// How a view's elements can be accessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// In place, as a typed slice.
    Aligned,
    /// In place, element by element only: the data is unaligned for its type.
    Unaligned,
    /// In place, element by element only: the bytes are in the other order.
    Swapped,
    /// In a copy.
    Copied,
}

impl Access {
    /// `aligned`, `unaligned`, `swapped` or `copied`.
    pub fn name(self) -> &'static str {
        match self {
            Access::Aligned => "aligned",
            Access::Unaligned => "unaligned",
            Access::Swapped => "swapped",
            Access::Copied => "copied",
        }
    }
}

/// A typed array in a file, in place: the file's bytes, and the checked content of the header. Nothing is copied.
#[derive(Debug)]
pub struct View {
    path: PathBuf,
    member: Option<String>,
    bytes: Arc<Bytes>,
    header: Header,
}

/// Opens the file at `path` by mapping it: nothing is read before it is accessed, and nothing is copied.
///
/// # Safety
/// Nobody, in this process or another, changes or truncates the file while the view lives. A change is undefined
/// behaviour; a truncation causes SIGBUS (Windows refuses it).
///
/// # Platform differences
/// If the system does not support memory mapping (the platform's facility `map`; WASI does not), this is [`read`].
///
/// # Errors
/// [`Error`], with the rule that the file broke.
#[cfg(feature = "map")]
pub unsafe fn map(path: impl AsRef<Path>) -> Result<View, Error> {
    // SAFETY: the caller promises that nobody changes the file while the view, and so the mapping, lives.
    unsafe { File::map(path) }?.view(None)
}

/// Opens the file at `path` by reading it into an aligned buffer. This is the safe way for files that may change.
///
/// # Errors
/// [`Error`], with the rule that the file broke.
pub fn read(path: impl AsRef<Path>) -> Result<View, Error> {
    File::read(path)?.view(None)
}

impl View {
    pub(crate) fn new(path: &Path, member: Option<&str>, bytes: Arc<Bytes>, header: Header) -> Self {
        Self {
            path: path.to_owned(),
            member: member.map(str::to_owned),
            bytes,
            header,
        }
    }

    /// Another view of the same bytes.
    pub(crate) fn with_header(&self, header: Header) -> Self {
        Self::new(&self.path, self.member.as_deref(), Arc::clone(&self.bytes), header)
    }

    /// The format's name.
    pub fn format(&self) -> &'static str {
        self.header.format
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The member of an archive that is viewed.
    pub fn member(&self) -> Option<&str> {
        self.member.as_deref()
    }

    /// The element type of a block of this view: see [`Type::element`].
    pub fn element(&self) -> Element {
        self.header.element
    }

    /// The type of one element.
    pub fn kind(&self) -> &Type {
        &self.header.kind
    }

    /// The byte order of numbers.
    pub fn byte_order(&self) -> ByteOrder {
        self.header.byte_order
    }

    /// The number of elements along each axis; in C order the slowest first, in Fortran order the fastest.
    pub fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    /// Which axis varies fastest. If fewer than two axes are longer than 1, it is C order.
    pub fn order(&self) -> Order {
        self.header.order
    }

    /// The distance in bytes between elements along each axis, or `None` for C order.
    pub fn strides(&self) -> Option<&[i64]> {
        self.header.strides.as_deref()
    }

    /// The number of elements.
    pub fn count(&self) -> usize {
        self.header.count
    }

    /// The offset of the data in the file, in bytes; for a decoded member, in the decoded data.
    pub fn offset(&self) -> usize {
        self.header.offset
    }

    /// What the file says about the data besides its type and shape.
    pub fn attributes(&self) -> &[Attribute<'_>] {
        self.header.attributes.as_slice()
    }

    /// Whether the file is mapped, and not read into memory.
    pub fn is_mapped(&self) -> bool {
        self.bytes.is_mapped()
    }

    /// The data's bytes, as they are in the file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes.as_slice()[self.header.offset..][..self.header.bytes]
    }

    /// The greatest power of two, up to 4096, that divides the data's address.
    pub fn alignment(&self) -> usize {
        1 << self.as_bytes().as_ptr().addr().trailing_zeros().min(12)
    }

    /// How the elements can be accessed without a further copy, and if a typed slice in C order is not possible, why.
    /// The bytes of a decoded member count as copied.
    pub fn report(&self) -> Report {
        let why = self.obstacles(self.header.kind.alignment());
        let access = if why.packed.is_some() {
            Access::Copied
        } else if why.foreign_order {
            Access::Swapped
        } else if why.off_by.is_some() {
            Access::Unaligned
        } else if why.compressed {
            Access::Copied
        } else {
            Access::Aligned
        };
        Report {
            access,
            why,
            copied_bytes: if why.compressed { self.header.bytes as u64 } else { 0 },
            order: self.header.order,
        }
    }

    /// How the elements can be accessed.
    pub fn access(&self) -> Access {
        self.report().access
    }

    /// The obstacles to a slice in C order of a type with this alignment.
    pub(crate) fn obstacles(&self, alignment: usize) -> Obstacles {
        // The alignment and the byte order of packed numbers do not matter, because they are decoded.
        let (alignment, packed) = match self.header.kind {
            Type::Packed(bytes) => (1, Some(bytes)),
            _ => (alignment, None),
        };
        let off_by = self.as_bytes().as_ptr().addr() % alignment;
        Obstacles {
            off_by: (off_by != 0 && !self.as_bytes().is_empty()).then_some(off_by),
            alignment,
            foreign_order: packed.is_none() && !self.header.byte_order.is_native(),
            fortran_order: self.header.order == Order::Fortran,
            compressed: matches!(*self.bytes, Bytes::Decoded { .. }),
            packed,
        }
    }

    /// The elements as `T`, in the best way that the policy accepts: as a slice in place, one by one in place, or as a
    /// copy in a buffer of the caller. [`Elements::report`] says which way it is.
    ///
    /// The elements come in memory order, unless the policy asks for C order or they are a copy. [`order`](View::order)
    /// and [`strides`](View::strides) describe the memory order.
    ///
    /// # Errors
    /// [`Refusal::Type`], if `T` is not the file's type; [`Refusal::Alignment`], [`Refusal::ByteOrder`] or
    /// [`Refusal::FortranOrder`], if the policy does not accept the only possible way; [`Refusal::Validity`], if an
    /// element is not a valid value of `T`; [`Refusal::Memory`], if memory for the copy cannot be allocated.
    pub fn elements<'a, T: Viewable>(&'a self, policy: Policy<'a>) -> Result<Elements<'a, T>, Error> {
        Elements::open(self, policy)
    }

    /// The elements in place, in C order: [`elements`](View::elements) with the strictest policy.
    ///
    /// # Errors
    /// As for [`elements`](View::elements).
    pub fn as_slice<T: Viewable>(&self) -> Result<&[T], Error> {
        let elements = self.elements(Policy::ALIGNED.in_c_order())?;
        Ok(elements
            .as_slice()
            .expect("this policy takes nothing but a slice in place"))
    }

    /// The data as a block, in place, with strides if it is in Fortran order.
    ///
    /// # Errors
    /// [`Refusal::Alignment`] and [`Refusal::ByteOrder`], if a block cannot represent the data in place:
    /// [`to_array`](View::to_array) copies it. [`Refusal::Validity`], if a bool element is neither 0 nor 1;
    /// [`Refusal::Reinterpret`], if data that was [declared](View::reinterpreted) to be text is not valid text.
    pub fn block(&self) -> Result<Block<'_>, Error> {
        let mut why = self.obstacles(self.header.element.alignment());
        why.fortran_order = false;
        why.compressed = false;
        if !why.is_empty() {
            return Err(self.error(self.refusal(why)));
        }
        self.check_truth_values()?;
        if self.header.element == Element::TEXT {
            return self.text();
        }
        // SAFETY: bool elements were just checked, and all other element types have no invalid values.
        Ok(unsafe { self.block_of_known_values() })
    }

    /// The data as a list of texts, which its bytes were declared to be.
    fn text(&self) -> Result<Block<'_>, Error> {
        let (bytes, shape) = (self.as_bytes(), self.header.shape.as_slice());
        let attributes = self.header.attributes.as_slice();
        let block = match &self.header.strides {
            Some(strides) => Block::with_strides(Element::TEXT, bytes, shape, strides, attributes),
            None => Block::new(Element::TEXT, bytes, shape, attributes),
        };
        block.map_err(|error| self.no_such_values(error))
    }

    /// The error for bytes that are not valid values of the declared element type.
    fn no_such_values(&self, error: BlockError) -> Error {
        self.error(Refusal::Reinterpret {
            element: self.header.element,
            problem: error.to_string(),
        })
    }

    /// The same block that [`block`](View::block) returned before.
    ///
    /// # Safety
    /// [`block`](View::block) returned a block before, and so checked the values.
    pub(crate) unsafe fn block_of_known_values(&self) -> Block<'_> {
        let (bytes, shape) = (self.as_bytes(), self.header.shape.as_slice());
        let (element, attributes) = (self.header.element, self.header.attributes.as_slice());
        let strides = self.header.strides.as_deref();
        // SAFETY: the values were checked, and nobody changes a file's bytes while there is a view of them (for a
        // mapped file the caller of `map` promises this).
        unsafe { Block::with_known_values(element, bytes, shape, strides, attributes) }
            .expect("shape and bytes were compared when the header was parsed, and the alignment with `block`")
    }

    /// A copy of the data: aligned, in this machine's byte order, in C order.
    ///
    /// # Errors
    /// [`Refusal::Memory`], if memory cannot be allocated; [`Refusal::Validity`], if a bool element is neither 0 nor 1.
    pub fn to_array(&self) -> Result<Array, Error> {
        let mut array = Array::new();
        self.copy_into(&mut array)?;
        Ok(array)
    }

    /// Copies the data into an array: aligned, in this machine's byte order, in C order. The previous content of the
    /// array is lost. Memory is only allocated if the array's memory is too small.
    ///
    /// # Errors
    /// As for [`to_array`](View::to_array).
    pub fn copy_into(&self, array: &mut Array) -> Result<(), Error> {
        self.copy_into_at(array, self.header.element.alignment())
    }

    /// The same, at an address that is a multiple of `alignment` as well.
    pub(crate) fn copy_into_at(&self, array: &mut Array, alignment: usize) -> Result<(), Error> {
        self.check_truth_values()?;
        let bytes = self.as_bytes();
        let needed = self.count() as u64 * self.header.element.bytes() as u64;
        let room = array.room_at(needed, alignment).map_err(|error| self.error(error))?;
        let room = &mut room[..needed as usize];
        match (&self.header.kind, &self.header.strides) {
            (Type::Packed(size), _) => packed::decode(bytes, *size, self.header.byte_order, room),
            (kind, Some(strides)) => copy::gather(room, bytes, &self.header.shape, strides, kind.bytes()),
            (_, None) => room.copy_from_slice(bytes),
        }
        self.header.kind.to_native(self.header.byte_order, room);
        let (element, attributes) = (self.header.element, self.header.attributes.as_slice());
        let described = array.describe(element, &self.header.shape, attributes);
        described.map_err(|error| self.no_such_values(error))?;
        Ok(())
    }

    fn check_truth_values(&self) -> Result<(), Error> {
        if self.header.element != Element::BOOL {
            return Ok(());
        }
        match first_invalid::<bool>(self.as_bytes()) {
            Some(index) => Err(self.invalid::<bool>(index, index, &self.as_bytes()[index])),
            None => Ok(()),
        }
    }

    pub(crate) fn error(&self, refusal: impl Into<Refusal>) -> Error {
        Error::in_member(&self.path, self.member.as_deref(), refusal)
    }

    /// The error for an obstacle.
    pub(crate) fn refusal(&self, why: Obstacles) -> Refusal {
        if why.packed.is_some() {
            return Refusal::Packed {
                kind: self.header.kind.clone(),
                element: self.header.element,
            };
        }
        if why.foreign_order {
            return Refusal::ByteOrder {
                kind: self.header.kind.clone(),
                order: self.header.byte_order,
            };
        }
        match why.off_by {
            Some(off_by) => Refusal::Alignment {
                kind: self.header.kind.clone(),
                offset: self.header.offset as u64,
                address: self.as_bytes().as_ptr().addr(),
                needed: why.alignment,
                off_by,
            },
            None => Refusal::FortranOrder,
        }
    }

    /// The `length` bytes at offset `within` of the element that begins at byte `place` of the data. They come from a
    /// type's own [`Viewable::offender`], which may be wrong.
    fn bytes_at(&self, place: usize, within: usize, length: usize) -> &[u8] {
        let start = place.saturating_add(within);
        let found = self.as_bytes().get(start..start.saturating_add(length));
        found.unwrap_or_default()
    }

    /// The error for the element at `index`, which begins at byte `place` of the data and is not a valid value of `T`.
    pub(crate) fn invalid<T: Viewable>(&self, index: usize, place: usize, bits: &T::Bits) -> Error {
        let offender = T::offender(bits);
        let (within, length) = offender
            .as_ref()
            .map_or((0, size_of::<T>()), |field| (field.offset, field.bytes));
        self.error(Refusal::Validity {
            index: index as u64,
            field: offender.as_ref().map(|field| field.path.clone()),
            offset: (self.header.offset + place).saturating_add(within) as u64,
            found: crate::error::hex(self.bytes_at(place, within, length)),
            kind: offender.map_or_else(|| self.header.kind.clone(), |field| field.kind),
        })
    }
}
