//! The target of this binary.

/// The target that this binary was compiled for, and the code that was chosen for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variant {
    /// The whole target triple, such as `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
    /// The operating system's family: `unix`, `windows`, or empty if the target has none.
    pub family: &'static str,
    /// `little` or `big`.
    pub endian: &'static str,
    /// Bits in a pointer.
    pub pointer_width: u32,
    /// The selected platform module: `linux`, `macos`, `bsd`, `windows`, `wasi` or `fallback`.
    pub backend: &'static str,
    /// The processor that code was selected for: `x86_64`, `x86`, `aarch64`, or `generic` for any other.
    pub arch: &'static str,
    /// The instruction-set features of the running processor, of those that the workspace knows by name. If they cannot
    /// be queried (`cpu-features` in [`facilities`](crate::facilities)), those that the compiler was told to use.
    pub cpu_features: Vec<&'static str>,
}

/// Every program contains this before the name of its back end and a semicolon, so that the back end of a file that
/// cannot run can be read too.
pub const BACKEND_MARK: &str = "tollgate-backend=";

const MARK_LENGTH: usize = BACKEND_MARK.len() + crate::sys::NAME.len() + 1;

/// The mark, in one piece.
static MARK: [u8; MARK_LENGTH] = {
    let mut mark = [b';'; MARK_LENGTH];
    let (head, name) = mark.split_at_mut(BACKEND_MARK.len());
    head.copy_from_slice(BACKEND_MARK.as_bytes());
    name.split_at_mut(crate::sys::NAME.len())
        .0
        .copy_from_slice(crate::sys::NAME.as_bytes());
    mark
};

/// Reads the variant from the running binary.
pub fn variant() -> Variant {
    Variant {
        target: env!("TOLLGATE_TARGET"),
        family: std::env::consts::FAMILY,
        endian: if cfg!(target_endian = "big") { "big" } else { "little" },
        pointer_width: usize::BITS,
        backend: {
            // Kept in the program, whatever the optimiser does.
            std::hint::black_box(&MARK);
            crate::sys::NAME
        },
        arch: crate::arch::NAME,
        cpu_features: crate::arch::cpu_features(),
    }
}
