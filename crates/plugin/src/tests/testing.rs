//! The results of `testing::collect`.

use crate::{Attribute, Block, Element, Error, Level, SAMPLE_RATE, Value, testing};

#[test]
fn a_committed_block_has_element_shape_bytes_and_attributes() {
    let attributes = [
        Attribute::new(SAMPLE_RATE, Value::Real(8000.0)),
        Attribute::new("takes", Value::Integer(-3)),
        Attribute::new("columns", Value::Text("l\0r\0")),
    ];
    let input = Block::of(&[1_i16, 2, 3, 4], &[2, 2], &attributes).unwrap();
    let given = testing::collect(|output| {
        output.log(Level::INFO, "a line");
        output.reserve::<i16>(4)?.copy_from_slice(input.as_slice()?);
        output.commit_like(&input)
    })
    .unwrap();
    let [block] = &given[..] else {
        panic!("{} blocks", given.len())
    };
    assert_eq!((block.element(), block.shape()), (Element::I16, &[2, 2][..]));
    assert_eq!(block.as_slice::<i16>().unwrap(), [1, 2, 3, 4]);
    assert_eq!(block.as_bytes(), input.as_bytes());
    assert!(block.as_slice::<u16>().is_err() && block.texts().is_none());
    assert_eq!(block.attribute(SAMPLE_RATE), Some(Value::Real(8000.0)));
    assert_eq!(block.attribute("takes"), Some(Value::Integer(-3)));
    assert_eq!(block.attribute("columns"), Some(Value::Text("l\0r\0")));
    assert_eq!(block.attribute("none"), None);
}

#[test]
fn a_table_is_its_columns_in_order() {
    let long: Vec<f64> = (0..1000).map(f64::from).collect();
    let given = testing::collect(|output| {
        output.column(&long)?;
        output.texts(["a", "", "bc"])?;
        output.column::<u8>(&[])
    })
    .unwrap();
    assert_eq!(given.len(), 3);
    assert_eq!(given[0].as_slice::<f64>().unwrap(), long);
    assert_eq!(given[1].texts().unwrap(), ["a", "", "bc"]);
    assert_eq!((given[2].shape(), given[2].as_bytes()), (&[0][..], &[][..]));
}

#[test]
fn an_operation_s_error_is_returned_and_reserving_too_much_is_an_error() {
    let said = |error: Error| error.to_string();
    let own = testing::collect(|_| Err(Error::input("two channels are needed")));
    assert_eq!(own.err().map(said).unwrap(), "two channels are needed");
    let huge = testing::collect(|output| output.reserve::<u8>(1 << 62).map(|_| ()));
    assert_eq!(
        huge.err().map(said).unwrap(),
        "the host could not reserve 4611686018427387904 bytes of output"
    );
    let nothing = testing::collect(|output| output.commit());
    assert!(said(nothing.err().unwrap()).starts_with("nothing to commit: no memory is reserved"));
}
