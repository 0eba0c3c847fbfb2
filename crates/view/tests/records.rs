//! Records: a `repr(C)` type is compared with a file's type field by field, and the first difference is reported with
//! both offsets.

#![forbid(unsafe_code)]

use num_complex::Complex;
use std::sync::atomic::{AtomicU16, Ordering};
use tollgate_view::{Access, ByteOrder, Policy, Refusal, Type, View, Viewable, read};

fn open(descr: &str, data: &[u8]) -> View {
    let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ({},)}}", 1);
    let length = (text.len() + 11).next_multiple_of(64) - 10;
    let header = format!("{text:width$}\n", width = length - 1);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    let directory = tollgate_platform::file::private_directory().unwrap();
    let path = directory.path().join("rec.npy");
    std::fs::write(&path, bytes).unwrap();
    read(path).unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Viewable)]
#[repr(C)]
struct Rec {
    x: f64,
    n: i32,
    ok: bool,
    #[viewable(padding)]
    padding: [u8; 3],
}

#[derive(Clone, Copy, Debug, PartialEq, Viewable)]
#[repr(C, packed)]
struct Packed {
    x: f64,
    n: i32,
    ok: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Viewable)]
#[repr(u8)]
enum Side {
    Bid = 1,
    Ask = 7,
}

#[derive(Clone, Copy, Debug, PartialEq, Viewable)]
#[repr(C)]
struct Point {
    x: i16,
    y: i16,
}

#[derive(Clone, Copy, Debug, PartialEq, Viewable)]
#[repr(C)]
struct Rich {
    points: [[Point; 2]; 2],
    wave: Complex<f32>,
    grid: [f32; 3],
    sides: [Side; 2],
    tag: [u8; 2],
    #[viewable(name = "größe in µm")]
    size: u32,
}

const ALIGNED: &str = "[('x', '=f8'), ('n', '=i4'), ('ok', '|b1'), ('', '|V3')]";
const PACKED: &str = "[('x', '=f8'), ('n', '=i4'), ('ok', '|b1')]";

fn rec(ok: u8) -> Vec<u8> {
    let mut bytes = 2.5_f64.to_ne_bytes().to_vec();
    bytes.extend((-3_i32).to_ne_bytes());
    bytes.push(ok);
    bytes
}

#[test]
fn aligned_and_packed_records_are_viewed_in_place() {
    let mut aligned = rec(1);
    aligned.extend([9, 9, 9]);
    let view = open(ALIGNED, &aligned);
    let expected = Rec {
        x: 2.5,
        n: -3,
        ok: true,
        padding: [9; 3],
    };
    assert_eq!(view.as_slice::<Rec>().unwrap(), [expected]);
    let view = open(PACKED, &rec(0));
    let packed = view.elements::<Packed>(Policy::ALIGNED).unwrap();
    assert_eq!(
        (packed.report().access, packed.as_slice().unwrap()[0].n),
        (Access::Aligned, -3)
    );
    assert!(!packed.get(0).unwrap().ok);
}

#[test]
fn the_first_mismatch_is_named_with_both_offsets() {
    let refused = |descr: &str| {
        let view = open(descr, &[0; 64]);
        let error = view.elements::<Rec>(Policy::IN_PLACE).unwrap_err();
        assert!(matches!(error.refusal(), Refusal::Type { .. }), "{error}");
        error.refusal().to_string()
    };
    for (descr, expected) in [
        (
            PACKED,
            "field \"ok\" at 12 matches, but a record is 13 bytes and Rust's `Rec` is 16 (3 of padding): write it \
                with align=True, or use repr(C, packed)",
        ),
        (
            "'<f8'",
            "the element type is f64, and `Rec` (record of 16 bytes) was requested",
        ),
        (
            "[('x', '=f8'), ('n', '=i4')]",
            "Rust's `Rec` has a field \"ok\" at 12, which the file's records do not have: their last field is \"n\"",
        ),
        (
            "[('x', '=f8'), ('n', '=i4'), ('ok', '|b1'), ('more', '|V3')]",
            "the file's records have a field \"more\" at 13, which Rust's `Rec` does not have",
        ),
        (
            "[('x', '=f8'), ('m', '=i4'), ('ok', '|b1'), ('', '|V3')]",
            "field 1 is named \"m\" in the file, at 8, and \"n\" in Rust's `Rec`, at 8",
        ),
        (
            "[('x', '=f4'), ('n', '=i4'), ('ok', '|b1'), ('', '|V7')]",
            "the field \"x\" is f32 in the file and f64 in Rust",
        ),
        (
            "[('x', '=f8'), ('', '|V4'), ('n', '=i4'), ('ok', '|b1'), ('', '|V7')]",
            "the field \"n\" is at 12 in the file and at 8 in Rust's `Rec`: add fields of padding to the Rust type, \
                or write it with align=False",
        ),
        (
            "[('x', '=f8'), ('n', '=i4', (2,)), ('ok', '|b1'), ('', '|V3')]",
            "the field \"n\" is [i32; 2] in the file and i32 in Rust",
        ),
        (
            "[('x', '=f8'), ('n', '=i4'), ('ok', '|b1'), ('', '|V11')]",
            "field \"ok\" at 12 matches, but a record is 24 bytes and Rust's `Rec` is 16 (3 of padding): add a field \
                of padding at the end of the Rust type, or write it with align=False",
        ),
    ] {
        assert_eq!(refused(descr), expected, "{descr}");
    }
}

