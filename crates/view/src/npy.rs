//! NumPy's `.npy` format.
//!
//! Source: NumPy Enhancement Proposal 1 and the documentation of `numpy.lib.format`: the magic `\x93NUMPY`, a version
//! of two bytes, a little-endian header length (2 bytes in version 1, 4 bytes later), and a Python dictionary literal
//! with exactly the keys `descr`, `fortran_order` and `shape`, in Latin-1 before version 3 and in UTF-8 since then,
//! padded with spaces and terminated by a line feed. The format does not guarantee that the data is aligned, and there
//! are files in which it is not.

use crate::descr;
use crate::error::Refusal;
use crate::header::{Header, Order};
use crate::literal::{self, Kind, Literal};
use crate::magic::NPY;
use crate::write::Replacement;
use std::io::{self, Write};
use std::path::Path;
use tollgate_abi::Block;

/// NumPy itself refuses to parse more than 10,000 bytes by default; structured types with many fields need more.
const HEADER_LIMIT: u64 = 1 << 20;

/// Parses the header of a file's bytes. Bytes after the data are ignored, as in NumPy.
pub(crate) fn parse(file: &[u8]) -> Result<Header, Refusal> {
    let cut = |needed: usize| Refusal::HeaderCut {
        needed: needed as u64,
        found: file.len() as u64,
    };
    let damaged = |at: usize, problem: String| Refusal::Header {
        offset: at as u64,
        problem,
    };
    let &[major, minor] = file.get(6..8).and_then(<[u8]>::as_array).ok_or_else(|| cut(8))?;
    let (text_start, length) = match (major, minor) {
        (1, 0) => {
            let length = file.get(8..10).and_then(<[u8]>::as_array).ok_or_else(|| cut(10))?;
            (10, u32::from(u16::from_le_bytes(*length)))
        }
        (2 | 3, 0) => {
            let length = file.get(8..12).and_then(<[u8]>::as_array).ok_or_else(|| cut(12))?;
            (12, u32::from_le_bytes(*length))
        }
        _ => return Err(Refusal::Version { major, minor }),
    };
    if u64::from(length) > HEADER_LIMIT {
        return Err(Refusal::HeaderSize {
            bytes: u64::from(length),
            limit: HEADER_LIMIT,
        });
    }
    let offset = text_start + length as usize;
    let text = file.get(text_start..offset).ok_or_else(|| cut(offset))?;
    let dictionary = literal::parse(text, major < 3).and_then(dictionary);
    let (descr, fortran_order, shape) = dictionary.map_err(|(at, problem)| damaged(text_start + at, problem))?;
    let placed = |refusal| match refusal {
        // The offsets in errors of the dictionary's parts are from the dictionary's beginning.
        Refusal::Header { offset, problem } => damaged(text_start + offset as usize, problem),
        other => other,
    };
    let (kind, byte_order) = descr::parse(&descr).map_err(placed)?;
    let shape = descr::lengths(&shape).map_err(placed)?;
    let order = if fortran_order { Order::Fortran } else { Order::C };
    Header::new("npy", (kind, byte_order), shape, order, offset, file.len())
}

/// The values of the three keys.
fn dictionary(whole: Literal<'_>) -> Result<(Literal<'_>, bool, Literal<'_>), literal::Problem> {
    let at = whole.at;
    let end = at + whole.source.len();
    let Kind::Dictionary(entries) = whole.kind else {
        return Err((at, "expected a dictionary, which begins with '{'".to_owned()));
    };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    for (key, value) in entries {
        let name = match &key.kind {
            Kind::Text(name) => name.as_ref(),
            _ => return Err((key.at, "a key must be a string".to_owned())),
        };
        let twice = match (name, &value.kind) {
            ("descr", _) => descr.replace(value).is_some(),
            ("fortran_order", Kind::Boolean(fortran)) => fortran_order.replace(*fortran).is_some(),
            ("fortran_order", _) => return Err((value.at, "expected True or False".to_owned())),
            ("shape", Kind::Tuple(_)) => shape.replace(value).is_some(),
            ("shape", _) => return Err((value.at, "expected a tuple as the shape".to_owned())),
            _ => {
                let name = literal::shortened(name);
                let problem = format!("the key {name:?} is not one of descr, fortran_order and shape");
                return Err((key.at, problem));
            }
        };
        if twice {
            return Err((key.at, format!("the key {name:?} is used twice")));
        }
    }
    let missing = |key| (end, format!("the key {key:?} is missing"));
    Ok((
        descr.ok_or_else(|| missing("descr"))?,
        fortran_order.ok_or_else(|| missing("fortran_order"))?,
        shape.ok_or_else(|| missing("shape"))?,
    ))
}

