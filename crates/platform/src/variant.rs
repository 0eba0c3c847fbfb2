//! What this binary was built for.

/// The target that this binary was compiled for, and the code that was chosen for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The whole target triple, such as `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
    /// The operating system's family: `unix`, `windows`, or empty where the target has none.
    pub family: &'static str,
    /// `little` or `big`.
    pub endian: &'static str,
    /// Bits in a pointer.
    pub pointer_width: u32,
    /// The platform module that was picked: `linux`, `macos`, `windows` or `fallback`.
    pub backend: &'static str,
    /// The processor module that was picked: `x86_64`, `aarch64` or `generic`.
    pub arch: &'static str,
    /// Instruction-set features that the running processor has, of those that the workspace knows by name.
    pub cpu_features: Vec<&'static str>,
}

/// Reads the variant from the running binary.
pub fn variant() -> Variant {
    Variant {
        target: env!("TOLLGATE_TARGET"),
        family: std::env::consts::FAMILY,
        endian: if cfg!(target_endian = "big") { "big" } else { "little" },
        pointer_width: usize::BITS,
        backend: crate::sys::NAME,
        arch: crate::arch::NAME,
        cpu_features: crate::arch::cpu_features(),
    }
}
