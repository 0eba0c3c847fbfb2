//! Count, mean, variance and extremes of one column.

use tollgate_plugin::Scalar;

/// An element type whose values have an `f64`.
pub(crate) trait Number: Scalar {
    /// The nearest `f64`.
    fn to_f64(self) -> f64;
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Number for $type {
            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

numbers!(f64, f32, i64, i32, i16, i8, u64, u32, u16, u8);

/// The moments of the values so far.
///
/// Method: values come in chunks that fit in a cache. A chunk's mean and sum of squared deviations are taken in two
/// passes over the chunk, and merged into the running ones by Chan, Golub and LeVeque's formula ("Updating formulae and
/// a pairwise algorithm for computing sample variances", 1979). Deviations are taken from a nearby mean, so a large
/// offset does not cancel. Infinities are kept out of the sums and determine the result, as in NumPy.
///
/// The mean of finite values is finite: if a difference of two of them overflows, halves are used. Squares are not
/// scaled, so values whose deviations exceed about 1e154 have an infinite standard deviation, as in NumPy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    finite: u64,
    mean: f64,
    /// Sum of squared deviations from the mean.
    squares: f64,
    min: f64,
    max: f64,
    positive_infinities: u64,
    negative_infinities: u64,
    pub(crate) nan_count: u64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            finite: 0,
            mean: 0.0,
            squares: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            positive_infinities: 0,
            negative_infinities: 0,
            nan_count: 0,
        }
    }
}

const CHUNK: usize = 256;

impl Moments {
    /// Adds values.
    pub(crate) fn add(&mut self, values: impl Iterator<Item = f64>) {
        let mut chunk = [0.0; CHUNK];
        let mut filled = 0;
        for value in values {
            if value.is_nan() {
                self.nan_count += 1;
                continue;
            }
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            if value == f64::INFINITY {
                self.positive_infinities += 1;
            } else if value == f64::NEG_INFINITY {
                self.negative_infinities += 1;
            } else {
                chunk[filled] = value;
                filled += 1;
                if filled == CHUNK {
                    self.merge(&chunk);
                    filled = 0;
                }
            }
        }
        self.merge(&chunk[..filled]);
    }

    fn merge(&mut self, chunk: &[f64]) {
        if chunk.is_empty() {
            return;
        }
        let mean = mean_of(chunk);
        let squares: f64 = chunk.iter().map(|value| (value - mean) * (value - mean)).sum();
        if self.finite == 0 {
            (self.mean, self.squares) = (mean, squares);
        } else {
            let (before, count, delta) = (self.finite as f64, chunk.len() as f64, mean - self.mean);
            let total = before + count;
            self.mean = between(self.mean, mean, count / total);
            self.squares += squares + delta * delta * (before * count / total);
        }
        self.finite += chunk.len() as u64;
    }

    /// Values that are not NaN.
    pub(crate) fn count(&self) -> u64 {
        self.finite + self.positive_infinities + self.negative_infinities
    }

