//! Configuration: a plugin's fields, filled by the host.

use crate::{Error, Result};
use tollgate_abi::{Attribute, Value};

/// A type that is created from a configuration. [`derive(Config)`](tollgate_plugin_macros::Config) implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no configuration",
    note = "put #[derive(tollgate_plugin::Config)] above `{Self}`; it can have no fields"
)]
pub trait Config: Sized {
    /// The schema, as the manifest's JSON array: for each key a name, a type and a description, a default or `optional`
    /// if it is not required, and limits.
    const SCHEMA: &'static str;

    /// What the plugin is, in a sentence: the first paragraph of the documentation of a type that derives `Config`. If
    /// it is empty, the manifest has the description in `Cargo.toml`.
    const DESCRIPTION: &'static str = "";

    /// Creates the value from one attribute for each key of the schema, in the schema's order.
    ///
    /// # Errors
    /// The attributes do not match the schema. The host is responsible for that.
    fn from_attributes(attributes: &[Attribute<'_>]) -> Result<Self>;
}

/// A type that a configuration key can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a configuration key",
    note = "supported types are numbers, `bool`, `String`, enums that derive `Config`, and `Option` of these; mark a \
        field that is not a key with #[config(skip)], and it gets the default of its type"
)]
pub trait Setting: Sized {
    /// `number`, `integer`, `boolean` or `string`, as in JSON Schema.
    const TYPE: &'static str;
    /// The rest of the key's schema that the type determines: `,"minimum":0` and so on.
    const MINIMUM: &'static str = "";
    /// The same, for the greatest value.
    const MAXIMUM: &'static str = "";
    /// `,"enum":["a","b"]`, if only these texts are valid.
    const CHOICES: &'static str = "";
    /// The texts in `CHOICES`. A default is compared with them when the plugin is compiled.
    const NAMES: &'static [&'static str] = &[];
    /// The least and the greatest number of the type. Defaults and limits are compared with them when the plugin is
    /// compiled. An integer must also fit in 64 bits.
    const RANGE: (f64, f64) = (f64::MIN, f64::MAX);
    /// `,"optional":true`, if the key can be omitted without a default.
    const OPTIONAL: &'static str = "";

    /// Reads the value, or returns `None` if it has another kind or is out of range.
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
            const RANGE: (f64, f64) = (<$type>::MIN as f64, <$type>::MAX as f64);

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

impl Setting for f64 {
    const TYPE: &'static str = "number";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Real(real) if real.is_finite() => Some(real),
            _ => None,
        }
    }
}

impl Setting for f32 {
    const TYPE: &'static str = "number";
    // f32::MAX in the fewest digits that identify it. As an f64 it is slightly greater, and rounds to f32::MAX.
    const MINIMUM: &'static str = ",\"minimum\":-3.4028235e38";
    const MAXIMUM: &'static str = ",\"maximum\":3.4028235e38";
    const RANGE: (f64, f64) = (-3.4028235e38, 3.4028235e38);

    fn from_value(value: Value<'_>) -> Option<Self> {
        f64::from_value(value)
            .map(|real| real as f32)
            .filter(|real| real.is_finite())
    }
}

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
    const NAMES: &'static [&'static str] = T::NAMES;
    const RANGE: (f64, f64) = T::RANGE;
    const OPTIONAL: &'static str = ",\"optional\":true";

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Absent => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// Reads the key `name` at `index` of the schema, whose type is `kind`. Used by the derive.
///
/// # Errors
/// The host did not pass the key at this position of the schema, or passed an invalid value.
#[track_caller]
pub fn setting<T>(
    attributes: &[Attribute<'_>],
    index: usize,
    name: &str,
    kind: &str,
    from_value: fn(Value<'_>) -> Option<T>,
) -> Result<T> {
    match attributes.get(index) {
        Some(attribute) if attribute.key() == name => match attribute.value() {
            Some(value) => match from_value(value) {
                Some(setting) => Ok(setting),
                None => Err(unfit(name, kind, &format!("found {}", shown(value)))),
            },
            None => Err(unfit(name, kind, "found a value of an unknown kind")),
        },
        Some(attribute) => Err(unfit(
            name,
            kind,
            &format!("found the key {:?} instead", attribute.key()),
        )),
        None => Err(unfit(name, kind, "found nothing")),
    }
}

#[cold]
#[track_caller]
fn unfit(name: &str, kind: &str, found: &str) -> Error {
    let needed = match kind {
        "integer" => "an integer within the limits of its type",
        "number" => "a number within the limits of its type",
        "boolean" => "a boolean",
        _ => "a text that is valid for its type",
    };
    Error::config(format!(
        "invalid configuration key {name:?}: expected {needed}, {found}: the host must pass every key of the \
            manifest's schema, in its order and within its limits"
    ))
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Absent => "no value".to_owned(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => real.to_string(),
        Value::Text(text) => format!("{text:?}"),
        _ => "another value".to_owned(),
    }
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
    fn a_real_number_that_its_type_cannot_hold_is_refused() {
        assert_eq!(f32::from_value(Value::Real(1e39)), None);
        assert_eq!(f32::from_value(Value::Real(-3.4028235e38)), Some(f32::MIN));
        assert_eq!(f32::from_value(Value::Real(1e-50)), Some(0.0));
        assert_eq!(f64::from_value(Value::Real(f64::NAN)), None);
        let limits: Vec<f64> = [f32::MINIMUM, f32::MAXIMUM]
            .iter()
            .map(|json| json.split_once(':').unwrap().1.parse().unwrap())
            .collect();
        assert_eq!(limits, [f32::RANGE.0, f32::RANGE.1]);
        assert_eq!(f32::RANGE.1 as f32, f32::MAX);
    }

    #[test]
    fn an_option_may_be_absent_and_nothing_else_may() {
        assert_eq!(Option::<f64>::from_value(Value::Absent), Some(None));
        assert_eq!(f64::from_value(Value::Absent), None);
        assert_eq!(bool::from_value(Value::Integer(2)), None);
    }
}
