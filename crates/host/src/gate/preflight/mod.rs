//! Preflight: checks a plugin's file by its bytes. None of it runs.

mod dynamic;
mod elf;
mod ends;
mod target;
#[cfg(test)]
mod tests;

use crate::refusal::Refusal;
use object::{BinaryFormat, Endianness, ExportTarget, FileKind, NameOrOrdinal, Object, ObjectKind, ObjectSegment};
pub(crate) use target::Target;
use tollgate_abi::{ENTRY_SYMBOL, MANIFEST_SYMBOL};

/// The limit of a manifest's length, far more than any needs.
const MANIFEST_LIMIT: u64 = 1 << 20;

/// What the gate reads from a file.
#[derive(Debug)]
pub(crate) struct Preflight<'a> {
    /// The manifest's JSON.
    pub(crate) manifest: &'a [u8],
    /// What it exports and needs.
    pub(crate) exports: Exports,
}

/// What a file exports, and what it needs.
#[derive(Debug)]
pub(crate) struct Exports {
    /// The distance from the entry to the manifest, in bytes. It must be the same after loading.
    pub(crate) distance: u64,
    /// The libraries that it needs, by name.
    pub(crate) needed: Vec<String>,
    /// The symbols that it exports, sorted.
    pub(crate) symbols: Vec<String>,
}

impl Exports {
    /// Whether a symbol of this name is exported.
    pub(crate) fn offers(&self, symbol: &str) -> bool {
        self.symbols
            .binary_search_by(|other| other.as_str().cmp(symbol))
            .is_ok()
    }
}

/// Checks the bytes of a file that is to be loaded on `host`.
pub(crate) fn check<'a>(bytes: &'a [u8], host: &Target) -> Result<Preflight<'a>, Refusal> {
    let kind = FileKind::parse(bytes).map_err(|_| Refusal::NotALibrary {
        found: beginning(bytes),
    })?;
    match kind {
        FileKind::Elf32 => elf::ends::<object::elf::FileHeader32<Endianness>>(bytes)?,
        FileKind::Elf64 => elf::ends::<object::elf::FileHeader64<Endianness>>(bytes)?,
        FileKind::MachO32 => ends::of_macho::<object::macho::MachHeader32<Endianness>>(bytes)?,
        FileKind::MachO64 => ends::of_macho::<object::macho::MachHeader64<Endianness>>(bytes)?,
        FileKind::Pe32 => ends::of_pe::<object::pe::ImageNtHeaders32>(bytes)?,
        FileKind::Pe64 => ends::of_pe::<object::pe::ImageNtHeaders64>(bytes)?,
        FileKind::MachOFat32 | FileKind::MachOFat64 => {
            return Err(Refusal::NotALibrary {
                found: "is a universal binary, which is not supported: extract one architecture with lipo -thin"
                    .to_owned(),
            });
        }
        other => {
            return Err(Refusal::NotALibrary {
                found: format!("is of the type {other:?}"),
            });
        }
    }
    match kind {
        FileKind::Elf32 => of_elf::<object::elf::FileHeader32<Endianness>>(bytes, host),
        FileKind::Elf64 => of_elf::<object::elf::FileHeader64<Endianness>>(bytes, host),
        _ => of_other(bytes, host),
    }
}

/// Checks that the file is a shared library for the host.
fn library(file: &object::File<'_>, host: &Target) -> Result<(), Refusal> {
    let target = Target {
        format: format!("{:?}", file.format()),
        architecture: file.architecture(),
        bits: if file.is_64() { 64 } else { 32 },
        little: file.is_little_endian(),
    };
    target.must_be(host)?;
    if file.kind() != ObjectKind::Dynamic {
        return Err(Refusal::NotALibrary {
            found: format!("is of the type {:?}", file.kind()),
        });
    }
    Ok(())
}

