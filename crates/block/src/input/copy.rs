//! Elements at regular distances: whether they are all there, and their copy in C order.

use super::InputError;

/// A shape and its strides, in elements, which stay inside a slice.
pub(super) struct Steps {
    shape: Vec<usize>,
    /// 0 along an axis of length 1, on which nothing steps.
    strides: Vec<isize>,
    count: usize,
    /// The index of the element that comes first in C order. It is not 0 if a stride is negative.
    first: usize,
}

impl Steps {
    /// Checks that every element is inside `found` elements, of which the one with the lowest address has the index 0.
    /// `count` is the shape's number of elements.
    pub(super) fn new(shape: &[usize], strides: &[isize], count: usize, found: usize) -> Result<Self, InputError> {
        if shape.len() != strides.len() {
            return Err(InputError::StrideCount {
                axes: shape.len(),
                strides: strides.len(),
            });
        }
        let mut steps = Self {
            shape: shape.to_vec(),
            strides: Vec::with_capacity(strides.len()),
            count,
            first: 0,
        };
        // The distance from the lowest element to the highest, and of the part of it that negative strides cover.
        let mut span = Some(0_usize);
        let mut back = Some(0_usize);
        for (&length, &stride) in shape.iter().zip(strides) {
            let stride = if length > 1 { stride } else { 0 };
            steps.strides.push(stride);
            let covered = stride.unsigned_abs().checked_mul(length.saturating_sub(1));
            let add = |sum: Option<usize>| sum?.checked_add(covered?);
            span = add(span);
            if stride < 0 {
                back = add(back);
            }
        }
        let reach = span.and_then(|span| span.checked_add(1));
        match (reach, back) {
            _ if count == 0 => {}
            (Some(reach), Some(back)) if reach <= found => steps.first = back,
            _ => {
                return Err(InputError::Strides {
                    shape: shape.to_vec(),
                    strides: strides.to_vec(),
                    reach,
                    found,
                });
            }
        }
        Ok(steps)
    }

    /// Whether a step leads to a lower address.
    pub(super) fn turns_back(&self) -> bool {
        self.strides.iter().any(|stride| *stride < 0)
    }

    /// The strides in bytes. There are elements, so they are inside a slice of elements of `size` bytes, and none is
    /// longer than that slice.
    pub(super) fn in_bytes(&self, size: usize) -> Vec<i64> {
        self.strides.iter().map(|stride| *stride as i64 * size as i64).collect()
    }

    /// A copy of the elements in C order. `values` has the length that was checked.
    pub(super) fn gather<T: Copy>(&self, values: &[T]) -> Result<Vec<T>, InputError> {
        let mut copy = room(self.count)?;
        if self.count == 0 {
            return Ok(copy);
        }
        // The last axis is the inner loop; the others count like the digits of a number.
        let (&columns, outer) = self.shape.split_last().unwrap_or((&1, &[]));
        let step = self.strides.last().copied().unwrap_or(0);
        let mut index = vec![0_usize; outer.len()];
        let mut row = self.first;
        loop {
            let mut at = row;
            for _ in 0..columns {
                copy.push(values[at]);
                // Behind the last element of a row it may leave the slice, and is not used.
                at = at.wrapping_add_signed(step);
            }
            let mut axis = outer.len();
            loop {
                let Some(before) = axis.checked_sub(1) else {
                    return Ok(copy);
                };
                axis = before;
                row = row.wrapping_add_signed(self.strides[axis]);
                index[axis] += 1;
                if index[axis] < outer[axis] {
                    break;
                }
                // Back to the start of this axis.
                row = row.wrapping_sub((self.strides[axis] as usize).wrapping_mul(index[axis]));
                index[axis] = 0;
            }
        }
    }
}

/// Room for a number of elements.
pub(super) fn room<T>(elements: usize) -> Result<Vec<T>, InputError> {
    let mut room = Vec::new();
    room.try_reserve_exact(elements)
        .map_err(|_| InputError::Memory { elements })?;
    Ok(room)
}
