//! Compares a Rust type with a file's element type, field by field.

use crate::Viewable;
use crate::types::{Record, Type};
use tollgate_abi::Element;

/// The first difference between `T` and the file's element type, as a sentence. `None` if they are the same.
pub(crate) fn mismatch<T: Viewable>(found: &Type) -> Option<String> {
    let rust = Rust {
        kind: T::kind(),
        shape: T::shape(),
        name: short_name::<T>(),
    };
    // A single element has no axes: only its type matters.
    let differs = differ(&rust, found, &[], "").err();
    differs.or_else(|| {
        // A manual implementation may return a wrong type. A packed number is decoded to a larger type.
        let size = size_of::<T>();
        let decoded = found.element().map(Type::from);
        let found = match (found, &decoded) {
            (Type::Packed(_), Some(decoded)) => decoded,
            _ => found,
        };
        let bytes = found.bytes();
        (size != bytes).then(|| {
            let name = rust.name;
            format!("the size differs: the elements are {found} of {bytes} bytes, and Rust's `{name}` has {size} bytes")
        })
    })
}

/// A type's name without its path.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    let end = name.find(['<', '[']).unwrap_or(name.len());
    let start = name[..end].rfind("::").map_or(0, |at| at + 2);
    &name[start..]
}

struct Rust {
    kind: Type,
    shape: Vec<u64>,
    name: &'static str,
}

fn differ(rust: &Rust, found: &Type, found_shape: &[u64], path: &str) -> Result<(), String> {
    let same = match (&rust.kind, found) {
        (Type::Record(needed), Type::Record(found)) if rust.shape == found_shape => {
            return records(needed, found, rust.name, path);
        }
        // Times are counted in an i64.
        (Type::Plain(Element::I64), Type::DateTime(_) | Type::TimeDelta(_)) => rust.shape == found_shape,
        // Packed numbers can also be accessed in decoded form, as in a block.
        (Type::Plain(needed), Type::Packed(_)) => found.element() == Some(*needed) && rust.shape == found_shape,
        // Texts and byte strings of fixed size are arrays in Rust.
        (Type::Plain(Element::U8), Type::Bytes(count) | Type::Void(count))
        | (Type::Plain(Element::U32), Type::Text(count)) => split(&rust.shape, found_shape, *count),
        (Type::Text(1), Type::Text(count)) if *count != 1 => split(&rust.shape, found_shape, *count),
        (needed, found) => needed == found && rust.shape == found_shape,
    };
    if same {
        return Ok(());
    }
    let needed = described(&rust.kind, &rust.shape, rust.name);
    let found = described(found, found_shape, "");
    Err(if path.is_empty() {
        format!("the element type is {found}, and {needed} was requested")
    } else {
        format!("the field {path:?} is {found} in the file and {needed} in Rust")
    })
}

/// Whether `shape` is `outer` followed by an axis of `count`.
fn split(shape: &[u64], outer: &[u64], count: u32) -> bool {
    shape.split_last() == Some((&u64::from(count), outer))
}

fn records(needed: &Record, found: &Record, name: &'static str, path: &str) -> Result<(), String> {
    let of = if path.is_empty() {
        String::new()
    } else {
        format!(" of {path:?}")
    };
    for index in 0..needed.fields.len().max(found.fields.len()) {
        let (needed, found) = match (needed.fields.get(index), found.fields.get(index)) {
            (Some(needed), Some(found)) => (needed, found),
            (Some(needed), None) => {
                return Err(format!(
                    "Rust's `{name}` has a field {:?} at {}{of}, which the file's records do not have: their last \
                        field is {}",
                    needed.name,
                    needed.offset,
                    found
                        .fields
                        .last()
                        .map_or("nothing".to_owned(), |last| format!("{:?}", last.name)),
                ));
            }
            (None, found) => {
                let found = found.expect("one of both lists has this index");
                return Err(format!(
                    "the file's records have a field {:?} at {}{of}, which Rust's `{name}` does not have",
                    found.name, found.offset
                ));
            }
        };
        if needed.name != found.name {
            return Err(format!(
                "field {index}{of} is named {:?} in the file, at {}, and {:?} in Rust's `{name}`, at {}",
                found.name, found.offset, needed.name, needed.offset
            ));
        }
        let path = if path.is_empty() {
            needed.name.clone()
        } else {
            format!("{path}.{}", needed.name)
        };
        if needed.offset != found.offset {
            let fix = if needed.offset > found.offset {
                "write it with align=True, or use repr(C, packed)"
            } else {
                "add fields of padding to the Rust type, or write it with align=False"
            };
            return Err(format!(
                "the field {path:?} is at {} in the file and at {} in Rust's `{name}`: {fix}",
                found.offset, needed.offset
            ));
        }
        let rust = Rust {
            kind: needed.kind.clone(),
            shape: needed.shape.clone(),
            name: "record",
        };
        differ(&rust, &found.kind, &found.shape, &path)?;
    }
    if needed.bytes == found.bytes {
        return Ok(());
    }
    let end = needed
        .fields
        .last()
        .map_or(0, |last| last.offset as usize + last.bytes());
    let padding = (needed.bytes as usize).saturating_sub(end);
    let matching = needed.fields.last().map_or_else(
        || "the fields match".to_owned(),
        |last| format!("field {:?} at {} matches", last.name, last.offset),
    );
    let fix = if needed.bytes > found.bytes {
        "write it with align=True, or use repr(C, packed)"
    } else {
        "add a field of padding at the end of the Rust type, or write it with align=False"
    };
    Err(format!(
        "{matching}, but a record{of} is {} bytes and Rust's `{name}` is {} ({padding} of padding): {fix}",
        found.bytes, needed.bytes
    ))
}

/// A type and its axes: `[3 × f64]`.
fn described(kind: &Type, shape: &[u64], name: &str) -> String {
    let mut text = match kind {
        Type::Record(record) if name.is_empty() || name == "record" => format!("record of {} bytes", record.bytes),
        Type::Record(record) => format!("`{name}` (record of {} bytes)", record.bytes),
        other => other.to_string(),
    };
    for axis in shape.iter().rev() {
        text = format!("[{text}; {axis}]");
    }
    text
}
