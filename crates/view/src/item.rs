//! One element of any type, as a value to display.

use crate::error::printable;
use crate::types::{ByteOrder, Field, Type};
use crate::{Number, View};
use half::f16;
use std::fmt;
use tollgate_abi::Element;

/// One element of a file, of any type, or one field of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// A real number.
    Number(Number),
    /// A bool. A byte that is neither 0 nor 1 is given as [`Void`](Item::Void).
    Bool(bool),
    /// Real and imaginary part.
    Complex(Number, Number),
    /// Text, without trailing zeros. An invalid character is U+FFFD.
    Text(String),
    /// Bytes of text, without trailing zeros.
    Bytes(Vec<u8>),
    /// Bytes without a meaning of their own.
    Void(Vec<u8>),
    /// A count of a unit, or `None` for "not a time", and the unit.
    Time(Option<i64>, String),
    /// The fields with their names.
    Record(Vec<(String, Item)>),
    /// The elements of an array field, along its first axis.
    List(Vec<Item>),
}

impl View {
    /// The element at `index` in C order, as a value to display. `None` past the end.
    pub fn item(&self, index: u64) -> Option<Item> {
        if index >= self.count() as u64 {
            return None;
        }
        let (start, size) = (self.place_of(index), self.kind().bytes());
        let bytes = &self.as_bytes()[start..start + size];
        Some(Item::read(self.kind(), self.byte_order(), bytes))
    }

    /// The offset in the data of the element at `index` in C order, in bytes.
    pub(crate) fn place_of(&self, index: u64) -> usize {
        let Some(strides) = self.strides() else {
            return index as usize * self.kind().bytes();
        };
        let mut rest = index;
        let axes = self.shape().iter().zip(strides).rev();
        axes.fold(0, |start, (axis, stride)| {
            let at = rest % axis;
            rest /= axis;
            start + at as usize * *stride as usize
        })
    }
}

impl Item {
    /// Reads an element from its bytes.
    pub(crate) fn read(kind: &Type, order: ByteOrder, bytes: &[u8]) -> Self {
        if let Type::Record(record) = kind {
            let fields = record.fields.iter();
            return Item::Record(
                fields
                    .map(|field| (field.name.clone(), read_field(field, bytes)))
                    .collect(),
            );
        }
        if let (Type::Packed(size), Some(element)) = (kind, kind.element()) {
            let mut number = vec![0; element.bytes()];
            crate::packed::decode(bytes, *size, order, &mut number);
            return Item::read_native(&element.into(), &number);
        }
        let mut native = bytes.to_vec();
        kind.to_native(order, &mut native);
        Item::read_native(kind, &native)
    }

    fn read_native(kind: &Type, bytes: &[u8]) -> Self {
        match kind {
            Type::Plain(element) => plain(*element, bytes).unwrap_or_else(|| Item::Void(bytes.to_vec())),
            Type::Bytes(_) => Item::Bytes(bytes[..trimmed(bytes)].to_vec()),
            Type::Text(_) => {
                let text = &bytes[..trimmed(bytes).next_multiple_of(4)];
                let codes = text.as_chunks::<4>().0.iter().map(|code| u32::from_ne_bytes(*code));
                Item::Text(codes.map(|code| char::from_u32(code).unwrap_or('\u{fffd}')).collect())
            }
            Type::DateTime(unit) | Type::TimeDelta(unit) => {
                let count: i64 = bytemuck::pod_read_unaligned(bytes);
                Item::Time((count != i64::MIN).then_some(count), unit.clone())
            }
            Type::Void(_) | Type::Packed(_) | Type::Record(_) => Item::Void(bytes.to_vec()),
        }
    }
}

/// The length without the zero bytes at the end.
fn trimmed(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

fn read_field(field: &Field, record: &[u8]) -> Item {
    let bytes = &record[field.offset as usize..][..field.bytes()];
    read_array(field, &field.shape, bytes)
}

fn read_array(field: &Field, shape: &[u64], bytes: &[u8]) -> Item {
    match shape {
        [] => Item::read(&field.kind, field.byte_order, bytes),
        [0, ..] => Item::List(Vec::new()),
        [count, inner @ ..] => {
            let size = bytes.len() / *count as usize;
            // A field without bytes has no values to distinguish.
            let parts = bytes.chunks_exact(size.max(1));
            Item::List(parts.map(|part| read_array(field, inner, part)).collect())
        }
    }
}

fn plain(element: Element, bytes: &[u8]) -> Option<Item> {
    let f32 = |bytes: &[u8]| Number::Float32(bytemuck::pod_read_unaligned(bytes));
    let f64 = |bytes: &[u8]| Number::Float(bytemuck::pod_read_unaligned(bytes));
    Some(match element {
        Element::BOOL => match bytes {
            [0 | 1] => Item::Bool(bytes == [1]),
            _ => return None,
        },
        Element::C64 => Item::Complex(f32(&bytes[..4]), f32(&bytes[4..])),
        Element::C128 => Item::Complex(f64(&bytes[..8]), f64(&bytes[8..])),
        Element::F16 => Item::Number(Number::Float32(bytemuck::pod_read_unaligned::<f16>(bytes).to_f32())),
        _ => Item::Number(*crate::summarize(element, bytes, 1)?.first.first()?),
    })
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, items: &mut dyn Iterator<Item = String>| {
            f.write_str(&items.collect::<Vec<_>>().join(", "))
        };
        match self {
            Item::Number(number) => number.fmt(f),
            Item::Bool(value) => value.fmt(f),
            Item::Complex(re, im) => {
                let im = im.to_string();
                let sign = if im.starts_with('-') { "" } else { "+" };
                write!(f, "{re}{sign}{im}i")
            }
            Item::Text(text) => write!(f, "{text:?}"),
            Item::Bytes(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Item::Void(bytes) => {
                for byte in bytes {
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
            Item::Time(Some(count), unit) => write!(f, "{count} {unit}"),
            Item::Time(None, _) => f.write_str("NaT"),
            Item::Record(fields) => {
                f.write_str("{")?;
                let fields = fields.iter();
                list(
                    f,
                    &mut fields.map(|(name, item)| format!("{}: {item}", printable(name))),
                )?;
                f.write_str("}")
            }
            Item::List(items) => {
                f.write_str("[")?;
                list(f, &mut items.iter().map(Item::to_string))?;
                f.write_str("]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_not_a_bool_is_shown_as_a_byte() {
        let read = |byte| Item::read(&Element::BOOL.into(), ByteOrder::Any, &[byte]);
        assert_eq!([read(0), read(1)], [Item::Bool(false), Item::Bool(true)]);
        assert_eq!(read(2), Item::Void(vec![2]));
        assert_eq!(read(2).to_string(), "02");
    }

    #[test]
    fn control_characters_in_a_field_s_name_are_escaped() {
        let record = Item::Record(vec![("a\u{1b}[31m\n".to_owned(), Item::Bool(true))]);
        assert_eq!(record.to_string(), "{a\\u{1b}[31m\\n: true}");
    }
}
