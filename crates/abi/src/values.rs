//! Checks that elements are valid values of their type: not every byte is a bool, and not every byte string is text.

use crate::{Block, BlockError, Element, MAX_RANK};

/// The number of bytes that are checked before the result is tested. A check that tests after each byte runs at a tenth
/// of the speed of memory.
const AT_ONCE: usize = 1024;

impl Block<'_> {
    /// Checks that every element is a valid value of its type: a BOOL is 0 or 1, and TEXT is UTF-8 whose last text ends
    /// with a NUL. All other types have no invalid values.
    ///
    /// # Errors
    /// [`BlockError::Truth`], [`BlockError::Text`], [`BlockError::Layout`] for text with strides, and
    /// [`BlockError::Overlap`].
    #[inline]
    pub fn check_values(&self) -> Result<(), BlockError> {
        match self.element {
            Element::BOOL => truth_values(self.as_bytes(), self.shape(), self.strides()),
            Element::TEXT if self.strides().is_some() => Err(BlockError::Layout),
            Element::TEXT => text(self.as_bytes()),
            _ => Ok(()),
        }
    }
}

#[cold]
fn not_truth(index: u64, found: u8) -> BlockError {
    BlockError::Truth { index, found }
}

fn truth_values(bytes: &[u8], shape: &[u64], strides: Option<&[i64]>) -> Result<(), BlockError> {
    match strides {
        Some(strides) => strided_truth_values(bytes, shape, strides),
        None => match first_that_is_no_truth_value(bytes) {
            Some(index) => Err(not_truth(index as u64, bytes[index])),
            None => Ok(()),
        },
    }
}

fn first_that_is_no_truth_value(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    for part in bytes.chunks(AT_ONCE) {
        if part.iter().fold(0, |any, byte| any | byte) > 1 {
            let within = part.iter().position(|byte| *byte > 1);
            return within.map(|within| start + within);
        }
        start += part.len();
    }
    None
}

/// As above, for elements with strides. The bytes between them may have any value.
fn strided_truth_values(bytes: &[u8], shape: &[u64], strides: &[i64]) -> Result<(), BlockError> {
    // In most blocks the bytes between them are bools as well.
    if first_that_is_no_truth_value(bytes).is_none() {
        return Ok(());
    }
    // An axis with stride 0 repeats its elements, so checking the first one is enough. Elements that overlap otherwise
    // may be far more numerous than the bytes that contain them.
    let once = |axis: usize| {
        if strides[axis] == 0 {
            shape[axis].min(1)
        } else {
            shape[axis]
        }
    };
    let product = (0..shape.len()).try_fold(1_u64, |product, axis| product.checked_mul(once(axis)));
    match product {
        Some(0) => return Ok(()),
        Some(count) if count <= bytes.len() as u64 => {}
        _ => return Err(BlockError::Overlap),
    }
    let mut index = [0_u64; MAX_RANK];
    let mut place = 0_i64;
    loop {
        // The creator of the block checked that every element is within its bytes.
        let found = bytes[place as usize];
        if found > 1 {
            let places = index.iter().zip(shape);
            let flat = places.fold(0_u64, |flat, (at, count)| flat.wrapping_mul(*count).wrapping_add(*at));
            return Err(not_truth(flat, found));
        }
        // The next element: the last axis varies fastest.
        let mut axis = shape.len();
        loop {
            let Some(outer) = axis.checked_sub(1) else {
                return Ok(());
            };
            axis = outer;
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < once(axis) {
                break;
            }
            place -= strides[axis] * index[axis] as i64;
            index[axis] = 0;
        }
    }
}

fn text(bytes: &[u8]) -> Result<(), BlockError> {
    if let Err(error) = core::str::from_utf8(bytes) {
        return Err(BlockError::Text {
            at: error.valid_up_to() as u64,
        });
    }
    match bytes.last() {
        None | Some(0) => Ok(()),
        Some(_) => Err(BlockError::Unterminated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strided(bytes: &[u8], shape: &[u64], strides: &[i64]) -> Result<(), BlockError> {
        strided_truth_values(bytes, shape, strides)
    }

    #[test]
    fn the_first_invalid_bool_is_found_at_any_position() {
        for length in [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 7] {
            let mut bytes = [0_u8; 3 * AT_ONCE + 7];
            let bytes = &mut bytes[..length];
            bytes.iter_mut().step_by(3).for_each(|byte| *byte = 1);
            assert_eq!(truth_values(bytes, &[length as u64], None), Ok(()));
            for at in [0, length / 2, length.saturating_sub(1)] {
                let Some(place) = bytes.get_mut(at) else { continue };
                let before = core::mem::replace(place, 254);
                let refused = BlockError::Truth {
                    index: at as u64,
                    found: 254,
                };
                assert_eq!(truth_values(bytes, &[length as u64], None), Err(refused));
                bytes[at] = before;
            }
        }
    }

    #[test]
    fn bools_that_an_axis_repeats_are_checked_once() {
        // A quarter of all addresses as elements in 7 bytes: half of the maximum of a block.
        let repeated = 1_u64 << (usize::BITS - 4);
        let shape = [2, repeated, 2];
        let refused = BlockError::Truth {
            index: 2 * repeated + 1,
            found: 3,
        };
        assert_eq!(strided(&[0, 7, 1, 7, 1, 7, 3], &shape, &[4, 0, 2]), Err(refused));
        assert_eq!(strided(&[0, 7, 1, 7, 1, 7, 1], &shape, &[4, 0, 2]), Ok(()));
        assert_eq!(strided(&[], &[3, 0], &[5, 1]), Ok(()));
        assert_eq!(strided(&[1], &[], &[]), Ok(()));
    }

    #[test]
    fn bools_that_overlap_too_much_are_checked_with_the_bytes_between_them() {
        assert_eq!(strided(&[1; 9], &[5, 5], &[1, 1]), Ok(()));
        assert_eq!(
            strided(&[1, 1, 1, 2, 1, 1, 1, 1, 1], &[5, 5], &[1, 1]),
            Err(BlockError::Overlap)
        );
    }

    #[test]
    fn text_is_utf_8_and_its_last_text_ends_with_a_nul() {
        assert_eq!(text(b""), Ok(()));
        assert_eq!(text("a\0né\0\0".as_bytes()), Ok(()));
        assert_eq!(text(b"a\0b"), Err(BlockError::Unterminated));
        assert_eq!(text(b"ab\xff\0"), Err(BlockError::Text { at: 2 }));
    }
}
