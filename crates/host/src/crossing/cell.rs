//! Single values of an output, for people and for documents.

use tollgate_abi::{Block, Element};
use tollgate_platform::sentence::one_line;

/// An element of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Unsigned(u64),
    Signed(i64),
    Single(f32),
    Double(f64),
    Boolean(bool),
    /// The real part and the imaginary part.
    Complex(f64, f64),
    /// An element of a type that Rust has none for.
    Bytes(&'a [u8]),
}

/// The elements of a block in C order.
pub(super) fn cells<'a>(block: &Block<'a>) -> Box<dyn Iterator<Item = Cell<'a>> + 'a> {
    let element = block.element();
    if let Some(texts) = super::typed::texts_of(block) {
        return Box::new(texts.map(Cell::Text));
    }
    let elements = block.as_bytes().chunks_exact(element.bytes().max(1));
    Box::new(elements.map(move |bytes| cell(element, bytes)))
}

fn cell(element: Element, bytes: &[u8]) -> Cell<'_> {
    // Every slice has the element's size, which is that of the type read from it.
    macro_rules! read {
        ($type:ty, $at:expr) => {
            bytes
                .get($at..)
                .and_then(|bytes| bytes.first_chunk())
                .map_or_else(Default::default, |bytes| <$type>::from_ne_bytes(*bytes))
        };
    }
    match element {
        Element::U8 => Cell::Unsigned(read!(u8, 0).into()),
        Element::U16 => Cell::Unsigned(read!(u16, 0).into()),
        Element::U32 => Cell::Unsigned(read!(u32, 0).into()),
        Element::U64 => Cell::Unsigned(read!(u64, 0)),
        Element::I8 => Cell::Signed(read!(i8, 0).into()),
        Element::I16 => Cell::Signed(read!(i16, 0).into()),
        Element::I32 => Cell::Signed(read!(i32, 0).into()),
        Element::I64 => Cell::Signed(read!(i64, 0)),
        Element::F32 => Cell::Single(read!(f32, 0)),
        Element::F64 => Cell::Double(read!(f64, 0)),
        Element::BOOL => Cell::Boolean(read!(u8, 0) != 0),
        Element::C64 => Cell::Complex(read!(f32, 0).into(), read!(f32, 4).into()),
        Element::C128 => Cell::Complex(read!(f64, 0), read!(f64, 8)),
        _ => Cell::Bytes(bytes),
    }
}

impl Cell<'_> {
    /// The value for people, on one line. A real number has at most this many significant digits.
    pub(super) fn shown(self, digits: usize) -> String {
        match self {
            Cell::Text(text) => one_line(text),
            Cell::Unsigned(value) => value.to_string(),
            Cell::Signed(value) => value.to_string(),
            Cell::Single(value) => significant(value.into(), digits),
            Cell::Double(value) => significant(value, digits),
            Cell::Boolean(value) => value.to_string(),
            Cell::Complex(real, imaginary) => {
                let sign = if imaginary.is_sign_negative() { "" } else { "+" };
                format!("{}{sign}{}i", significant(real, digits), significant(imaginary, digits))
            }
            Cell::Bytes(bytes) => hexadecimal(bytes),
        }
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A real number with at most this many significant digits, at least one, like C's `%g`.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let digits = digits.clamp(1, 17);
    let exponent = value.abs().log10().floor() as i32;
    if !(-5..9).contains(&exponent) {
        let after = digits - 1;
        return format!("{value:.after$e}");
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let shown = format!("{value:.decimals$}");
    if shown.contains('.') {
        shown.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_digits_are_at_most_as_many_as_asked_for() {
        assert_eq!(significant(49.752_103_559_870_55, 6), "49.7521");
        assert_eq!(significant(49.752_103_559_870_55, 3), "49.8");
        assert_eq!(significant(1234.0, 0), "1234");
        assert_eq!(significant(1.5e-9, 6), "1.50000e-9");
        assert_eq!(significant(1.0, usize::MAX), "1");
        assert_eq!(significant(f64::NAN, 6), "NaN");
    }

    #[test]
    fn elements_of_every_type_are_read() {
        let bytes: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|part| part.to_ne_bytes()).collect();
        assert_eq!(cell(Element::C64, &bytes), Cell::Complex(1.5, -2.0));
        assert_eq!(cell(Element::C64, &bytes).shown(6), "1.5-2i");
        assert_eq!(cell(Element::F16, &[1, 2]).shown(6), "0102");
        assert_eq!(cell(Element::BOOL, &[1]).shown(6), "true");
        assert_eq!(cell(Element::I16, &(-7_i16).to_ne_bytes()).shown(6), "-7");
        // An unknown type whose code says 0 bytes has no element.
        assert_eq!(cell(Element(0), &[]).shown(6), "");
    }
}
