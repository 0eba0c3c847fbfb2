//! NumPy's type descriptions: the value of `descr` in a `.npy` header.
//!
//! Source: `numpy.lib.format.dtype_to_descr` and `descr_to_dtype`, and the array interface's `typestr`. Simple types
//! are strings such as `<f8`: byte order, kind, bytes. A structured type is a list of tuples of a name, a type and, for
//! an array field, its shape. Fields are contiguous, and a nameless field of kind `V` is padding.

use crate::error::Refusal;
use crate::literal::{Kind, Literal, shortened};
use crate::types::{ByteOrder, Field, Record, Type};
use tollgate_abi::Element;

/// The supported types, for messages.
const TAKES: &str = "integers of 8 to 64 bits, f16, f32, f64, bool, complex64, complex128, S, U, V, datetime64, \
    timedelta64 and records of these";

/// The type that a description names, and its byte order.
pub(crate) fn parse(descr: &Literal<'_>) -> Result<(Type, ByteOrder), Refusal> {
    let unknown = || Refusal::Dtype {
        descr: shortened(&String::from_utf8_lossy(descr.source)),
        takes: TAKES,
    };
    match &descr.kind {
        Kind::Text(text) => simple(text),
        Kind::List(fields) => record(fields, descr),
        _ => Err(unknown()),
    }
}

fn simple(descr: &str) -> Result<(Type, ByteOrder), Refusal> {
    let (order, kind) = match descr.as_bytes() {
        [b'<', ..] => (ByteOrder::Little, &descr[1..]),
        [b'>', ..] => (ByteOrder::Big, &descr[1..]),
        [b'=' | b'|', ..] => (ByteOrder::NATIVE, &descr[1..]),
        _ => (ByteOrder::NATIVE, descr),
    };
    let unknown = || Refusal::Dtype {
        descr: shortened(descr),
        takes: TAKES,
    };
    let kind = if let Some(element) = plain(kind) {
        Type::Plain(element)
    } else {
        let (letter, rest) = kind.split_at_checked(1).ok_or_else(unknown)?;
        let count = || rest.parse::<u32>().map_err(|_| unknown());
        match letter {
            "O" => {
                return Err(Refusal::Objects {
                    descr: shortened(descr),
                });
            }
            "S" | "a" => Type::Bytes(count()?),
            "V" => Type::Void(count()?),
            "U" => {
                let characters = count()?;
                characters.checked_mul(4).ok_or_else(unknown)?;
                Type::Text(characters)
            }
            "M" => Type::DateTime(unit(rest).ok_or_else(unknown)?),
            "m" => Type::TimeDelta(unit(rest).ok_or_else(unknown)?),
            // 80 or 128 bits, depending on the machine that wrote them. The file does not say which.
            "f" | "c" if rest == "12" || rest == "16" || rest == "24" || rest == "32" => {
                return Err(Refusal::LongDouble {
                    descr: shortened(descr),
                    instead: if letter == "f" { "float64" } else { "complex128" },
                });
            }
            _ => return Err(unknown()),
        }
    };
    kind.element().ok_or_else(unknown)?;
    let order = if kind.swap_width() == 1 { ByteOrder::Any } else { order };
    Ok((kind, order))
}

/// A number's type by its code, as NumPy writes it, or by its name or letter, as other programs do.
fn plain(kind: &str) -> Option<Element> {
    Some(match kind {
        "u1" | "uint8" | "B" => Element::U8,
        "u2" | "uint16" | "H" => Element::U16,
        "u4" | "uint32" | "I" => Element::U32,
        "u8" | "uint64" | "Q" => Element::U64,
        "i1" | "int8" | "b" => Element::I8,
        "i2" | "int16" | "h" => Element::I16,
        "i4" | "int32" | "i" => Element::I32,
        "i8" | "int64" | "q" => Element::I64,
        "f2" | "float16" | "e" => Element::F16,
        "f4" | "float32" => Element::F32,
        "f8" | "float64" | "d" => Element::F64,
        "b1" | "bool" | "?" => Element::BOOL,
        "c8" | "complex64" | "F" => Element::C64,
        "c16" | "complex128" | "D" => Element::C128,
        _ => return None,
    })
}

