//! Disturbance by other programs and by the machine below this one.

use crate::sample::Sample;
use crate::statistics::median;

/// More of its time than this a process does not lose on an idle machine.
const LOADED: f64 = 0.02;

/// What load can add to a minimum: how far the minima of loaded runs lay apart, as a part of them.
const WIDENING: f64 = 0.01;

/// How much of the measurement's time was taken away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Disturbance {
    /// By other programs: the median over processes; `None` where it cannot be known.
    pub(crate) waited: Option<f64>,
    /// By the machine below: the median over processes.
    pub(crate) stolen: Option<f64>,
}

impl Disturbance {
    pub(crate) fn of(samples: &[Sample]) -> Self {
        let middle = |parts: Vec<f64>| (!parts.is_empty()).then(|| median(&parts));
        Self {
            waited: middle(samples.iter().filter_map(|sample| sample.waited).collect()),
            stolen: middle(samples.iter().filter_map(|sample| sample.stolen).collect()),
        }
    }

    /// Whether it was enough to matter.
    pub(crate) fn is_load(&self) -> bool {
        [self.waited, self.stolen]
            .into_iter()
            .flatten()
            .any(|part| part > LOADED)
    }

    /// The part of a price by which rows must differ the more to be told apart.
    pub(crate) fn widening(&self) -> f64 {
        if self.is_load() { WIDENING } else { 0.0 }
    }

    /// What a reader is told.
    pub(crate) fn note(&self) -> Option<String> {
        if !self.is_load() {
            return None;
        }
        let percent = |part: Option<f64>| 100.0 * part.unwrap_or(0.0);
        Some(format!(
            "The machine was busy: other programs took {:.0} % of this measurement's time, and the machine below this one {:.0} %. \
             Intervals reach to the typical batch, and rows are told apart only if they differ by 1 % more.",
            percent(self.waited),
            percent(self.stolen)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_widens_and_is_said_and_its_absence_is_not() {
        let idle = Disturbance {
            waited: Some(0.001),
            stolen: Some(0.0),
        };
        assert_eq!((idle.widening(), idle.note()), (0.0, None));
        for loaded in [
            Disturbance {
                waited: Some(0.4),
                ..idle
            },
            Disturbance {
                waited: None,
                stolen: Some(0.05),
            },
        ] {
            assert_eq!(loaded.widening(), WIDENING);
            assert!(loaded.note().is_some_and(|note| note.contains("busy")));
        }
    }
}
