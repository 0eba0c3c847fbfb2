//! 64-bit ARM.

use crate::Status;

pub(crate) const NAME: &str = "aarch64";
pub(crate) const COUNTER_STATUS: Status = Status::Supported;

/// The name of the processor's counter, or `None` where user code cannot read one.
pub const COUNTER_NAME: Option<&str> = Some("cntvct_el0");

/// Reads the processor's counter; 0 where there is none. The reading is not ordered against the instructions around it.
#[inline(always)]
pub fn counter() -> u64 {
    let ticks: u64;
    // SAFETY: every operating system that this crate names lets user code read the virtual counter; it touches no
    // memory, no stack and no flags, as the options say.
    unsafe {
        std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags));
    }
    ticks
}

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
