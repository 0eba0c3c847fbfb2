//! Rust types that a file's elements can be viewed as.

use crate::types::Type;
use bytemuck::CheckedBitPattern;
use half::f16;
use num_complex::Complex;
use tollgate_abi::Element;

/// A Rust type that a file's elements can be viewed as: numbers, bools, characters, complex numbers, arrays of these,
/// and records, for which `#[derive(Viewable)]` implements it.
///
/// It is safe to implement: only [`CheckedBitPattern`] decides which bytes may become a value. A wrong
/// [`kind`](Viewable::kind) allows files to be opened whose bytes have another meaning, but cannot cause undefined
/// behaviour.
///
/// ```
/// use tollgate_view::{Policy, Viewable};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Viewable)]
/// #[repr(C)]
/// struct Tick {
///     price: f64,
///     side: Side,
///     #[viewable(padding)]
///     padding: [u8; 7],
/// }
///
/// #[derive(Clone, Copy, Debug, PartialEq, Viewable)]
/// #[repr(u8)]
/// enum Side {
///     Bid = 1,
///     Ask = 2,
/// }
///
/// # let directory = tollgate_platform::file::private_directory().unwrap();
/// # let path = directory.path().join("ticks.npy");
/// # let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
/// # file.extend(format!("{:117}\n", "{'descr': [('price', '=f8'), ('side', '|u1'), ('', '|V7')], 'fortran_order': False, 'shape': (1,)}").bytes());
/// # file.extend(2.5_f64.to_ne_bytes());
/// # file.extend([2, 0, 0, 0, 0, 0, 0, 0]);
/// # std::fs::write(&path, file).unwrap();
/// let view = tollgate_view::read(path)?;
/// let ticks = view.elements::<Tick>(Policy::IN_PLACE)?;
/// assert_eq!(ticks.get(0).unwrap().side, Side::Ask);
/// # Ok::<(), tollgate_view::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be viewed in a file's bytes",
    label = "this type cannot be viewed: it has invalid bit patterns, or it has a meaning only in memory",
    note = "viewable types are numbers, `bool`, `char`, `half::f16`, `Complex`, arrays of numbers, and structs and \
        enums that derive `Viewable`"
)]
pub trait Viewable: CheckedBitPattern + Send + Sync + 'static {
    /// The type, to compare it with the file's element type. For an array, the type of its elements.
    fn kind() -> Type;

    /// The axes of an array, the slowest first. Empty for all other types.
    fn shape() -> Vec<u64> {
        Vec::new()
    }

    /// Swaps the byte order of one value. `bytes` has the type's size.
    fn swap(bytes: &mut [u8]);

    /// Reads a value's bits from bytes in the other byte order, at any address.
    ///
    /// # Panics
    /// If `bytes` does not have the type's size.
    fn read_swapped(bytes: &[u8]) -> Self::Bits;

    /// Finds the invalid field of bits that are not a valid value. `None` if there are no fields, or each field is
    /// valid on its own.
    fn offender(_bits: &Self::Bits) -> Option<Offender> {
        None
    }
}

/// A field whose bytes are not a valid value of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offender {
    /// Its name, after the names of the records that contain it: `legs[1].ok`.
    pub path: String,
    /// Its offset in the record, in bytes.
    pub offset: usize,
    /// Its bytes.
    pub bytes: usize,
    /// Its type.
    pub kind: Type,
}

/// For the code of the derive, in which every type bound is [`Viewable`], so that a type that is not viewable is
/// reported for one reason.
#[doc(hidden)]
#[allow(missing_docs)]
pub mod derive {
    use super::{Offender, Viewable};
    use bytemuck::{AnyBitPattern, Zeroable};
    use std::mem::MaybeUninit;

    pub fn kind<T: Viewable>() -> crate::Type {
        T::kind()
    }

    pub fn shape<T: Viewable>() -> Vec<u64> {
        T::shape()
    }

    #[inline]
    pub fn swap<T: Viewable>(bytes: &mut [u8]) {
        T::swap(bytes);
    }

    /// The bits of a record, which may be invalid.
    #[derive(Clone, Copy)]
    #[repr(transparent)]
    pub struct Raw<T: Copy>(MaybeUninit<T>);

    // SAFETY: a MaybeUninit may hold anything, including zeros.
    unsafe impl<T: Copy> Zeroable for Raw<T> {}
    // SAFETY: a MaybeUninit is valid for every bit pattern and inhabited; a Copy type has no interior mutability.
    unsafe impl<T: Copy + 'static> AnyBitPattern for Raw<T> {}

