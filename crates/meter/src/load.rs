//! Disturbance by other programs and by the hypervisor.

use crate::sample::Sample;
use crate::statistics::median;

/// The part of its time that a process loses at most on an idle machine.
const LOADED: f64 = 0.02;

/// What load can add to a minimum, as a part of it: the range of the minima of loaded runs.
const WIDENING: f64 = 0.01;

/// How much of the measurement's time was taken away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Disturbance {
    /// By other programs: the median over processes; `None` if unknown.
    pub(crate) waited: Option<f64>,
    /// By the hypervisor: the median over processes.
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

    /// Whether it was more than the limit.
    pub(crate) fn is_load(&self) -> bool {
        [self.waited, self.stolen]
            .into_iter()
            .flatten()
            .any(|part| part > LOADED)
    }

    /// The additional part of a price by which rows must differ to be told apart.
    pub(crate) fn widening(&self) -> f64 {
        if self.is_load() { WIDENING } else { 0.0 }
    }

    /// The note in the report.
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