fn of_elf<'a, H>(bytes: &'a [u8], host: &Target) -> Result<Preflight<'a>, Refusal>
where
    H: object::read::elf::FileHeader<Endian = Endianness>,
{
    // Only the header, without its tables: the loader reads one of them, which `elf` checks.
    let mut header = bytes[..size_of::<H>()].to_vec();
    elf::forget_tables::<H>(&mut header);
    library(&object::File::parse(header.as_slice()).map_err(damaged)?, host)?;
    let image = elf::Image::<H>::parse(bytes)?;
    let names = dynamic::check(&image)?;
    let address = |symbol: &str| {
        names
            .exports
            .iter()
            .find(|(name, _)| *name == symbol.as_bytes())
            .map(|(_, at)| *at)
    };
    let (Some(manifest), Some(entry)) = (address(MANIFEST_SYMBOL), address(ENTRY_SYMBOL)) else {
        return Err(Refusal::NoSymbol { symbol: ENTRY_SYMBOL });
    };
    if !image.has_descriptors() && !image.may_execute(entry) {
        return Err(damage(format!("{ENTRY_SYMBOL} is not in its own code")));
    }
    let little = matches!(image.endian, Endianness::Little);
    let json = read_manifest(manifest, little, |address, size| image.file(address, size))?;
    Ok(Preflight {
        manifest: json,
        exports: Exports {
            distance: manifest.wrapping_sub(entry),
            needed: names.needed,
            symbols: texts(names.exports.iter().map(|(name, _)| *name)),
        },
    })
}

fn of_other<'a>(bytes: &'a [u8], host: &Target) -> Result<Preflight<'a>, Refusal> {
    let file = object::File::parse(bytes).map_err(damaged)?;
    library(&file, host)?;
    let mut exports = Vec::new();
    for export in file.exports().map_err(damaged)? {
        let export = export.map_err(damaged)?;
        if let (NameOrOrdinal::Name(name), ExportTarget::Address { address }) = (export.name(), export.target()) {
            // In Mach-O, C names begin with an underscore, which dlsym adds to the requested name.
            let name = match file.format() {
                BinaryFormat::MachO => name.strip_prefix(b"_").unwrap_or(name),
                _ => name,
            };
            exports.push((name.to_vec(), address));
        }
    }
    required(exports.iter().map(|(name, _)| name.as_slice()))?;
    let address = |symbol: &str| {
        exports
            .iter()
            .find(|(name, _)| name == symbol.as_bytes())
            .map(|(_, at)| *at)
    };
    let (Some(manifest), Some(entry)) = (address(MANIFEST_SYMBOL), address(ENTRY_SYMBOL)) else {
        return Err(Refusal::NoSymbol { symbol: ENTRY_SYMBOL });
    };
    let mut needed = Vec::new();
    for library in file.import_libraries().map_err(damaged)? {
        needed.push(String::from_utf8_lossy(library.map_err(damaged)?.name()).into_owned());
    }
    let data = |address: u64, size: u64| {
        file.segments()
            .find_map(|segment| segment.data_range(address, size).ok().flatten())
    };
    let json = read_manifest(manifest, file.is_little_endian(), data)?;
    Ok(Preflight {
        manifest: json,
        exports: Exports {
            distance: manifest.wrapping_sub(entry),
            needed,
            symbols: texts(exports.iter().map(|(name, _)| name.as_slice())),
        },
    })
}

/// Checks that both symbols of the contract are exported.
fn required<'a>(exports: impl Iterator<Item = &'a [u8]> + Clone) -> Result<(), Refusal> {
    for symbol in [MANIFEST_SYMBOL, ENTRY_SYMBOL] {
        if !exports.clone().any(|name| name == symbol.as_bytes()) {
            return Err(Refusal::NoSymbol { symbol });
        }
    }
    Ok(())
}

fn texts<'a>(names: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut texts: Vec<String> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    texts.sort_unstable();
    texts
}

fn read_manifest<'a>(
    address: u64,
    little: bool,
    data: impl Fn(u64, u64) -> Option<&'a [u8]>,
) -> Result<&'a [u8], Refusal> {
    let damaged = |problem: String| Refusal::ManifestDamaged { problem };
    let length: [u8; 8] = data(address, 8)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| damaged("its length lies outside the file's data".to_owned()))?;
    let length = if little {
        u64::from_le_bytes(length)
    } else {
        u64::from_be_bytes(length)
    };
    if length > MANIFEST_LIMIT {
        return Err(damaged(format!(
            "its length is {length} bytes; at most {MANIFEST_LIMIT} are accepted"
        )));
    }
    address
        .checked_add(8)
        .and_then(|start| data(start, length))
        .ok_or_else(|| damaged(format!("its {length} bytes extend past the file's data")))
}

fn damage(problem: impl Into<String>) -> Refusal {
    Refusal::Damaged {
        problem: problem.into(),
    }
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
