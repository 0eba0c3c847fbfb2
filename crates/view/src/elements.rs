//! A view's elements as a Rust type: one choice per open, and a report about it.

use crate::validity::{first_invalid, first_that};
use crate::viewable::Viewable;
use crate::{Access, Array, Error, Order, Refusal, View, cast};
use bytemuck::AnyBitPattern;
use std::fmt;
use std::marker::PhantomData;

/// The ways to access elements that the caller accepts. The order of preference is: in place as a slice, in place
/// element by element, a copy. If none is accepted and possible, opening fails.
///
/// ```
/// use tollgate_view::{Array, Policy};
/// let view = tollgate_view::read("../../samples/sunspots.npy")?;
/// // Never a copy: unaligned and byte-swapped elements are read one by one.
/// let elements = view.elements::<f64>(Policy::IN_PLACE)?;
/// assert_eq!(elements.iter().next(), Some(1700.0));
/// assert_eq!(elements.report().copied_bytes, 0);
/// // Always a slice: if the data is unaligned or swapped, a copy in a buffer that can be reused.
/// let mut buffer = Array::new();
/// let elements = view.elements::<f64>(Policy::ALIGNED.or_copy_into(&mut buffer))?;
/// assert!(elements.as_slice().is_some());
/// # Ok::<(), tollgate_view::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Policy<'a> {
    unaligned: bool,
    swapped: bool,
    c_order: bool,
    buffer: Option<&'a mut Array>,
}

impl<'a> Policy<'a> {
    /// Only a typed slice in place.
    pub const ALIGNED: Self = Self {
        unaligned: false,
        swapped: false,
        c_order: false,
        buffer: None,
    };

    /// In place in any form: aligned, unaligned or byte-swapped.
    pub const IN_PLACE: Self = Self {
        unaligned: true,
        swapped: true,
        ..Self::ALIGNED
    };

    /// Also accepts unaligned elements, which are read one by one.
    pub const fn or_unaligned(mut self) -> Self {
        self.unaligned = true;
        self
    }

    /// Also accepts elements in the other byte order, which are swapped when they are read. They may be unaligned as
    /// well.
    pub const fn or_swapped(mut self) -> Self {
        self.swapped = true;
        self
    }

    /// Accepts elements only in C order. Without this they come in memory order, which [`View::strides`] describes.
    pub const fn in_c_order(mut self) -> Self {
        self.c_order = true;
        self
    }

    /// Also accepts a copy in `buffer`, if nothing else is possible: aligned, in this machine's byte order, in C order.
    /// The buffer keeps its memory, and can be reused.
    pub fn or_copy_into(self, buffer: &'a mut Array) -> Self {
        Self {
            buffer: Some(buffer),
            ..self
        }
    }
}

/// Why elements cannot be accessed in place as a typed slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Obstacles {
    /// The data's offset in bytes from a multiple of the alignment that the type needs.
    pub off_by: Option<usize>,
    /// That alignment, in bytes.
    pub alignment: usize,
    /// The numbers are not in this machine's byte order.
    pub foreign_order: bool,
    /// The first axis varies fastest, and C order was requested.
    pub fortran_order: bool,
    /// The file contains them compressed, and they were decoded at opening.
    pub compressed: bool,
    /// They are numbers with this many bytes, which no Rust type has.
    pub packed: Option<u8>,
}

impl Obstacles {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.off_by.is_none() && !self.foreign_order && !self.fortran_order && !self.compressed && self.packed.is_none()
    }
}

impl fmt::Display for Obstacles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons = Vec::new();
        if let Some(off_by) = self.off_by {
            reasons.push(format!("off by {off_by} from {}-byte alignment", self.alignment));
        }
        for (there, reason) in [
            (self.foreign_order, "in the other byte order"),
            (self.fortran_order, "in Fortran order"),
            (self.compressed, "compressed in the file"),
        ] {
            if there {
                reasons.push(reason.to_owned());
            }
        }
        if let Some(bytes) = self.packed {
            reasons.push(format!("packed in {bytes} bytes"));
        }
        f.write_str(&reasons.join(", "))
    }
}

/// The result of an open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// How the elements are accessed.
    pub access: Access,
    /// Why they are not a typed slice in place; empty if they are.
    pub why: Obstacles,
    /// The number of copied bytes: 0, unless a copy was accepted and needed.
    pub copied_bytes: u64,
    /// Which axis varies fastest in the order of the elements.
    pub order: Order,
}

/// A view's elements as `T`: in memory order, or in C order if they are a copy or it was requested.
pub struct Elements<'a, T: Viewable> {
    values: Values<'a, T>,
    report: Report,
}

