//! What a plugin's file is, read from its bytes: nothing of it runs.

use crate::Refusal;
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Architecture, Endianness, ExportTarget, FileKind, NameOrOrdinal, Object, ObjectKind, ObjectSegment, elf};
use tollgate_abi::{ENTRY_SYMBOL, MANIFEST_SYMBOL};

/// More than any manifest that is not an accident.
const MANIFEST_LIMIT: u64 = 1 << 20;

/// What the gate needs to know of a file.
#[derive(Debug)]
pub(crate) struct Preflight<'a> {
    /// The manifest's JSON.
    pub(crate) manifest: &'a [u8],
    /// The libraries that it needs, by name.
    pub(crate) needed: Vec<String>,
    /// The symbols that it exports.
    pub(crate) symbols: Vec<String>,
}

/// Looks at the bytes of a file.
pub(crate) fn check(bytes: &[u8]) -> Result<Preflight<'_>, Refusal> {
    let kind = FileKind::parse(bytes).map_err(|_| Refusal::NotALibrary {
        found: beginning(bytes),
    })?;
    match kind {
        FileKind::Elf32 => segments::<elf::FileHeader32<Endianness>>(bytes)?,
        FileKind::Elf64 => segments::<elf::FileHeader64<Endianness>>(bytes)?,
        FileKind::MachO32 | FileKind::MachO64 | FileKind::Pe32 | FileKind::Pe64 => {}
        FileKind::MachOFat32 | FileKind::MachOFat64 => {
            return Err(Refusal::NotALibrary {
                found: "is a universal binary, which this host does not take apart: extract one architecture with lipo -thin".to_owned(),
            });
        }
        other => {
            return Err(Refusal::NotALibrary {
                found: format!("is of the kind {other:?}"),
            });
        }
    }
    let file = object::File::parse(bytes).map_err(damaged)?;
    target(&file)?;
    if file.kind() != ObjectKind::Dynamic {
        return Err(Refusal::NotALibrary {
            found: format!("is of the kind {:?}", file.kind()),
        });
    }
    let mut symbols = Vec::new();
    let mut manifest = None;
    for export in file.exports().map_err(damaged)? {
        let export = export.map_err(damaged)?;
        let NameOrOrdinal::Name(name) = export.name() else {
            continue;
        };
        if name == MANIFEST_SYMBOL.as_bytes()
            && let ExportTarget::Address { address } = export.target()
        {
            manifest = Some(address);
        }
        symbols.push(String::from_utf8_lossy(name).into_owned());
    }
    symbols.sort_unstable();
    for symbol in [MANIFEST_SYMBOL, ENTRY_SYMBOL] {
        if !symbols.iter().any(|found| found == symbol) {
            return Err(Refusal::NoSymbol { symbol });
        }
    }
    let mut needed = Vec::new();
    for library in file.import_libraries().map_err(damaged)? {
        needed.push(String::from_utf8_lossy(library.map_err(damaged)?.name()).into_owned());
    }
    let address = manifest.ok_or_else(|| Refusal::ManifestDamaged {
        problem: "the symbol is no data at an address".to_owned(),
    })?;
    Ok(Preflight {
        manifest: read_manifest(&file, address)?,
        needed,
        symbols,
    })
}

/// Whether every part that the loader would map ends inside the file: a loader that maps beyond it dies of SIGBUS.
/// The section table, which loaders ignore, may be missing.
fn segments<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<(), Refusal> {
    let found = bytes.len() as u64;
    let header = H::parse(bytes).map_err(|_| Refusal::Truncated {
        part: "the file header".to_owned(),
        needed: size_of::<H>() as u64,
        found,
    })?;
    let endian = header.endian().map_err(damaged)?;
    let table = u64::from(header.e_phnum(endian)) * u64::from(header.e_phentsize(endian));
    let end = header.e_phoff(endian).into().saturating_add(table);
    if end > found {
        return Err(Refusal::Truncated {
            part: "the table of segments".to_owned(),
            needed: end,
            found,
        });
    }
    for (index, segment) in header
        .program_headers(endian, bytes)
        .map_err(damaged)?
        .iter()
        .enumerate()
    {
        let (offset, size) = segment.file_range(endian);
        let end = offset.saturating_add(size);
        if end > found {
            return Err(Refusal::Truncated {
                part: format!("segment {index}"),
                needed: end,
                found,
            });
        }
    }
    Ok(())
}

/// Whether the file is for this host's platform and processor.
fn target(file: &object::File<'_>) -> Result<(), Refusal> {
    let here = Target::here();
    let there = Target {
        format: format!("{:?}", file.format()),
        architecture: file.architecture(),
        bits: if file.is_64() { 64 } else { 32 },
        little: file.is_little_endian(),
    };
    if there == here {
        return Ok(());
    }
    Err(Refusal::WrongTarget {
        found: there.to_string(),
        needed: here.to_string(),
    })
}

#[derive(PartialEq)]
struct Target {
    format: String,
    architecture: Architecture,
    bits: u32,
    little: bool,
}

impl Target {
    fn here() -> Self {
        let variant = tollgate_platform::variant();
        let architecture = match std::env::consts::ARCH {
            // The x32 ABI is told apart by the pointer.
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
        Self {
            format: format!("{:?}", object::BinaryFormat::native_object()),
            architecture,
            bits: variant.pointer_width,
            little: variant.endian == "little",
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = format!("{:?}", self.architecture).to_lowercase();
        let order = if self.little { "little" } else { "big" };
        write!(f, "{name} ({}, {} bits, {order}-endian)", self.format, self.bits)
    }
}

fn read_manifest<'a>(file: &object::File<'a>, address: u64) -> Result<&'a [u8], Refusal> {
    let damaged = |problem: String| Refusal::ManifestDamaged { problem };
    let data = |address: u64, size: u64| {
        file.segments()
            .find_map(|segment| segment.data_range(address, size).ok().flatten())
    };
    let length: [u8; 8] = data(address, 8)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| damaged("its length lies outside the file's data".to_owned()))?;
    let length = if file.is_little_endian() {
        u64::from_le_bytes(length)
    } else {
        u64::from_be_bytes(length)
    };
    if length > MANIFEST_LIMIT {
        return Err(damaged(format!(
            "it says that it has {length} bytes; more than {MANIFEST_LIMIT} are taken for damage"
        )));
    }
    address
        .checked_add(8)
        .and_then(|start| data(start, length))
        .ok_or_else(|| damaged(format!("its {length} bytes reach outside the file's data")))
}

fn damaged(error: object::read::Error) -> Refusal {
    Refusal::Damaged {
        problem: error.to_string(),
    }
}

fn beginning(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "is empty".to_owned();
    }
    let start = &bytes[..bytes.len().min(16)];
    if let Ok(text) = str::from_utf8(start)
        && !text.contains(|character: char| character.is_control() && !character.is_whitespace())
    {
        return format!("begins with the text {text:?}");
    }
    let bytes: Vec<String> = start.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("begins with the bytes {}", bytes.join(" "))
}
