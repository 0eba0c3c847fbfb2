//! Copies that change the order of elements.

/// Copies elements of `size` bytes, with `strides` bytes between them along each axis, to contiguous memory in C order.
///
/// `to` has exactly the size of all elements, and every element is inside `from`: the header's checks ensure both.
pub(crate) fn gather(to: &mut [u8], from: &[u8], shape: &[u64], strides: &[i64], size: usize) {
    let (Some((&inner, outer)), Some((&step, steps))) = (shape.split_last(), strides.split_last()) else {
        to.copy_from_slice(&from[..size]);
        return;
    };
    if to.is_empty() {
        return;
    }
    let row = inner as usize * size;
    let mut index = vec![0_u64; outer.len()];
    let mut start = 0_usize;
    for to in to.chunks_exact_mut(row) {
        match size {
            1 => row_of::<1>(to, from, start, step as usize),
            2 => row_of::<2>(to, from, start, step as usize),
            4 => row_of::<4>(to, from, start, step as usize),
            8 => row_of::<8>(to, from, start, step as usize),
            16 => row_of::<16>(to, from, start, step as usize),
            _ => {
                for (at, element) in to.chunks_exact_mut(size).enumerate() {
                    element.copy_from_slice(&from[start + at * step as usize..][..size]);
                }
            }
        }
        // The next row: the last outer axis varies fastest.
        for axis in (0..outer.len()).rev() {
            index[axis] += 1;
            start += steps[axis] as usize;
            if index[axis] < outer[axis] {
                break;
            }
            start -= steps[axis] as usize * outer[axis] as usize;
            index[axis] = 0;
        }
    }
}

fn row_of<const SIZE: usize>(to: &mut [u8], from: &[u8], start: usize, step: usize) {
    for (at, element) in to.as_chunks_mut::<SIZE>().0.iter_mut().enumerate() {
        element.copy_from_slice(&from[start + at * step..][..SIZE]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fortran_order_becomes_c_order() {
        // Shape 2 × 3 × 2: element (i, j, k) is 100 i + 10 j + k.
        let mut from = Vec::new();
        for k in 0..2_u8 {
            for j in 0..3_u8 {
                for i in 0..2_u8 {
                    from.extend([100 * i + 10 * j + k, 7, 7]);
                }
            }
        }
        let mut to = vec![0; 36];
        gather(&mut to, &from, &[2, 3, 2], &[3, 6, 18], 3);
        let first: Vec<u8> = to.chunks_exact(3).map(|element| element[0]).collect();
        assert_eq!(first, [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121]);
        let wide: Vec<u8> = from.chunks_exact(3).flat_map(|element| [element[0], 0]).collect();
        let mut to = vec![0; 24];
        gather(&mut to, &wide, &[2, 3, 2], &[2, 4, 12], 2);
        assert_eq!(to.chunks_exact(2).map(|element| element[0]).collect::<Vec<_>>(), first);
    }
}
