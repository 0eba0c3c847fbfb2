//! 64-bit ARM.

use crate::Status;

pub(crate) const NAME: &str = "aarch64";

pub(super) const COUNTER: Option<&str> = Some("cntvct_el0");
pub(crate) const IN_ORDER: &str = "isb and cntvct_el0";

#[inline(always)]
pub(super) fn read_counter() -> u64 {
    let ticks: u64;
    // SAFETY: every operating system that this crate names lets user code read the virtual counter; it touches no
    // memory, no stack and no flags, as the options say.
    unsafe {
        std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags));
    }
    ticks
}

/// The barrier waits for whatever came before it.
#[inline(always)]
pub(crate) fn counter_in_order() -> u64 {
    let ticks: u64;
    // SAFETY: as in `read_counter`; a barrier changes nothing but the order. That it may touch memory, as the options
    // leave open, keeps the compiler from moving loads across it.
    unsafe {
        std::arch::asm!("isb", "mrs {}, cntvct_el0", out(reg) ticks, options(nostack, preserves_flags));
    }
    ticks
}

/// The architecture demands it.
pub(crate) fn counter_is_constant() -> bool {
    true
}

/// The architecture demands it.
pub(crate) fn counters_agree(_source: Option<&str>) -> bool {
    true
}

/// User code may not ask everywhere, and Apple's processors name half of what they have: the system is asked instead.
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

/// The name that the processor gives itself: user code cannot ask it.
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
