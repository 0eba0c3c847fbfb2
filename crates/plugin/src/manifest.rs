//! Builds a manifest at compile time.

use crate::export::Exports;

/// A part of a JSON text.
#[derive(Clone, Copy)]
pub enum Part {
    /// JSON, inserted unchanged.
    Json(&'static str),
    /// Text, written as a JSON string with its quotes.
    Text(&'static str),
    /// A number.
    Integer(i64),
    /// The layout of the contract's structures, as a JSON object.
    Layouts,
}

/// The parts of a plugin's manifest. `description` is that of the crate, for a type without documentation.
pub const fn parts(
    exports: &Exports,
    name: &'static str,
    version: &'static str,
    description: &'static str,
    panic: &'static str,
) -> [Part; 23] {
    use Part::{Integer, Json, Layouts, Text};
    [
        Json("{\"name\":"),
        Text(name),
        Json(",\"version\":"),
        Text(version),
        Json(",\"description\":"),
        Text(if exports.description.is_empty() {
            description
        } else {
            exports.description
        }),
        Json(",\"abi\":"),
        Integer(tollgate_abi::ABI as i64),
        Json(",\"operations\":"),
        Json(exports.operations),
        Json(",\"config\":"),
        Json(exports.schema),
        Json(",\"extensions\":"),
        Json(exports.extensions),
        Json(",\"requires\":"),
        Json(exports.requires),
        Json(",\"layouts\":"),
        Layouts,
        Json(",\"panic\":"),
        Text(panic),
        Json(",\"compiler\":"),
        Text(env!("TOLLGATE_COMPILER")),
        Json("}"),
    ]
}

/// The length of the joined parts, in bytes.
pub const fn length(parts: &[Part]) -> usize {
    write(parts, &mut [])
}

/// Joins parts. Their [`length`] must be `N`.
pub const fn join<const N: usize>(parts: &[Part]) -> [u8; N] {
    let mut bytes = [0; N];
    assert!(write(parts, &mut bytes) == N, "N is the parts' length");
    bytes
}

/// Joined parts as text.
pub const fn as_str(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("the parts are UTF-8, so their concatenation is UTF-8"),
    }
}

/// Writes as much as fits, and returns the full length.
pub(crate) const fn write(parts: &[Part], to: &mut [u8]) -> usize {
    let mut at = 0;
    let mut index = 0;
    while index < parts.len() {
        at = match parts[index] {
            Part::Json(json) => put(json.as_bytes(), to, at),
            Part::Text(text) => put_text(text.as_bytes(), to, at),
            Part::Integer(integer) => put_integer(integer, to, at),
            Part::Layouts => put_layouts(to, at),
        };
        index += 1;
    }
    at
}

/// `{"text":{"size":16,"alignment":8,"fields":{"length":0,"data":8}},…}`.
const fn put_layouts(to: &mut [u8], mut at: usize) -> usize {
    let layouts = tollgate_abi::LAYOUTS;
    let mut index = 0;
    while index < layouts.len() {
        let layout = &layouts[index];
        at = put(if index == 0 { b"{" } else { b"}}," }, to, at);
        at = put_text(layout.name.as_bytes(), to, at);
        at = put(b":{\"size\":", to, at);
        at = put_integer(layout.size as i64, to, at);
        at = put(b",\"alignment\":", to, at);
        at = put_integer(layout.alignment as i64, to, at);
        at = put(b",\"fields\":{", to, at);
        let mut field = 0;
        while field < layout.fields.len() {
            at = put(if field == 0 { b"" } else { b"," }, to, at);
            at = put_text(layout.fields[field].name.as_bytes(), to, at);
            at = put(b":", to, at);
            at = put_integer(layout.fields[field].offset as i64, to, at);
            field += 1;
        }
        index += 1;
    }
    put(b"}}}", to, at)
}

const fn put(bytes: &[u8], to: &mut [u8], mut at: usize) -> usize {
    let mut index = 0;
    while index < bytes.len() {
        if at < to.len() {
            to[at] = bytes[index];
        }
        at += 1;
        index += 1;
    }
    at
}

const fn put_text(text: &[u8], to: &mut [u8], at: usize) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut at = put(b"\"", to, at);
    let mut index = 0;
    while index < text.len() {
        let byte = text[index];
        at = match byte {
            b'"' | b'\\' => put(&[b'\\', byte], to, at),
            0..0x20 => put(
                &[
                    b'\\',
                    b'u',
                    b'0',
                    b'0',
                    HEX[(byte >> 4) as usize],
                    HEX[(byte & 15) as usize],
                ],
                to,
                at,
            ),
            _ => put(&[byte], to, at),
        };
        index += 1;
    }
    put(b"\"", to, at)
}

const fn put_integer(integer: i64, to: &mut [u8], mut at: usize) -> usize {
    if integer < 0 {
        at = put(b"-", to, at);
    }
    let magnitude = integer.unsigned_abs();
    let mut unit = 1;
    while magnitude / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        at = put(&[b'0' + (magnitude / unit % 10) as u8], to, at);
        unit /= 10;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_to_json_that_parses_to_the_same_text() {
        const TEXT: &str = "a \"quoted\" \\ line\n\u{1} and é";
        const PARTS: &[Part] = &[
            Part::Json("["),
            Part::Text(TEXT),
            Part::Json(","),
            Part::Integer(i64::MIN),
            Part::Json("]"),
        ];
        const BYTES: [u8; length(PARTS)] = join(PARTS);
        let json: serde_json::Value = serde_json::from_str(as_str(&BYTES)).unwrap();
        assert_eq!(json, serde_json::json!([TEXT, i64::MIN]));
    }
}
