//! Sums over the bytes of a file: at any address, in either byte order, without a copy.
//!
//! A loop that adds to one number waits for each addition before it begins the next. These loops use [`LANES`]
//! accumulators, so that additions overlap and vector registers are filled. Unaligned elements then cost little,
//! because processors load them at nearly the same speed.

use crate::arch::{self, Work};
use crate::{Elements, Values, Viewable};
use bytemuck::{AnyBitPattern, NoUninit};
use std::marker::PhantomData;
use tollgate_abi::{Element, Scalar};

/// The number of accumulators.
const LANES: usize = 16;

/// The number of elements that are added before their sum is added to the total. 2^16 times the least or greatest
/// number of 8 or 16 bits fits in 32 bits, and of 32 bits in 64.
const GATHERED: usize = 1 << 16;

/// A number that can be summed directly from bytes.
pub trait Sum: Scalar + AnyBitPattern + NoUninit {
    /// The type of the sum: `f64` for floating-point elements, and the exact `i128` for integers.
    type Total: Copy + Default + std::ops::Add<Output = Self::Total> + std::fmt::Debug + PartialEq;

    /// The sum of the elements in `bytes`, at any address. With `swapped`, the elements are in the other byte order.
    /// Bytes at the end that do not form a whole element are ignored.
    ///
    /// Floating-point elements are added in `f64`, in an order that this function chooses and that depends only on
    /// their number: a sum is the same on every machine, aligned or not.
    ///
    /// ```
    /// use tollgate_view::Sum;
    /// let halves = [0.5_f32; 1001];
    /// assert_eq!(f32::sum(bytemuck::cast_slice(&halves), false), 500.5);
    /// let greatest = [u64::MAX; 3];
    /// assert_eq!(u64::sum(bytemuck::cast_slice(&greatest), false), 3 * i128::from(u64::MAX));
    /// ```
    fn sum(bytes: &[u8], swapped: bool) -> Self::Total;
}

/// The loop of a sum, so that it can be compiled for several vector sizes.
trait Lanes: Sum {
    fn lanes(bytes: &[u8], swapped: bool) -> Self::Total;
}

struct SumOf<'a, T> {
    bytes: &'a [u8],
    swapped: bool,
    element: PhantomData<T>,
}

impl<T: Lanes> Work for SumOf<'_, T> {
    type Output = T::Total;

    #[inline(always)]
    fn run(self) -> T::Total {
        T::lanes(self.bytes, self.swapped)
    }
}

macro_rules! sums {
    ($total:ty: $($type:ty)*) => {$(
        impl Sum for $type {
            type Total = $total;

            fn sum(bytes: &[u8], swapped: bool) -> $total {
                // Wider vectors do not make doubles in this machine's order faster, and slow them down if they are
                // unaligned: every second load of 32 bytes crosses a cache line, but only every fourth load of 16
                // bytes.
                if !swapped && <$type>::ELEMENT == Element::F64 {
                    return <$type>::lanes(bytes, swapped);
                }
                arch::vectorised(SumOf::<$type> { bytes, swapped, element: PhantomData })
            }
        }
    )*};
}

sums!(f64: f32 f64);
sums!(i128: u8 u16 u32 u64 i8 i16 i32 i64);

/// Adds `part` of every element in [`LANES`] lanes, and then the lanes pairwise.
#[inline(always)]
fn lanes<const SIZE: usize, A>(bytes: &[u8], part: impl Fn([u8; SIZE]) -> A) -> A
where
    A: Copy + Default + std::ops::Add<Output = A>,
{
    let mut lanes = [A::default(); LANES];
    let (elements, _) = bytes.as_chunks::<SIZE>();
    let (rows, rest) = elements.as_chunks::<LANES>();
    for row in rows {
        for (lane, element) in lanes.iter_mut().zip(row) {
            *lane = *lane + part(*element);
        }
    }
    for (lane, element) in lanes.iter_mut().zip(rest) {
        *lane = *lane + part(*element);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = lanes[lane] + lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

macro_rules! floats {
    ($($type:ty, $bits:ty);* $(;)?) => {$(
        impl Lanes for $type {
            #[inline(always)]
            fn lanes(bytes: &[u8], swapped: bool) -> f64 {
                if swapped {
                    lanes(bytes, |element| f64::from(<$type>::from_bits(<$bits>::from_ne_bytes(element).swap_bytes())))
                } else {
                    lanes(bytes, |element| f64::from(<$type>::from_ne_bytes(element)))
                }
            }
        }
    )*};
}

floats!(f32, u32; f64, u64);

/// Integers of less than 64 bits: the sum of one batch fits in twice the bits, or in 32 bits.
macro_rules! narrow {
    ($($type:ty, $wide:ty);* $(;)?) => {$(
        impl Lanes for $type {
            #[inline(always)]
            fn lanes(bytes: &[u8], swapped: bool) -> i128 {
                gathered::<$type>(bytes, |bytes| {
                    i128::from(if swapped {
                        lanes(bytes, |element| <$wide>::from(<$type>::from_ne_bytes(element).swap_bytes()))
                    } else {
                        lanes(bytes, |element| <$wide>::from(<$type>::from_ne_bytes(element)))
                    })
                })
            }
        }
    )*};
}

narrow!(u8, u32; u16, u32; u32, u64; i8, i32; i16, i32; i32, i64);

/// 64-bit integers: the lower and the upper halves are added separately, because there are no 128-bit vector additions.
macro_rules! wide {
    ($($type:ty),*) => {$(
        impl Lanes for $type {
            #[inline(always)]
            fn lanes(bytes: &[u8], swapped: bool) -> i128 {
                gathered::<$type>(bytes, |bytes| {
                    let halves = if swapped {
                        lanes(bytes, |element| Halves::of(<$type>::from_ne_bytes(element).swap_bytes()))
                    } else {
                        lanes(bytes, |element| Halves::of(<$type>::from_ne_bytes(element)))
                    };
                    i128::from(halves.lower) + (i128::from(halves.upper) << 32)
                })
            }
        }

        impl HalvesOf<$type> for Halves<$type> {
            #[inline(always)]
            fn of(number: $type) -> Self {
                Self { lower: number & 0xffff_ffff, upper: number >> 32 }
            }
        }
    )*};
}

/// The lower and the upper 32 bits of a number, or sums of them.
#[derive(Clone, Copy, Default)]
struct Halves<T> {
    lower: T,
    upper: T,
}

trait HalvesOf<T> {
    fn of(number: T) -> Self;
}

impl<T: std::ops::Add<Output = T>> std::ops::Add for Halves<T> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            lower: self.lower + other.lower,
            upper: self.upper + other.upper,
        }
    }
}

