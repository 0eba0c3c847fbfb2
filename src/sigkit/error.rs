//! The errors that sigkit's statuses become.

use super::{Backend, Kind, MAX_BINS, ffi, static_text};
use std::fmt;

/// An error of sigkit: what was attempted, with which values, which rule was broken, and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A filter with these parameters does not exist, or is not stable in double precision.
    #[error("cannot design a {kind} filter for {frequency} Hz at {sample_rate} samples per second with q {q}: {rule}")]
    Design {
        /// The kind that was asked for.
        kind: Kind,
        /// Samples a second.
        sample_rate: f64,
        /// In hertz.
        frequency: f64,
        /// The quality factor.
        q: f64,
        /// Which of the rules broke.
        rule: DesignRule,
    },
    /// The two slices of a filter differ in length.
    #[error("cannot filter {input} samples into a slice of {output}: pass two slices of the same length")]
    Lengths {
        /// Samples to be filtered.
        input: usize,
        /// The length of the output.
        output: usize,
    },
    /// The number of bins is zero or too large.
    #[error("cannot count values in {bins} bins: use at least 1 and at most {MAX_BINS}")]
    Bins {
        /// The bins that were asked for.
        bins: usize,
    },
    /// The histogram's range is not valid.
    #[error(
        "cannot count values from {low} to {high}: the first must be less than the second, and their difference must \
            be finite"
    )]
    Range {
        /// The lowest edge.
        low: f64,
        /// The highest edge.
        high: f64,
    },
    /// The number of values would exceed 2^64 - 1.
    #[error(
        "could not add {added} values to moments of {count}: they count at most 2^64 - 1, so begin new ones with \
         Moments::reset"
    )]
    Count {
        /// Values seen so far.
        count: u64,
        /// Values that were to be added.
        added: u64,
    },
    /// This build or this processor does not have the backend.
    #[error(
        "could not compute a CRC-32C with the backend {backend}: this build or processor does not have it, so ask \
         Backend::available first"
    )]
    Backend {
        /// The backend that was asked for.
        backend: Backend,
    },
    /// Any other refusal.
    #[error("cannot {operation}: {rule}")]
    Refused {
        /// What was attempted.
        operation: &'static str,
        /// The rule that broke.
        rule: Rule,
    },
}

/// The rule of a filter's design that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignRule {
    /// The sample rate is not a positive, finite number.
    #[error("the sample rate must be positive and finite")]
    SampleRate,
    /// The frequency is not between zero and half of the sample rate.
    #[error("the frequency must be more than 0 and less than half of the sample rate")]
    Frequency,
    /// The quality factor is not a positive, finite number.
    #[error("q must be positive and finite")]
    Q,
    /// The gain is not finite.
    #[error("the gain must be finite")]
    Gain,
    /// Each number is valid, but together they overflow or put a pole on the unit circle.
    #[error(
        "in double precision its coefficients overflow, or a pole comes to lie on the unit circle: take a frequency \
         further from 0 and from half of the sample rate, or a less extreme q or gain"
    )]
    Stable,
}

/// The rule that a call broke, by sigkit's status. Its text is sigkit's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A required pointer is NULL.
    Null,
    /// A length or count is too large, or zero where it must not be.
    Length,
    /// A number is outside its domain or is NaN.
    Domain,
    /// Two arrays overlap partly.
    Overlap,
    /// Memory could not be allocated.
    Memory,
    /// The kind, backend or index does not exist.
    Kind,
    /// This build or processor cannot do it.
    Unsupported,
    /// A status that this binding does not know.
    Unknown(i32),
}

impl Rule {
    const KNOWN: [(Rule, ffi::sigkit_status); 7] = [
        (Rule::Null, ffi::SIGKIT_ERR_NULL),
        (Rule::Length, ffi::SIGKIT_ERR_LENGTH),
        (Rule::Domain, ffi::SIGKIT_ERR_DOMAIN),
        (Rule::Overlap, ffi::SIGKIT_ERR_OVERLAP),
        (Rule::Memory, ffi::SIGKIT_ERR_MEMORY),
        (Rule::Kind, ffi::SIGKIT_ERR_KIND),
        (Rule::Unsupported, ffi::SIGKIT_ERR_UNSUPPORTED),
    ];

    fn of(status: ffi::sigkit_status) -> Rule {
        let known = Rule::KNOWN.into_iter().find(|(_, code)| *code == status);
        known.map_or(Rule::Unknown(status), |(rule, _)| rule)
    }

    fn status(self) -> ffi::sigkit_status {
        if let Rule::Unknown(status) = self {
            return status;
        }
        let known = Rule::KNOWN.into_iter().find(|(rule, _)| *rule == self);
        known.map_or(ffi::SIGKIT_OK, |(_, code)| code)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the function's contract is a static text that is never NULL, whatever the number.
        f.write_str(unsafe { static_text(ffi::sigkit_status_text(self.status())) })
    }
}

/// Turns a status into a `Result`; nothing else does. A status that is not negative is success. `explain` gives
/// the error for this operation and rule; if it gives none, the error names only the operation and the rule.
///
/// Success costs one comparison; the rest is out of line.
#[inline]
pub(super) fn check(
    status: ffi::sigkit_status,
    operation: &'static str,
    explain: impl FnOnce(Rule) -> Option<Error>,
) -> Result<(), Error> {
    if status >= 0 {
        Ok(())
    } else {
        Err(refused(status, operation, explain))
    }
}

#[cold]
#[inline(never)]
fn refused(status: ffi::sigkit_status, operation: &'static str, explain: impl FnOnce(Rule) -> Option<Error>) -> Error {
    let rule = Rule::of(status);
    explain(rule).unwrap_or(Error::Refused { operation, rule })
}

/// For a call that cannot fail if its pointers are valid. A debug build asserts that.
#[inline]
pub(super) fn never_refused(status: ffi::sigkit_status) {
    debug_assert_eq!(status, ffi::SIGKIT_OK, "sigkit refused what its header allows");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_is_not_negative_is_success() {
        for status in [ffi::SIGKIT_OK, ffi::SIGKIT_STOPPED] {
            assert_eq!(check(status, "test", |_| unreachable!()), Ok(()));
        }
    }

    #[test]
    fn each_negative_status_has_its_rule_and_sigkits_phrase() {
        for (rule, status) in Rule::KNOWN {
            let error = check(status, "try this", |_| None).unwrap_err();
            assert_eq!(
                error,
                Error::Refused {
                    operation: "try this",
                    rule
                }
            );
            assert!(!error.to_string().contains("unknown"), "{error}");
        }
        let error = check(-99, "try this", |_| None).unwrap_err();
        assert_eq!(error.to_string(), "cannot try this: unknown status");
        assert!(matches!(
            error,
            Error::Refused {
                rule: Rule::Unknown(-99),
                ..
            }
        ));
    }

    #[test]
    fn an_operations_own_explanation_comes_first() {
        let error = check(ffi::SIGKIT_ERR_LENGTH, "count", |rule| {
            (rule == Rule::Length).then_some(Error::Bins { bins: 0 })
        });
        assert_eq!(error, Err(Error::Bins { bins: 0 }));
    }
}
