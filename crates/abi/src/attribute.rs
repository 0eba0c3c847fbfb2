//! Attributes: named values of a block, and the values of a plugin's configuration.

use crate::Text;
use crate::contract::{codes, contract};

codes! {
    /// The kind of an attribute's value: an open code.
    #[repr(transparent)]
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Kind(pub u32) {
        /// No value: an optional configuration key that was not given.
        ABSENT = 0,
        /// `integer`; for a boolean, 0 or 1.
        INTEGER = 1,
        /// `real`.
        REAL = 2,
        /// `text`: a text, or a list of texts.
        TEXT = 3,
    }
}

contract! {
    /// A named value: an attribute of a block, or one key of a configuration.
    ///
    /// # In Rust
    /// This type never grows, because it is the element of arrays.
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Attribute<'a> as "attribute" {
        pub(crate) integer: i64,
        pub(crate) real: f64,
        pub(crate) key: Text<'a>,
        pub(crate) text: Text<'a>,
        pub(crate) kind: Kind,
        pub(crate) reserved: u32,
    }
}

/// The value of an [`Attribute`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value.
    Absent,
    /// An integer, or a boolean as 0 or 1.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// Text, or a list of texts (see [`texts`](crate::texts)).
    Text(&'a str),
}

impl<'a> Attribute<'a> {
    /// Makes an attribute.
    pub const fn new(key: &'a str, value: Value<'a>) -> Self {
        let mut attribute = Self {
            integer: 0,
            real: 0.0,
            key: Text::new(key),
            text: Text::EMPTY,
            kind: Kind::ABSENT,
            reserved: 0,
        };
        match value {
            Value::Absent => {}
            Value::Integer(integer) => {
                attribute.kind = Kind::INTEGER;
                attribute.integer = integer;
            }
            Value::Real(real) => {
                attribute.kind = Kind::REAL;
                attribute.real = real;
            }
            Value::Text(text) => {
                attribute.kind = Kind::TEXT;
                attribute.text = Text::new(text);
            }
        }
        attribute
    }

    /// The key, or an empty string if it is not UTF-8.
    pub fn key(&self) -> &'a str {
        self.key.as_str().unwrap_or("")
    }

    /// The value, or `None` if this side does not know its kind or the text is not UTF-8.
    pub fn value(&self) -> Option<Value<'a>> {
        match self.kind {
            Kind::ABSENT => Some(Value::Absent),
            Kind::INTEGER => Some(Value::Integer(self.integer)),
            Kind::REAL => Some(Value::Real(self.real)),
            Kind::TEXT => self.text.as_str().map(Value::Text),
            _ => None,
        }
    }
}
