//! A function's signature as the user writes it: `f64(f64)`, `u32(u32, bytes)`.

use super::convention::{Class, MOST};
use std::fmt;

/// The types, for the message about an unknown one.
pub(crate) const TYPES: &str = "i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, bool, f32, f64, ptr, cstr, \
     bytes (only as an argument: pointer and length) and void (only as a result)";

/// The type of an argument or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// A signed integer with this number of bits.
    Signed(u32),
    /// An unsigned integer with this number of bits.
    Unsigned(u32),
    /// A 32-bit floating-point number.
    F32,
    /// A 64-bit floating-point number.
    F64,
    /// `_Bool`.
    Bool,
    /// A pointer.
    Pointer,
    /// A pointer to a text that ends with a NUL.
    Text,
    /// Two arguments: a pointer, and a `size_t` with the number of bytes there.
    Bytes,
}

impl Type {
    fn parse(word: &str) -> Option<Type> {
        Some(match word {
            "i8" => Type::Signed(8),
            "i16" => Type::Signed(16),
            "i32" => Type::Signed(32),
            "i64" => Type::Signed(64),
            "isize" => Type::Signed(usize::BITS),
            "u8" => Type::Unsigned(8),
            "u16" => Type::Unsigned(16),
            "u32" => Type::Unsigned(32),
            "u64" => Type::Unsigned(64),
            "usize" => Type::Unsigned(usize::BITS),
            "f32" => Type::F32,
            "f64" => Type::F64,
            "bool" => Type::Bool,
            "ptr" => Type::Pointer,
            "cstr" => Type::Text,
            "bytes" => Type::Bytes,
            _ => return None,
        })
    }

    pub(crate) fn class(self) -> Class {
        match self {
            Type::F32 | Type::F64 => Class::Float,
            _ => Class::Integer,
        }
    }

    /// The number of C arguments that it stands for.
    pub(crate) fn classes(self) -> &'static [Class] {
        match self {
            Type::F32 | Type::F64 => &[Class::Float],
            Type::Bytes => &[Class::Integer, Class::Integer],
            _ => &[Class::Integer],
        }
    }

    /// The bits of a register that belong to the result.
    pub(crate) fn own_bits(self, word: u64) -> u64 {
        match self {
            Type::Signed(bits) => ((word << (64 - bits)) as i64 >> (64 - bits)) as u64,
            Type::Unsigned(bits) => word << (64 - bits) >> (64 - bits),
            Type::F32 => word & u64::from(u32::MAX),
            Type::Bool => word & 0xff,
            Type::F64 | Type::Pointer | Type::Text | Type::Bytes => word,
        }
    }

    /// A result as text. A `cstr` is shown as an address: only the child process may read it.
    pub(crate) fn show(self, word: u64) -> String {
        let word = self.own_bits(word);
        match self {
            Type::Signed(_) => (word as i64).to_string(),
            Type::Unsigned(_) => format!("{word} ({word:#x})"),
            Type::F32 => format!("{:?}", f32::from_bits(word as u32)),
            Type::F64 => format!("{:?}", f64::from_bits(word)),
            Type::Bool => (word != 0).to_string(),
            Type::Pointer | Type::Text | Type::Bytes => match word {
                0 => "NULL".to_owned(),
                address => format!("{address:#x}"),
            },
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Signed(bits) => write!(f, "i{bits}"),
            Type::Unsigned(bits) => write!(f, "u{bits}"),
            Type::F32 => f.write_str("f32"),
            Type::F64 => f.write_str("f64"),
            Type::Bool => f.write_str("bool"),
            Type::Pointer => f.write_str("ptr"),
            Type::Text => f.write_str("cstr"),
            Type::Bytes => f.write_str("bytes"),
        }
    }
}

/// A function's argument and result types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) arguments: Vec<Type>,
    /// `None` for `void`.
    pub(crate) result: Option<Type>,
}

impl Signature {
    /// Parses a signature. The error is a message.
    pub(crate) fn parse(text: &str) -> Result<Signature, String> {
        let unreadable = || {
            format!(
                "the signature {text:?} does not have the form RESULT(ARGUMENT, …), for example \"f64(f64)\" or \
                    \"void()\""
            )
        };
        let (result, rest) = text.trim().split_once('(').ok_or_else(unreadable)?;
        let list = rest.strip_suffix(')').ok_or_else(unreadable)?.trim();
        let unknown =
            |word: &str| format!("the signature {text:?} has the unknown type {word:?}; the types are {TYPES}");
        let result = match result.trim() {
            "void" => None,
            word => match Type::parse(word) {
                Some(Type::Bytes) | None => return Err(unknown(word)),
                known => known,
            },
        };
        let mut arguments = Vec::new();
        if !list.is_empty() {
            for word in list.split(',').map(str::trim) {
                arguments.push(Type::parse(word).ok_or_else(|| unknown(word))?);
            }
        }
        let signature = Signature { arguments, result };
        let count = signature.classes().len();
        if count > MOST {
            return Err(format!(
                "the signature {text:?} has {count} arguments in C, and at most {MOST} are supported (bytes counts as \
                    two)"
            ));
        }
        Ok(signature)
    }

    /// The register class of each C argument.
    pub(crate) fn classes(&self) -> Vec<Class> {
        self.arguments.iter().flat_map(|kind| kind.classes()).copied().collect()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.result {
            Some(result) => write!(f, "{result}(")?,
            None => f.write_str("void(")?,
        }
        for (at, argument) in self.arguments.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{argument}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_and_shown() {
        for (text, shown) in [
            ("f64(f64)", "f64(f64)"),
            (" void ( ) ", "void()"),
            ("u32(u32,bytes)", "u32(u32, bytes)"),
            ("cstr(i8,i16,i32,i64,u8,bool)", "cstr(i8, i16, i32, i64, u8, bool)"),
        ] {
            assert_eq!(Signature::parse(text).unwrap().to_string(), shown);
        }
        let bytes = Signature::parse("f32(bytes, f32)").unwrap();
        assert_eq!(bytes.classes(), [Class::Integer, Class::Integer, Class::Float]);
    }

    #[test]
    fn an_invalid_signature_is_refused_with_the_expected_form() {
        for (text, part) in [
            ("f64", "RESULT(ARGUMENT"),
            ("f64(f64", "RESULT(ARGUMENT"),
            ("double(f64)", "unknown type \"double\""),
            ("f64(f64,)", "unknown type \"\""),
            ("bytes()", "\"bytes\""),
            ("f64(void)", "\"void\""),
            ("i32(i8,i8,i8,i8,i8,bytes)", "has 7 arguments in C"),
        ] {
            let error = Signature::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_result_is_what_its_own_bits_say() {
        let garbage = 0xdead_beef_0000_00ff;
        assert_eq!(Type::Signed(8).show(garbage), "-1");
        assert_eq!(Type::Unsigned(8).show(garbage), "255 (0xff)");
        assert_eq!(Type::Signed(32).show(garbage), "255");
        assert_eq!(Type::Bool.show(0xdead_be00), "false");
        assert_eq!(Type::F32.show(u64::from(1.5_f32.to_bits()) | 7 << 40), "1.5");
        assert_eq!(Type::F64.show(0.5_f64.to_bits()), "0.5");
        assert_eq!(Type::Pointer.show(0), "NULL");
    }
}