/// Writes a block as `.npy`, version 1.0, with its data at a multiple of 64 bytes, as in NumPy. The file appears whole
/// or not at all: it is written beside its destination and then renamed.
///
/// # Errors
/// The system's error; [`io::ErrorKind::Unsupported`], if NumPy does not have the element type or the block is not in C
/// order.
pub fn write(path: &Path, block: &Block<'_>) -> io::Result<()> {
    let unsupported = |problem: String| io::Error::new(io::ErrorKind::Unsupported, problem);
    let descr = descr::of(block.element())
        .ok_or_else(|| unsupported(format!("NumPy has no element type {}", block.element())))?;
    if block.strides().is_some() {
        return Err(unsupported(
            "the block has strides: copy it into C order first".to_owned(),
        ));
    }
    let axes: String = block.shape().iter().map(|axis| format!("{axis}, ")).collect();
    let axes = if block.shape().len() == 1 {
        axes.trim_end()
    } else {
        axes.trim_end_matches(", ")
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    // Spaces and a line feed, so that the data begins at a multiple of 64.
    let start = NPY.len() + 4;
    let length = (start + header.len() + 1).next_multiple_of(64) - start;
    header.push_str(&" ".repeat(length - header.len() - 1));
    header.push('\n');
    let length = u16::try_from(length).map_err(|_| unsupported("the shape is too long for a header".to_owned()))?;
    let mut file = Replacement::new(path)?;
    file.write_all(NPY)?;
    file.write_all(&[1, 0])?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    file.write_all(block.as_bytes())?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{ByteOrder, Type};
    use proptest::prelude::*;
    use tollgate_abi::Element;

    fn file(version: u8, header: &str, data: usize) -> Vec<u8> {
        let mut file = b"\x93NUMPY".to_vec();
        file.extend([version, 0]);
        match version {
            1 => file.extend((header.len() as u16).to_le_bytes()),
            _ => file.extend((header.len() as u32).to_le_bytes()),
        }
        file.extend(header.as_bytes());
        file.resize(file.len() + data, 0);
        file
    }

    #[test]
    fn the_three_versions_are_read() {
        for version in 1..=3 {
            let text = "{'descr': '<i2', 'fortran_order': False, 'shape': (3, 2), }\n";
            let header = parse(&file(version, text, 12)).unwrap();
            assert_eq!(
                (header.element, header.byte_order, header.shape, header.bytes),
                (Element::I16, ByteOrder::Little, vec![3, 2], 12)
            );
        }
    }

    #[test]
    fn names_are_latin_1_before_version_3_and_utf_8_from_it_on() {
        for (version, name) in [(1, "Ã©"), (2, "Ã©"), (3, "é")] {
            let text = "{'descr': [('é', '|u1')], 'fortran_order': False, 'shape': (1,)}";
            let header = parse(&file(version, text, 1)).unwrap();
            assert!(matches!(header.kind, Type::Record(record) if record.fields[0].name == name));
        }
    }

    #[test]
    fn fortran_order_has_strides_unless_it_is_c_order_too() {
        let header = |shape: &str, bytes| {
            let text = format!("{{'descr': '<u2', 'fortran_order': True, 'shape': {shape}, }}");
            parse(&file(1, &text, bytes)).unwrap()
        };
        assert_eq!(header("(1, 5)", 10).strides, None);
        assert_eq!(header("(2, 0)", 0).order, Order::C);
        assert_eq!(header("()", 2).order, Order::C);
        let both = header("(2, 3, 4)", 48);
        assert_eq!((both.order, both.strides), (Order::Fortran, Some(vec![2, 4, 12])));
    }

    #[test]
    fn an_axis_of_length_0_makes_the_array_empty() {
        let text = "{'descr': '<f8', 'fortran_order': True, 'shape': (1099511627776, 1099511627776, 0), }";
        let header = parse(&file(1, text, 0)).unwrap();
        assert_eq!((header.count, header.bytes, header.order), (0, 0, Order::C));
    }

    #[test]
    fn a_damaged_dictionary_is_named_with_its_place() {
        for (text, part) in [
            ("[]", "at byte 10 of the file: expected a dictionary"),
            (
                "{'descr': '<f8', 'fortran_order': 0, 'shape': ()}",
                "at byte 44 of the file: expected True or False",
            ),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
                "at byte 60 of the file: expected a tuple",
            ),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
                "expected a value, found '-'",
            ),
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': ('a',)}",
                "at byte 61 of the file: expected a number in the shape",
            ),
            (
                "{'descr': '<f8', 'fortran_order': False}",
                "the key \"shape\" is missing",
            ),
            ("{'shape': (), 'shape': ()}", "the key \"shape\" is used twice"),
            ("{'shapes': ()}", "the key \"shapes\" is not one of"),
            ("{7: ()}", "a key must be a string"),
        ] {
            let refused = parse(&file(1, text, 8)).unwrap_err().to_string();
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let directory = tollgate_platform::file::private_directory().unwrap();
        let path = directory.path().join("x.npy");
        for shape in [&[6][..], &[2, 3], &[], &[0, 3]] {
            let count = shape.iter().product::<u64>() as usize;
            let values: Vec<f32> = (0..count).map(|value| value as f32 / 3.0).collect();
            write(&path, &Block::of(&values, shape, &[]).unwrap()).unwrap();
            let view = crate::read(&path).unwrap();
            assert_eq!((view.shape(), view.offset() % 64), (shape, 0));
            assert_eq!(view.as_slice::<f32>().unwrap(), values);
        }
        assert_eq!(descr::of(Element::TEXT), None);
        assert_eq!(descr::of(Element::BOOL).as_deref(), Some("|b1"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_cause_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let mut file = b"\x93NUMPY\x01\x00".to_vec();
            file.extend(bytes);
            let _ = parse(&file);
        }

        #[test]
        fn a_damaged_byte_causes_no_read_past_the_file(at in 8_usize..128, byte: u8) {
            let mut bytes = file(1, &format!("{:117}\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (100, 2), \
                }"), 200);
            bytes[at] = byte;
            if let Ok(header) = parse(&bytes) {
                prop_assert!(header.offset + header.bytes <= bytes.len());
            }
        }

        #[test]
        fn what_numpy_writes_is_read_back(shape in proptest::collection::vec(0_u64..5, 0..5), which in 0_usize..10) {
            let codes = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8"];
            let mut axes: String = shape.iter().map(|axis| format!("{axis}, ")).collect();
            axes.truncate(if shape.len() == 1 { axes.len() - 1 } else { axes.len().saturating_sub(2) });
            let header = format!("{{'descr': '={}', 'fortran_order': False, 'shape': ({axes}), }}", codes[which]);
            let count: u64 = shape.iter().product();
            let bytes = count as usize * Element::NAMED.iter().find(|(_, name)| codes[which] == numpy_name(name)).unwrap().0.bytes();
            let header = parse(&file(1, &header, bytes)).unwrap();
            prop_assert_eq!(header.shape, shape);
            prop_assert_eq!(header.bytes, bytes);
        }
    }

    fn numpy_name(name: &str) -> String {
        match name.split_at(1) {
            (kind, bits) if bits.parse::<u32>().is_ok() => format!("{kind}{}", bits.parse::<u32>().unwrap() / 8),
            _ => name.to_owned(),
        }
    }
}
