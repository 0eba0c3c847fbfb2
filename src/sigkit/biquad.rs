//! Biquad filters.

use super::error::{DesignRule, Error, Rule, check, never_refused};
use super::ffi;
use std::fmt;

/// The kinds of filter of the Audio EQ Cookbook (R. Bristow-Johnson; W3C Note, 8 June 2021). Gains are in decibels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Passes signals below the frequency.
    LowPass,
    /// Passes signals above the frequency.
    HighPass,
    /// Passes signals around the frequency, 0 dB at its peak.
    BandPass,
    /// Rejects signals around the frequency and passes all others.
    Notch,
    /// Raises or lowers signals around the frequency.
    Peaking {
        /// The gain at the frequency, in decibels.
        gain_db: f64,
    },
    /// Raises or lowers signals below the frequency, its midpoint; q sets its slope.
    LowShelf {
        /// The gain of the shelf, in decibels.
        gain_db: f64,
    },
    /// Raises or lowers signals above the frequency, its midpoint; q sets its slope.
    HighShelf {
        /// The gain of the shelf, in decibels.
        gain_db: f64,
    },
}

impl Kind {
    /// sigkit's number for the kind, and the gain, which sigkit ignores for kinds without one.
    fn as_c(self) -> (i32, f64) {
        match self {
            Kind::LowPass => (ffi::SIGKIT_BIQUAD_LOW_PASS, 0.0),
            Kind::HighPass => (ffi::SIGKIT_BIQUAD_HIGH_PASS, 0.0),
            Kind::BandPass => (ffi::SIGKIT_BIQUAD_BAND_PASS, 0.0),
            Kind::Notch => (ffi::SIGKIT_BIQUAD_NOTCH, 0.0),
            Kind::Peaking { gain_db } => (ffi::SIGKIT_BIQUAD_PEAKING, gain_db),
            Kind::LowShelf { gain_db } => (ffi::SIGKIT_BIQUAD_LOW_SHELF, gain_db),
            Kind::HighShelf { gain_db } => (ffi::SIGKIT_BIQUAD_HIGH_SHELF, gain_db),
        }
    }
}

const _: () = assert!(ffi::SIGKIT_BIQUAD_KINDS == 7, "a kind of sigkit's is missing in Kind");

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::LowPass => f.write_str("low-pass"),
            Kind::HighPass => f.write_str("high-pass"),
            Kind::BandPass => f.write_str("band-pass"),
            Kind::Notch => f.write_str("notch"),
            Kind::Peaking { gain_db } => write!(f, "{gain_db} dB peaking"),
            Kind::LowShelf { gain_db } => write!(f, "{gain_db} dB low-shelf"),
            Kind::HighShelf { gain_db } => write!(f, "{gain_db} dB high-shelf"),
        }
    }
}

/// The coefficients of a filter, divided by a0:
/// `y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// Of the sample.
    pub b0: f64,
    /// Of the sample before.
    pub b1: f64,
    /// Of the sample before that.
    pub b2: f64,
    /// Of the output before, subtracted.
    pub a1: f64,
    /// Of the output before that, subtracted.
    pub a2: f64,
}

/// A second-order filter and its state, in transposed direct form II, as `scipy.signal.lfilter` computes it.
///
/// A NaN or an infinity that enters stays in the state until [`reset`](Biquad::reset). Subnormal numbers are not
/// flushed.
///
/// ```
/// use tollgate_cli::sigkit::{Biquad, Kind};
///
/// let mut smooth = Biquad::design(Kind::LowPass, 360.0, 20.0, 0.5_f64.sqrt())?;
/// let mut samples = [1.0; 360];
/// smooth.process_in_place(&mut samples);
/// assert!((samples[359] - 1.0).abs() < 1e-9, "a constant passes a low-pass unchanged");
/// # Ok::<(), tollgate_cli::sigkit::Error>(())
/// ```
#[derive(Debug, Clone)]
#[repr(transparent)]
pub struct Biquad(ffi::sigkit_biquad);