    /// The mean, or NaN if there are no values.
    pub(crate) fn mean(&self) -> f64 {
        match (self.positive_infinities, self.negative_infinities) {
            (0, 0) if self.finite == 0 => f64::NAN,
            (0, 0) => self.mean,
            (_, 0) => f64::INFINITY,
            (0, _) => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }

    /// The standard deviation with ddof 0, or NaN if there are no values or infinite ones.
    pub(crate) fn std(&self) -> f64 {
        if self.finite == 0 || self.finite != self.count() {
            return f64::NAN;
        }
        (self.squares / self.finite as f64).sqrt()
    }

    /// The minimum, or NaN if there are no values.
    pub(crate) fn min(&self) -> f64 {
        if self.count() == 0 { f64::NAN } else { self.min }
    }

    /// The maximum, or NaN if there are no values.
    pub(crate) fn max(&self) -> f64 {
        if self.count() == 0 { f64::NAN } else { self.max }
    }
}

/// The mean of at least one finite value.
fn mean_of(values: &[f64]) -> f64 {
    // Relative to the first value, so that an offset costs no digits.
    let (first, count) = (values[0], values.len() as f64);
    let mean = first + values.iter().map(|value| (value - first) / count).sum::<f64>();
    if mean.is_finite() {
        return mean;
    }
    // The difference of two halves is at most f64::MAX, and so is the sum of such differences over their count.
    // Rounding can exceed it slightly; only then does the limit matter.
    let halves = values.iter().map(|value| (value / 2.0 - first / 2.0) / count);
    double(first / 2.0 + halves.sum::<f64>())
}

/// The value at `part` of the way from `from` to `to`. All three are finite, and so is the result.
fn between(from: f64, to: f64, part: f64) -> f64 {
    let delta = to - from;
    if delta.is_finite() {
        return from + delta * part;
    }
    double(from / 2.0 + (to / 2.0 - from / 2.0) * part)
}

fn double(half: f64) -> f64 {
    (half * 2.0).clamp(-f64::MAX, f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        moments.add(values.iter().copied());
        moments
    }

    #[test]
    fn an_offset_of_1e8_does_not_cancel() {
        let values: Vec<f64> = (0..10_000).map(|index| 1e8 + f64::from(index % 4)).collect();
        let moments = of(&values);
        assert_eq!(moments.mean(), 1e8 + 1.5);
        assert!((moments.std() - 1.25_f64.sqrt()).abs() < 1e-12, "{}", moments.std());
    }

    #[test]
    fn nothing_has_no_moments() {
        let moments = of(&[f64::NAN]);
        assert_eq!((moments.count(), moments.nan_count), (0, 1));
        assert!(moments.mean().is_nan() && moments.std().is_nan() && moments.min().is_nan() && moments.max().is_nan());
    }

    #[test]
    fn infinities_give_what_numpy_gives() {
        let moments = of(&[1.0, f64::INFINITY, 2.0]);
        assert_eq!(
            (moments.mean(), moments.min(), moments.max()),
            (f64::INFINITY, 1.0, f64::INFINITY)
        );
        assert!(moments.std().is_nan());
        assert!(of(&[f64::NEG_INFINITY, f64::INFINITY]).mean().is_nan());
    }

    #[test]
    fn values_near_the_greatest_do_not_overflow_the_mean() {
        assert_eq!(of(&[f64::MAX, f64::MAX, f64::MAX]).mean(), f64::MAX);
        let opposite = of(&[1.7e308, -1.7e308]);
        assert_eq!((opposite.mean(), opposite.std()), (0.0, f64::INFINITY));
        let quarter = of(&[f64::MAX, -f64::MAX, -f64::MAX, -f64::MAX]).mean();
        assert!((quarter / (-f64::MAX / 2.0) - 1.0).abs() < 1e-15, "{quarter}");
        // In two chunks, whose means are opposite.
        let mut chunks = of(&[f64::MAX; CHUNK]);
        chunks.add([-f64::MAX; CHUNK].into_iter());
        assert_eq!(chunks.mean(), 0.0);
    }

    #[test]
    fn equal_values_have_no_deviation_however_large_they_are() {
        assert_eq!(of(&[1e200, 1e200]).std(), 0.0);
        assert_eq!(of(&[f64::MAX; 300]).std(), 0.0);
    }

    proptest! {
        #[test]
        fn finite_values_have_a_mean_among_them_and_a_deviation(
            values in proptest::collection::vec(any::<f64>().prop_filter("finite", |value| value.is_finite()), 1..600),
        ) {
            let moments = of(&values);
            let slack = 1e-12 * moments.min().abs().max(moments.max().abs());
            prop_assert!(moments.min() - slack <= moments.mean() && moments.mean() <= moments.max() + slack, "{moments:?}");
            prop_assert!(moments.std() >= 0.0, "{moments:?}");
        }

        #[test]
        fn chunks_do_not_change_the_result(values in proptest::collection::vec(-1e6_f64..1e6, 1..2000), at in 0_usize..2000) {
            let whole = of(&values);
            let (head, tail) = values.split_at(at.min(values.len()));
            let mut parts = of(head);
            parts.add(tail.iter().copied());
            // Of values up to 1e6, by the 1e-12 that is promised.
            prop_assert!((whole.mean() - parts.mean()).abs() <= 1e6 * 1e-12);
            prop_assert!((whole.std() - parts.std()).abs() <= 1e6 * 1e-12);
            prop_assert_eq!((whole.count(), whole.min(), whole.max()), (parts.count(), parts.min(), parts.max()));
        }
    }
}