#[test]
fn fields_are_checked_swapped_and_read_at_any_alignment() {
    // A bool that is neither 0 nor 1, in the second of two checked fields.
    let mut bytes = rec(2);
    bytes.extend([0; 3]);
    let refused = open(ALIGNED, &bytes).as_slice::<Rec>().unwrap_err();
    let sentence =
        "element 0, field \"ok\" (bool) at byte 140 is 02: a bool must be 00 or 01; correct the file, or read it as u8";
    assert_eq!(refused.refusal().to_string(), sentence);
    // Every field in the other byte order.
    let foreign = if ByteOrder::NATIVE == ByteOrder::Little {
        '>'
    } else {
        '<'
    };
    let descr = format!("[('x', '{foreign}f8'), ('n', '{foreign}i4'), ('ok', '|b1')]");
    let mut swapped = rec(1);
    swapped[..8].reverse();
    swapped[8..12].reverse();
    let view = open(&descr, &swapped);
    let elements = view.elements::<Packed>(Policy::IN_PLACE).unwrap();
    assert_eq!(elements.report().access, Access::Swapped);
    let expected = Packed {
        x: 2.5,
        n: -3,
        ok: true,
    };
    assert_eq!(elements.get(0), Some(expected));
    // Fields in different byte orders cannot be viewed in place, and are copied in this machine's.
    let mut mixed = rec(1);
    mixed[..8].reverse();
    let view = open(&format!("[('x', '{foreign}f8'), ('n', '=i4'), ('ok', '|b1')]"), &mixed);
    assert_eq!(view.byte_order(), ByteOrder::Mixed);
    let refused = view.elements::<Packed>(Policy::IN_PLACE).unwrap_err();
    assert!(matches!(refused.refusal(), Refusal::ByteOrder { .. }), "{refused}");
    let mut buffer = tollgate_view::Array::new();
    let elements = view
        .elements::<Packed>(Policy::IN_PLACE.or_copy_into(&mut buffer))
        .unwrap();
    assert_eq!(elements.as_slice().unwrap(), [expected]);
}

#[test]
fn arrays_records_enums_and_other_names_are_fields_too() {
    let descr = "[('points', [('x', '=i2'), ('y', '=i2')], (2, 2)), ('wave', '=c8'), ('grid', '=f4', (3,)), ('sides', \
        '|u1', (2,)), ('tag', '|S2'), ('größe in µm', '=u4')]";
    let mut data: Vec<u8> = (1..=8_i16).flat_map(i16::to_ne_bytes).collect();
    data.extend(
        [0.5_f32, -0.5, 1.0, 2.0, 3.0]
            .iter()
            .flat_map(|value| value.to_ne_bytes()),
    );
    data.extend([1, 7, b'a', b'b']);
    data.extend(40_u32.to_ne_bytes());
    // Version 1 is Latin-1, in which these names are different texts.
    let view = open(&descr.replace("größe in µm", "gr\\xf6\\xdfe in \\xb5m"), &data);
    let rich = view.as_slice::<Rich>().unwrap();
    assert_eq!(rich[0].points[1][0], Point { x: 5, y: 6 });
    assert_eq!((rich[0].wave, rich[0].grid), (Complex::new(0.5, -0.5), [1.0, 2.0, 3.0]));
    assert_eq!(
        (rich[0].sides, rich[0].tag, rich[0].size),
        ([Side::Bid, Side::Ask], *b"ab", 40)
    );
    // A number that is not a discriminant of the enum.
    data[36] = 3;
    let view = open(&descr.replace("größe in µm", "gr\\xf6\\xdfe in \\xb5m"), &data);
    let text = view.as_slice::<Rich>().unwrap_err().refusal().to_string();
    assert!(
        text.starts_with("element 0, field \"sides[0]\" (u8) at byte "),
        "{text}"
    );
    // A difference in an inner record is reported with its path.
    let inner = descr
        .replace("('y', '=i2')", "('y', '=u2')")
        .replace("größe in µm", "gr\\xf6\\xdfe in \\xb5m");
    let text = open(&inner, &data)
        .as_slice::<Rich>()
        .unwrap_err()
        .refusal()
        .to_string();
    assert_eq!(text, "the field \"points.y\" is u16 in the file and i16 in Rust");
    assert_eq!(Rich::kind().bytes(), 44);
    assert!(matches!(Rich::kind(), Type::Record(_)));
}