/// The form of the elements.
#[derive(Debug)]
pub enum Values<'a, T: Viewable> {
    /// In place, as a slice.
    Aligned(&'a [T]),
    /// In place, at an address that may be unaligned for `T`.
    Unaligned(Unaligned<'a, T>),
    /// In place, with the bytes in the other order, at any address.
    Swapped(Swapped<'a, T>),
    /// In the caller's buffer, as a slice.
    Copied(&'a [T]),
}

impl<T: Viewable> Clone for Values<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Viewable> Copy for Values<'_, T> {}

macro_rules! in_place {
    ($(#[$doc:meta])* $name:ident, $read:path, $value:path) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<'a, T> {
            bytes: &'a [u8],
            of: PhantomData<fn() -> T>,
        }

        impl<T> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<'_, T> {}

        impl<'a, T: Viewable> $name<'a, T> {
            /// The bytes in memory: whole elements.
            pub fn as_bytes(self) -> &'a [u8] {
                self.bytes
            }

            /// The number of elements.
            pub fn len(self) -> usize {
                self.bytes.len() / size_of::<T>()
            }

            /// Whether there are none.
            pub fn is_empty(self) -> bool {
                self.bytes.is_empty()
            }

            /// The element at `index`, or `None` past the end.
            #[inline]
            pub fn get(self, index: usize) -> Option<T> {
                let start = index.checked_mul(size_of::<T>())?;
                let bytes = self.bytes.get(start..start.checked_add(size_of::<T>())?)?;
                Some($value(&$read(bytes)))
            }

            /// All elements, one after the other.
            #[inline]
            pub fn iter(self) -> impl ExactSizeIterator<Item = T> + DoubleEndedIterator + Clone + use<'a, T> {
                self.bits().map(|bits| $value(&bits))
            }

            /// The bits of all elements, checked or not.
            #[inline]
            fn bits(self) -> impl ExactSizeIterator<Item = T::Bits> + DoubleEndedIterator + Clone + use<'a, T> {
                self.bytes.chunks_exact(size_of::<T>()).map(|bytes| $read(bytes))
            }
        }
    };
}

in_place! {
    /// Elements at any address, in this machine's byte order.
    Unaligned, read_unaligned::<T>, value::<T>
}

in_place! {
    /// Elements at any address, in the other byte order.
    Swapped, T::read_swapped, swapped_value::<T>
}

#[inline]
fn read_unaligned<T: Viewable>(bytes: &[u8]) -> T::Bits {
    bytemuck::pod_read_unaligned(bytes)
}

/// Converts bits that were checked when the elements were opened.
#[inline]
fn value<T: Viewable>(bits: &T::Bits) -> T {
    debug_assert!(T::is_valid_bit_pattern(bits));
    // SAFETY: `Elements::open` checked every element's bits before it made the value that calls this. The file does not
    // change in the meantime (the caller of `map` promises it). `Bits` has T's size, which the implementer of
    // CheckedBitPattern upholds.
    unsafe { cast::value(bits) }
}

/// Converts bits that [`Viewable::read_swapped`] returned. Anyone may implement that function, and it need not return
/// the same bits as when the elements were opened. So the bits are checked again, which costs nothing if every bit
/// pattern is valid.
#[inline]
fn swapped_value<T: Viewable>(bits: &T::Bits) -> T {
    assert!(
        T::is_valid_bit_pattern(bits),
        "read_swapped gave other bits than when the elements were opened"
    );
    value(bits)
}

