//! Blocks: valid ones, invalid ones, and the reasons.

use tollgate_abi::{Attribute, Block, BlockError, Element, Value, bytes_of};

const VALUES: [f64; 12] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0];

/// Half of the alignment of an f64, which is not 8 everywhere.
const HALF: usize = align_of::<f64>() / 2;

fn bytes() -> &'static [u8] {
    // SAFETY: an array of f64 is initialised bytes without padding, live for good.
    unsafe { std::slice::from_raw_parts(VALUES.as_ptr().cast(), size_of_val(&VALUES)) }
}

#[test]
fn size_and_alignment_must_fit_the_element_type() {
    let refused = |data: &'static [u8], shape: &'static [u64]| Block::new(Element::F64, data, shape, &[]).unwrap_err();
    assert_eq!(
        refused(&bytes()[..80], &[12]),
        BlockError::Size { needed: 96, found: 80 }
    );
    assert_eq!(
        refused(&bytes()[HALF..HALF + 88], &[11]),
        BlockError::Alignment {
            element: Element::F64,
            needed: 2 * HALF,
            off_by: HALF
        }
    );
    assert_eq!(refused(bytes(), &[u64::MAX, 3]), BlockError::Shape);
    assert_eq!(refused(bytes(), &[1; 33]), BlockError::Rank { rank: 33 });
    assert!(
        Block::new(Element::F64, &[], &[0], &[]).is_ok(),
        "no elements need no alignment"
    );
}

#[test]
fn an_axis_of_no_elements_makes_any_shape_empty() {
    for shape in [[0, 1 << 62, 1 << 62], [1 << 62, 1 << 62, 0]] {
        assert_eq!(bytes_of(Element::F64, &shape), Ok(0));
    }
}

#[test]
fn a_view_of_columns_is_a_block_with_strides_within_its_data() {
    // The first two columns of three rows of four.
    let block = Block::with_strides(Element::F64, bytes(), &[3, 2], &[32, 8], &[]).unwrap();
    assert_eq!((block.shape(), block.strides()), (&[3, 2][..], Some(&[32, 8][..])));
    assert_eq!(block.as_slice::<f64>(), Err(BlockError::Layout));
    for strides in [&[64, 8][..], &[32, -8], &[32, HALF as i64], &[32]] {
        let strides: Vec<i64> = strides.to_vec();
        let refused = Block::with_strides(Element::F64, bytes(), &[3, 2], &strides, &[]);
        assert_eq!(refused.map(|_| ()), Err(BlockError::Strides));
    }
    // C order given by strides is C order: the block consists only of its elements, although there is more data.
    let block = Block::with_strides(Element::F64, bytes(), &[2, 2], &[16, 8], &[]).unwrap();
    assert_eq!(block.as_slice::<f64>().unwrap(), &VALUES[..4]);
    assert_eq!((block.strides(), block.as_bytes().len()), (None, 32));
    let empty = Block::with_strides(Element::F64, bytes(), &[0, 2], &[16, 8], &[]).unwrap();
    assert!(empty.as_bytes().is_empty());
}

#[test]
fn attributes_are_found_by_their_key() {
    let attributes = [
        Attribute::new("rate", Value::Real(2.5)),
        Attribute::new("count", Value::Integer(-3)),
    ];
    let block = Block::of(&VALUES, &[12], &attributes).unwrap();
    assert_eq!(block.attribute("count"), Some(Value::Integer(-3)));
    assert_eq!(block.attribute("missing"), None);
}

#[test]
fn an_element_type_is_named_and_an_unknown_one_shows_its_code() {
    assert_eq!(Element::from_name("f64"), Some(Element::F64));
    assert_eq!(Element::record(13).unwrap().to_string(), "record of 13 bytes");
    assert_eq!(
        (Element(0x7f00_0004).to_string(), Element(0x7f00_0004).bytes()),
        ("type 0x7f000004".to_owned(), 4)
    );
    assert_eq!(Element::record(1 << 24), None);
}

#[test]
fn invalid_bools_and_invalid_text_are_refused() {
    let refused =
        |element, data: &'static [u8], shape: &'static [u64]| Block::new(element, data, shape, &[]).unwrap_err();
    let of_7 = BlockError::Truth { index: 0, found: 7 };
    assert_eq!(refused(Element::BOOL, &[7], &[1]), of_7);
    assert_eq!(of_7.to_string(), "element 0 (bool) is 07: a bool must be 00 or 01");
    assert_eq!(refused(Element::TEXT, &[0xff, 0], &[2]), BlockError::Text { at: 0 });
    assert_eq!(refused(Element::TEXT, b"ab", &[2]), BlockError::Unterminated);
    assert!(Block::new(Element::TEXT, b"a\0b\0", &[2, 2], &[]).is_ok());
    // The bytes between the elements may have any value.
    let strided = |data| Block::with_strides(Element::BOOL, data, &[2, 2], &[3, 1], &[]).map(drop);
    assert_eq!(strided(&[1, 0, 9, 0, 1]), Ok(()));
    assert_eq!(strided(&[1, 0, 9, 0, 2]), Err(BlockError::Truth { index: 3, found: 2 }));
    let text = Block::with_strides(Element::TEXT, b"a.\0.", &[2], &[2], &[]);
    assert_eq!(text.map(drop), Err(BlockError::Layout));
}

#[test]
fn a_receiver_detects_invalid_values() {
    // SAFETY: nothing here uses the block's values as such; that is what the check is for.
    let lying = unsafe { Block::with_known_values(Element::BOOL, &[1, 2], &[2], None, &[]) }.unwrap();
    assert_eq!(lying.check(), Err(BlockError::Truth { index: 1, found: 2 }));
    assert_eq!(lying.again().unwrap().as_bytes(), [1, 2]);
}