impl Biquad {
    /// A filter with zero state. Frequencies in hertz; `q` is the quality factor, √½ for a low-pass or high-pass
    /// without a peak.
    ///
    /// # Errors
    /// [`Error::Design`] unless the sample rate, the frequency and q are positive and finite, the frequency is below
    /// half of the sample rate, the gain is finite, and the filter is stable in double precision (at a frequency of
    /// 1e-12 sample rates it is not).
    pub fn design(kind: Kind, sample_rate: f64, frequency: f64, q: f64) -> Result<Biquad, Error> {
        let (number, gain_db) = kind.as_c();
        let mut filter = at_rest(Coefficients {
            b0: 0.0,
            b1: 0.0,
            b2: 0.0,
            a1: 0.0,
            a2: 0.0,
        });
        // SAFETY: `filter` is a local that may be written.
        let status = unsafe { ffi::sigkit_biquad_design(&mut filter, number, sample_rate, frequency, q, gain_db) };
        check(status, "design a filter", |rule| {
            (rule == Rule::Domain).then(|| Error::Design {
                kind,
                sample_rate,
                frequency,
                q,
                rule: broken(sample_rate, frequency, q, gain_db),
            })
        })?;
        Ok(Biquad(filter))
    }

    /// A filter with zero state and the caller's coefficients. They are not checked: poles outside of the unit
    /// circle give an output that grows without bound.
    #[inline]
    pub const fn from_coefficients(coefficients: Coefficients) -> Biquad {
        Biquad(at_rest(coefficients))
    }

    /// The coefficients.
    #[inline]
    pub const fn coefficients(&self) -> Coefficients {
        Coefficients {
            b0: self.0.b0,
            b1: self.0.b1,
            b2: self.0.b2,
            a1: self.0.a1,
            a2: self.0.a2,
        }
    }

    /// Sets the state to zero and keeps the coefficients.
    #[inline]
    pub fn reset(&mut self) {
        // SAFETY: the struct is borrowed exclusively, so it may be written.
        never_refused(unsafe { ffi::sigkit_biquad_reset(&mut self.0) });
    }

    /// Filters one sample.
    #[inline]
    pub fn sample(&mut self, sample: f64) -> f64 {
        // SAFETY: the struct is borrowed exclusively, so it may be written.
        unsafe { ffi::sigkit_biquad_sample(&mut self.0, sample) }
    }

    /// Filters samples in place, with the same bits as one call of [`sample`](Biquad::sample) for each.
    #[inline]
    pub fn process_in_place(&mut self, samples: &mut [f64]) {
        let (to, length) = (samples.as_mut_ptr(), samples.len());
        // SAFETY: the struct is borrowed exclusively, so it may be written; the pointer is valid for reading and
        // writing `length` aligned values, which a mutable slice guarantees, and input and output may be the same array
        // as the header says.
        never_refused(unsafe { ffi::sigkit_biquad_block(&mut self.0, to.cast_const(), to, length) });
    }

    /// Filters samples into another slice of the same length, with the same bits as one call for each of
    /// [`sample`](Biquad::sample).
    ///
    /// # Errors
    /// [`Error::Lengths`] if the two lengths differ; then nothing is changed.
    #[inline]
    pub fn process(&mut self, input: &[f64], output: &mut [f64]) -> Result<(), Error> {
        if input.len() != output.len() {
            return Err(lengths(input.len(), output.len()));
        }
        // SAFETY: the struct is borrowed exclusively, so it may be written; the pointers are valid for reading and for
        // writing `len` aligned values, which the slices guarantee, and which the check above made one number.
        let status = unsafe { ffi::sigkit_biquad_block(&mut self.0, input.as_ptr(), output.as_mut_ptr(), input.len()) };
        check(status, "filter samples", |_| None)
    }
}

const fn at_rest(coefficients: Coefficients) -> ffi::sigkit_biquad {
    let Coefficients { b0, b1, b2, a1, a2 } = coefficients;
    ffi::sigkit_biquad {
        b0,
        b1,
        b2,
        a1,
        a2,
        z1: 0.0,
        z2: 0.0,
    }
}

#[cold]
fn lengths(input: usize, output: usize) -> Error {
    Error::Lengths { input, output }
}

/// The rule for which sigkit refused a design, in the order in which sigkit checks them.
fn broken(sample_rate: f64, frequency: f64, q: f64, gain_db: f64) -> DesignRule {
    let positive = |x: f64| x > 0.0 && x.is_finite();
    if !positive(sample_rate) {
        DesignRule::SampleRate
    } else if !(frequency > 0.0 && frequency < sample_rate / 2.0) {
        DesignRule::Frequency
    } else if !positive(q) {
        DesignRule::Q
    } else if !gain_db.is_finite() {
        DesignRule::Gain
    } else {
        DesignRule::Stable
    }
}
