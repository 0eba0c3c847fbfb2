//! ELF: checks that the segments can be mapped as declared, without damage to anything else in the process.
//!
//! The loader trusts the file: it maps past the end of the file (which ends in SIGBUS) and over other libraries, and
//! writes relocations wherever they point. Everything that it trusts is checked here. It ignores the section table,
//! which may be missing, but must not be truncated.

use super::damage;
use crate::refusal::Refusal;
use object::elf::{self, PF_W, PF_X};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, pod};

/// The limit of the number of segments, more than any linker writes.
const MOST_SEGMENTS: u16 = 256;

/// The limit of the mapped memory, more than any plugin needs.
const MOST_MEMORY: u64 = 4 << 30;

/// The limit of a segment's alignment.
const GREATEST_ALIGNMENT: u64 = 1 << 30;

/// A file whose segments were checked.
pub(super) struct Image<'a, H: FileHeader<Endian = Endianness>> {
    pub(super) header: &'a H,
    pub(super) endian: Endianness,
    bytes: &'a [u8],
    loads: Vec<Load>,
}

/// A mapped segment: the addresses from `start` to `end`, of which those before `file_end` come from the file.
struct Load {
    start: u64,
    file_end: u64,
    end: u64,
    offset: u64,
    writable: bool,
    executable: bool,
}

/// Checks that every part that the loader maps ends inside the file.
pub(super) fn ends<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<(), Refusal> {
    let found = bytes.len() as u64;
    let truncated = |part: String, needed| Err(Refusal::Truncated { part, needed, found });
    let Ok(header) = H::parse(bytes) else {
        return truncated("the file header".to_owned(), size_of::<H>() as u64);
    };
    let endian = header.endian().map_err(super::damaged)?;
    let table = u64::from(header.e_phnum(endian)) * u64::from(header.e_phentsize(endian));
    let end = header.e_phoff(endian).into().saturating_add(table);
    if end > found {
        return truncated("the segment table".to_owned(), end);
    }
    for (index, segment) in segments(header, endian, bytes)?.iter().enumerate() {
        let (offset, size) = segment.file_range(endian);
        let end = offset.saturating_add(size);
        if end > found {
            return truncated(format!("segment {index}"), end);
        }
    }
    // Loaders ignore the sections, and a file may have none. But if it declares sections that are not there, it is
    // truncated.
    let (sections, count) = (header.e_shoff(endian).into(), header.e_shnum(endian));
    let end = sections.saturating_add(u64::from(count) * u64::from(header.e_shentsize(endian)));
    if count > 0 && end > found {
        return truncated("the section table".to_owned(), end);
    }
    Ok(())
}

fn segments<'a, H: FileHeader<Endian = Endianness>>(
    header: &H,
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<&'a [H::ProgramHeader], Refusal> {
    let count = header.e_phnum(endian);
    if count > MOST_SEGMENTS {
        return Err(damage(format!(
            "it has {count} segments; at most {MOST_SEGMENTS} are accepted"
        )));
    }
    if usize::from(header.e_phentsize(endian)) != size_of::<H::ProgramHeader>() {
        return Err(damage("the entries of its segment table have an unknown size"));
    }
    let offset = usize::try_from(header.e_phoff(endian).into()).unwrap_or(usize::MAX);
    pod::slice_from_bytes(bytes.get(offset..).unwrap_or_default(), count.into())
        .map(|(segments, _)| segments)
        .map_err(|()| damage("its segment table lies outside the file, or is unaligned"))
}

/// Clears the fields of a header that describe its tables.
pub(super) fn forget_tables<H: FileHeader>(header: &mut [u8]) {
    // e_phoff and e_shoff follow e_entry and have its width; the counts and sizes are the last five fields.
    let word = if size_of::<H>() == 64 { 8 } else { 4 };
    header[24 + word..24 + 3 * word].fill(0);
    let end = header.len();
    header[end - 10..].fill(0);
}