impl<'a, T: Viewable> Elements<'a, T> {
    /// Opens a view's elements.
    pub(crate) fn open(view: &'a View, policy: Policy<'a>) -> Result<Self, Error> {
        if let Some(problem) = crate::compare::mismatch::<T>(view.kind()) {
            return Err(view.error(Refusal::Type { problem }));
        }
        let mut why = view.obstacles(align_of::<T>());
        why.fortran_order &= policy.c_order;
        why.compressed = false;
        let bytes = view.as_bytes();
        let mut report = Report {
            access: Access::Aligned,
            why,
            copied_bytes: 0,
            order: view.order(),
        };
        // A slice of elements without bytes cannot be checked, and has no values to read.
        if size_of::<T>() == 0 {
            return Err(view.error(Refusal::NoBytes));
        }
        let swappable = view.byte_order() != crate::ByteOrder::Mixed;
        let in_place = !why.fortran_order && why.packed.is_none();
        let values = if why.is_empty() {
            Values::Aligned(checked(bytes).map_err(|index| invalid::<T>(view, bytes, index, index * size_of::<T>()))?)
        } else if in_place && !why.foreign_order && policy.unaligned {
            report.access = Access::Unaligned;
            if let Some(index) = first_invalid::<T>(bytes) {
                return Err(invalid::<T>(view, bytes, index, index * size_of::<T>()));
            }
            Values::Unaligned(Unaligned { bytes, of: PhantomData })
        } else if in_place && why.foreign_order && policy.swapped && swappable {
            report.access = Access::Swapped;
            let invalid = first_that::<T>(bytes, |bytes| !T::is_valid_bit_pattern(&T::read_swapped(bytes)));
            if let Some(index) = invalid {
                let place = index * size_of::<T>();
                let bits = T::read_swapped(&bytes[place..][..size_of::<T>()]);
                return Err(view.invalid::<T>(index, place, &bits));
            }
            Values::Swapped(Swapped { bytes, of: PhantomData })
        } else if let Some(buffer) = policy.buffer {
            view.copy_into_at(buffer, align_of::<T>())?;
            report.access = Access::Copied;
            report.order = Order::C;
            report.copied_bytes = buffer.as_bytes().len() as u64;
            let copy = buffer.as_bytes();
            // The copy is in C order; the file may not be.
            Values::Copied(checked(copy).map_err(|index| invalid::<T>(view, copy, index, view.place_of(index as u64)))?)
        } else {
            return Err(view.error(view.refusal(why)));
        };
        Ok(Self { values, report })
    }

    /// How the elements are accessed, why, and how many bytes were copied.
    pub fn report(&self) -> Report {
        self.report
    }

    /// The form of the elements.
    pub fn values(&self) -> Values<'a, T> {
        self.values
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match self.values {
            Values::Aligned(slice) | Values::Copied(slice) => slice.len(),
            Values::Unaligned(elements) => elements.len(),
            Values::Swapped(elements) => elements.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements as a slice, if they are one.
    pub fn as_slice(&self) -> Option<&'a [T]> {
        match self.values {
            Values::Aligned(slice) | Values::Copied(slice) => Some(slice),
            _ => None,
        }
    }

    /// The element at `index` in the order of the elements, or `None` past the end.
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        match self.values {
            Values::Aligned(slice) | Values::Copied(slice) => slice.get(index).copied(),
            Values::Unaligned(elements) => elements.get(index),
            Values::Swapped(elements) => elements.get(index),
        }
    }

    /// All elements, one after the other.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = T> + use<'a, T> {
        let values = self.values;
        (0..self.len()).map(move |index| match values {
            Values::Aligned(slice) | Values::Copied(slice) => slice[index],
            Values::Unaligned(elements) => elements.get(index).expect("the index is less than the length"),
            Values::Swapped(elements) => elements.get(index).expect("the index is less than the length"),
        })
    }

    /// Folds all elements. This is the fast way to process them: their form is tested once, and not for each element.
    #[inline]
    pub fn fold<A>(&self, start: A, fold: impl FnMut(A, T) -> A) -> A {
        match self.values {
            Values::Aligned(slice) | Values::Copied(slice) => slice.iter().copied().fold(start, fold),
            Values::Unaligned(elements) => elements.iter().fold(start, fold),
            Values::Swapped(elements) => elements.iter().fold(start, fold),
        }
    }
}

impl<T: Viewable + fmt::Debug> fmt::Debug for Elements<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elements")
            .field("report", &self.report)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Bytes as a slice of `T`, for which they are aligned, or the index of the first element that is not a valid value.
fn checked<T: Viewable>(bytes: &[u8]) -> Result<&[T], usize> {
    if bytes.is_empty() {
        return Ok(&[]);
    }
    if let Some(index) = first_invalid::<T>(bytes) {
        return Err(index);
    }
    let bits: &[T::Bits] = bits(bytes);
    // SAFETY: `Bits` has T's size and alignment, and a value is valid for T if `is_valid_bit_pattern` accepts it (the
    // implementer of CheckedBitPattern upholds both). `first_invalid` found no value that it rejects.
    Ok(unsafe { cast::values(bits) })
}

fn bits<B: AnyBitPattern>(bytes: &[u8]) -> &[B] {
    bytemuck::try_cast_slice(bytes).expect("the alignment was compared, and the header's bytes are whole elements")
}

/// The error for an element in this machine's byte order that is not a valid `T`. It begins at byte `place` of the
/// file's data.
fn invalid<T: Viewable>(view: &View, bytes: &[u8], index: usize, place: usize) -> Error {
    let bits = read_unaligned::<T>(&bytes[index * size_of::<T>()..][..size_of::<T>()]);
    view.invalid::<T>(index, place, &bits)
}
