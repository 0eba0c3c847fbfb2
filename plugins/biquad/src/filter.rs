//! The filter itself.
//!
//! Source: R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients" (the Audio EQ
//! Cookbook, W3C Group Note, 2021).

use super::biquad::Kind;
use std::f64::consts::PI;

/// A filter's parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Design {
    pub(crate) kind: Kind,
    /// Samples a second.
    pub(crate) rate: f64,
    /// Hertz.
    pub(crate) cutoff: f64,
    pub(crate) q: f64,
    /// Decibels.
    pub(crate) gain: f64,
}

/// Coefficients, divided by a0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coefficients {
    pub(crate) b: [f64; 3],
    pub(crate) a: [f64; 2],
}

impl Design {
    /// The coefficients. The error says which rule the design breaks.
    pub(crate) fn coefficients(&self) -> Result<Coefficients, String> {
        let Design {
            rate, cutoff, q, gain, ..
        } = *self;
        if !(cutoff > 0.0 && cutoff < rate / 2.0) {
            return Err(format!(
                "cutoff={cutoff}: expected a frequency above 0 and below {} Hz, half of the sample rate",
                rate / 2.0
            ));
        }
        if q.is_nan() || q <= 0.0 {
            return Err(format!("q={q}: expected a number above 0"));
        }
        let w = 2.0 * PI * cutoff / rate;
        let (sin, cos) = w.sin_cos();
        let alpha = sin / (2.0 * q);
        let amplitude = 10.0_f64.powf(gain / 40.0);
        let slope = 2.0 * amplitude.sqrt() * alpha;
        let (more, less) = (amplitude + 1.0, amplitude - 1.0);
        let (b, a0, a) = match self.kind {
            Kind::LowPass => {
                let half = (1.0 - cos) / 2.0;
                ([half, 1.0 - cos, half], 1.0 + alpha, [-2.0 * cos, 1.0 - alpha])
            }
            Kind::HighPass => {
                let half = (1.0 + cos) / 2.0;
                ([half, -(1.0 + cos), half], 1.0 + alpha, [-2.0 * cos, 1.0 - alpha])
            }
            Kind::BandPass => ([alpha, 0.0, -alpha], 1.0 + alpha, [-2.0 * cos, 1.0 - alpha]),
            Kind::Notch => ([1.0, -2.0 * cos, 1.0], 1.0 + alpha, [-2.0 * cos, 1.0 - alpha]),
            Kind::Peaking => (
                [1.0 + alpha * amplitude, -2.0 * cos, 1.0 - alpha * amplitude],
                1.0 + alpha / amplitude,
                [-2.0 * cos, 1.0 - alpha / amplitude],
            ),
            Kind::LowShelf => (
                [
                    amplitude * (more - less * cos + slope),
                    2.0 * amplitude * (less - more * cos),
                    amplitude * (more - less * cos - slope),
                ],
                more + less * cos + slope,
                [-2.0 * (less + more * cos), more + less * cos - slope],
            ),
            Kind::HighShelf => (
                [
                    amplitude * (more + less * cos + slope),
                    -2.0 * amplitude * (less + more * cos),
                    amplitude * (more + less * cos - slope),
                ],
                more - less * cos + slope,
                [2.0 * (less - more * cos), more - less * cos - slope],
            ),
        };
        let coefficients = Coefficients {
            b: b.map(|b| b / a0),
            a: a.map(|a| a / a0),
        };
        let Coefficients { b, a: [a1, a2] } = coefficients;
        // The poles are inside the unit circle if and only if (a1, a2) is inside the stability triangle.
        if !(b.iter().all(|b| b.is_finite()) && a2.abs() < 1.0 && a1.abs() < 1.0 + a2) {
            return Err(format!(
                "cutoff={cutoff}, q={q}, gain={gain}: the filter is not stable after rounding of its coefficients"
            ));
        }
        Ok(coefficients)
    }
}

/// The state of a channel's filter: transposed direct form II, as in `scipy.signal.lfilter`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct State {
    z: [f64; 2],
}

impl State {
    /// The two numbers of the state.
    pub(crate) fn numbers(&self) -> [f64; 2] {
        self.z
    }

