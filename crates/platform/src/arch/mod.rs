//! One processor, selected here. A processor's file must have exactly these items:
//!
//! | item | what it is |
//! | --- | --- |
//! | `NAME: &str` | what [`crate::Variant::arch`] says |
//! | `COUNTER: Option<&str>`, `read_counter() -> u64` | the counter of time, and a reading that is not ordered |
//! | `IN_ORDER: &str`, `counter_in_order() -> u64` | a reading that comes after every load before it, and its name; only called where the next two say yes |
//! | `counter_is_constant() -> bool` | one rate always, and `counter_in_order` can be called |
//! | `counters_agree(Option<&str>) -> bool` | whether the CPUs' counters agree, given what the system takes its time from, if it says it |
//! | `cache_line() -> Option<usize>` | bytes of a cache line, where the processor says it |
//! | `CPU_FEATURES_STATUS: Status`, `cpu_features() -> Vec<&str>` | instruction-set features |
//! | `cpu_model`, `hypervisor() -> Option<String>`, `virtualised() -> Option<bool>` | what [`crate::machine()`] says |

cfg_if::cfg_if! {
    if #[cfg(any(target_arch = "x86_64", target_arch = "x86"))] {
        mod x86;
        use x86 as processor;
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        use aarch64 as processor;
    } else {
        mod generic;
        use generic as processor;
    }
}

pub(crate) use processor::{
    CPU_FEATURES_STATUS, IN_ORDER, NAME, cache_line, counter_in_order, counter_is_constant, counters_agree,
    cpu_features, cpu_model, hypervisor, virtualised,
};

/// The name of the processor's time counter, or `None` if user code cannot read one.
///
/// # Platform differences
/// - x86, of 64 and of 32 bits: `rdtsc`.
/// - 64-bit ARM: `cntvct_el0`.
/// - Elsewhere: `None`.
pub const COUNTER_NAME: Option<&str> = processor::COUNTER;

/// Reads the processor's counter. The reading is not ordered with the instructions around it: of two threads, the one
/// that reads later may read a smaller value. [`now`](crate::clock::now) is ordered, and costs about twice as much.
///
/// # Platform differences
/// 0 if [`COUNTER_NAME`] is `None`.
#[inline(always)]
pub fn counter() -> u64 {
    processor::read_counter()
}