/// The unit of a time, from `8[ns]`; without brackets it is `generic`.
fn unit(rest: &str) -> Option<String> {
    let rest = rest.strip_prefix('8')?;
    if rest.is_empty() {
        return Some("generic".to_owned());
    }
    let unit = rest.strip_prefix('[')?.strip_suffix(']')?;
    let name = unit.trim_start_matches(|character: char| character.is_ascii_digit());
    const NAMES: [&str; 14] = [
        "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic",
    ];
    NAMES.contains(&name).then(|| unit.to_owned())
}

fn record(fields: &[Literal<'_>], whole: &Literal<'_>) -> Result<(Type, ByteOrder), Refusal> {
    let damaged = |at: usize, problem: String| Refusal::Header {
        offset: at as u64,
        problem,
    };
    let (mut bytes, mut order) = (0_u64, ByteOrder::Any);
    let mut record = Record {
        bytes: 0,
        fields: Vec::with_capacity(fields.len()),
    };
    for field in fields {
        let Kind::Tuple(parts) = &field.kind else {
            return Err(damaged(field.at, "a field of a record must be a tuple".to_owned()));
        };
        let (name, descr, shape) = match parts.as_slice() {
            [name, descr] => (name, descr, Vec::new()),
            [name, descr, shape] => (name, descr, lengths(shape)?),
            _ => {
                let problem = "a field of a record must have a name, a type, and optionally a shape".to_owned();
                return Err(damaged(field.at, problem));
            }
        };
        // The name of a field with a title is a tuple of both.
        let name = match &name.kind {
            Kind::Text(name) => name.as_ref(),
            Kind::Tuple(names) => match names.as_slice() {
                [
                    _,
                    Literal {
                        kind: Kind::Text(name), ..
                    },
                ] => name.as_ref(),
                _ => return Err(damaged(name.at, "the name of a field must be a string".to_owned())),
            },
            _ => return Err(damaged(name.at, "the name of a field must be a string".to_owned())),
        };
        let (kind, byte_order) = parse(descr)?;
        let count = shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
        let size = count.and_then(|count| count.checked_mul(kind.bytes() as u64));
        let end = size.and_then(|size| bytes.checked_add(size));
        let end = end
            .filter(|end| *end < 1 << 24)
            .ok_or_else(|| Refusal::RecordSize { field: shortened(name) })?;
        if !(name.is_empty() && matches!(kind, Type::Void(_))) {
            if record.fields.iter().any(|known| known.name == name) {
                return Err(damaged(field.at, format!("two fields are named {:?}", shortened(name))));
            }
            order = order.and(byte_order);
            record.fields.push(Field {
                name: name.to_owned(),
                offset: bytes as u32,
                kind,
                byte_order,
                shape,
            });
        }
        bytes = end;
    }
    if record.fields.is_empty() && bytes == 0 && !fields.is_empty() {
        return Err(damaged(whole.at, "the record has no bytes".to_owned()));
    }
    record.bytes = bytes as u32;
    Ok((Type::Record(record), order))
}

/// The numbers of a shape: a tuple, or one number for one axis.
pub(crate) fn lengths(shape: &Literal<'_>) -> Result<Vec<u64>, Refusal> {
    let length = |literal: &Literal<'_>| match literal.kind {
        Kind::Integer(length) => Ok(length),
        _ => Err(Refusal::Header {
            offset: literal.at as u64,
            problem: "expected a number in the shape".to_owned(),
        }),
    };
    let shape = match &shape.kind {
        Kind::Tuple(axes) => axes.iter().map(length).collect::<Result<Vec<u64>, Refusal>>()?,
        _ => vec![length(shape)?],
    };
    if shape.len() > tollgate_abi::MAX_RANK {
        return Err(Refusal::Rank { rank: shape.len() });
    }
    Ok(shape)
}

