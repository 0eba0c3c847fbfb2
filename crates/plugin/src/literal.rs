//! Checks the literals in `#[config(…)]` against the field's type when the plugin is compiled.

/// A literal.
#[derive(Clone, Copy)]
pub enum Literal {
    /// An integer.
    Integer(i128),
    /// A number with a decimal point or an exponent.
    Real(f64),
    /// `true` or `false`.
    Boolean,
    /// A text.
    Text(&'static str),
}

/// The error in a `minimum` or a `maximum` of a key of this type and range, if any. A maximum is compared with the
/// minimum.
pub const fn limit_problem(
    kind: &str,
    range: (f64, f64),
    limit: Literal,
    minimum: Option<Literal>,
) -> Option<&'static str> {
    let whole = same(kind, "integer");
    if !whole && !same(kind, "number") {
        return Some("this key is not a number, and only numbers have limits: remove the limit");
    }
    match limit {
        Literal::Integer(_) => {}
        Literal::Real(_) if !whole => {}
        Literal::Real(_) => {
            return Some(
                "this key is an integer, so its limits must be integers: write this one without a decimal point",
            );
        }
        Literal::Boolean | Literal::Text(_) => return Some("a limit must be a number"),
    }
    if !within(limit, whole, range) {
        return Some("this limit is outside the range of the field's type: remove the limit, or use a wider type");
    }
    if let Some(minimum) = minimum
        && less(limit, minimum)
    {
        return Some("this maximum is less than the key's minimum, so no value is valid");
    }
    None
}

/// The error in a `default` of a key of this type, range and choices, if any.
pub const fn default_problem(
    kind: &str,
    range: (f64, f64),
    choices: &[&str],
    default: Literal,
    minimum: Option<Literal>,
    maximum: Option<Literal>,
) -> Option<&'static str> {
    let whole = same(kind, "integer");
    match default {
        Literal::Integer(_) if whole || same(kind, "number") => {}
        Literal::Real(_) if same(kind, "number") => {}
        Literal::Boolean if same(kind, "boolean") => return None,
        Literal::Text(text) if same(kind, "string") => {
            return if choices.is_empty() || contains(choices, text) {
                None
            } else {
                Some("unknown choice: the key's choices are the names of the enum's variants, in lower case")
            };
        }
        _ if whole => {
            return Some("this key is an integer: write its default as an integer, without a decimal point or quotes");
        }
        _ if same(kind, "number") => {
            return Some("this key is a number: write its default as a number, without quotes");
        }
        _ if same(kind, "boolean") => return Some("this key is a boolean: its default must be true or false"),
        _ => return Some("this key is a text: write its default in quotes"),
    }
    if !within(default, whole, range) {
        return Some("this number is outside the range of the field's type: change the default, or use a wider type");
    }
    if let Some(minimum) = minimum
        && less(default, minimum)
    {
        return Some("this default is less than the key's minimum");
    }
    if let Some(maximum) = maximum
        && less(maximum, default)
    {
        return Some("this default is greater than the key's maximum");
    }
    None
}

/// Whether the number is in the range of its type. The contract carries signed 64-bit integers.
const fn within(number: Literal, whole: bool, (least, greatest): (f64, f64)) -> bool {
    match number {
        Literal::Integer(integer) if whole && (integer < i64::MIN as i128 || integer > i64::MAX as i128) => false,
        // Exact where it matters: f64 represents the limits of types below 64 bits exactly.
        Literal::Integer(integer) => least <= integer as f64 && integer as f64 <= greatest,
        Literal::Real(real) => least <= real && real <= greatest,
        Literal::Boolean | Literal::Text(_) => false,
    }
}

const fn less(one: Literal, other: Literal) -> bool {
    match (one, other) {
        (Literal::Integer(one), Literal::Integer(other)) => one < other,
        (Literal::Integer(one), Literal::Real(other)) => (one as f64) < other,
        (Literal::Real(one), Literal::Integer(other)) => one < other as f64,
        (Literal::Real(one), Literal::Real(other)) => one < other,
        _ => false,
    }
}

const fn contains(texts: &[&str], text: &str) -> bool {
    let mut index = 0;
    while index < texts.len() {
        if same(texts[index], text) {
            return true;
        }
        index += 1;
    }
    false
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    one.len() == other.len()
}

#[cfg(test)]
mod tests {
    use super::Literal::{Boolean, Integer, Real, Text};
    use super::*;
    use crate::Setting;

    fn default_of<T: Setting>(default: Literal) -> Option<&'static str> {
        default_problem(T::TYPE, T::RANGE, T::NAMES, default, None, None)
    }

    fn limit_of<T: Setting>(limit: Literal) -> Option<&'static str> {
        limit_problem(T::TYPE, T::RANGE, limit, None)
    }

    #[test]
    fn valid_literals_are_accepted() {
        let problems = [
            default_of::<u8>(Integer(255)),
            default_of::<i64>(Integer(i64::MIN.into())),
            default_of::<u64>(Integer(i64::MAX.into())),
            default_of::<f32>(Real(3.4028235e38)),
            default_of::<f64>(Integer(1 << 100)),
            default_of::<bool>(Boolean),
            default_of::<Option<String>>(Text("any")),
            limit_of::<i8>(Integer(-128)),
            limit_of::<Option<f64>>(Real(0.5)),
        ];
        assert_eq!(problems, [None; 9]);
    }

    #[test]
    fn invalid_literals_are_refused() {
        let problems = [
            default_of::<u8>(Integer(256)),
            default_of::<i64>(Integer(1 << 63)),
            default_of::<u64>(Integer(1 << 63)),
            default_of::<i32>(Real(1.0)),
            default_of::<i32>(Text("x")),
            default_of::<f32>(Real(1e39)),
            default_of::<bool>(Integer(1)),
            default_of::<String>(Boolean),
            limit_of::<i8>(Integer(300)),
            limit_of::<i8>(Real(1.5)),
            limit_of::<String>(Integer(1)),
            limit_of::<f64>(Text("x")),
        ];
        for (index, problem) in problems.iter().enumerate() {
            assert!(problem.is_some(), "{index}");
        }
    }

    #[test]
    fn limits_hold_for_the_default_and_for_each_other() {
        let problem = |default| default_problem("number", f64::RANGE, &[], default, Some(Integer(0)), Some(Real(0.5)));
        assert_eq!((problem(Integer(0)), problem(Real(0.5))), (None, None));
        assert!(problem(Real(-0.1)).is_some() && problem(Integer(1)).is_some());
        assert!(limit_problem("integer", i8::RANGE, Integer(2), Some(Integer(3))).is_some());
        assert!(limit_problem("integer", i8::RANGE, Integer(3), Some(Integer(3))).is_none());
    }
}
