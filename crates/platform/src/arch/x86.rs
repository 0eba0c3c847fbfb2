//! x86, of 64 and of 32 bits.

use crate::Status;
#[cfg(target_arch = "x86")]
use std::arch::x86 as processor;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64 as processor;

pub(crate) const NAME: &str = std::env::consts::ARCH;

pub(super) const COUNTER: Option<&str> = Some("rdtsc");
pub(crate) const IN_ORDER: &str = "rdtscp";

#[inline(always)]
pub(super) fn read_counter() -> u64 {
    // SAFETY: RDTSC exists on every processor of Rust's targets for this architecture, and accesses no memory.
    unsafe { processor::_rdtsc() }
}

/// RDTSCP waits for all earlier loads.
#[inline(always)]
pub(crate) fn counter_in_order() -> u64 {
    let mut cpu = 0;
    // SAFETY: `counter_is_constant` checked that the processor has RDTSCP, which only writes the variable beside it.
    unsafe { processor::__rdtscp(&mut cpu) }
}

/// Whether the processor guarantees a constant rate, at any frequency and in sleep states, and can read the counter in
/// order.
pub(crate) fn counter_is_constant() -> bool {
    const RDTSCP: u32 = 1 << 27;
    const INVARIANT: u32 = 1 << 8;
    let last = processor::__cpuid(0x8000_0000).eax;
    last >= 0x8000_0007
        && processor::__cpuid(0x8000_0001).edx & RDTSCP != 0
        && processor::__cpuid(0x8000_0007).edx & INVARIANT != 0
}

/// Whether a system that uses the clock source `source` has found that the CPUs' counters agree.
pub(crate) fn counters_agree(source: Option<&str>) -> bool {
    source == Some("tsc")
}

/// The size of a line in bytes, as the instruction that flushes one counts it.
pub(crate) fn cache_line() -> Option<usize> {
    let lines = processor::__cpuid(1).ebx >> 8 & 0xff;
    (lines != 0).then_some(lines as usize * 8)
}

pub(crate) const CPU_FEATURES_STATUS: Status = Status::Supported;

macro_rules! detected {
    ($($feature:tt),* $(,)?) => {{
        let mut features = Vec::new();
        $(if std::arch::is_x86_feature_detected!($feature) { features.push($feature); })*
        features
    }};
}

pub(crate) fn cpu_features() -> Vec<&'static str> {
    detected![
        "sse2",
        "sse3",
        "ssse3",
        "sse4.1",
        "sse4.2",
        "popcnt",
        "pclmulqdq",
        "avx",
        "f16c",
        "fma",
        "avx2",
        "bmi1",
        "bmi2",
        "avx512f",
        "avx512bw",
        "avx512dq",
        "avx512vl",
        "avx512vnni",
        "vpclmulqdq",
        "sha",
    ]
}

/// The name that the processor gives itself.
pub(crate) fn cpu_model() -> Option<String> {
    use processor::__cpuid;
    const LAST: u32 = 0x8000_0004;
    if __cpuid(0x8000_0000).eax < LAST {
        return None;
    }
    let bytes: Vec<u8> = (0x8000_0002..=LAST)
        .map(__cpuid)
        .flat_map(|part| [part.eax, part.ebx, part.ecx, part.edx])
        .flat_map(u32::to_le_bytes)
        .take_while(|&byte| byte != 0)
        .collect();
    let name = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Whether the processor reports a hypervisor: the bit is zero on real processors.
pub(crate) fn virtualised() -> Option<bool> {
    Some(processor::__cpuid(1).ecx >> 31 == 1)
}

/// The name that the hypervisor reports, if there is one.
pub(crate) fn hypervisor() -> Option<String> {
    if virtualised() != Some(true) {
        return None;
    }
    let part = processor::__cpuid(0x4000_0000);
    let bytes = [part.ebx, part.ecx, part.edx].map(u32::to_le_bytes).concat();
    let name: String = bytes
        .into_iter()
        .map(char::from)
        .filter(char::is_ascii_graphic)
        .collect();
    (!name.is_empty()).then_some(name)
}
