//! The statistics that the method needs.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The confidence with which rows are told apart, over all pairs of a report together.
pub(crate) const CONFIDENCE: f64 = 0.99;

/// The minimum; infinity if there are no values.
pub(crate) fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The maximum; negative infinity if there are no values.
pub(crate) fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The median; NaN if there are no values.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The mean and its standard error, which is infinite for fewer than two values.
pub(crate) fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, f64::INFINITY);
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// The confidence interval of the mean (Student's t); unbounded for fewer than two values.
pub(crate) fn interval(values: &[f64], confidence: f64) -> (f64, f64) {
    let (mean, error) = mean(values);
    match students(values.len()) {
        Some(t) => {
            let half = t.inverse_cdf((1.0 + confidence) / 2.0) * error;
            (mean - half, mean + half)
        }
        None => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

/// Student's distribution for the mean of this many values; `None` for fewer than two.
fn students(values: usize) -> Option<StudentsT> {
    (values >= 2)
        .then(|| StudentsT::new(0.0, 1.0, (values - 1) as f64).ok())
        .flatten()
}

/// The least difference of two rows that can be told apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threshold {
    /// In nanoseconds: the price of the loop itself.
    pub(crate) resolution_ns: f64,
    /// As a part of the smaller one: what code layout can cost by accident if layouts were not varied, and what
    /// load can cost if there was some.
    pub(crate) relative: f64,
}

/// How likely the minima that the same processes measured for two rows would be if the rows differed by no more than
/// the threshold: a paired t-test, two-sided.
pub(crate) fn likelihood_of_tie(a: &[f64], b: &[f64], threshold: Threshold) -> f64 {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let (mean, error) = mean(&differences);
    let smaller = minimum(a).min(minimum(b));
    let beyond = mean.abs() - threshold.resolution_ns.max(threshold.relative * smaller);
    match students(differences.len()) {
        Some(t) if beyond > 0.0 && error > 0.0 => 2.0 * t.sf(beyond / error),
        // All differences are equal.
        Some(_) if beyond > 0.0 => 0.0,
        _ => 1.0,
    }
}

/// The tests that reject their hypothesis. All of them together err at most once in
/// 1 / (1 - [`CONFIDENCE`]) reports (Holm, 1979).
pub(crate) fn rejected(likelihoods: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..likelihoods.len()).collect();
    order.sort_by(|&a, &b| likelihoods[a].total_cmp(&likelihoods[b]));
    let mut rejected = vec![false; likelihoods.len()];
    for (rank, &index) in order.iter().enumerate() {
        let left = (likelihoods.len() - rank) as f64;
        if likelihoods[index] * left > 1.0 - CONFIDENCE {
            break;
        }
        rejected[index] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARP: Threshold = Threshold {
        resolution_ns: 0.03,
        relative: 0.0,
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
        let (low, high) = interval(&[1.0, 2.0, 3.0], 0.99);
        assert!(
            (low - (2.0 - 5.7302)).abs() < 1e-3 && (high - 7.7302).abs() < 1e-3,
            "{low} {high}"
        );
        assert_eq!(interval(&[5.0, 5.0], 0.99), (5.0, 5.0));
        assert_eq!(interval(&[5.0], 0.99), (f64::NEG_INFINITY, f64::INFINITY));
    }

    /// Whether two rows tie that are the only ones.
    fn tie(a: &[f64], b: &[f64], threshold: Threshold) -> bool {
        !rejected(&[likelihood_of_tie(a, b, threshold)])[0]
    }

    #[test]
    fn with_many_pairs_each_needs_more_to_be_told_apart() {
        // Holm, by hand: 0.001 * 3 <= 0.01, and then 0.006 * 2 > 0.01, so nothing after the first is rejected.
        assert_eq!(rejected(&[0.006, 0.001, 0.006]), [false, true, false]);
        assert_eq!(rejected(&[0.004, 0.001]), [true, true]);
        assert_eq!(rejected(&[]), [false; 0]);
        let (a, b) = ([1.0, 1.01, 1.0, 1.01], [1.1, 1.12, 1.11, 1.09]);
        let alone = likelihood_of_tie(&a, &b, SHARP);
        assert!(alone < 0.01 && alone * 100.0 > 0.01, "{alone}");
        assert!(rejected(&[alone])[0]);
        assert!(!rejected(&[&[alone][..], &[1.0; 99]].concat())[0]);
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
        let one_layout = Threshold {
            relative: 0.06,
            ..SHARP
        };
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
