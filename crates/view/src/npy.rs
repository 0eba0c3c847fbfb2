//! The header of NumPy's `.npy` format.
//!
//! Source: NumPy Enhancement Proposal 1 and the documentation of `numpy.lib.format`: the magic `\x93NUMPY`, a version of
//! two bytes, a little-endian header length (2 bytes in version 1, 4 after), and a Python dictionary literal with exactly
//! the keys `descr`, `fortran_order` and `shape`, padded with spaces and ended by a line feed. The length is not promised
//! to be such that the data is aligned, and files exist in which it is not.

use crate::Attributes;
use crate::error::Refusal;
use crate::header::Header;
use crate::write::Replacement;
use std::io::{self, Write};
use std::path::Path;
use tollgate_abi::{Block, BlockError, Element, bytes_of};

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy itself refuses to parse more than 10,000 bytes by default; structured types with many fields need more.
const HEADER_LIMIT: u64 = 1 << 20;

pub(crate) fn is(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

/// Parses the header of a file's bytes. Bytes after the promised data are left alone, as NumPy leaves them.
pub(crate) fn parse(file: &[u8]) -> Result<Header, Refusal> {
    let cut = |needed: usize| Refusal::HeaderCut {
        needed: needed as u64,
        found: file.len() as u64,
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
    let dictionary = Parser { text, at: 0 }
        .dictionary()
        .map_err(|(at, problem)| Refusal::Header {
            offset: (text_start + at) as u64,
            problem,
        })?;
    let element = element(dictionary.descr)?;
    let shape = dictionary.shape;
    let needed = match bytes_of(element, &shape) {
        Ok(needed) => needed,
        Err(BlockError::Rank { rank }) => return Err(Refusal::Rank { rank }),
        Err(_) => return Err(Refusal::Shape { shape, element }),
    };
    // With at most one axis longer than 1, both orders are the same.
    if dictionary.fortran_order && shape.iter().filter(|count| **count != 1).count() > 1 {
        return Err(Refusal::FortranOrder);
    }
    let found = (file.len() - offset) as u64;
    if needed > found {
        return Err(Refusal::Cut {
            count: needed / element.bytes() as u64,
            element,
            needed,
            offset: offset as u64,
            found,
        });
    }
    Ok(Header {
        format: "npy",
        element,
        shape,
        offset,
        bytes: needed as usize,
        attributes: Attributes::new(),
    })
}

/// Writes a block as `.npy`, version 1.0, with its data at a multiple of 64 bytes, as NumPy itself does. The file appears
/// whole or not at all: it is written beside its place and then renamed.
///
/// # Errors
/// The system's own; [`io::ErrorKind::Unsupported`], where NumPy has no such element type or the block is not in C order.
pub fn write(path: &Path, block: &Block<'_>) -> io::Result<()> {
    let unsupported = |problem: String| io::Error::new(io::ErrorKind::Unsupported, problem);
    let descr = descr(block.element()).ok_or_else(|| unsupported(format!("NumPy has no {}", block.element())))?;
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
    let start = MAGIC.len() + 4;
    let length = (start + header.len() + 1).next_multiple_of(64) - start;
    header.push_str(&" ".repeat(length - header.len() - 1));
    header.push('\n');
    let length = u16::try_from(length).map_err(|_| unsupported("the shape is too long for a header".to_owned()))?;
    let mut file = Replacement::new(path)?;
    file.write_all(MAGIC)?;
    file.write_all(&[1, 0])?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    file.write_all(block.as_bytes())?;
    file.finish()
}

fn descr(element: Element) -> Option<String> {
    let name = element.to_string();
    let (kind, bits) = match element {
        Element::BOOL => ("b", 8),
        Element::C64 => ("c", 64),
        Element::C128 => ("c", 128),
        _ => (name.get(..1)?, name.get(1..)?.parse::<u32>().ok()?),
    };
    let order = match (bits, cfg!(target_endian = "big")) {
        (8, _) => '|',
        (_, true) => '>',
        (_, false) => '<',
    };
    Some(format!("{order}{kind}{}", bits / 8))
}

const TAKES: &str = "u8, u16, u32, u64, i8, i16, i32, i64, f32 and f64";

fn element(descr: Descr<'_>) -> Result<Element, Refusal> {
    let descr = match descr {
        Descr::Simple(descr) => descr,
        Descr::Structured(descr) => {
            return Err(Refusal::Dtype {
                descr: shortened(descr),
                takes: TAKES,
            });
        }
    };
    let owned = || shortened(descr);
    let unknown = || Refusal::Dtype {
        descr: owned(),
        takes: TAKES,
    };
    let (order, kind) = match descr.as_bytes() {
        [order @ (b'<' | b'>' | b'|' | b'='), ..] => (*order, &descr[1..]),
        _ => (b'=', descr),
    };
    if kind.starts_with('O') {
        return Err(Refusal::Objects { descr: owned() });
    }
    let element = match kind {
        "u1" => Element::U8,
        "u2" => Element::U16,
        "u4" => Element::U32,
        "u8" => Element::U64,
        "i1" => Element::I8,
        "i2" => Element::I16,
        "i4" => Element::I32,
        "i8" => Element::I64,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => return Err(unknown()),
    };
    let foreign = match order {
        b'<' if cfg!(target_endian = "big") => Some("little"),
        b'>' if cfg!(target_endian = "little") => Some("big"),
        _ => None,
    };
    match foreign {
        Some(order) if element.bytes() > 1 => Err(Refusal::ByteOrder { descr: owned(), order }),
        _ => Ok(element),
    }
}

/// A type string for a message: whatever the file holds, it stays one line of moderate length.
fn shortened(descr: &str) -> String {
    let mut shown: String = descr.chars().take(60).flat_map(char::escape_debug).collect();
    if descr.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown.replace("\\'", "'")
}

#[derive(Debug, PartialEq, Eq)]
enum Descr<'a> {
    Simple(&'a str),
    /// The text of a list of fields.
    Structured(&'a str),
}

#[derive(Debug, PartialEq, Eq)]
struct Dictionary<'a> {
    descr: Descr<'a>,
    fortran_order: bool,
    shape: Vec<u64>,
}

/// Parses the part of Python's literals that stands in such headers. An error is a place and a problem.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

type Parsed<T> = Result<T, (usize, String)>;

impl<'a> Parser<'a> {
    fn dictionary(mut self) -> Parsed<Dictionary<'a>> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.take(b'}') {
            let start = self.skip_space();
            let key = self.string()?;
            self.expect(b':')?;
            let twice = match key {
                "descr" => descr.replace(self.descr()?).is_some(),
                "fortran_order" => fortran_order.replace(self.boolean()?).is_some(),
                "shape" => shape.replace(self.shape()?).is_some(),
                _ => {
                    return Err((
                        start,
                        format!("the key {key:?} is not one of descr, fortran_order and shape"),
                    ));
                }
            };
            if twice {
                return Err((start, format!("the key {key:?} stands there twice")));
            }
            if !self.take(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        let end = self.skip_space();
        if end != self.text.len() {
            return Err((end, format!("{} after the dictionary", self.found())));
        }
        let missing = |key| (end, format!("the key {key:?} is missing"));
        Ok(Dictionary {
            descr: descr.ok_or_else(|| missing("descr"))?,
            fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    fn descr(&mut self) -> Parsed<Descr<'a>> {
        let start = self.skip_space();
        if self.text.get(start) != Some(&b'[') {
            return self.string().map(Descr::Simple);
        }
        // A structured type is a list of tuples, strings, numbers and lists; only where it ends matters here.
        let mut depth = 0_u32;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\'' | b'"' => {
                    self.string()?;
                    continue;
                }
                b'[' | b'(' => depth += 1,
                b']' | b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return self.utf8(start, self.at).map(Descr::Structured);
            }
        }
        Err((start, "the list that begins here does not end".to_owned()))
    }

    fn shape(&mut self) -> Parsed<Vec<u64>> {
        let mut shape = Vec::new();
        self.expect(b'(')?;
        while !self.take(b')') {
            let start = self.skip_space();
            while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
                self.at += 1;
            }
            let end = self.at;
            let digits = self.utf8(start, end)?;
            if digits.is_empty() {
                return Err((
                    start,
                    format!("a number was expected in the shape, not {}", self.found()),
                ));
            }
            let count = digits
                .parse()
                .map_err(|_| (start, format!("{digits} is too large for a length")))?;
            // Python 2 wrote long integers so.
            if self.text.get(self.at) == Some(&b'L') {
                self.at += 1;
            }
            shape.push(count);
            if !self.take(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(shape)
    }

    fn boolean(&mut self) -> Parsed<bool> {
        let start = self.skip_space();
        for (name, value) in [("True", true), ("False", false)] {
            if self.text[start..].starts_with(name.as_bytes()) {
                self.at = start + name.len();
                return Ok(value);
            }
        }
        Err((start, format!("True or False was expected, not {}", self.found())))
    }

    fn string(&mut self) -> Parsed<&'a str> {
        let start = self.skip_space();
        let quote = match self.text.get(start) {
            Some(quote @ (b'\'' | b'"')) => *quote,
            _ => return Err((start, format!("a quoted text was expected, not {}", self.found()))),
        };
        let length = self.text[start + 1..]
            .iter()
            .position(|byte| *byte == quote)
            .ok_or_else(|| (start, "the text that begins here does not end".to_owned()))?;
        self.at = start + length + 2;
        self.utf8(start + 1, start + 1 + length)
    }

    fn utf8(&self, start: usize, end: usize) -> Parsed<&'a str> {
        str::from_utf8(&self.text[start..end]).map_err(|error| (start + error.valid_up_to(), "not UTF-8".to_owned()))
    }

    fn skip_space(&mut self) -> usize {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.at
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let there = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Parsed<()> {
        if self.take(byte) {
            return Ok(());
        }
        Err((
            self.at,
            format!("{:?} was expected, not {}", char::from(byte), self.found()),
        ))
    }

    fn found(&self) -> String {
        match self.text.get(self.at) {
            Some(byte) if byte.is_ascii_graphic() => format!("{:?}", char::from(*byte)),
            Some(byte) => format!("byte {byte:#04x}"),
            None => "the end of the header".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            let header = parse(&file(
                version,
                "{'descr': '<i2', 'fortran_order': False, 'shape': (3, 2), }\n",
                12,
            ));
            if cfg!(target_endian = "little") {
                let header = header.unwrap();
                assert_eq!(
                    (header.element, header.shape, header.bytes),
                    (Element::I16, vec![3, 2], 12)
                );
            } else {
                assert!(matches!(header, Err(Refusal::ByteOrder { .. })));
            }
        }
    }

    #[test]
    fn one_axis_in_fortran_order_is_the_same_as_c_order() {
        assert!(
            parse(&file(
                1,
                "{'descr': '|u1', 'fortran_order': True, 'shape': (1, 5), }",
                5
            ))
            .is_ok()
        );
        let both = parse(&file(
            1,
            "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }",
            4,
        ));
        assert!(matches!(both, Err(Refusal::FortranOrder)));
    }

    #[test]
    fn a_structured_type_is_named_whole() {
        let descr = "[('a]', '<i4'), ('b', '<f8', (2,))]";
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}");
        match parse(&file(1, &header, 20)) {
            Err(Refusal::Dtype { descr: found, .. }) => assert_eq!(found, descr),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.npy");
        for shape in [&[6][..], &[2, 3], &[], &[0, 3]] {
            let count = shape.iter().product::<u64>() as usize;
            let values: Vec<f32> = (0..count).map(|value| value as f32 / 3.0).collect();
            write(&path, &Block::of(&values, shape, &[]).unwrap()).unwrap();
            let view = crate::read(&path).unwrap();
            assert_eq!((view.shape(), view.offset() % 64), (shape, 0));
            assert_eq!(view.as_slice::<f32>().unwrap(), values);
        }
        assert_eq!(descr(Element::TEXT), None);
        assert_eq!(descr(Element::BOOL).as_deref(), Some("|b1"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let mut file = b"\x93NUMPY\x01\x00".to_vec();
            file.extend(bytes);
            let _ = parse(&file);
        }

        #[test]
        fn a_damaged_byte_never_makes_it_reach_past_the_file(at in 8_usize..128, byte: u8) {
            let mut bytes = file(1, &format!("{:117}\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (100, 2), }"), 200);
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
