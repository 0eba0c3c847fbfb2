//! The arguments of a call as the user writes them.

use super::convention::{MOST, Words};
use super::signature::{Signature, Type};
use std::ffi::CString;

/// The most bytes that a buffer can have.
const LARGEST: usize = 1 << 30;

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number in a register; a null pointer is zero.
    Word(u64),
    /// A text.
    Text(CString),
    /// A buffer of this size; each byte is its index modulo 251. Type `bytes` passes the length too.
    Bytes { length: usize, with_length: bool },
    /// A buffer of this size, filled with zeros.
    Zeros(usize),
}

impl Value {
    /// The number of bytes that it makes a call work on.
    pub(crate) fn payload(&self) -> Option<usize> {
        match self {
            Value::Bytes { length, .. } => Some(*length),
            _ => None,
        }
    }
}

/// Splits a list at its commas, except those between double quotes. The quotes are removed.
fn cut(list: &str) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in list.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => parts.push(String::new()),
            other => parts.last_mut().expect("there is one from the start").push(other),
        }
    }
    if quoted {
        return Err(format!("the arguments {list:?} have an unclosed quote"));
    }
    Ok(parts)
}

/// Parses arguments for a signature. The error is a message.
pub(crate) fn parse(list: Option<&str>, signature: &Signature) -> Result<Vec<Value>, String> {
    let parts = match list {
        None => Vec::new(),
        Some(list) => cut(list)?,
    };
    let wanted = signature.arguments.len();
    if parts.len() != wanted {
        return Err(format!(
            "the signature {signature} takes {wanted} arguments, and --args has {}: write them in its order, \
                separated by commas",
            parts.len()
        ));
    }
    let mut values = Vec::new();
    for (at, (text, kind)) in parts.iter().zip(&signature.arguments).enumerate() {
        let value =
            one(text, *kind).map_err(|reason| format!("argument {} is {text:?}, and {kind} {reason}", at + 1))?;
        values.push(value);
    }
    Ok(values)
}

fn one(text: &str, kind: Type) -> Result<Value, String> {
    let trimmed = text.trim();
    match kind {
        Type::Signed(bits) => integer(trimmed, -(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        Type::Unsigned(bits) => integer(trimmed, 0, (1_i128 << bits) - 1),
        Type::F32 => match trimmed.parse::<f32>() {
            Ok(number) => Ok(Value::Word(u64::from(number.to_bits()))),
            Err(_) => Err("is a number such as 0.5".to_owned()),
        },
        Type::F64 => match trimmed.parse::<f64>() {
            Ok(number) => Ok(Value::Word(number.to_bits())),
            Err(_) => Err("is a number such as 0.5".to_owned()),
        },
        Type::Bool => match trimmed {
            "true" => Ok(Value::Word(1)),
            "false" => Ok(Value::Word(0)),
            _ => Err("is true or false".to_owned()),
        },
        Type::Text => match CString::new(text) {
            Ok(text) => Ok(Value::Text(text)),
            Err(_) => Err("cannot contain a NUL".to_owned()),
        },
        Type::Pointer | Type::Bytes => buffer(trimmed, kind),
    }
}

fn integer(text: &str, least: i128, greatest: i128) -> Result<Value, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16),
        None => text.parse::<i128>(),
    };
    match number {
        Ok(number) if (least..=greatest).contains(&number) => Ok(Value::Word(number as u64)),
        _ => Err(format!("holds the integers from {least} to {greatest}")),
    }
}

fn buffer(text: &str, kind: Type) -> Result<Value, String> {
    let takes = match kind {
        Type::Bytes => format!("is written bytes:N, a buffer of N bytes and its length, with N at most {LARGEST}"),
        _ => format!("is written null, zeros:N or bytes:N, with at most {LARGEST} bytes"),
    };
    let length = |digits: &str| digits.parse().ok().filter(|length| *length <= LARGEST);
    let value = match (text.split_once(':'), kind) {
        (None, Type::Pointer) if text == "null" => Some(Value::Word(0)),
        (Some(("bytes", digits)), _) => length(digits).map(|length| Value::Bytes {
            length,
            with_length: kind == Type::Bytes,
        }),
        (Some(("zeros", digits)), Type::Pointer) => length(digits).map(Value::Zeros),
        _ => None,
    };
    value.ok_or(takes)
}

