//! Numbers, for people and for programs.

use serde_json::Value as Json;
use tollgate::view::Number;
use tollgate_host::tools::significant;

/// A real number as JSON. NaN and infinities are strings, because JSON has no such numbers.
pub(crate) fn real(value: f64) -> Json {
    match serde_json::Number::from_f64(value) {
        Some(number) => number.into(),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "inf".into(),
        None => "-inf".into(),
    }
}

/// A number of any type as JSON.
pub(crate) fn exact(number: Number) -> Json {
    match number {
        Number::Unsigned(value) => value.into(),
        Number::Signed(value) => value.into(),
        Number::Float(value) => real(value),
        // Prints the digits of the f32, not the longer ones of the equal f64.
        Number::Float32(value) => real(value.to_string().parse().unwrap_or(f64::from(value))),
    }
}

/// A real number with six significant digits, like C's `%g`.
pub(crate) fn short(value: f64) -> String {
    significant(value, 6)
}

/// A number of any type for people: integers in full, others with six significant digits.
pub(crate) fn short_exact(number: Number) -> String {
    match number {
        Number::Unsigned(_) | Number::Signed(_) => number.to_string(),
        Number::Float(_) | Number::Float32(_) => short(number.to_f64()),
    }
}

/// A shape for people: `309 × 2`.
pub(crate) fn shape(shape: &[u64]) -> String {
    if shape.is_empty() {
        return "a scalar".to_owned();
    }
    let axes: Vec<String> = shape.iter().map(u64::to_string).collect();
    axes.join(" × ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_have_six_significant_digits() {
        assert_eq!(short(49.752_103_559_870_55), "49.7521");
        assert_eq!(short(1700.0), "1700");
        assert_eq!(short(-0.000_123_456_789), "-0.000123457");
        assert_eq!(short(1.5e-9), "1.50000e-9");
        assert_eq!(short(123_456_789.0), "123456789");
        assert_eq!(
            (short(0.0), short(f64::NAN), short(f64::INFINITY)),
            ("0".into(), "NaN".into(), "inf".into())
        );
    }

    #[test]
    fn json_has_an_f32_s_own_digits_and_no_bare_nan() {
        assert_eq!(exact(Number::Float32(0.1)).to_string(), "0.1");
        assert_eq!(exact(Number::Unsigned(u64::MAX)).to_string(), "18446744073709551615");
        assert_eq!(real(f64::NAN), "NaN");
        assert_eq!(real(f64::NEG_INFINITY), "-inf");
    }
}
