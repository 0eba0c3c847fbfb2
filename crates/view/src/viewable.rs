//! Rust types that a file's elements can be viewed as.

use crate::types::Type;
use bytemuck::CheckedBitPattern;
use half::f16;
use num_complex::Complex;
use tollgate_abi::Element;

/// A Rust type that a file's elements can be viewed as: numbers, truth values, characters, complex numbers, arrays of
/// these, and records, for which `#[derive(Viewable)]` writes it.
///
/// It is safe to implement: what bytes may become a value is settled by [`CheckedBitPattern`] alone. A wrong
/// [`kind`](Viewable::kind) lets files be opened whose bytes mean something else, and nothing worse.
pub trait Viewable: CheckedBitPattern + Send + Sync + 'static {
    /// What it is, to be compared with what a file's elements are; of an array, what its elements are.
    fn kind() -> Type;

    /// The axes of an array, the slowest first; empty for all else.
    fn shape() -> Vec<u64> {
        Vec::new()
    }

    /// Turns the bytes of one value, which are as many as the type has, into the other byte order.
    fn swap(bytes: &mut [u8]);

    /// Reads a value's bits from bytes of the other byte order, wherever they lie.
    ///
    /// # Panics
    /// Where `bytes` are not as many as the type has.
    fn read_swapped(bytes: &[u8]) -> Self::Bits;
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
