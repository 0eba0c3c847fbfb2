//! Numbers of every element type and the conversions between them.

use tollgate_plugin::Scalar;

/// A number of any element type.
pub(crate) trait Number: Scalar {
    /// The nearest `f64`.
    fn to_f64(self) -> f64;
    /// The number in the range from -1 to 1 that it stands for; a floating-point number is unchanged.
    fn to_unit(self) -> f64;
    /// The integer, if it has an integer type.
    fn to_i128(self) -> Option<i128>;
}

/// An integer of any element type. Its constructors give the nearest value and whether that was in range; a NaN
/// gives `None`.
pub(crate) trait Integer: Number {
    /// Rounded to the nearest, ties to even, and saturated.
    fn from_f64(value: f64) -> Option<(Self, bool)>;
    /// The same from a number in the range from -1 to 1.
    fn from_unit(value: f64) -> Option<(Self, bool)>;
    /// Saturated.
    fn from_i128(value: i128) -> Option<(Self, bool)>;
}

macro_rules! reals {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            fn to_unit(self) -> f64 {
                f64::from(self)
            }

            fn to_i128(self) -> Option<i128> {
                None
            }
        }
    )*};
}

reals!(f32, f64);

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn to_f64(self) -> f64 {
                self as f64
            }

            fn to_unit(self) -> f64 {
                // An unsigned type's zero is the middle of its range.
                let middle = if <$type>::MIN == 0 { HALF } else { 0.0 };
                const HALF: f64 = (1_u128 << (<$type>::BITS - 1)) as f64;
                (self as f64 - middle) / HALF
            }

            fn to_i128(self) -> Option<i128> {
                Some(self as i128)
            }
        }

        impl Integer for $type {
            fn from_f64(value: f64) -> Option<(Self, bool)> {
                if value.is_nan() {
                    return None;
                }
                let rounded = value.round_ties_even();
                // `as` saturates. 2^BITS is exact in f64, but the greatest value of 64 bits is not.
                let beyond = (<$type>::MAX as u128 + 1) as f64;
                Some((rounded as $type, rounded >= <$type>::MIN as f64 && rounded < beyond))
            }

            fn from_unit(value: f64) -> Option<(Self, bool)> {
                const HALF: f64 = (1_u128 << (<$type>::BITS - 1)) as f64;
                let middle = if <$type>::MIN == 0 { HALF } else { 0.0 };
                Self::from_f64(value * HALF + middle)
            }

            fn from_i128(value: i128) -> Option<(Self, bool)> {
                let clamped = value.clamp(<$type>::MIN as i128, <$type>::MAX as i128);
                Some((clamped as $type, clamped == value))
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, i8, i16, i32, i64);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reals_are_rounded_to_even_and_saturated() {
        assert_eq!(i16::from_f64(2.5), Some((2, true)));
        assert_eq!(i16::from_f64(3.5), Some((4, true)));
        assert_eq!(i16::from_f64(-0.5), Some((0, true)));
        assert_eq!(i16::from_f64(40_000.0), Some((i16::MAX, false)));
        assert_eq!(i16::from_f64(f64::NEG_INFINITY), Some((i16::MIN, false)));
        assert_eq!(u8::from_f64(-1.0), Some((0, false)));
        assert_eq!(u8::from_f64(f64::NAN), None);
        // 2^63 is beyond i64, though i64::MAX as f64 equals it.
        assert_eq!(i64::from_f64(9_223_372_036_854_775_808.0), Some((i64::MAX, false)));
        assert_eq!(i64::from_f64(-9_223_372_036_854_775_808.0), Some((i64::MIN, true)));
    }

    #[test]
    fn the_unit_range_has_both_ends_and_a_middle() {
        assert_eq!((i16::MIN.to_unit(), 0_i16.to_unit()), (-1.0, 0.0));
        assert_eq!((u8::MIN.to_unit(), 128_u8.to_unit()), (-1.0, 0.0));
        assert_eq!(i16::from_unit(1.0), Some((i16::MAX, false)));
        assert_eq!(i16::from_unit(-1.0), Some((i16::MIN, true)));
        assert_eq!(u8::from_unit(0.0), Some((128, true)));
    }

    proptest! {
        #[test]
        fn an_integer_survives_the_unit_range_and_back(value: i16, byte: u8, wide: i32) {
            prop_assert_eq!(i16::from_unit(value.to_unit()), Some((value, true)));
            prop_assert_eq!(u8::from_unit(byte.to_unit()), Some((byte, true)));
            prop_assert_eq!(i32::from_unit(wide.to_unit()), Some((wide, true)));
        }

        #[test]
        fn integers_convert_exactly_where_they_fit(value: i64) {
            prop_assert_eq!(i64::from_i128(i128::from(value)), Some((value, true)));
            let fits = u32::try_from(value).is_ok();
            prop_assert_eq!(u32::from_i128(i128::from(value)).map(|(_, fits)| fits), Some(fits));
        }
    }
}