/// A type that claims to be another one.
#[derive(Clone, Copy, Debug, bytemuck::AnyBitPattern)]
#[repr(C)]
struct Liar([u8; 3]);

impl Viewable for Liar {
    fn kind() -> Type {
        Type::Plain(tollgate_abi::Element::F64)
    }

    fn swap(_: &mut [u8]) {}

    fn read_swapped(bytes: &[u8]) -> Self {
        bytemuck::pod_read_unaligned(bytes)
    }
}

#[test]
fn a_type_that_claims_another_type_is_refused_by_its_size() {
    let view = open("'=f8'", &[0; 8]);
    let refused = view.elements::<Liar>(Policy::IN_PLACE).unwrap_err();
    assert_eq!(
        refused.refusal().to_string(),
        "the size differs: the elements are f64 of 8 bytes, and Rust's `Liar` has 3 bytes"
    );
}

/// A type that returns other bits each time it is read in the other byte order, of which only the first are valid.
#[derive(Clone, Copy, Debug, bytemuck::CheckedBitPattern)]
#[repr(u16)]
enum Fickle {
    Yes = 1,
}

impl Viewable for Fickle {
    fn kind() -> Type {
        Type::Plain(tollgate_abi::Element::U16)
    }

    fn swap(_: &mut [u8]) {}

    fn read_swapped(_: &[u8]) -> u16 {
        static READ: AtomicU16 = AtomicU16::new(Fickle::Yes as u16);
        READ.fetch_add(1, Ordering::Relaxed)
    }
}

#[test]
#[should_panic(expected = "other bits than when the elements were opened")]
fn bits_that_change_between_two_readings_never_become_a_value() {
    let foreign = if cfg!(target_endian = "big") { "'<u2'" } else { "'>u2'" };
    let view = open(foreign, &[0, 1]);
    let elements = view.elements::<Fickle>(Policy::IN_PLACE).unwrap();
    elements.get(0);
}

#[derive(Clone, Copy, Debug, PartialEq, Viewable)]
#[repr(C, align(128))]
struct Wide {
    a: [f64; 16],
}

#[test]
fn a_record_with_a_greater_alignment_than_a_buffer_is_copied_to_aligned_memory() {
    let foreign = if cfg!(target_endian = "big") { '<' } else { '>' };
    for order in ['=', foreign] {
        let values: Vec<u8> = (0..16_u8)
            .flat_map(|index| {
                let value = f64::from(index);
                if order == '=' {
                    value.to_ne_bytes()
                } else {
                    value.to_bits().swap_bytes().to_ne_bytes()
                }
            })
            .collect();
        let view = open(&format!("[('a', '{order}f8', (16,))]"), &values);
        // The heap's own choice of a buffer's address is random.
        let mut kept = Vec::new();
        for size in 0..64 {
            kept.push(Box::new([0_u8; 40]));
            let mut buffer = tollgate_view::Array::new();
            buffer.room(64 * size).unwrap();
            let policy = Policy::ALIGNED.in_c_order().or_copy_into(&mut buffer);
            let elements = view.elements::<Wide>(policy).unwrap();
            let slice = elements.as_slice().unwrap();
            assert!(slice.as_ptr().addr().is_multiple_of(128));
            assert_eq!((slice.len(), slice[0].a[15]), (1, 15.0));
            kept.push(Box::new([1; 40]));
        }
    }
}

#[test]
fn a_record_whose_alignment_cannot_be_allocated_is_refused() {
    #[derive(Clone, Copy, Debug, Viewable)]
    #[repr(C, align(8192))]
    struct Vast {
        a: [[f64; 32]; 32],
    }
    let view = open("[('a', '=f8', (32, 32))]", &[0; 8192]);
    match view.elements::<Vast>(Policy::ALIGNED) {
        Ok(elements) => assert_eq!(elements.len(), 1),
        Err(refused) => {
            let Refusal::Alignment { needed, off_by, .. } = refused.refusal() else {
                panic!("{refused}")
            };
            assert!(*needed == 8192 && *off_by > 0, "{refused}");
        }
    }
    let Ok(arena) = tollgate_block::SharedArena::new(1 << 16) else {
        eprintln!("skipped: there is no shared memory here");
        return;
    };
    if tollgate_platform::page::size() >= 8192 {
        return;
    }
    let mut buffer = tollgate_view::Array::in_arena(std::sync::Arc::new(arena));
    let foreign = if cfg!(target_endian = "big") { '<' } else { '>' };
    let view = open(&format!("[('a', '{foreign}f8', (32, 32))]"), &[0; 8192]);
    let refused = view
        .elements::<Vast>(Policy::ALIGNED.or_copy_into(&mut buffer))
        .unwrap_err();
    assert!(matches!(refused.refusal(), Refusal::Memory(_)), "{refused}");
}
