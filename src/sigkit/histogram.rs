//! Histograms.

use super::callback::Guarded;
use super::error::{Error, Rule, check};
use super::ffi;
use std::ffi::c_void;
use std::ops::{ControlFlow, RangeInclusive};
use std::ptr;

/// The most bins that a histogram can have.
pub const MAX_BINS: usize = ffi::SIGKIT_HISTOGRAM_MAX_BINS as usize;

/// One bin of a histogram. It counts `left <= x < right`; the last bin includes its right edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Its index, from 0.
    pub index: usize,
    /// Its lower edge.
    pub left: f64,
    /// Its upper edge.
    pub right: f64,
    /// The number of values in it.
    pub count: u64,
}

/// The result of a histogram apart from its bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Values below the range, -infinity among them.
    pub below: u64,
    /// Values above the range, +infinity among them.
    pub above: u64,
    /// NaNs.
    pub nan: u64,
    /// Whether the closure stopped the reports. The counts above are complete in any case.
    pub stopped: bool,
}

/// Counts values in `bins` bins of equal width over `range` and reports each bin in ascending order, empty ones too,
/// until the closure breaks. The edges are those of `numpy.histogram`.
///
/// ```
/// use std::ops::ControlFlow;
/// use tollgate_cli::sigkit::histogram;
///
/// let mut counts = Vec::new();
/// let counted = histogram(&[0.5, 1.5, 1.6, 2.0, 9.0], 0.0..=2.0, 2, |bin| {
///     counts.push(bin.count);
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(counts, [1, 3]);
/// assert_eq!(counted.above, 1);
/// # Ok::<(), tollgate_cli::sigkit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Bins`] for zero bins or more than [`MAX_BINS`]; [`Error::Range`] unless the range's start is less than
/// its end and their difference is finite; [`Error::Refused`] with [`Rule::Memory`] if there is no memory for the
/// counts. In each case the closure was not called.
///
/// # Panics
/// If the closure panics, with the same payload: the panic is resumed after the C function has returned and freed its
/// memory.
#[inline]
pub fn histogram<F>(values: &[f64], range: RangeInclusive<f64>, bins: usize, report: F) -> Result<Counted, Error>
where
    F: FnMut(Bin) -> ControlFlow<()>,
{
    let (low, high) = range.into_inner();
    let mut outside = ffi::sigkit_histogram_outside {
        below: 0,
        above: 0,
        nan: 0,
    };
    let mut guarded = Guarded::new(report);
    let user = ptr::from_mut(&mut guarded).cast::<c_void>();
    // SAFETY: the pointer is valid for reading `len` aligned values, which a slice guarantees; `outside` is a local
    // that may be written; `on_bin::<F>` returns whatever the closure does, and gets `user` back, which points to the
    // `Guarded<F>` that it requires: a local that outlives the call and is not touched by anyone else meanwhile.
    let status = unsafe {
        ffi::sigkit_histogram(
            values.as_ptr(),
            values.len(),
            low,
            high,
            bins,
            Some(on_bin::<F>),
            user,
            &mut outside,
        )
    };
    guarded.finish();
    check(status, "count values in bins", |rule| match rule {
        Rule::Length => Some(Error::Bins { bins }),
        Rule::Domain => Some(Error::Range { low, high }),
        _ => None,
    })?;
    Ok(Counted {
        below: outside.below,
        above: outside.above,
        nan: outside.nan,
        stopped: status == ffi::SIGKIT_STOPPED,
    })
}

/// Hands one bin from C to the closure.
///
/// # Safety
/// `user` points to a live `Guarded<F>` that nobody else uses during the call.
unsafe extern "C" fn on_bin<F>(user: *mut c_void, index: u64, left: f64, right: f64, count: u64) -> i32
where
    F: FnMut(Bin) -> ControlFlow<()>,
{
    // SAFETY: the caller promises a live `Guarded<F>` for this call alone.
    let guarded = unsafe { &mut *user.cast::<Guarded<F>>() };
    let bin = Bin {
        // Below the number of bins, which is a usize.
        index: index as usize,
        left,
        right,
        count,
    };
    i32::from(guarded.call(bin, ControlFlow::Break(())).is_break())
}
