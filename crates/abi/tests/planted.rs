//! What only some targets show. `cargo xtask variants --self-check` plants an error here and looks whether the target
//! that must show it does: an error that is not found by a foreign build would not be found anywhere.

use tollgate_abi::{Block, Element};

/// The error that is planted: `endianness`, `layout`, or none.
const PLANTED: Option<&str> = option_env!("TOLLGATE_PLANTED");

#[test]
fn a_little_endian_header_is_read_as_it_lies() {
    // The length of a .npy header, 118, as NumPy writes it.
    let header = [0x76_u8, 0x00];
    let length = match PLANTED {
        Some("endianness") => u16::from_ne_bytes(header),
        _ => u16::from_le_bytes(header),
    };
    assert_eq!(length, 118);
}

#[test]
fn a_block_of_eight_bytes_lies_at_a_multiple_of_eight() {
    // Eight is the size of a u64, and on some targets not what it is aligned to.
    let needed = match PLANTED {
        Some("layout") => size_of::<u64>(),
        _ => align_of::<u64>(),
    };
    assert_eq!(Element::U64.alignment(), needed);
    let values = [1_u64, 2];
    assert!(Block::of(&values, &[2], &[]).is_ok());
}
