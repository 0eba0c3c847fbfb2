//! Logarithmic axes.

use super::super::figures::time;

/// A logarithmic axis between two round numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Log {
    low: f64,
    high: f64,
}

/// The round numbers of a decade.
const ROUND: [f64; 3] = [1.0, 2.0, 5.0];

impl Log {
    /// An axis for these positive values, with some room at both ends; `None` if there are none.
    pub(crate) fn over(values: impl Iterator<Item = f64>) -> Option<Log> {
        let (least, most) = values
            .filter(|value| value.is_finite() && *value > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(least, most), value| {
                (least.min(value), most.max(value))
            });
        if most == 0.0 {
            return None;
        }
        let (least, most) = (least / 1.04, most * 1.04);
        let low = rounds(least).filter(|round| *round <= least).fold(0.0, f64::max);
        let high = rounds(most)
            .filter(|round| *round >= most)
            .fold(f64::INFINITY, f64::min);
        Some(Log { low, high })
    }

    /// The value's position in percent of the axis.
    pub(crate) fn at(&self, value: f64) -> f64 {
        100.0 * (value.max(self.low * 1e-3) / self.low).ln() / (self.high / self.low).ln()
    }

    /// The numbers to label: the ends of the axis and round numbers between them, about eight at most.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let keep = |power: i32, digit: f64| match decades {
            ..1.8 => true,
            ..8.5 => digit == 1.0,
            _ => digit == 1.0 && power.rem_euclid(3) == 0,
        };
        let inside = |value: &f64| *value >= self.low * 0.999 && *value <= self.high * 1.001;
        (power(self.low)..=power(self.high) + 1)
            .flat_map(|power| ROUND.map(|digit| (power, digit)))
            .filter(|&(power, digit)| keep(power, digit))
            .map(|(power, digit)| digit * 10.0_f64.powi(power))
            .filter(inside)
            .collect()
    }
}

fn power(value: f64) -> i32 {
    value.log10().floor() as i32
}

/// The round numbers around a value.
fn rounds(value: f64) -> impl Iterator<Item = f64> {
    let power = power(value);
    (power - 1..=power + 1).flat_map(|power| ROUND.map(|digit| digit * 10.0_f64.powi(power)))
}

/// A round time, for an axis.
pub(crate) fn tick(ns: f64) -> String {
    let time = time(ns);
    let (value, unit) = time.split_once(' ').unwrap_or((&time, ""));
    let value = match value.contains('.') {
        true => value.trim_end_matches('0').trim_end_matches('.'),
        false => value,
    };
    format!("{value} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_round_numbers_around_its_values() {
        let axis = Log::over([0.27, 1.96].into_iter()).unwrap();
        assert_eq!(axis, Log { low: 0.2, high: 5.0 });
        assert_eq!(axis.ticks(), [0.2, 0.5, 1.0, 2.0, 5.0]);
        assert_eq!((axis.at(0.2), axis.at(5.0)), (0.0, 100.0));
        assert!((axis.at(1.0) - 50.0).abs() < 1e-9);
        assert_eq!(Log::over([f64::NAN, 0.0].into_iter()), None);
    }

    #[test]
    fn a_long_axis_has_few_ticks_and_a_short_one_has_some() {
        for (least, most) in [(3.04, 3.32), (0.27, 162.0), (0.27, 2.4e6), (1.0, 1.0), (1e-2, 1e9)] {
            let axis = Log::over([least, most].into_iter()).unwrap();
            let ticks = axis.ticks();
            assert!((2..=9).contains(&ticks.len()), "{least} to {most}: {ticks:?}");
            assert!(axis.at(least) > 0.0 && axis.at(most) < 100.0);
        }
    }

    #[test]
    fn a_round_time_has_no_digit_too_many() {
        assert_eq!(
            (tick(0.2), tick(1000.0), tick(50.0)),
            ("0.2 ns".into(), "1 µs".into(), "50 ns".into())
        );
    }
}