/// The description of an element type, as NumPy writes it. `None` if NumPy does not have the type.
pub(crate) fn of(element: Element) -> Option<String> {
    let name = element.to_string();
    let (kind, bits) = match element {
        Element::BOOL => ("b", 8),
        Element::C64 => ("c", 64),
        Element::C128 => ("c", 128),
        // Bytes without a meaning of their own.
        _ if Element::record(element.bytes() as u32) == Some(element) => return Some(format!("|V{}", element.bytes())),
        _ => (name.get(..1)?, name.get(1..)?.parse::<u32>().ok()?),
    };
    let order = match (bits, cfg!(target_endian = "big")) {
        (8, _) => '|',
        (_, true) => '>',
        (_, false) => '<',
    };
    Some(format!("{order}{kind}{}", bits / 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::literal;

    fn parsed(source: &str) -> Result<(Type, ByteOrder), String> {
        parse(&literal::parse(source.as_bytes(), false).unwrap()).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn simple_types_have_kind_size_and_order() {
        let order = |source| parsed(source).unwrap().1;
        let kind = |source| parsed(source).unwrap().0;
        assert_eq!(parsed("'>f2'").unwrap(), (Element::F16.into(), ByteOrder::Big));
        assert_eq!(order("'>i1'"), ByteOrder::Any);
        assert_eq!(kind("'<c16'"), Element::C128.into());
        assert_eq!(kind("'float64'"), Element::F64.into());
        assert_eq!(kind("'|S5'"), Type::Bytes(5));
        assert_eq!(order("'<U7'"), ByteOrder::Little);
        assert_eq!(kind("'<U7'").bytes(), 28);
        assert_eq!(kind("'<M8[25s]'"), Type::DateTime("25s".to_owned()));
        assert_eq!(kind("'<m8'"), Type::TimeDelta("generic".to_owned()));
        for unknown in [
            "'<f3'",
            "''",
            "'<'",
            "'<M8[x]'",
            "'S'",
            "'Sé'",
            "'<U2000000000'",
            "'|V99999999'",
            "7",
            "'é'",
        ] {
            assert!(parsed(unknown).unwrap_err().contains("is not supported"), "{unknown}");
        }
        assert!(parsed("'<f16'").unwrap_err().contains("astype('float64')"));
        assert!(parsed("'|O'").unwrap_err().contains("Python objects"));
    }

    #[test]
    fn a_record_has_offsets_padding_titles_shapes_and_inner_records() {
        let source =
            "[('a', '|b1'), ('', '|V3'), (('a title', 'b'), '>i4', (2, 3)), ('c', [('re', '<f8'), ('tag', '|S2')], 2)]";
        let (kind, order) = parsed(source).unwrap();
        let Type::Record(record) = &kind else {
            panic!("{kind:?}")
        };
        let offsets: Vec<_> = record
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.offset, field.bytes()))
            .collect();
        assert_eq!(offsets, [("a", 0, 1), ("b", 4, 24), ("c", 28, 20)]);
        assert_eq!((kind.bytes(), order), (48, ByteOrder::Mixed));
        assert_eq!(record.fields[2].shape, [2]);
    }

    #[test]
    fn damaged_records_are_refused_with_their_place() {
        for (source, part) in [
            ("['<f8']", "at byte 1 of the file: a field of a record must be a tuple"),
            ("[('a',)]", "a name, a type"),
            ("[(7, '<f8')]", "must be a string"),
            ("[('a', '<f8'), ('a', '<f8')]", "two fields are named \"a\""),
            ("[('a', '<f8', (4611686018427387904,))]", "field \"a\""),
            ("[('a', '<f8', 'x')]", "expected a number"),
            ("[('a', '|O')]", "Python objects"),
        ] {
            let refused = parsed(source).unwrap_err();
            assert!(refused.contains(part), "{source}: {refused}");
        }
    }
}