wide!(u64, i64);

/// Sums batches that are small enough for `part` not to overflow.
#[inline(always)]
fn gathered<T>(bytes: &[u8], part: impl Fn(&[u8]) -> i128) -> i128 {
    bytes.chunks(GATHERED * size_of::<T>()).map(part).sum()
}

impl<T: Viewable + Sum> Elements<'_, T> {
    /// The sum of all elements, in any form, without a copy: see [`Sum`].
    pub fn sum(&self) -> T::Total {
        match self.values() {
            Values::Aligned(slice) | Values::Copied(slice) => T::sum(bytemuck::cast_slice(slice), false),
            Values::Unaligned(elements) => T::sum(elements.as_bytes(), false),
            Values::Swapped(elements) => T::sum(elements.as_bytes(), true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vectors;
    use proptest::prelude::*;

    /// The sums of `elements` when aligned, at every unaligned address, swapped, and with the loop for each kind of
    /// vectors must be equal.
    fn everywhere<T: Lanes>(elements: &[T]) -> T::Total {
        let bytes: &[u8] = bytemuck::cast_slice(elements);
        let sum = T::sum(bytes, false);
        let forced = |bytes: &[u8], swapped| {
            let element = PhantomData::<T>;
            let work = |vectors: Vectors| {
                vectors.run(SumOf {
                    bytes,
                    swapped,
                    element,
                })
            };
            let sums: Vec<T::Total> = Vectors::ALL.iter().copied().filter_map(work).collect();
            let available = Vectors::ALL.iter().filter(|vectors| vectors.available());
            assert_eq!(sums, vec![sum; available.count()]);
        };
        forced(bytes, false);
        let mut moved = vec![0; bytes.len() + 8];
        for offset in 0..8 {
            moved[offset..offset + bytes.len()].copy_from_slice(bytes);
            let there = &mut moved[offset..offset + bytes.len()];
            assert_eq!(T::sum(there, false), sum);
            there.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
            assert_eq!(T::sum(there, true), sum);
            forced(there, true);
        }
        sum
    }

    macro_rules! whole_numbers_are_summed_exactly {
        ($($type:ident)*) => {
            proptest! {$(
                #[test]
                fn $type(elements in proptest::collection::vec(any::<$type>(), 0..100)) {
                    prop_assert_eq!(everywhere(&elements), elements.iter().map(|&element| i128::from(element)).sum::<i128>());
                }
            )*}

            #[test]
            fn at_their_limits_too() {
                $(for limit in [$type::MIN, $type::MAX] {
                    let elements = vec![limit; 2 * GATHERED + 17];
                    let bytes = bytemuck::cast_slice(&elements);
                    assert_eq!($type::sum(bytes, false), elements.len() as i128 * i128::from(limit));
                })*
            }
        };
    }

    mod whole {
        use super::*;
        whole_numbers_are_summed_exactly!(u8 u16 u32 u64 i8 i16 i32 i64);
    }

    proptest! {
        #[test]
        fn doubles_are_summed_to_within_the_rounding_of_each_addition(elements in proptest::collection::vec(-1e6..1e6, 0..300)) {
            // Multiples of 2^-20 below 2^20 add up without rounding.
            let exact: Vec<f64> = elements.iter().map(|element: &f64| (element * 1024.0).round() / 1024.0).collect();
            prop_assert_eq!(everywhere(&exact), exact.iter().sum::<f64>());
            let magnitude: f64 = elements.iter().map(|element| element.abs()).sum();
            let difference = (everywhere(&elements) - elements.iter().sum::<f64>()).abs();
            prop_assert!(difference <= elements.len() as f64 * f64::EPSILON * magnitude);
        }

        #[test]
        fn singles_are_summed_as_doubles(elements in proptest::collection::vec(-1000_i16..1000, 0..300)) {
            let singles: Vec<f32> = elements.iter().map(|&element| f32::from(element) / 8.0).collect();
            prop_assert_eq!(everywhere(&singles), elements.iter().map(|&element| f64::from(element) / 8.0).sum::<f64>());
        }
    }

    #[test]
    fn the_sum_of_no_elements_is_zero_and_a_partial_element_is_ignored() {
        assert_eq!(f64::sum(&[], false), 0.0);
        assert_eq!(u16::sum(&[1, 1, 1], false), 257);
        assert!(f64::sum(bytemuck::cast_slice(&[1.0, f64::NAN]), false).is_nan());
        assert_eq!(
            f32::sum(bytemuck::cast_slice(&[f32::INFINITY; 3]), false),
            f64::INFINITY
        );
    }
}