    /// A state from its two numbers.
    pub(crate) fn from_numbers(z: [f64; 2]) -> Self {
        Self { z }
    }

    /// Filters one sample.
    #[inline(always)]
    pub(crate) fn step(&mut self, coefficients: &Coefficients, x: f64) -> f64 {
        let Coefficients { b, a } = coefficients;
        let y = b[0] * x + self.z[0];
        self.z[0] = (b[1] * x + self.z[1]) - a[0] * y;
        self.z[1] = b[2] * x - a[1] * y;
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KINDS: [Kind; 7] = [
        Kind::LowPass,
        Kind::HighPass,
        Kind::BandPass,
        Kind::Notch,
        Kind::Peaking,
        Kind::LowShelf,
        Kind::HighShelf,
    ];

    fn design(kind: Kind) -> Design {
        Design {
            kind,
            rate: 48_000.0,
            cutoff: 1_000.0,
            q: 0.5_f64.sqrt(),
            gain: 6.0,
        }
    }

    /// The gain at a frequency, from the transfer function, by z = e^jw.
    fn gain(coefficients: &Coefficients, w: f64) -> f64 {
        let at = |c0: f64, c1: f64, c2: f64| {
            let real = c0 + c1 * w.cos() + c2 * (2.0 * w).cos();
            let imaginary = c1 * w.sin() + c2 * (2.0 * w).sin();
            real.hypot(imaginary)
        };
        let ([b0, b1, b2], [a1, a2]) = (coefficients.b, coefficients.a);
        at(b0, b1, b2) / at(1.0, a1, a2)
    }

    #[test]
    fn each_kind_has_the_gain_that_its_name_says_at_both_ends_and_at_the_cutoff() {
        let w = 2.0 * PI * 1_000.0 / 48_000.0;
        let boost = 10.0_f64.powf(6.0 / 20.0);
        let half = 0.5_f64.sqrt();
        for (kind, low, middle, high) in [
            (Kind::LowPass, 1.0, half, 0.0),
            (Kind::HighPass, 0.0, half, 1.0),
            (Kind::BandPass, 0.0, 1.0, 0.0),
            (Kind::Notch, 1.0, 0.0, 1.0),
            (Kind::Peaking, 1.0, boost, 1.0),
            (Kind::LowShelf, boost, boost.sqrt(), 1.0),
            (Kind::HighShelf, 1.0, boost.sqrt(), boost),
        ] {
            let coefficients = design(kind).coefficients().unwrap();
            let gains = [0.0, w, PI].map(|w| gain(&coefficients, w));
            for (found, expected) in gains.into_iter().zip([low, middle, high]) {
                assert!((found - expected).abs() < 1e-9, "{kind:?}: {gains:?}");
            }
        }
    }

    #[test]
    fn a_design_that_cannot_be_is_refused_with_its_rule() {
        let refused = |change: &dyn Fn(&mut Design)| {
            let mut design = design(Kind::LowPass);
            change(&mut design);
            design.coefficients().unwrap_err()
        };
        assert_eq!(
            refused(&|design| design.cutoff = 24_000.0),
            "cutoff=24000: expected a frequency above 0 and below 24000 Hz, half of the sample rate"
        );
        assert!(refused(&|design| design.cutoff = f64::NAN).starts_with("cutoff=NaN"));
        assert!(refused(&|design| design.q = 0.0).starts_with("q=0"));
        assert!(refused(&|design| design.cutoff = 1e-9).contains("not stable"));
    }

    proptest! {
        #[test]
        fn what_is_designed_is_stable(which in 0_usize..7, cutoff in 10.0_f64..23_000.0, q in 0.1_f64..30.0, decibels in -24.0_f64..24.0) {
            let design = Design { kind: KINDS[which], rate: 48_000.0, cutoff, q, gain: decibels };
            let coefficients = design.coefficients().unwrap();
            let mut state = State::default();
            let mut last = state.step(&coefficients, 1.0);
            for _ in 0..100_000 {
                last = state.step(&coefficients, 0.0);
            }
            prop_assert!(last.abs() < 1e-3, "{last}");
        }
    }
}
