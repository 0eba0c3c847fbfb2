//! x86-64.

use crate::Status;

pub(crate) const NAME: &str = "x86_64";
pub(crate) const COUNTER_STATUS: Status = Status::Supported;

/// The name of the processor's counter, or `None` where user code cannot read one.
pub const COUNTER_NAME: Option<&str> = Some("rdtsc");

/// Reads the processor's counter; 0 where there is none. The reading is not ordered against the instructions around it.
#[inline(always)]
pub fn counter() -> u64 {
    // SAFETY: RDTSC exists on every x86-64 processor and reads no memory.
    unsafe { std::arch::x86_64::_rdtsc() }
}

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
    use std::arch::x86_64::__cpuid;
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

/// Whether the processor says that there is a hypervisor below: real ones keep the bit at zero.
pub(crate) fn virtualised() -> Option<bool> {
    Some(std::arch::x86_64::__cpuid(1).ecx >> 31 == 1)
}

/// The name that the hypervisor gives itself, where there is one.
pub(crate) fn hypervisor() -> Option<String> {
    if virtualised() != Some(true) {
        return None;
    }
    let part = std::arch::x86_64::__cpuid(0x4000_0000);
    let bytes = [part.ebx, part.ecx, part.edx].map(u32::to_le_bytes).concat();
    let name: String = bytes
        .into_iter()
        .map(char::from)
        .filter(char::is_ascii_graphic)
        .collect();
    (!name.is_empty()).then_some(name)
}
