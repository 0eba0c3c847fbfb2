use super::*;
use proptest::prelude::*;
use tollgate_abi::Element;

/// What the shape and the strides mean, written the slow way: the elements in C order.
fn elements(values: &[i32], shape: &[usize], strides: &[isize]) -> Vec<i32> {
    let negative = shape
        .iter()
        .zip(strides)
        .filter(|(length, stride)| **stride < 0 && **length > 1);
    let first: isize = negative.map(|(length, stride)| -stride * (*length as isize - 1)).sum();
    let mut places = vec![first];
    for (length, stride) in shape.iter().zip(strides) {
        places = places
            .into_iter()
            .flat_map(|place| (0..*length as isize).map(move |step| place + step * stride))
            .collect();
    }
    places.into_iter().map(|place| values[place as usize]).collect()
}

#[test]
fn a_vec_is_moved_and_a_slice_is_borrowed() {
    let values = vec![1.5_f64, 2.5];
    let address = values.as_ptr().cast();
    let borrowed = Input::of(&values);
    assert_eq!((borrowed.block().data().0, borrowed.copied_bytes()), (address, 0));
    let moved = Input::of(values);
    assert_eq!((moved.block().data().0, moved.copied_bytes()), (address, 0));
    // And handed over with its memory.
    let owned = Owned::from(moved);
    let raw = owned.into_raw();
    // SAFETY: it was made a moment ago, and is taken once.
    let back = unsafe { Owned::from_raw(raw) }.unwrap();
    assert_eq!(back.block().data().0, address);
}

#[test]
fn an_array_of_numbers_an_empty_one_and_a_single_number_are_inputs() {
    assert_eq!(Input::of(&[1_u8, 2]).shape(), [2]);
    assert_eq!(Input::<f32>::of(Vec::new()).block().shape(), [0]);
    let single = Input::shaped(&[7_i64], &[]).unwrap();
    assert_eq!(single.block().as_slice::<i64>().unwrap(), [7]);
    assert_eq!(Input::strided(&[7_i64], &[], &[]).unwrap().copied_bytes(), 0);
    let none = Input::strided(&[0_u16; 0], &[3, 0, usize::MAX], &[isize::MAX, -1, 9]).unwrap();
    assert_eq!(none.block().as_bytes(), [0_u8; 0]);
    assert!(Input::column_major(&[0_u16; 0], &[usize::MAX, usize::MAX, 0]).is_ok());
}

