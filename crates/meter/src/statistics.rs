//! The few statistics that the method needs.

/// Student's t at 99 % confidence, two-sided (the 0.995 quantile), for 1 to 30 degrees of freedom.
const T_99: [f64; 30] = [
    63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.250, 3.169, 3.106, 3.055, 3.012, 2.977, 2.947, 2.921,
    2.898, 2.878, 2.861, 2.845, 2.831, 2.819, 2.807, 2.797, 2.787, 2.779, 2.771, 2.763, 2.756, 2.750,
];

/// The confidence of [`interval`].
pub(crate) const CONFIDENCE: f64 = 0.99;

/// The least value; infinity of none.
pub(crate) fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The greatest value; negative infinity of none.
pub(crate) fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The middle value, or the mean of the two in the middle; NaN of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The interval that holds the mean at 99 % confidence (Student's t); everything, of fewer than two values.
pub(crate) fn interval(values: &[f64]) -> (f64, f64) {
    let n = values.len();
    if n < 2 {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (n - 1) as f64).sqrt();
    let t = T_99[(n - 2).min(T_99.len() - 1)];
    let half = t * deviation / (n as f64).sqrt();
    (mean - half, mean + half)
}

/// What two rows must differ by to be told apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threshold {
    /// In nanoseconds: what the loop itself costs.
    pub(crate) resolution_ns: f64,
    /// As a part of the smaller one: what an accident of code layout can cost. Zero where layouts were varied.
    pub(crate) layout: f64,
}

/// Whether two rows cannot be told apart, by the minima that the same processes measured for both.
///
/// They can where the interval of the paired differences lies wholly on one side of zero and its nearer end is at least
/// the threshold away.
pub(crate) fn tie(a: &[f64], b: &[f64], threshold: Threshold) -> bool {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let (low, high) = interval(&differences);
    if low <= 0.0 && high >= 0.0 {
        return true;
    }
    let smaller = minimum(a).min(minimum(b));
    let least = threshold.resolution_ns.max(threshold.layout * smaller);
    low.abs().min(high.abs()) < least
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARP: Threshold = Threshold {
        resolution_ns: 0.03,
        layout: 0.0,
    };

    #[test]
    fn the_middle_and_the_ends_are_as_by_hand() {
        let values = [3.0, 1.0, 2.0, 10.0];
        assert_eq!(median(&values), 2.5);
        assert_eq!(median(&values[..3]), 2.0);
        assert!(median(&[]).is_nan());
        assert_eq!((minimum(&values), maximum(&values)), (1.0, 10.0));
    }

    #[test]
    fn an_interval_is_as_by_hand() {
        // Mean 2, deviation 1, t for two degrees of freedom 9.925: 9.925 / sqrt(3) = 5.7302 either way.
        let (low, high) = interval(&[1.0, 2.0, 3.0]);
        assert!(
            (low - (2.0 - 5.7302)).abs() < 1e-4 && (high - 7.7302).abs() < 1e-4,
            "{low} {high}"
        );
        assert_eq!(interval(&[5.0, 5.0]), (5.0, 5.0));
        assert_eq!(interval(&[5.0]), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn rows_that_differ_in_every_process_are_told_apart() {
        assert!(!tie(&[1.0, 1.01, 1.0], &[2.0, 2.0, 2.01], SHARP));
        assert!(!tie(&[2.0, 2.0, 2.01], &[1.0, 1.01, 1.0], SHARP));
    }

    #[test]
    fn rows_whose_differences_change_sign_tie() {
        assert!(tie(&[1.0, 1.2, 0.9, 1.1], &[1.1, 1.0, 1.0, 1.0], SHARP));
    }

    #[test]
    fn a_steady_difference_below_the_resolution_ties() {
        assert!(tie(&[1.00; 8], &[1.02; 8], SHARP));
        assert!(!tie(&[1.00; 8], &[1.04; 8], SHARP));
    }

    #[test]
    fn in_one_layout_a_steady_difference_that_layout_explains_ties() {
        let one_layout = Threshold { layout: 0.06, ..SHARP };
        assert!(tie(&[1.00; 8], &[1.05; 8], one_layout));
        assert!(!tie(&[1.00; 8], &[1.07; 8], one_layout));
    }

    #[test]
    fn one_process_tells_nothing_apart() {
        assert!(tie(&[1.0], &[9.0], SHARP));
    }

    #[test]
    fn disturbance_shared_by_both_rows_does_not_hide_their_difference() {
        // The processes differ by far more than the rows, but the rows move together.
        let a = [1.0, 1.5, 2.0, 1.2];
        let b: Vec<f64> = a.iter().map(|a| a + 0.1).collect();
        assert!(!tie(&a, &b, SHARP));
    }
}
