//! Any other processor: single-stepping is not supported.

use crate::Status;
use crate::step::{Plan, StepError, Trace};

const REASON: &str = "single-stepping is implemented only for x86-64 processors";
pub(crate) const STEP_STATUS: Status = Status::Unsupported(REASON);

/// # Safety
/// As [`crate::step::Stepper::count_among_threads`]; it never forks.
pub(crate) unsafe fn trace(_run: &mut dyn FnMut(u64), _calls: u64, _plan: &Plan<'_>) -> Result<Trace, StepError> {
    Err(StepError::Unsupported(REASON))
}
