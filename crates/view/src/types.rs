//! The type of one element of a file.

use std::fmt;
use tollgate_abi::Element;

/// The type of one element of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// A number, a complex number or a bool.
    Plain(Element),
    /// Text of this many bytes, padded with zero bytes: NumPy's `S`.
    Bytes(u32),
    /// Text of this many characters of four bytes each (UTF-32), padded with zeros: NumPy's `U`.
    Text(u32),
    /// This many bytes without a meaning of their own: NumPy's `V`.
    Void(u32),
    /// A point in time: an `i64` that counts the unit since 1970-01-01. The least `i64` is "not a time".
    DateTime(String),
    /// A time span: an `i64` that counts the unit. The least `i64` is "not a time".
    TimeDelta(String),
    /// A signed integer of 3, 5, 6 or 7 bytes, for which there is no Rust type: a sample of a .wav. It is decoded into
    /// the upper bytes of an `i32` or `i64`, with zeros below, so that full scale stays full scale, as in SciPy.
    Packed(u8),
    /// A structured element.
    Record(Record),
}

/// A structured element: named fields at byte offsets, with or without padding between and after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The size of one record in bytes, including padding.
    pub bytes: u32,
    /// The fields, in the order in which the file names them.
    pub fields: Vec<Field>,
}

/// One field of a [`Record`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its offset in the record, in bytes.
    pub offset: u32,
    /// Its type, or the type of its elements if `shape` has axes.
    pub kind: Type,
    /// The order of its bytes.
    pub byte_order: ByteOrder,
    /// The shape of an array field; empty for a single value.
    pub shape: Vec<u64>,
}

impl Field {
    /// The size of the field in bytes, with all its elements.
    pub fn bytes(&self) -> usize {
        self.shape.iter().product::<u64>() as usize * self.kind.bytes()
    }
}

/// The byte order of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
    /// Single bytes, which have no order.
    Any,
    /// The fields of a record have different orders.
    Mixed,
}

impl ByteOrder {
    /// This machine's.
    pub const NATIVE: Self = if cfg!(target_endian = "big") {
        Self::Big
    } else {
        Self::Little
    };

    /// Whether this machine can read it without swapping.
    pub fn is_native(self) -> bool {
        matches!(self, Self::Any) || self == Self::NATIVE
    }

    /// `little`, `big`, `any` or `mixed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Little => "little",
            Self::Big => "big",
            Self::Any => "any",
            Self::Mixed => "mixed",
        }
    }

    /// The common order of two fields.
    #[cfg(feature = "npy")]
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, order) | (order, Self::Any) => order,
            (one, other) if one == other => one,
            _ => Self::Mixed,
        }
    }
}

