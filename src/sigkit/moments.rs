//! Running moments.

use super::error::{Error, Rule, check, never_refused};
use super::ffi;
use std::fmt;
use std::ptr::{self, NonNull};

/// Count, mean, variance, skewness, kurtosis and extremes of a sequence of values that is not kept.
///
/// The formulas are those of P. Pébay, SAND2008-6212 (2008). Rounding errors do not grow with the distance of the data
/// from zero. NaN and infinities follow NumPy, see [`Summary`].
///
/// ```
/// use tollgate_cli::sigkit::Moments;
///
/// let mut first = Moments::new()?;
/// first.push_block(&[1.0, 2.0])?;
/// let mut second = Moments::new()?;
/// second.push(6.0)?;
/// first.merge(&second)?;
///
/// let summary = first.summary();
/// assert_eq!((summary.count, summary.mean, summary.max), (3, 3.0, 6.0));
/// # Ok::<(), tollgate_cli::sigkit::Error>(())
/// ```
pub struct Moments {
    /// Made by `sigkit_moments_create`, ours alone, given back when this is dropped.
    handle: NonNull<ffi::sigkit_moments>,
}

// SAFETY: sigkit's rule on threads is that any function may run on any thread, and that two calls on one object at a
// time need a lock. The handle has one owner and is never copied, so calls on it from another thread come only after it
// moved there. It is not `Sync`: nothing needs two threads to read one handle at once, and a promise that nobody needs
// would have to be kept by every later version of the C code.
unsafe impl Send for Moments {}

impl Moments {
    /// Empty moments: an allocation of some hundred bytes by C's `malloc`.
    ///
    /// # Errors
    /// [`Error::Refused`] with [`Rule::Memory`] if there is no memory.
    pub fn new() -> Result<Moments, Error> {
        let mut handle = ptr::null_mut();
        // SAFETY: `handle` is a local that may be written.
        let status = unsafe { ffi::sigkit_moments_create(&mut handle) };
        check(status, CREATE, |_| None)?;
        let handle = NonNull::new(handle).ok_or(Error::Refused {
            operation: CREATE,
            rule: Rule::Null,
        })?;
        Ok(Moments { handle })
    }

    /// Adds one value.
    ///
    /// # Errors
    /// [`Error::Count`] if the count would exceed 2^64 - 1; then nothing is changed.
    #[inline]
    pub fn push(&mut self, value: f64) -> Result<(), Error> {
        // SAFETY: the handle is a live one of sigkit's, and `&mut self` keeps every other call from it.
        let status = unsafe { ffi::sigkit_moments_push(self.handle.as_ptr(), value) };
        check(status, ADD, |rule| self.too_many(rule, 1))
    }

    /// Adds many values: much faster than one by one, and more accurate. The results agree within rounding, not bit for
    /// bit.
    ///
    /// # Errors
    /// [`Error::Count`] if the count would exceed 2^64 - 1; then nothing is changed.
    #[inline]
    pub fn push_block(&mut self, values: &[f64]) -> Result<(), Error> {
        // SAFETY: the handle is a live one of sigkit's, and `&mut self` keeps every other call from it; the pointer is
        // valid for reading `len` aligned values, which a slice guarantees.
        let status = unsafe { ffi::sigkit_moments_push_block(self.handle.as_ptr(), values.as_ptr(), values.len()) };
        check(status, ADD, |rule| self.too_many(rule, values.len() as u64))
    }

    /// Adds all values of `other`, as if they had been pushed here. `other` is unchanged.
    ///
    /// # Errors
    /// [`Error::Count`] if the count would exceed 2^64 - 1; then nothing is changed.
    #[inline]
    pub fn merge(&mut self, other: &Moments) -> Result<(), Error> {
        // SAFETY: both handles are live ones of sigkit's; `&mut self` keeps every other call from the one that changes,
        // `&other` every call that changes the one that is read.
        let status = unsafe { ffi::sigkit_moments_merge(self.handle.as_ptr(), other.handle.as_ptr()) };
        check(status, ADD, |rule| self.too_many(rule, other.summary().count))
    }

    /// Makes it empty again.
    #[inline]
    pub fn reset(&mut self) {
        // SAFETY: the handle is a live one of sigkit's, and `&mut self` keeps every other call from it.
        never_refused(unsafe { ffi::sigkit_moments_reset(self.handle.as_ptr()) });
    }

    /// The summary of the values so far.
    #[inline]
    pub fn summary(&self) -> Summary {
        let mut read = ffi::sigkit_moments_summary {
            count: 0,
            mean: f64::NAN,
            variance: f64::NAN,
            sample_variance: f64::NAN,
            skewness: f64::NAN,
            kurtosis: f64::NAN,
            min: f64::NAN,
            max: f64::NAN,
        };
        // SAFETY: the handle is a live one of sigkit's, and `&self` keeps every call from it that changes it; `read` is
        // a local that may be written.
        never_refused(unsafe { ffi::sigkit_moments_read(self.handle.as_ptr(), &mut read) });
        Summary {
            count: read.count,
            mean: read.mean,
            variance: read.variance,
            sample_variance: read.sample_variance,
            skewness: read.skewness,
            kurtosis: read.kurtosis,
            min: read.min,
            max: read.max,
        }
    }

    fn too_many(&self, rule: Rule, added: u64) -> Option<Error> {
        (rule == Rule::Length).then(|| Error::Count {
            count: self.summary().count,
            added,
        })
    }
}

const CREATE: &str = "make new moments";
const ADD: &str = "add values to moments";

impl Drop for Moments {
    fn drop(&mut self) {
        // SAFETY: the handle is a live one of sigkit's, and nobody has it after this.
        unsafe { ffi::sigkit_moments_destroy(self.handle.as_ptr()) };
    }
}

impl fmt::Debug for Moments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Moments").field(&self.summary()).finish()
    }
}

/// The summary of [`Moments`].
///
/// With a NaN among the values, all but the count is NaN. With an infinity, `min` and `max` are right, `mean` is that
/// infinity, or NaN if both signs occurred, and the rest is NaN. Values beyond about 1e75 overflow the fourth moment,
/// beyond 1e100 the third, beyond 1e150 the second, beyond 1e300 the mean: an overflow reads as infinity or NaN.
/// With a spread below about 1e-72 kurtosis is NaN, and below 1e-97 skewness is too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Values, NaNs among them.
    pub count: u64,
    /// NaN if there is no value.
    pub mean: f64,
    /// Of a population: divided by n. NaN if there is no value.
    pub variance: f64,
    /// Of a sample: divided by n - 1. NaN below two values.
    pub sample_variance: f64,
    /// m3 / m2^1.5, biased: the default of `scipy.stats.skew`. NaN if all values are equal but for rounding.
    pub skewness: f64,
    /// In excess of a normal distribution's, m4 / m2^2 - 3, biased: the default of `scipy.stats.kurtosis`. NaN if all
    /// values are equal but for rounding.
    pub kurtosis: f64,
    /// The least value. NaN if there is no value.
    pub min: f64,
    /// The greatest value. NaN if there is no value.
    pub max: f64,
}
