//! Any other processor.

use crate::Status;

pub(crate) const NAME: &str = "generic";

pub(super) const COUNTER: Option<&str> = None;
pub(crate) const IN_ORDER: &str = "none";

#[inline(always)]
pub(super) fn read_counter() -> u64 {
    0
}

pub(crate) fn counter_in_order() -> u64 {
    0
}

pub(crate) fn counter_is_constant() -> bool {
    false
}

pub(crate) fn counters_agree(_source: Option<&str>) -> bool {
    false
}

pub(crate) fn cache_line() -> Option<usize> {
    None
}

pub(crate) const CPU_FEATURES_STATUS: Status =
    Status::Degraded("the processor is not queried: the listed features are those that the compiler was told to use");

pub(crate) fn cpu_features() -> Vec<&'static str> {
    let told = env!("TOLLGATE_TARGET_FEATURES").split(',');
    told.filter(|name| !name.is_empty()).collect()
}

/// The name that the processor gives itself.
pub(crate) fn cpu_model() -> Option<String> {
    None
}

/// Whether there is a hypervisor: user code cannot ask the processor.
pub(crate) fn virtualised() -> Option<bool> {
    None
}

/// The hypervisor's name for itself.
pub(crate) fn hypervisor() -> Option<String> {
    None
}