/// Arguments as they are passed in registers. What they point to lives as long as the process.
pub(crate) fn words(values: &[Value]) -> Words {
    let mut words = [0; MOST];
    let mut next = words.iter_mut();
    let mut push = |word: u64| *next.next().expect("the signature has at most six") = word;
    for value in values {
        match value {
            Value::Word(word) => push(*word),
            Value::Text(text) => push(text.clone().into_raw().expose_provenance() as u64),
            Value::Zeros(length) => push(memory(*length, |_| 0)),
            Value::Bytes { length, with_length } => {
                push(memory(*length, |index| (index % 251) as u8));
                if *with_length {
                    push(*length as u64);
                }
            }
        }
    }
    words
}

/// Bytes at an address that is a multiple of 64 and not null.
fn memory(length: usize, fill: impl Fn(usize) -> u8) -> u64 {
    #[repr(align(64))]
    #[derive(Clone, Copy)]
    struct Line([u8; 64]);
    let mut lines = vec![Line([0; 64]); length.div_ceil(64).max(1)];
    for (index, byte) in lines.iter_mut().flat_map(|line| &mut line.0).take(length).enumerate() {
        *byte = fill(index);
    }
    lines.leak().as_mut_ptr().expose_provenance() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(list: &str, signature: &str) -> Result<Vec<Value>, String> {
        parse(Some(list), &Signature::parse(signature).unwrap())
    }

    #[test]
    fn numbers_are_extended_to_a_word_as_their_type_says() {
        let values = parsed("-1,255,-2,true,0x10,1.5,0.5", "void(i8,u8,i32,bool,u64,f32)");
        assert!(values.unwrap_err().contains("takes 6 arguments, and --args has 7"));
        let values = parsed("-1,255, -2,true,0x10,1.5", "void(i8,u8,i32,bool,u64,f32)").unwrap();
        let expected = [u64::MAX, 255, u64::MAX - 1, 1, 16, u64::from(1.5_f32.to_bits())];
        assert_eq!(words(&values), expected);
    }

    #[test]
    fn an_argument_that_does_not_fit_is_refused_with_what_would() {
        for (list, signature, part) in [
            (
                "300",
                "void(i8)",
                "argument 1 is \"300\", and i8 holds the integers from -128 to 127",
            ),
            ("-1", "void(usize)", "from 0 to"),
            ("18446744073709551616", "void(u64)", "to 18446744073709551615"),
            ("one", "void(f64)", "is a number such as 0.5"),
            ("1", "void(bool)", "is true or false"),
            ("64", "void(bytes)", "is written bytes:N"),
            ("null", "void(bytes)", "is written bytes:N"),
            ("bytes:99999999999", "void(ptr)", "at most 1073741824"),
            ("a\"b", "void(cstr)", "an unclosed quote"),
            ("1,2", "void(i32)", "takes 1 arguments, and --args has 2"),
        ] {
            let error = parsed(list, signature).unwrap_err();
            assert!(error.contains(part), "{list}: {error}");
        }
        let none = parse(None, &Signature::parse("void(i8)").unwrap()).unwrap_err();
        assert!(none.contains("--args has 0"), "{none}");
    }

    #[test]
    fn texts_may_hold_commas_between_quotes() {
        let values = parsed("\"a, b\",c d", "void(cstr,cstr)").unwrap();
        assert_eq!(values, [Value::Text(c"a, b".into()), Value::Text(c"c d".into())]);
    }

    #[test]
    fn buffers_are_filled_aligned_and_followed_by_their_length() {
        let values = parsed("bytes:300,zeros:5,null", "void(bytes,ptr,ptr)").unwrap();
        let words = words(&values);
        assert_eq!((words[0] % 64, words[1], words[2] % 64, words[3]), (0, 300, 0, 0));
        // SAFETY: the buffer was made just now, with so many bytes.
        let bytes =
            unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance::<u8>(words[0] as usize), 300) };
        assert_eq!((bytes[0], bytes[250], bytes[251], bytes[299]), (0, 250, 0, 48));
        assert_eq!(values[0].payload(), Some(300));
    }
}
