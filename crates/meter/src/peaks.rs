//! Finds out whether a row has one price or two, by where its batches gather.

use crate::report::Peak;
use crate::sample::middle;
use std::collections::BTreeMap;

/// A peak holds at least this part of all batches.
const LEAST_SHARE: f64 = 0.15;

/// The least distance between peaks in classes: 10 %.
const LEAST_DISTANCE: i32 = 5;

/// The peaks of all processes' batches together, from the fastest; none if there is only one.
pub(crate) fn peaks<'s>(processes: impl Iterator<Item = &'s BTreeMap<i32, u32>>) -> Vec<Peak> {
    let mut counts: BTreeMap<i32, u32> = BTreeMap::new();
    for classes in processes {
        for (&class, &count) in classes {
            *counts.entry(class).or_default() += count;
        }
    }
    let total: u32 = counts.values().sum();
    let (Some(&first), Some(&last)) = (counts.keys().next(), counts.keys().next_back()) else {
        return Vec::new();
    };
    // A single class is too narrow: batches at the edge of two classes are one peak.
    let near = |class: i32| -> u32 { (class - 1..=class + 1).filter_map(|class| counts.get(&class)).sum() };
    let mut found: Vec<i32> = Vec::new();
    for class in first..=last {
        if f64::from(near(class)) < LEAST_SHARE * f64::from(total) {
            continue;
        }
        match found.last().copied() {
            // The same peak unless there is a valley of at most half its height between.
            Some(before) if !apart(before, class, near) => {
                if near(class) > near(before) {
                    found.pop();
                    found.push(class);
                }
            }
            _ => found.push(class),
        }
    }
    if found.len() < 2 {
        return Vec::new();
    }
    // Each batch belongs to the peak that it is nearest to.
    let mut shares = vec![0_u32; found.len()];
    for (&class, &count) in &counts {
        let nearest = (0..found.len())
            .min_by_key(|&peak| (found[peak] - class).abs())
            .unwrap_or(0);
        shares[nearest] += count;
    }
    found
        .iter()
        .zip(shares)
        .map(|(&class, share)| Peak {
            ns: middle(class),
            share: f64::from(share) / f64::from(total),
        })
        .collect()
}

fn apart(one: i32, other: i32, near: impl Fn(i32) -> u32) -> bool {
    let valley = (one..=other).map(&near).min().unwrap_or(0);
    other - one >= LEAST_DISTANCE && 2 * valley <= near(one).min(near(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(counts: &[(i32, u32)]) -> Vec<(i32, u32)> {
        let classes: BTreeMap<i32, u32> = counts.iter().copied().collect();
        let round = |peak: &Peak| {
            (
                (peak.ns.ln() / 1.02_f64.ln()).round() as i32,
                (100.0 * peak.share).round() as u32,
            )
        };
        peaks([&classes].into_iter()).iter().map(round).collect()
    }

    #[test]
    fn one_peak_with_a_long_tail_is_one_price() {
        assert_eq!(found(&[(10, 80), (11, 60), (12, 20), (15, 5), (30, 3), (60, 2)]), []);
        assert_eq!(found(&[]), []);
    }

    #[test]
    fn two_peaks_with_a_valley_between_are_two_prices() {
        assert_eq!(
            found(&[(15, 50), (16, 40), (20, 2), (25, 60), (26, 48)]),
            [(15, 46), (25, 54)]
        );
    }

    #[test]
    fn a_broad_peak_is_no_two() {
        let broad: Vec<(i32, u32)> = (0..20).map(|class| (class, 10)).collect();
        assert_eq!(found(&broad), []);
    }

    #[test]
    fn processes_that_differ_make_two_peaks() {
        let (one, other) = (BTreeMap::from([(0, 200)]), BTreeMap::from([(9, 200)]));
        assert_eq!(peaks([&one, &other].into_iter()).len(), 2);
    }
}
