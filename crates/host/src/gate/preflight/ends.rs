//! Mach-O and PE: checks that every part that the loader maps or reads ends inside the file.

use super::{damage, damaged};
use crate::refusal::Refusal;
use object::read::macho::{LoadCommandVariant, MachHeader, Section, Segment};
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader};
use object::{Endianness, LittleEndian, macho, pe};

fn ends_inside(bytes: &[u8], part: &str, offset: u64, size: u64) -> Result<(), Refusal> {
    let (needed, found) = (offset.saturating_add(size), bytes.len() as u64);
    if needed <= found {
        return Ok(());
    }
    Err(Refusal::Truncated {
        part: part.to_owned(),
        needed,
        found,
    })
}

pub(super) fn of_macho<H: MachHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<(), Refusal> {
    let header = H::parse(bytes, 0).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let commands = header.sizeofcmds(endian);
    ends_inside(bytes, "the load commands", size_of::<H>() as u64, commands.into())?;
    let mut commands = header.load_commands(endian, bytes, 0).map_err(damaged)?;
    while let Some(command) = commands.next().map_err(damaged)? {
        let inside = |part: &str, offset: u32, size: u32| ends_inside(bytes, part, offset.into(), size.into());
        let each = |part: &str, offset: u32, count: u32, size: u64| {
            ends_inside(bytes, part, offset.into(), u64::from(count).saturating_mul(size))
        };
        match command.variant().map_err(damaged)? {
            LoadCommandVariant::Segment32(segment, sections) => segment_ends(bytes, endian, segment, sections)?,
            LoadCommandVariant::Segment64(segment, sections) => segment_ends(bytes, endian, segment, sections)?,
            LoadCommandVariant::Symtab(table) => {
                let symbol = if header.is_type_64() { 16 } else { 12 };
                each(
                    "the symbol table",
                    table.symoff.get(endian),
                    table.nsyms.get(endian),
                    symbol,
                )?;
                inside("the string table", table.stroff.get(endian), table.strsize.get(endian))?;
            }
            LoadCommandVariant::Dysymtab(table) => each(
                "the indirect symbol table",
                table.indirectsymoff.get(endian),
                table.nindirectsyms.get(endian),
                4,
            )?,
            LoadCommandVariant::DyldInfo(info) => {
                for (part, offset, size) in [
                    ("the rebase information", info.rebase_off, info.rebase_size),
                    ("the binding information", info.bind_off, info.bind_size),
                    ("the weak binding information", info.weak_bind_off, info.weak_bind_size),
                    ("the lazy binding information", info.lazy_bind_off, info.lazy_bind_size),
                    ("the exports", info.export_off, info.export_size),
                ] {
                    inside(part, offset.get(endian), size.get(endian))?;
                }
            }
            LoadCommandVariant::LinkeditData(data) => {
                inside(
                    "the link-edit data",
                    data.dataoff.get(endian),
                    data.datasize.get(endian),
                )?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn segment_ends<S: Segment<Endian = Endianness>>(
    bytes: &[u8],
    endian: Endianness,
    segment: &S,
    sections: &[u8],
) -> Result<(), Refusal> {
    let name = String::from_utf8_lossy(segment.name()).into_owned();
    let (offset, size) = segment.file_range(endian);
    ends_inside(bytes, &format!("segment {name}"), offset, size)?;
    if segment.vmsize(endian).into() < size {
        return Err(damage(format!("segment {name} is smaller in memory than in the file")));
    }
    for section in segment.sections(endian, sections).map_err(damaged)? {
        // Sections of zeros have no bytes in the file.
        let kind = section.section_type(endian);
        if [macho::S_ZEROFILL, macho::S_GB_ZEROFILL, macho::S_THREAD_LOCAL_ZEROFILL].contains(&kind) {
            continue;
        }
        let part = format!("section {name},{}", String::from_utf8_lossy(section.name()));
        ends_inside(bytes, &part, section.offset(endian).into(), section.size(endian).into())?;
    }
    Ok(())
}

pub(super) fn of_pe<H: ImageNtHeaders>(bytes: &[u8]) -> Result<(), Refusal> {
    let dos = pe::ImageDosHeader::parse(bytes).map_err(damaged)?;
    let mut offset = dos.nt_headers_offset().into();
    let (headers, directories) = H::parse(bytes, &mut offset).map_err(damaged)?;
    let optional = headers.optional_header();
    ends_inside(bytes, "the headers", 0, optional.size_of_headers().into())?;
    let image = u64::from(optional.size_of_image());
    for section in headers.sections(bytes, offset).map_err(damaged)?.iter() {
        let name = String::from_utf8_lossy(section.raw_name()).into_owned();
        let (start, size) = (
            section.virtual_address.get(LittleEndian),
            section.virtual_size.get(LittleEndian),
        );
        let raw = section.size_of_raw_data.get(LittleEndian);
        if raw > 0 {
            let from = section.pointer_to_raw_data.get(LittleEndian);
            ends_inside(bytes, &format!("section {name}"), from.into(), raw.into())?;
        }
        if u64::from(start) + u64::from(size) > image {
            return Err(damage(format!("section {name} lies outside the image")));
        }
    }
    for directory in directories.iter() {
        let end = u64::from(directory.virtual_address.get(LittleEndian)) + u64::from(directory.size.get(LittleEndian));
        // The certificate table is not part of the image; it lies in the file.
        if end > image.max(bytes.len() as u64) {
            return Err(damage("a data directory lies outside the image"));
        }
    }
    Ok(())
}
