//! Configuration: a plugin's fields, filled by the host.

use crate::{Error, Result};
use tollgate_abi::{Attribute, Value};

/// A type that is made from a configuration. [`derive(Config)`](tollgate_plugin_macros::Config) implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no configuration",
    note = "put #[derive(tollgate_plugin::Config)] over `{Self}`, which may have no fields"
)]
pub trait Config: Sized {
    /// The schema, as the manifest's JSON array: a name, a type and a description for each key, a default or `optional`
    /// where it may be left out, and limits.
    const SCHEMA: &'static str;

    /// Makes the value from one attribute for each key of the schema, in its order.
    ///
    /// # Errors
    /// The attributes are not those of the schema, which the host has to see to.
    fn from_attributes(attributes: &[Attribute<'_>]) -> Result<Self>;
}

/// A type that a configuration key may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a configuration key",
    note = "numbers, `bool`, `String`, enums that derive `Config`, and `Option` of them can; a field that is no key takes #[config(skip)] and its type's default"
)]
pub trait Setting: Sized {
    /// `number`, `integer`, `boolean` or `string`, as in JSON Schema.
    const TYPE: &'static str;
    /// The rest of the key's schema that follows from the type: `,"minimum":0` and so on.
    const MINIMUM: &'static str = "";
    /// The same, for the greatest value.
    const MAXIMUM: &'static str = "";
    /// `,"enum":["a","b"]`, where only these texts fit.
    const CHOICES: &'static str = "";
    /// `,"optional":true`, where the key may be left out without a default.
    const OPTIONAL: &'static str = "";

    /// Reads the value, or `None` where it is of another kind or out of range.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            const TYPE: &'static str = "integer";
            const MINIMUM: &'static str = {
                const PARTS: &[crate::manifest::Part] = &[
                    crate::manifest::Part::Json(",\"minimum\":"),
                    crate::manifest::Part::Integer(if <$type>::MIN == 0 { 0 } else { <$type>::MIN as i64 }),
                ];
                const BYTES: [u8; crate::manifest::length(PARTS)] = crate::manifest::join(PARTS);
                crate::manifest::as_str(&BYTES)
            };
            const MAXIMUM: &'static str = {
                // The contract carries 64-bit signed integers.
                const MAXIMUM: i64 = if <$type>::MAX as u128 > i64::MAX as u128 { i64::MAX } else { <$type>::MAX as i64 };
                const PARTS: &[crate::manifest::Part] = &[
                    crate::manifest::Part::Json(",\"maximum\":"),
                    crate::manifest::Part::Integer(MAXIMUM),
                ];
                const BYTES: [u8; crate::manifest::length(PARTS)] = crate::manifest::join(PARTS);
                crate::manifest::as_str(&BYTES)
            };

            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Integer(integer) => integer.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

macro_rules! reals {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            const TYPE: &'static str = "number";

            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Real(real) => Some(real as $type),
                    _ => None,
                }
            }
        }
    )*};
}

reals!(f32, f64);

impl Setting for bool {
    const TYPE: &'static str = "boolean";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(integer @ (0 | 1)) => Some(integer == 1),
            _ => None,
        }
    }
}

impl Setting for String {
    const TYPE: &'static str = "string";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    const TYPE: &'static str = T::TYPE;
    const MINIMUM: &'static str = T::MINIMUM;
    const MAXIMUM: &'static str = T::MAXIMUM;
    const CHOICES: &'static str = T::CHOICES;
    const OPTIONAL: &'static str = ",\"optional\":true";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Absent => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// Reads the key `name` at `index` of the schema; for the derive.
///
/// # Errors
/// The host did not give the key that the schema has there, or gave it with another type.
pub fn setting<T: Setting>(attributes: &[Attribute<'_>], index: usize, name: &str) -> Result<T> {
    attributes
        .get(index)
        .filter(|attribute| attribute.key() == name)
        .and_then(Attribute::value)
        .and_then(T::from_value)
        .ok_or_else(|| {
            Error::config(format!(
                "the host gave no {} for the configuration key {name:?}, as the schema has it",
                T::TYPE
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_carry_their_type_s_limits() {
        assert_eq!((u8::MINIMUM, u8::MAXIMUM), (",\"minimum\":0", ",\"maximum\":255"));
        assert_eq!(i64::MINIMUM, ",\"minimum\":-9223372036854775808");
        assert_eq!(u64::MAXIMUM, ",\"maximum\":9223372036854775807");
        assert_eq!(u8::from_value(Value::Integer(256)), None);
    }

    #[test]
    fn an_option_may_be_absent_and_nothing_else_may() {
        assert_eq!(Option::<f64>::from_value(Value::Absent), Some(None));
        assert_eq!(f64::from_value(Value::Absent), None);
        assert_eq!(bool::from_value(Value::Integer(2)), None);
    }
}