#[test]
fn a_matrix_in_fortran_order_stays_in_place_and_a_copy_of_it_is_counted() {
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let matrix = Input::column_major(&values, &[2, 3]).unwrap();
    assert_eq!(matrix.block().strides(), Some(&[8, 16][..]));
    assert_eq!(matrix.copy_reason(), None);
    assert_eq!(matrix.block().data().0, values.as_ptr().cast());
    let copy = matrix.in_c_order().unwrap();
    assert_eq!(copy.block().as_slice::<f64>().unwrap(), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    assert_eq!(
        (copy.copied_bytes(), copy.copy_reason()),
        (48, Some(CopyReason::COrder))
    );
}

#[test]
fn what_is_in_c_order_is_not_copied() {
    let values = [1_u32, 2, 3, 4];
    let strided = Input::strided(&values, &[2, 2], &[2, 1]).unwrap();
    let same = strided.in_c_order().unwrap();
    assert_eq!(
        (same.copied_bytes(), same.block().data().0),
        (0, values.as_ptr().cast())
    );
    // A column of one row steps nowhere, whatever its stride.
    let row = Input::strided(&values, &[1, 4], &[-99, 1]).unwrap();
    assert_eq!((row.copied_bytes(), row.block().strides()), (0, None));
}

#[test]
fn negative_strides_are_copied_from_the_end() {
    let values = [1, 2, 3, 4, 5, 6];
    let reversed = Input::strided(&values, &[6], &[-1]).unwrap();
    assert_eq!(reversed.block().as_slice::<i32>().unwrap(), [6, 5, 4, 3, 2, 1]);
    assert_eq!(
        (reversed.copied_bytes(), reversed.copy_reason()),
        (24, Some(CopyReason::NegativeStride))
    );
    let mirrored = Input::strided(&values, &[2, 3], &[3, -1]).unwrap();
    assert_eq!(mirrored.block().as_slice::<i32>().unwrap(), [3, 2, 1, 6, 5, 4]);
}

#[test]
fn a_stride_of_zero_repeats_an_element_without_a_copy() {
    let repeated = Input::strided(&[2.5_f32], &[4], &[0]).unwrap();
    assert_eq!(repeated.copied_bytes(), 0);
    let copy = repeated.in_c_order().unwrap();
    assert_eq!(copy.block().as_slice::<f32>().unwrap(), [2.5; 4]);
}

#[test]
fn what_reaches_outside_is_refused_with_the_numbers() {
    let values = [0_u8; 10];
    let error = |shape: &[usize], strides: &[isize]| Input::strided(&values, shape, strides).unwrap_err().to_string();
    assert_eq!(
        error(&[3, 4], &[4, 1]),
        "the shape [3, 4] with the strides [4, 1] (in elements) reaches 12 elements, and there are 10"
    );
    assert!(error(&[2, 2], &[-9, -1]).contains("reaches 11 elements"));
    assert!(error(&[3], &[isize::MIN]).contains("reaches more than addressable elements"));
    assert!(error(&[3, 3], &[isize::MAX, isize::MAX]).contains("more than addressable"));
    assert!(error(&[2], &[]).contains("1 axes and 0 strides"));
    assert!(error(&[usize::MAX, 2], &[0, 0]).contains("does not fit in memory"));
    assert!(error(&[1; 33], &[0; 33]).contains("33 axes"));
    assert_eq!(
        Input::shaped(&values, &[3, 4]).unwrap_err().to_string(),
        "the shape [3, 4] needs 12 elements, and there are 10"
    );
    assert!(
        Input::shaped(&values, &[3])
            .unwrap_err()
            .to_string()
            .contains("10 or more")
    );
    // Of eight bytes each, as many elements as there are addresses do not fit.
    assert!(Input::strided(&[0_u64], &[isize::MAX as usize], &[0]).is_err());
}

/// On 32-bit targets there may be as much memory, and Miri ends instead of refusing it.
#[cfg(all(target_pointer_width = "64", not(miri)))]
#[test]
fn a_copy_that_no_memory_has_room_for_is_an_error() {
    let most = isize::MAX as usize;
    let error = Input::strided(&[0_u8, 1], &[most / 2, 2], &[0, -1]).unwrap_err();
    assert!(matches!(error, InputError::Memory { .. }), "{error}");
    let error = Input::strided(&[0_u8], &[most], &[0]).unwrap().in_c_order();
    // C order of a single repeated element needs as much.
    assert!(matches!(error, Err(InputError::Memory { .. })));
}

#[test]
fn an_iterator_gives_exactly_as_many_as_the_shape_has() {
    let input = Input::collect((0..6).map(f64::from), &[2, 3]).unwrap();
    assert_eq!(
        (input.copied_bytes(), input.copy_reason()),
        (48, Some(CopyReason::Iterator))
    );
    for count in [5, 7] {
        let error = Input::collect((0..count).map(f64::from), &[2, 3]).unwrap_err();
        assert!(matches!(error, InputError::Size { needed: 6, .. }), "{error}");
    }
    // An endless one is not read to its end.
    assert!(Input::collect(std::iter::repeat(1_u8), &[3]).is_err());
}

#[test]
fn columns_have_names_and_blocks_have_attributes() {
    let input = Input::shaped(&[1.0, 2.0], &[1, 2]).unwrap();
    let input = input.with_columns(&["year", "activity"]).unwrap();
    let input = input.with_attribute("rate", Value::Real(2.0));
    assert_eq!(input.block().attribute(COLUMNS), Some(Value::Text("year\0activity\0")));
    assert_eq!(input.block().attribute("rate"), Some(Value::Real(2.0)));
    let error = input.with_columns(&["year"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 names [\"year\"] for 2 columns: give each column one name without a NUL"
    );
    assert!(Input::of(&[1.0]).with_columns(&["a\0b"]).is_err());
}

proptest! {
    /// Whatever the shape and the strides, the block has the elements that they mean, or they are refused because they
    /// leave the slice.
    #[test]
    fn every_shape_and_stride_gives_its_elements_or_is_refused(
        axes in prop::collection::vec((0_usize..4, -7_isize..8), 0..4),
        length in 0_usize..40,
    ) {
        let values: Vec<i32> = (0..length as i32).collect();
        let (shape, strides): (Vec<usize>, Vec<isize>) = axes.into_iter().unzip();
        let reach: usize = shape
            .iter()
            .zip(&strides)
            .map(|(length, stride)| length.saturating_sub(1) * stride.unsigned_abs())
            .sum::<usize>() + 1;
        match Input::strided(&values, &shape, &strides) {
            Ok(input) => {
                let needed = if shape.contains(&0) { vec![] } else { elements(&values, &shape, &strides) };
                prop_assert_eq!(input.block().element(), Element::I32);
                let copied = input.copied_bytes();
                prop_assert!(copied == 0 || copied == needed.len() * 4);
                let input = input.in_c_order().unwrap();
                let block = input.block();
                prop_assert_eq!(block.as_slice::<i32>().unwrap(), needed);
            }
            Err(error) => prop_assert!(!shape.contains(&0) && reach > length, "{}", error),
        }
    }

    /// Extreme numbers never panic.
    #[test]
    fn no_shape_and_no_stride_panics(
        shape in prop::collection::vec(prop_oneof![0_usize..3, Just(usize::MAX), Just(usize::MAX / 2), Just(usize::MAX / 16)], 0..4),
        strides in prop::collection::vec(prop_oneof![-2_isize..3, Just(isize::MIN), Just(isize::MAX)], 0..4),
    ) {
        let _ = Input::strided(&[1_u64, 2, 3], &shape, &strides);
        let _ = Input::column_major(&[1_u64, 2, 3], &shape);
        let _ = Input::shaped(&[1_u64, 2, 3], &shape);
    }
}
