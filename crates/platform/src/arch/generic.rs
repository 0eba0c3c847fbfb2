//! Any other processor.

use crate::Status;

pub(crate) const NAME: &str = "generic";
pub(crate) const COUNTER_STATUS: Status =
    Status::Unsupported("no counter that user code may read is known for this processor");

/// The name of the processor's counter, or `None` where user code cannot read one.
pub const COUNTER_NAME: Option<&str> = None;

/// Reads the processor's counter; 0 where there is none.
#[inline(always)]
pub fn counter() -> u64 {
    0
}

pub(crate) fn cpu_features() -> Vec<&'static str> {
    Vec::new()
}

/// The name that the processor gives itself.
pub(crate) fn cpu_model() -> Option<String> {
    None
}

/// Whether there is a hypervisor below: user code cannot ask the processor.
pub(crate) fn virtualised() -> Option<bool> {
    None
}

/// The hypervisor's name for itself.
pub(crate) fn hypervisor() -> Option<String> {
    None
}