impl Type {
    /// The size of one element in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Plain(element) => element.bytes(),
            Self::Bytes(bytes) | Self::Void(bytes) => *bytes as usize,
            Self::Text(characters) => *characters as usize * 4,
            Self::DateTime(_) | Self::TimeDelta(_) => 8,
            Self::Packed(bytes) => usize::from(*bytes),
            Self::Record(record) => record.bytes as usize,
        }
    }

    /// The alignment in bytes of a Rust value of it on this target. 1 for a record, because it depends on the Rust
    /// type.
    pub fn alignment(&self) -> usize {
        match self {
            Self::Plain(element) => element.alignment(),
            Self::Bytes(_) | Self::Void(_) | Self::Packed(_) | Self::Record(_) => 1,
            Self::Text(_) => align_of::<u32>(),
            Self::DateTime(_) | Self::TimeDelta(_) => align_of::<i64>(),
        }
    }

    /// The element type of a block of it: for a time its `i64`, for a packed number the type that it is decoded to, for
    /// texts and records a record of their size. `None` if the size is 2^24 bytes or more.
    pub fn element(&self) -> Option<Element> {
        match self {
            Self::Plain(element) => Some(*element),
            Self::DateTime(_) | Self::TimeDelta(_) | Self::Packed(5..) => Some(Element::I64),
            Self::Packed(_) => Some(Element::I32),
            other => Element::record(u32::try_from(other.bytes()).ok()?),
        }
    }

    /// Whether its bytes have an order. Single bytes do not, and neither do records, whose fields have one each.
    pub fn has_byte_order(&self) -> bool {
        self.swap_width() > 1
    }

    /// The width in bytes of the units that are swapped if the byte order is foreign. 1 if nothing is swapped, and for
    /// records.
    pub(crate) fn swap_width(&self) -> usize {
        match self {
            Self::Plain(Element::C64) => 4,
            Self::Plain(Element::C128) => 8,
            Self::Plain(element) => element.bytes(),
            Self::Bytes(_) | Self::Void(_) | Self::Packed(_) | Self::Record(_) => 1,
            Self::Text(_) => 4,
            Self::DateTime(_) | Self::TimeDelta(_) => 8,
        }
    }

    /// Converts the bytes of whole elements to this machine's order, in place.
    pub(crate) fn to_native(&self, order: ByteOrder, bytes: &mut [u8]) {
        if let Self::Record(record) = self {
            if order.is_native() || record.bytes == 0 {
                return;
            }
            for element in bytes.chunks_exact_mut(record.bytes as usize) {
                for field in &record.fields {
                    let start = field.offset as usize;
                    field
                        .kind
                        .to_native(field.byte_order, &mut element[start..start + field.bytes()]);
                }
            }
        } else if !order.is_native() {
            match self.swap_width() {
                2 => swap::<2>(bytes),
                4 => swap::<4>(bytes),
                8 => swap::<8>(bytes),
                _ => {}
            }
        }
    }
}

fn swap<const WIDTH: usize>(bytes: &mut [u8]) {
    for value in bytes.as_chunks_mut::<WIDTH>().0 {
        value.reverse();
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(element) => element.fmt(f),
            Self::Bytes(bytes) => write!(f, "bytes[{bytes}]"),
            Self::Text(characters) => write!(f, "text[{characters}]"),
            Self::Void(bytes) => write!(f, "void[{bytes}]"),
            Self::DateTime(unit) => write!(f, "datetime[{unit}]"),
            Self::TimeDelta(unit) => write!(f, "timedelta[{unit}]"),
            Self::Packed(bytes) => write!(f, "i{}", u32::from(*bytes) * 8),
            Self::Record(record) => write!(f, "record of {} bytes", record.bytes),
        }
    }
}

impl From<Element> for Type {
    fn from(element: Element) -> Self {
        Self::Plain(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_swapped_by_its_own_order_and_width() {
        let field = |name: &str, offset, kind, byte_order, shape: &[u64]| Field {
            name: name.to_owned(),
            offset,
            kind,
            byte_order,
            shape: shape.to_vec(),
        };
        let foreign = if cfg!(target_endian = "big") {
            ByteOrder::Little
        } else {
            ByteOrder::Big
        };
        let kind = Type::Record(Record {
            bytes: 16,
            fields: vec![
                field("a", 0, Element::U16.into(), foreign, &[2]),
                field("b", 4, Element::U32.into(), ByteOrder::NATIVE, &[]),
                // After two bytes of padding.
                field("c", 10, Type::Text(1), foreign, &[]),
            ],
        });
        let mut bytes: Vec<u8> = (0..16).collect();
        kind.to_native(ByteOrder::Mixed, &mut bytes);
        assert_eq!(bytes, [1, 0, 3, 2, 4, 5, 6, 7, 8, 9, 13, 12, 11, 10, 14, 15]);
        let mut complex: Vec<u8> = (0..8).collect();
        Type::Plain(Element::C64).to_native(foreign, &mut complex);
        assert_eq!(complex, [3, 2, 1, 0, 7, 6, 5, 4]);
    }
}
