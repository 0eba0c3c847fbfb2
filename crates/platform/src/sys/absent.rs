//! Stubs of features that only Linux has so far: the stepper, huge pages, the processor's name, load and more.

mod counters;

use crate::load::Reading;
use crate::step::{Plan, StepError, Trace};
use crate::{Status, child};
pub(crate) use counters::{Counters, NO_COUNTERS};
use std::io;

const NO_STEPPER: &str = "only the back end of Linux single-steps";

const NO_HUGE_PAGES: &str = "only the back end of Linux requests huge pages";

pub(crate) const STEP_STATUS: Status = Status::Unsupported(NO_STEPPER);

pub(crate) fn prefer_huge_pages<T>(_memory: &mut [T]) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, NO_HUGE_PAGES))
}

pub(crate) fn threads() -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// # Safety
/// As [`crate::step::Stepper::count_among_threads`]; it never forks.
pub(crate) unsafe fn trace(_run: &mut dyn FnMut(u64), _calls: u64, _plan: &Plan<'_>) -> Result<Trace, StepError> {
    Err(StepError::Unsupported(NO_STEPPER))
}

pub(crate) fn this_program() -> Result<std::path::PathBuf, child::Error> {
    std::env::current_exe().map_err(child::Error::Program)
}

pub(crate) fn system_release() -> Option<String> {
    None
}

pub(crate) fn cpu_model() -> Option<String> {
    None
}

pub(crate) const MACHINE_STATUS: Status = Status::Degraded(
    "only the back end of Linux reads the system's release, the governor, and details that the processor does not \
        report",
);

pub(crate) fn governor() -> Option<String> {
    None
}

pub(crate) fn virtualised() -> Option<bool> {
    None
}

pub(crate) const HEAP_STATUS: Status =
    Status::Unsupported("only the back end of Linux reports it, and only with glibc");

pub(crate) fn heap_in_use() -> Option<usize> {
    None
}

pub(crate) fn load_status() -> Status {
    Status::Unsupported("only the back end of Linux reads the system load")
}

pub(crate) fn load() -> Option<Reading> {
    None
}

pub(crate) fn clock_source() -> Option<String> {
    None
}

pub(crate) fn cache_line() -> Option<usize> {
    None
}