    impl<T: Copy> Raw<T> {
        /// The bits of the field at `offset`.
        ///
        /// # Safety
        /// An `F` fits between `offset` and the end of `T`, and no byte of `T` is padding.
        #[inline]
        unsafe fn field<F: Viewable>(&self, offset: usize) -> F::Bits {
            // SAFETY: the caller promises that the field is in the record and does not overlap padding. Its bytes are
            // therefore initialised, because a Raw is only made from bytes or zeros. `Bits` is valid for every bit
            // pattern.
            unsafe { crate::cast::field(self, offset) }
        }

        /// Whether the bits at `offset` are a valid `F`.
        ///
        /// # Safety
        /// An `F` fits between `offset` and the end of `T`, and no byte of `T` is padding.
        #[inline]
        pub unsafe fn is_valid<F: Viewable>(&self, offset: usize) -> bool {
            // SAFETY: the caller's promise is the same.
            let bits = unsafe { self.field::<F>(offset) };
            F::is_valid_bit_pattern(&bits)
        }

        /// The field at `offset` if it is not a valid `F`, or the field inside it that is invalid.
        ///
        /// # Safety
        /// An `F` fits between `offset` and the end of `T`, and no byte of `T` is padding.
        pub unsafe fn offender<F: Viewable>(&self, offset: usize, name: &str) -> Option<Offender> {
            // SAFETY: the caller's promise is the same.
            let bits = unsafe { self.field::<F>(offset) };
            if F::is_valid_bit_pattern(&bits) {
                return None;
            }
            Some(match F::offender(&bits) {
                Some(inner) => Offender {
                    path: format!("{name}.{}", inner.path),
                    offset: offset + inner.offset,
                    ..inner
                },
                None => Offender {
                    path: name.to_owned(),
                    offset,
                    bytes: size_of::<F>(),
                    kind: F::kind(),
                },
            })
        }
    }
}

macro_rules! numbers {
    ($($type:ty => $element:ident),* $(,)?) => {$(
        impl Viewable for $type {
            fn kind() -> Type {
                Type::Plain(Element::$element)
            }

            #[inline]
            fn swap(bytes: &mut [u8]) {
                bytes.reverse();
            }

            #[inline]
            fn read_swapped(bytes: &[u8]) -> Self {
                let bytes = *bytes.as_array().expect("the caller gives the bytes of one value");
                if cfg!(target_endian = "big") {
                    <$type>::from_le_bytes(bytes)
                } else {
                    <$type>::from_be_bytes(bytes)
                }
            }
        }
    )*};
}

numbers!(u8 => U8, u16 => U16, u32 => U32, u64 => U64, i8 => I8, i16 => I16, i32 => I32, i64 => I64, f16 => F16, f32 => F32, f64 => F64);

impl Viewable for bool {
    fn kind() -> Type {
        Type::Plain(Element::BOOL)
    }

    fn swap(_: &mut [u8]) {}

    fn read_swapped(bytes: &[u8]) -> u8 {
        u8::read_swapped(bytes)
    }
}

/// A character of NumPy's fixed text, in UTF-32.
impl Viewable for char {
    fn kind() -> Type {
        Type::Text(1)
    }

    fn swap(bytes: &mut [u8]) {
        bytes.reverse();
    }

    fn read_swapped(bytes: &[u8]) -> u32 {
        u32::read_swapped(bytes)
    }
}

macro_rules! complex {
    ($($part:ty => $element:ident),* $(,)?) => {$(
        impl Viewable for Complex<$part> {
            fn kind() -> Type {
                Type::Plain(Element::$element)
            }

            #[inline]
            fn swap(bytes: &mut [u8]) {
                let (re, im) = bytes.split_at_mut(size_of::<$part>());
                re.reverse();
                im.reverse();
            }

            #[inline]
            fn read_swapped(bytes: &[u8]) -> Self {
                let (re, im) = bytes.split_at(size_of::<$part>());
                Complex::new(<$part>::read_swapped(re), <$part>::read_swapped(im))
            }
        }
    )*};
}

complex!(f32 => C64, f64 => C128);

impl<T: Viewable + bytemuck::Pod, const N: usize> Viewable for [T; N] {
    fn kind() -> Type {
        T::kind()
    }

    fn shape() -> Vec<u64> {
        let mut shape = vec![N as u64];
        shape.extend(T::shape());
        shape
    }

    fn swap(bytes: &mut [u8]) {
        for value in bytes.chunks_exact_mut(size_of::<T>().max(1)) {
            T::swap(value);
        }
    }

    fn read_swapped(bytes: &[u8]) -> Self {
        let mut array: Self = bytemuck::pod_read_unaligned(bytes);
        for value in &mut array {
            T::swap(bytemuck::bytes_of_mut(value));
        }
        array
    }
}
