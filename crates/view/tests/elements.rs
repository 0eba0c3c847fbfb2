//! One choice per open: what each policy accepts, returns and refuses, on files of every form.

use half::f16;
use num_complex::Complex;
use proptest::prelude::*;
use tollgate_abi::Element;
use tollgate_view::{Access, Array, Offender, Order, Policy, Refusal, Type, Values, View, Viewable, read};

/// A `.npy` whose data begins `shift` bytes past a multiple of 64.
fn npy(descr: &str, fortran_order: bool, shape: &str, shift: usize, data: &[u8]) -> Vec<u8> {
    let order = if fortran_order { "True" } else { "False" };
    let text = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
    let length = (text.len() + 11).next_multiple_of(64) + shift - 10;
    let header = format!("{text:width$}\n", width = length - 1);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn open(bytes: &[u8]) -> View {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let path = directory.path().join("x.npy");
    std::fs::write(&path, bytes).unwrap();
    // Read, not mapped: the directory is removed when this returns.
    read(path).unwrap()
}

const FOREIGN: char = if cfg!(target_endian = "big") { '<' } else { '>' };

fn native(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

fn foreign(values: &[f64]) -> Vec<u8> {
    let swapped = |value: &f64| value.to_bits().swap_bytes().to_ne_bytes();
    values.iter().flat_map(swapped).collect()
}

const VALUES: [f64; 4] = [1.5, -2.0, f64::MAX, 0.0];

#[test]
fn aligned_elements_are_a_slice_of_the_file_itself() {
    let view = open(&npy("'=f8'", false, "(4,)", 0, &native(&VALUES)));
    let mut buffer = Array::new();
    let elements = view
        .elements::<f64>(Policy::IN_PLACE.or_copy_into(&mut buffer))
        .unwrap();
    let slice = elements.as_slice().unwrap();
    assert_eq!(slice.as_ptr().cast(), view.as_bytes().as_ptr());
    assert_eq!((slice, elements.report().access), (&VALUES[..], Access::Aligned));
    assert!(elements.report().why.is_empty() && elements.report().copied_bytes == 0);
}

#[test]
fn unaligned_elements_are_read_one_by_one_copied_or_refused_by_policy() {
    let view = open(&npy("'=f8'", false, "(4,)", 3, &native(&VALUES)));
    let elements = view.elements::<f64>(Policy::ALIGNED.or_unaligned()).unwrap();
    assert!(matches!(elements.values(), Values::Unaligned(_)) && elements.as_slice().is_none());
    assert_eq!(elements.iter().collect::<Vec<_>>(), VALUES);
    assert_eq!(
        (elements.get(2), elements.get(4), elements.len()),
        (Some(f64::MAX), None, 4)
    );
    let report = elements.report();
    assert_eq!(
        (report.access, report.copied_bytes, report.why.off_by),
        (Access::Unaligned, 0, Some(3))
    );
    let mut buffer = Array::new();
    let elements = view.elements::<f64>(Policy::ALIGNED.or_copy_into(&mut buffer)).unwrap();
    assert_eq!(elements.as_slice().unwrap(), VALUES);
    assert_eq!(
        (elements.report().access, elements.report().copied_bytes),
        (Access::Copied, 32)
    );
    for policy in [Policy::ALIGNED, Policy::ALIGNED.or_swapped()] {
        let refused = view.elements::<f64>(policy).unwrap_err();
        assert!(
            matches!(refused.refusal(), Refusal::Alignment { off_by: 3, .. }),
            "{refused}"
        );
    }
}

#[test]
fn swapped_elements_are_read_one_by_one_copied_or_refused_by_policy() {
    for shift in [0, 5] {
        let view = open(&npy(&format!("'{FOREIGN}f8'"), false, "(4,)", shift, &foreign(&VALUES)));
        let elements = view.elements::<f64>(Policy::IN_PLACE).unwrap();
        assert!(matches!(elements.values(), Values::Swapped(_)));
        assert_eq!(elements.iter().collect::<Vec<_>>(), VALUES);
        assert_eq!(elements.fold(0.0, |sum, value| sum + value), f64::MAX - 0.5);
        assert!(elements.report().why.foreign_order && elements.report().copied_bytes == 0);
        let mut buffer = Array::new();
        let elements = view.elements::<f64>(Policy::ALIGNED.or_copy_into(&mut buffer)).unwrap();
        assert_eq!(elements.as_slice().unwrap(), VALUES);
        assert_eq!(elements.report().copied_bytes, 32);
        let refused = view.elements::<f64>(Policy::ALIGNED.or_unaligned()).unwrap_err();
        assert!(matches!(refused.refusal(), Refusal::ByteOrder { .. }), "{refused}");
    }
}

#[test]
fn fortran_order_comes_in_memory_order_or_is_copied_into_c_order() {
    let view = open(&npy("'=f8'", true, "(2, 2)", 0, &native(&VALUES)));
    let elements = view.elements::<f64>(Policy::ALIGNED).unwrap();
    assert_eq!(
        (elements.as_slice().unwrap(), elements.report().order),
        (&VALUES[..], Order::Fortran)
    );
    assert_eq!(view.strides(), Some(&[8, 16][..]));
    let refused = view.as_slice::<f64>().unwrap_err();
    assert!(matches!(refused.refusal(), Refusal::FortranOrder), "{refused}");
    let mut buffer = Array::new();
    let policy = Policy::IN_PLACE.in_c_order().or_copy_into(&mut buffer);
    let elements = view.elements::<f64>(policy).unwrap();
    assert_eq!(elements.as_slice().unwrap(), [1.5, f64::MAX, -2.0, 0.0]);
    assert_eq!(
        (elements.report().order, elements.report().copied_bytes),
        (Order::C, 32)
    );
    // As a block it stays in place and has strides.
    let block = view.block().unwrap();
    assert_eq!(
        (block.data().0, block.strides()),
        (view.as_bytes().as_ptr(), Some(&[8, 16][..]))
    );
}

#[test]
fn a_buffer_is_used_again_without_new_memory() {
    let view = open(&npy("'=f8'", false, "(4,)", 1, &native(&VALUES)));
    let mut buffer = Array::new();
    let first = view.elements::<f64>(Policy::ALIGNED.or_copy_into(&mut buffer)).unwrap();
    let place = first.as_slice().unwrap().as_ptr();
    let second = view.elements::<f64>(Policy::ALIGNED.or_copy_into(&mut buffer)).unwrap();
    assert_eq!(second.as_slice().unwrap().as_ptr(), place);
}

#[test]
fn a_wrong_type_is_refused_with_both_names() {
    let view = open(&npy("'=f8'", false, "(4,)", 0, &native(&VALUES)));
    let text = view.elements::<i64>(Policy::IN_PLACE).unwrap_err().to_string();
    assert!(
        text.ends_with("the element type is f64, and i64 was requested"),
        "{text}"
    );
    let text = view.elements::<[f64; 2]>(Policy::IN_PLACE).unwrap_err().to_string();
    assert!(
        text.ends_with("the element type is f64, and [f64; 2] was requested"),
        "{text}"
    );
}

#[test]
fn fixed_texts_and_bytes_are_arrays_and_times_are_integers() {
    let view = open(&npy("'|S3'", false, "(2,)", 0, b"ab\0xyz"));
    assert_eq!(view.as_slice::<[u8; 3]>().unwrap(), [*b"ab\0", *b"xyz"]);
    let data = [0x61_u32.to_ne_bytes(), 0xe9_u32.to_ne_bytes()].concat();
    let view = open(&npy("'=U2'", false, "(1,)", 0, &data));
    assert_eq!(view.as_slice::<[u32; 2]>().unwrap(), [[0x61, 0xe9]]);
    let view = open(&npy("'=M8[ns]'", false, "(1,)", 0, &7_i64.to_ne_bytes()));
    assert_eq!(view.as_slice::<i64>().unwrap(), [7]);
}

#[test]
fn an_invalid_element_is_refused_with_index_and_offset_in_every_form() {
    let mut data = vec![1; 10_000];
    data[9_000] = 3;
    let view = open(&npy("'|b1'", false, "(10000,)", 0, &data));
    let refused = view.as_slice::<bool>().unwrap_err();
    let Refusal::Validity { index, offset, .. } = refused.refusal() else {
        panic!("{refused}")
    };
    assert_eq!((*index, *offset), (9_000, view.offset() as u64 + 9_000));
    let good = open(&npy("'|b1'", false, "(2,)", 0, &[0, 1]));
    assert_eq!(good.as_slice::<bool>().unwrap(), [false, true]);
    // Characters, native, unaligned and swapped: 0xD800 is a surrogate.
    for (descr, bytes) in [
        ("'=U1'".to_owned(), 0xd800_u32.to_ne_bytes()),
        (format!("'{FOREIGN}U1'"), 0xd800_u32.swap_bytes().to_ne_bytes()),
    ] {
        for shift in [0, 1] {
            let data = [*b"\0\0\0\0", bytes].concat();
            let view = open(&npy(&descr, false, "(2,)", shift, &data));
            let refused = view.elements::<char>(Policy::IN_PLACE).unwrap_err();
            assert!(
                matches!(refused.refusal(), Refusal::Validity { index: 1, .. }),
                "{refused}"
            );
        }
    }
}

/// `iter`, `get` and `fold` return the written values, whether aligned, unaligned, swapped or copied.
fn all_lies_agree<T: Viewable + bytemuck::Pod>(descr: &str, bytes: &[u8], shift: usize) {
    let count = bytes.len() / size_of::<T>();
    let mut swapped = bytes.to_vec();
    swapped.chunks_exact_mut(size_of::<T>()).for_each(T::swap);
    for (order, data) in [('=', bytes), (FOREIGN, &swapped)] {
        let view = open(&npy(
            &format!("'{order}{descr}'"),
            false,
            &format!("({count},)"),
            shift,
            data,
        ));
        let mut buffer = Array::new();
        let in_place = view.elements::<T>(Policy::IN_PLACE).unwrap();
        let copied = view.elements::<T>(Policy::ALIGNED.or_copy_into(&mut buffer)).unwrap();
        for elements in [in_place, copied] {
            let bits = |values: Vec<T>| bytemuck::cast_slice::<T, u8>(&values).to_vec();
            assert_eq!(bits(elements.iter().collect()), bytes);
            assert_eq!(bits((0..count).map(|at| elements.get(at).unwrap()).collect()), bytes);
            let folded = elements.fold(Vec::new(), |mut all, value| {
                all.push(value);
                all
            });
            assert_eq!(bits(folded), bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn values_are_the_same_in_every_form(raw in proptest::collection::vec(any::<u128>(), 0..20), shift in 0_usize..9) {
        let cut = |bytes: usize| -> Vec<u8> { raw.iter().flat_map(|value| value.to_ne_bytes()[..bytes].to_vec()).collect() };
        all_lies_agree::<u8>("u1", &cut(1), shift);
        all_lies_agree::<i16>("i2", &cut(2), shift);
        all_lies_agree::<f16>("f2", &cut(2), shift);
        all_lies_agree::<u32>("u4", &cut(4), shift);
        all_lies_agree::<f32>("f4", &cut(4), shift);
        all_lies_agree::<i64>("i8", &cut(8), shift);
        all_lies_agree::<f64>("f8", &cut(8), shift);
        all_lies_agree::<Complex<f32>>("c8", &cut(8), shift);
        all_lies_agree::<Complex<f64>>("c16", &cut(16), shift);
        all_lies_agree::<[u32; 3]>("U3", &cut(12), shift);
    }
}

/// Claims to be a number of another size, and reports an invalid field although it has none.
#[derive(Clone, Copy, Debug, bytemuck::CheckedBitPattern)]
#[repr(C)]
struct Boaster {
    truth: bool,
    rest: [u8; 7],
}

impl Viewable for Boaster {
    fn kind() -> Type {
        Type::Plain(Element::I32)
    }

    fn swap(_: &mut [u8]) {}

    fn read_swapped(bytes: &[u8]) -> Self::Bits {
        bytemuck::pod_read_unaligned(bytes)
    }

    fn offender(_: &Self::Bits) -> Option<Offender> {
        Some(Offender {
            path: "nowhere".to_owned(),
            offset: usize::MAX,
            bytes: 3,
            kind: Type::Void(3),
        })
    }
}

#[test]
fn a_type_that_claims_another_size_is_refused_for_every_file() {
    let sound = wav_of_24_bits(&[1, 2, 3, 4, 5, 6]);
    let mut buffer = Array::new();
    let refused = sound
        .elements::<Boaster>(Policy::IN_PLACE.or_copy_into(&mut buffer))
        .unwrap_err();
    let text = refused.to_string();
    assert!(text.contains("and Rust's `Boaster` has 8"), "{text}");
}

/// A bool that reports a field that does not exist.
#[derive(Clone, Copy, Debug, bytemuck::CheckedBitPattern)]
#[repr(u8)]
#[allow(dead_code)]
enum Blamer {
    No = 0,
    Yes = 1,
}

impl Viewable for Blamer {
    fn kind() -> Type {
        Type::Plain(Element::BOOL)
    }

    fn swap(_: &mut [u8]) {}

    fn read_swapped(bytes: &[u8]) -> u8 {
        bytes[0]
    }

    fn offender(bits: &u8) -> Option<Offender> {
        Boaster::offender(&bytemuck::pod_read_unaligned(&[*bits; 8]))
    }
}

#[test]
fn an_invalid_field_that_does_not_exist_is_an_error_without_a_panic() {
    let view = open(&npy("'|b1'", false, "(2,)", 0, &[1, 2]));
    let refused = view.as_slice::<Blamer>().unwrap_err();
    assert!(refused.to_string().contains("field \"nowhere\""), "{refused}");
}

/// A .wav of 24-bit samples, one channel.
fn wav_of_24_bits(samples: &[u8]) -> View {
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let mut file = [
        &b"RIFF"[..],
        &length(36 + samples.len()),
        b"WAVEfmt ",
        &length(16),
        &[1, 0, 1, 0],
    ]
    .concat();
    file.extend(
        [
            &length(8000)[..],
            &length(24_000),
            &[3, 0, 24, 0],
            b"data",
            &length(samples.len()),
            samples,
        ]
        .concat(),
    );
    open(&file)
}

#[test]
fn bytes_can_be_declared_text_only_if_they_are_valid_text() {
    let text = open(&npy("'|u1'", false, "(4,)", 0, b"a\0b\0"));
    let texts = text.reinterpreted(Element::TEXT).unwrap();
    assert_eq!(texts.block().unwrap().as_bytes(), b"a\0b\0");
    assert_eq!(texts.to_array().unwrap().block().element(), Element::TEXT);
    for (bytes, why) in [
        (b"ab\xff\0", "invalid UTF-8 at byte 2"),
        (b"abcd", "not terminated by a NUL"),
    ] {
        let none = open(&npy("'|u1'", false, "(4,)", 0, bytes));
        let none = none.reinterpreted(Element::TEXT).unwrap();
        for refused in [none.block().map(drop), none.to_array().map(drop)] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused.refusal(), Refusal::Reinterpret { .. }), "{refused}");
            assert!(refused.to_string().contains(why), "{refused}");
        }
    }
    // In Fortran order the bytes of the texts are not contiguous.
    let turned = open(&npy("'|u1'", true, "(2, 2)", 0, b"ab\0\0"));
    let turned = turned.reinterpreted(Element::TEXT).unwrap();
    assert!(turned.block().unwrap_err().to_string().contains("not contiguous"));
    assert_eq!(turned.to_array().unwrap().as_bytes(), b"a\0b\0");
}
