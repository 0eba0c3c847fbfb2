//! 64-bit ARM.

use crate::Status;

pub(crate) const NAME: &str = "aarch64";

pub(super) const COUNTER: Option<&str> = Some("cntvct_el0");
pub(crate) const IN_ORDER: &str = "isb and cntvct_el0";

#[inline(always)]
pub(super) fn read_counter() -> u64 {
    let ticks: u64;
    // SAFETY: every operating system that this crate supports allows user code to read the virtual counter. It accesses
    // no memory, stack or flags, as the options say.
    unsafe {
        std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags));
    }
    ticks
}

/// The barrier waits for all earlier instructions.
#[inline(always)]
pub(crate) fn counter_in_order() -> u64 {
    let ticks: u64;
    // SAFETY: as in `read_counter`; a barrier only affects the order. The options allow it to access memory, so that
    // the compiler does not move loads across it.
    unsafe {
        std::arch::asm!("isb", "mrs {}, cntvct_el0", out(reg) ticks, options(nostack, preserves_flags));
    }
    ticks
}

/// The architecture requires it.
pub(crate) fn counter_is_constant() -> bool {
    true
}

/// The architecture requires it.
pub(crate) fn counters_agree(_source: Option<&str>) -> bool {
    true
}

/// Not every system allows user code to read it, and Apple's processors report only half of their features: ask the
/// system instead.
pub(crate) fn cache_line() -> Option<usize> {
    None
}

pub(crate) const CPU_FEATURES_STATUS: Status = Status::Supported;

macro_rules! detected {
    ($($feature:tt),* $(,)?) => {{
        let mut features = Vec::new();
        $(if std::arch::is_aarch64_feature_detected!($feature) { features.push($feature); })*
        features
    }};
}

pub(crate) fn cpu_features() -> Vec<&'static str> {
    detected![
        "neon", "crc", "pmull", "aes", "sha2", "sha3", "lse", "fp16", "dotprod", "sve", "sve2"
    ]
}

/// The name that the processor reports: user code cannot read it.
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
