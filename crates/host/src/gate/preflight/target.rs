//! The target of a file, compared with the host's.

use crate::refusal::Refusal;
use object::Architecture;

/// A platform's format, processor, word size and byte order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub(super) format: String,
    pub(super) architecture: Architecture,
    pub(super) bits: u32,
    pub(super) little: bool,
}

impl Target {
    pub(crate) fn here() -> Self {
        let variant = tollgate_platform::variant();
        let architecture = match std::env::consts::ARCH {
            // The x32 ABI differs by its pointer width.
            "x86_64" if variant.pointer_width == 32 => Architecture::X86_64_X32,
            "x86_64" => Architecture::X86_64,
            "x86" => Architecture::I386,
            "aarch64" => Architecture::Aarch64,
            "arm" => Architecture::Arm,
            "s390x" => Architecture::S390x,
            "riscv64" => Architecture::Riscv64,
            "riscv32" => Architecture::Riscv32,
            "powerpc64" => Architecture::PowerPc64,
            "powerpc" => Architecture::PowerPc,
            "loongarch64" => Architecture::LoongArch64,
            "mips64" => Architecture::Mips64,
            "mips" => Architecture::Mips,
            "sparc64" => Architecture::Sparc64,
            "wasm32" => Architecture::Wasm32,
            _ => Architecture::Unknown,
        };
        let format = match object::BinaryFormat::native_object() {
            // On Windows, objects are COFF, but the linker writes PE.
            object::BinaryFormat::Coff => object::BinaryFormat::Pe,
            same => same,
        };
        Self {
            format: format!("{format:?}"),
            architecture,
            bits: variant.pointer_width,
            little: variant.endian == "little",
        }
    }

    /// Checks that a file for `self` runs on `host`.
    pub(super) fn must_be(&self, host: &Self) -> Result<(), Refusal> {
        if self == host {
            return Ok(());
        }
        Err(Refusal::WrongTarget {
            found: self.to_string(),
            needed: host.to_string(),
        })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = format!("{:?}", self.architecture).to_lowercase();
        let order = if self.little { "little" } else { "big" };
        write!(f, "{name} ({}, {} bits, {order}-endian)", self.format, self.bits)
    }
}
