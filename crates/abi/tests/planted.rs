//! An error that only some targets detect. `cargo xtask variants --self-check` plants an error here and checks that the
//! target that must detect it does: an error that a foreign build does not find would not be found anywhere.

use tollgate_abi::{Block, Element};

/// The planted error: `endianness`, `layout`, or none.
const PLANTED: Option<&str> = option_env!("TOLLGATE_PLANTED");

#[test]
fn a_little_endian_header_is_read_in_native_order() {
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
    // Eight is the size of a u64, but not its alignment on some targets.
    let needed = match PLANTED {
        Some("layout") => size_of::<u64>(),
        _ => align_of::<u64>(),
    };
    assert_eq!(Element::U64.alignment(), needed);
    let values = [1_u64, 2];
    assert!(Block::of(&values, &[2], &[]).is_ok());
}
