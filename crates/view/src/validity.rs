//! Checks whether every element is a valid value of its type: bool, char, enums, and records of them.
//!
//! A check that stops at the first invalid element must test the result after every element. These functions check a
//! whole block without testing, at the speed of memory, and search for the invalid element only in a block that has
//! one.

use crate::arch::{self, Work};
use bytemuck::CheckedBitPattern;
use std::marker::PhantomData;

/// The number of elements that are checked before the result is tested.
const BLOCK: usize = 1024;

/// The index of the first element in `bytes` that is not a valid `T`, or `None` if all are valid. The bytes may be
/// unaligned. Bytes at the end that do not form a whole element are ignored.
///
/// ```
/// assert_eq!(tollgate_view::first_invalid::<bool>(&[0, 1, 1, 2]), Some(3));
/// assert_eq!(tollgate_view::first_invalid::<char>(&0xd800_u32.to_ne_bytes()), Some(0));
/// assert_eq!(tollgate_view::first_invalid::<bool>(&[]), None);
/// ```
pub fn first_invalid<T: CheckedBitPattern>(bytes: &[u8]) -> Option<usize> {
    first_that::<T>(bytes, |element| {
        !T::is_valid_bit_pattern(&bytemuck::pod_read_unaligned(element))
    })
}

/// The index of the first `T` in `bytes` for which `offends` is true. It is called for every element of a block.
pub(crate) fn first_that<T>(bytes: &[u8], offends: impl Fn(&[u8]) -> bool) -> Option<usize> {
    if size_of::<T>() == 0 {
        return None;
    }
    let element = PhantomData::<T>;
    arch::vectorised(Search {
        bytes,
        offends,
        element,
    })
}

struct Search<'a, T, F> {
    bytes: &'a [u8],
    offends: F,
    element: PhantomData<T>,
}

impl<T, F: Fn(&[u8]) -> bool> Work for Search<'_, T, F> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run(self) -> Option<usize> {
        for (index, block) in self.bytes.chunks(BLOCK * size_of::<T>()).enumerate() {
            let elements = block.chunks_exact(size_of::<T>());
            if elements
                .clone()
                .fold(false, |any, element| any | (self.offends)(element))
            {
                let within = elements.map(&self.offends).position(|offends| offends);
                return within.map(|within| index * BLOCK + within);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vectors;
    use proptest::prelude::*;

    #[derive(Clone, Copy, CheckedBitPattern)]
    #[repr(i16)]
    #[allow(dead_code)]
    enum Level {
        Low = -3,
        Middle = 0,
        High = 300,
    }

    #[derive(Clone, Copy, CheckedBitPattern)]
    #[repr(C)]
    struct Reading {
        time: u64,
        level: Level,
        first: bool,
        last: bool,
        id: u32,
    }

    /// Compares with the check that stops at the first invalid element, at several addresses.
    fn agrees<T: CheckedBitPattern>(bytes: &[u8]) {
        let naive = bytes
            .chunks_exact(size_of::<T>())
            .position(|element| bytemuck::checked::try_pod_read_unaligned::<T>(element).is_err());
        for offset in 0..4 {
            let moved = [&vec![0; offset][..], bytes].concat();
            assert_eq!(first_invalid::<T>(&moved[offset..]), naive);
            for vectors in Vectors::ALL.iter().copied() {
                let found = vectors.run(Search {
                    bytes: &moved[offset..],
                    offends: |element: &[u8]| !T::is_valid_bit_pattern(&bytemuck::pod_read_unaligned(element)),
                    element: PhantomData::<T>,
                });
                assert_eq!(found, vectors.available().then_some(naive), "{vectors:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_first_invalid_element_is_the_same_as_in_a_plain_search(
            at in 0..2 * BLOCK + 10, then in 0..2 * BLOCK + 10, byte in 2..=255_u8, mut bits: u32
        ) {
            let mut bytes = vec![1; 2 * BLOCK + 10];
            agrees::<bool>(&bytes);
            bytes[at] = byte;
            bytes[then] = byte;
            prop_assert_eq!(first_invalid::<bool>(&bytes), Some(at.min(then)));
            agrees::<bool>(&bytes);
            let mut characters = vec![u32::from('x'); 2 * BLOCK + 10];
            for _ in 0..8 {
                characters[at] = bits;
                agrees::<char>(bytemuck::cast_slice(&characters));
                // Near the surrogates and the maximum of a char.
                bits = [0xd7ff, 0xd800, 0xdfff, 0xe000, 0x10_ffff, 0x11_0000, 0xffff_ffff, 0][bits as usize % 8] ^ (bits >> 31);
            }
        }

        #[test]
        fn enums_and_records_are_checked_like_any_other(bytes in proptest::collection::vec(0..3_u8, 0..400)) {
            agrees::<Level>(&bytes);
            agrees::<Reading>(&bytes);
        }
    }

    #[test]
    fn a_partial_element_at_the_end_is_ignored() {
        assert_eq!(first_invalid::<char>(&[0, 0, 0, 0, 255, 255, 255]), None);
    }
}