impl<'a, H: FileHeader<Endian = Endianness>> Image<'a, H> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let header = H::parse(bytes).map_err(super::damaged)?;
        let endian = header.endian().map_err(super::damaged)?;
        let segments = segments(header, endian, bytes)?;
        let mut image = Self {
            header,
            endian,
            bytes,
            loads: Vec::new(),
        };
        for (index, segment) in segments.iter().enumerate() {
            if segment.p_type(endian) == elf::PT_LOAD {
                image.add(index, segment)?;
            }
        }
        let (Some(first), Some(last)) = (image.loads.first(), image.loads.last()) else {
            return Err(damage("it has no loadable segment"));
        };
        if last.end - first.start > MOST_MEMORY {
            return Err(damage(format!(
                "its segments take {} bytes of memory; at most {MOST_MEMORY} are accepted",
                last.end - first.start
            )));
        }
        for (index, segment) in segments.iter().enumerate() {
            image.other(index, segment)?;
        }
        Ok(image)
    }

    /// Adds a mapped segment. They must be sorted by address, as the loader assumes.
    fn add(&mut self, index: usize, segment: &H::ProgramHeader) -> Result<(), Refusal> {
        let endian = self.endian;
        let (offset, filed) = segment.file_range(endian);
        let start = segment.p_vaddr(endian).into();
        let size = segment.p_memsz(endian).into();
        let align = segment.p_align(endian).into();
        let wrong = |what: &str| Err(damage(format!("segment {index} {what}")));
        if size < filed {
            return wrong("is smaller in memory than in the file");
        }
        let Some(end) = start.checked_add(size) else {
            return wrong("extends past the last address");
        };
        if align > 1 && (!align.is_power_of_two() || align > GREATEST_ALIGNMENT) {
            return wrong("has an invalid alignment");
        }
        if align > 1 && (start ^ offset) & (align - 1) != 0 {
            return wrong("has a file offset that does not fit its address and alignment");
        }
        if self.loads.last().is_some_and(|before| start < before.end) {
            return wrong("overlaps the one before it");
        }
        let flags = segment.p_flags(endian);
        self.loads.push(Load {
            start,
            file_end: start + filed,
            end,
            offset,
            writable: flags.0 & PF_W.0 != 0,
            executable: flags.0 & PF_X.0 != 0,
        });
        Ok(())
    }

    /// Checks a segment that describes mapped ones.
    fn other(&self, index: usize, segment: &H::ProgramHeader) -> Result<(), Refusal> {
        let endian = self.endian;
        let (offset, filed) = segment.file_range(endian);
        let start: u64 = segment.p_vaddr(endian).into();
        let size: u64 = segment.p_memsz(endian).into();
        let align: u64 = segment.p_align(endian).into();
        let wrong = |what: &str| Err(damage(format!("segment {index} {what}")));
        let kind = segment.p_type(endian);
        match kind {
            elf::PT_GNU_STACK if segment.p_flags(endian).0 & PF_X.0 != 0 => Err(Refusal::ExecutableStack),
            elf::PT_TLS => {
                if size < filed || (align > 1 && !align.is_power_of_two()) || align > 1 << 20 || size > MOST_MEMORY {
                    return wrong("describes invalid thread-local data");
                }
                match self.file(start, filed) {
                    Some(_) => Ok(()),
                    None => wrong("has thread-local data outside the mapped segments"),
                }
            }
            elf::PT_PHDR | elf::PT_DYNAMIC | elf::PT_NOTE | elf::PT_GNU_PROPERTY | elf::PT_GNU_EH_FRAME if size > 0 => {
                // The loader reads by address what is read by offset here, so the two must agree.
                let at = self
                    .load_of(start, size)
                    .filter(|load| start.saturating_add(size) <= load.file_end);
                match at {
                    Some(load) if load.offset + (start - load.start) == offset => Ok(()),
                    _ => wrong("lies outside the mapped segments, or its offset does not fit its address"),
                }
            }
            // It may end with the page in which the mapped segment ends.
            elf::PT_GNU_RELRO if size > 0 => {
                let page = tollgate_platform::page::size() as u64;
                let within = |load: &&Load| {
                    load.writable
                        && load.start <= start
                        && start.saturating_add(size) <= load.end.next_multiple_of(page.max(1 << 16))
                };
                match self.loads.iter().find(within) {
                    Some(_) => Ok(()),
                    None => wrong("would make memory read-only that is not its own"),
                }
            }
            _ => Ok(()),
        }
    }

    fn load_of(&self, address: u64, size: u64) -> Option<&Load> {
        let end = address.checked_add(size)?;
        self.loads.iter().find(|load| load.start <= address && end <= load.end)
    }

    /// The file's bytes that are mapped at an address.
    pub(super) fn file(&self, address: u64, size: u64) -> Option<&'a [u8]> {
        let load = self.load_of(address, size)?;
        if address.checked_add(size)? > load.file_end {
            return None;
        }
        let from = usize::try_from(load.offset + (address - load.start)).ok()?;
        self.bytes.get(from..from.checked_add(usize::try_from(size).ok()?)?)
    }

    /// The file's bytes from an address to the end of its segment.
    pub(super) fn file_from(&self, address: u64) -> Option<&'a [u8]> {
        let load = self.load_of(address, 1)?;
        self.file(address, load.file_end.checked_sub(address)?)
    }

    pub(super) fn may_write(&self, address: u64, size: u64) -> bool {
        self.load_of(address, size).is_some_and(|load| load.writable)
    }

    pub(super) fn may_execute(&self, address: u64) -> bool {
        self.load_of(address, 1).is_some_and(|load| load.executable)
    }

    pub(super) fn is_mapped(&self, address: u64, size: u64) -> bool {
        self.load_of(address, size).is_some()
    }

    /// Whether the address of a function is that of its descriptor, which is data.
    pub(super) fn has_descriptors(&self) -> bool {
        self.header.e_machine(self.endian) == elf::EM_PPC64
    }

    /// The dynamic section's bytes, and whether the loader may write to it.
    pub(super) fn dynamic(&self) -> Result<&'a [H::Dyn], Refusal> {
        let endian = self.endian;
        let mut found = None;
        for segment in segments(self.header, endian, self.bytes)? {
            if segment.p_type(endian) != elf::PT_DYNAMIC {
                continue;
            }
            if found.is_some() {
                return Err(damage("it has two dynamic sections"));
            }
            let (start, size) = (segment.p_vaddr(endian).into(), segment.p_memsz(endian).into());
            // A loader writes to a dynamic section that is marked writable.
            if segment.p_flags(endian).0 & PF_W.0 != 0 && !self.may_write(start, size) {
                return Err(damage("its dynamic section is marked writable, but its segment is not"));
            }
            found = Some(array(
                self.file(start, size).unwrap_or_default(),
                "its dynamic section",
            )?);
        }
        found.ok_or_else(|| damage("it has no dynamic section"))
    }
}

/// Bytes as entries of a table; a remainder at the end is ignored.
pub(super) fn array<'a, T: pod::Pod>(bytes: &'a [u8], what: &str) -> Result<&'a [T], Refusal> {
    pod::slice_from_bytes(bytes, bytes.len() / size_of::<T>())
        .map(|(entries, _)| entries)
        .map_err(|()| damage(format!("{what} is unaligned")))
}
