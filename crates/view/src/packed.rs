//! Integers of 3, 5, 6 and 7 bytes, decoded into `i32` and `i64`.

use crate::ByteOrder;

/// Decodes numbers of `size` bytes into native numbers of 4 bytes, or of 8 bytes for sizes from 5 on: into their upper
/// bytes, with zeros below. `to` has as many numbers as `from`.
pub(crate) fn decode(from: &[u8], size: u8, order: ByteOrder, to: &mut [u8]) {
    match size {
        3 => each::<3, 4>(from, order, to),
        5 => each::<5, 8>(from, order, to),
        6 => each::<6, 8>(from, order, to),
        7 => each::<7, 8>(from, order, to),
        _ => unreachable!("only these sizes are parsed as packed numbers"),
    }
}

fn each<const FROM: usize, const TO: usize>(from: &[u8], order: ByteOrder, to: &mut [u8]) {
    for (from, to) in from.as_chunks::<FROM>().0.iter().zip(to.as_chunks_mut::<TO>().0) {
        // Most significant byte first, where the number begins.
        let mut number = [0; TO];
        for (index, byte) in number.iter_mut().take(FROM).enumerate() {
            *byte = match order {
                ByteOrder::Big => from[index],
                _ => from[FROM - 1 - index],
            };
        }
        if cfg!(target_endian = "little") {
            number.reverse();
        }
        *to = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_sign_and_full_scale() {
        let little = [0xff, 0xff, 0x7f, 0, 0, 0x80, 1, 0, 0];
        let mut big = little;
        big.chunks_exact_mut(3).for_each(<[u8]>::reverse);
        for (bytes, order) in [(little, ByteOrder::Little), (big, ByteOrder::Big)] {
            let mut numbers = [7_i32; 3];
            decode(&bytes, 3, order, bytemuck::cast_slice_mut(&mut numbers));
            assert_eq!(numbers, [0x7fff_ff00, i32::MIN, 1 << 8]);
        }
        for size in [5_u8, 6, 7] {
            let mut bytes = vec![0; usize::from(size)];
            bytes[0] = 0xfe;
            bytes[1..].fill(0xff);
            let mut number = [0_i64];
            decode(&bytes, size, ByteOrder::Little, bytemuck::cast_slice_mut(&mut number));
            assert_eq!(number, [-2 << (64 - 8 * u32::from(size))]);
        }
    }
}
