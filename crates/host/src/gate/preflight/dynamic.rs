//! ELF: checks everything that the loader reads and writes through the dynamic section.

use super::damage;
use super::elf::{Image, array};
use crate::refusal::Refusal;
use object::Endianness;
use object::elf::{self, DynamicTag};
use object::pod::Pod;
use object::read::elf::{Dyn, FileHeader, Rel, Rela, Relr, Sym};
use std::collections::BTreeSet;

/// The exported symbols and needed libraries, as the loader finds them.
pub(super) struct Names<'a> {
    /// The symbols, with their addresses.
    pub(super) exports: Vec<(&'a [u8], u64)>,
    pub(super) needed: Vec<String>,
}

/// The entries of the dynamic section. Of duplicates the last counts, as for the loader.
struct Entries(Vec<(DynamicTag, u64)>);

impl Entries {
    fn get(&self, tag: DynamicTag) -> Option<u64> {
        self.0
            .iter()
            .rev()
            .find(|(other, _)| *other == tag)
            .map(|(_, value)| *value)
    }

    fn all(&self, tag: DynamicTag) -> impl Iterator<Item = u64> {
        self.0
            .iter()
            .filter(move |(other, _)| *other == tag)
            .map(|(_, value)| *value)
    }
}

/// What the file exports and needs. The required symbols are checked before the rest, so that a library that is not a
/// plugin is not reported as damaged.
pub(super) fn check<'a, H>(image: &Image<'a, H>) -> Result<Names<'a>, Refusal>
where
    H: FileHeader<Endian = Endianness>,
{
    let endian = image.endian;
    let section = image.dynamic()?;
    let end = section.iter().position(|entry| entry.tag(endian) == elf::DT_NULL);
    // A loader reads until it finds the terminator.
    let end = end.ok_or_else(|| damage("its dynamic section has no terminator"))?;
    let entries = Entries(
        section[..end]
            .iter()
            .map(|entry| (entry.tag(endian), entry.val(endian)))
            .collect(),
    );
    let strings = strings(image, &entries)?;
    let symbols = symbols(image, &entries)?;
    let mut exports = Vec::new();
    for symbol in symbols {
        let name = text(strings, symbol.st_name(endian).into(), "a symbol's name")?;
        let binding = symbol.st_bind();
        let visible = binding == elf::STB_GLOBAL || binding == elf::STB_WEAK || binding == elf::STB_GNU_UNIQUE;
        if visible && symbol.st_shndx(endian) != elf::SHN_UNDEF {
            exports.push((name, symbol.st_value(endian).into()));
        }
    }
    super::required(exports.iter().map(|(name, _)| *name))?;
    let mut needed = Vec::new();
    for name in entries.all(elf::DT_NEEDED) {
        let name = text(strings, name, "a needed library's name")?;
        needed.push(String::from_utf8_lossy(name).into_owned());
    }
    for tag in [
        elf::DT_SONAME,
        elf::DT_RPATH,
        elf::DT_RUNPATH,
        elf::DT_AUXILIARY,
        elf::DT_FILTER,
    ] {
        for name in entries.all(tag) {
            text(strings, name, "a name in its dynamic section")?;
        }
    }
    versions(image, &entries, strings, symbols.len())?;
    relocations(image, &entries, symbols.len())?;
    functions(image, &entries)?;
    Ok(Names { exports, needed })
}

fn strings<'a, H: FileHeader<Endian = Endianness>>(
    image: &Image<'a, H>,
    entries: &Entries,
) -> Result<&'a [u8], Refusal> {
    let (Some(address), Some(size)) = (entries.get(elf::DT_STRTAB), entries.get(elf::DT_STRSZ)) else {
        return Err(damage("its dynamic section has no string table"));
    };
    let strings = image
        .file(address, size)
        .ok_or_else(|| damage("its string table lies outside its segments"))?;
    if strings.last() != Some(&0) {
        return Err(damage("its string table does not end with a NUL"));
    }
    Ok(strings)
}

/// A text in the string table. It ends at a NUL, because the table ends with one.
fn text<'a>(strings: &'a [u8], offset: u64, what: &str) -> Result<&'a [u8], Refusal> {
    let rest = usize::try_from(offset).ok().and_then(|offset| strings.get(offset..));
    let rest = rest.filter(|rest| !rest.is_empty());
    let rest = rest.ok_or_else(|| damage(format!("{what} lies outside its string table")))?;
    Ok(rest.split(|byte| *byte == 0).next().unwrap_or_default())
}

fn table<'a, H, T>(image: &Image<'a, H>, address: u64, size: u64, what: &str) -> Result<&'a [T], Refusal>
where
    H: FileHeader<Endian = Endianness>,
    T: Pod,
{
    let bytes = image.file(address, size);
    array(
        bytes.ok_or_else(|| damage(format!("{what} lies outside its segments")))?,
        what,
    )
}

/// The dynamic symbols. Only the hash tables hold their number.
fn symbols<'a, H>(image: &Image<'a, H>, entries: &Entries) -> Result<&'a [H::Sym], Refusal>
where
    H: FileHeader<Endian = Endianness>,
{
    let Some(address) = entries.get(elf::DT_SYMTAB) else {
        return Err(damage("its dynamic section has no symbol table"));
    };
    let counts = [
        entries.get(elf::DT_HASH).map(|address| hash(image, address)),
        entries.get(elf::DT_GNU_HASH).map(|address| gnu_hash(image, address)),
    ];
    let mut count = None;
    for found in counts.into_iter().flatten() {
        count = count.max(Some(found?));
    }
    let count = count.ok_or_else(|| damage("its dynamic section has no symbol hash table"))?;
    if entries
        .get(elf::DT_SYMENT)
        .is_some_and(|size| size != size_of::<H::Sym>() as u64)
    {
        return Err(damage("the entries of its symbol table have an unknown size"));
    }
    let size = count.saturating_mul(size_of::<H::Sym>() as u64);
    table(image, address, size, "its symbol table")
}

/// The 4-byte words from an address to the end of its segment.
fn words<'a, H: FileHeader<Endian = Endianness>>(image: &Image<'a, H>, address: u64) -> Result<Words<'a>, Refusal> {
    let bytes = image.file_from(address).unwrap_or_default();
    Ok(Words {
        words: array(bytes, "a hash table")?,
        endian: image.endian,
    })
}

#[derive(Clone, Copy)]
struct Words<'a> {
    words: &'a [object::U32<Endianness>],
    endian: Endianness,
}

impl Words<'_> {
    fn get(&self, index: u64) -> Result<u32, Refusal> {
        let word = usize::try_from(index).ok().and_then(|index| self.words.get(index));
        word.map(|word| word.get(self.endian))
            .ok_or_else(|| damage("a hash table extends past its segment"))
    }
}

/// Checks the System V hash table, and returns the number of symbols.
fn hash<H: FileHeader<Endian = Endianness>>(image: &Image<'_, H>, address: u64) -> Result<u64, Refusal> {
    let words = words(image, address)?;
    let (buckets, symbols) = (u64::from(words.get(0)?), u64::from(words.get(1)?));
    if buckets == 0 {
        return Err(damage("its hash table has no buckets"));
    }
    words.get(1 + buckets + symbols)?;
    let mut seen = 0;
    for bucket in 0..buckets {
        let mut symbol = u64::from(words.get(2 + bucket)?);
        while symbol != 0 {
            // A loader follows a cyclic chain forever.
            seen += 1;
            if symbol >= symbols || seen > symbols {
                return Err(damage(
                    "its hash table refers to symbols that do not exist, or has a cycle",
                ));
            }
            symbol = u64::from(words.get(2 + buckets + symbol)?);
        }
    }
    Ok(symbols)
}

/// Checks the GNU hash table, and returns the number of symbols.
fn gnu_hash<H: FileHeader<Endian = Endianness>>(image: &Image<'_, H>, address: u64) -> Result<u64, Refusal> {
    let words = words(image, address)?;
    let (buckets, first) = (u64::from(words.get(0)?), u64::from(words.get(1)?));
    let (bloom, shift) = (u64::from(words.get(2)?), words.get(3)?);
    let wide = if image.header.is_type_64() { 2 } else { 1 };
    if buckets == 0 || !bloom.is_power_of_two() || shift >= 32 * wide as u32 {
        return Err(damage("its GNU hash table has an invalid header"));
    }
    let bucket_at = 4 + bloom * wide;
    let chain_at = bucket_at + buckets;
    let mut last = 0;
    for bucket in 0..buckets {
        let symbol = u64::from(words.get(bucket_at + bucket)?);
        if symbol != 0 && symbol < first {
            return Err(damage("its GNU hash table refers to a symbol that it does not cover"));
        }
        last = last.max(symbol);
    }
    if last == 0 {
        return Ok(first);
    }
    // Each chain ends with an odd number, and the chains are contiguous: the end of the last chain is the end of all.
    while words.get(chain_at + (last - first))? & 1 == 0 {
        last += 1;
    }
    Ok(last + 1)
}

/// Checks that the versions of the symbols are defined, and that the version lists end.
fn versions<H: FileHeader<Endian = Endianness>>(
    image: &Image<'_, H>,
    entries: &Entries,
    strings: &[u8],
    symbols: usize,
) -> Result<(), Refusal> {
    let Some(address) = entries.get(elf::DT_VERSYM) else {
        return Ok(());
    };
    let endian = image.endian;
    let mut known = BTreeSet::from([0, 1]);
    let at = |address: u64| table::<H, elf::Verneed<Endianness>>(image, address, 16, "a needed version");
    let too_long = || damage("its version list has no end");
    if let Some(mut address) = entries.get(elf::DT_VERNEED) {
        for turn in 0.. {
            let need = at(address)?[0];
            text(strings, need.vn_file.get(endian).into(), "a version's library")?;
            let mut inner = address.saturating_add(need.vn_aux.get(endian).into());
            for _ in 0..need.vn_cnt.get(endian) {
                let aux = table::<H, elf::Vernaux<Endianness>>(image, inner, 16, "a needed version")?[0];
                text(strings, aux.vna_name.get(endian).into(), "a version's name")?;
                known.insert(aux.vna_other.get(endian).0 & 0x7fff);
                inner = inner.saturating_add(aux.vna_next.get(endian).into());
            }
            match need.vn_next.get(endian) {
                0 => break,
                next => address = address.saturating_add(next.into()),
            }
            if turn > 1 << 16 {
                return Err(too_long());
            }
        }
    }
    if let Some(mut address) = entries.get(elf::DT_VERDEF) {
        for turn in 0.. {
            let define = table::<H, elf::Verdef<Endianness>>(image, address, 20, "a defined version")?[0];
            known.insert(define.vd_ndx.get(endian).0 & 0x7fff);
            let inner = address.saturating_add(define.vd_aux.get(endian).into());
            let aux = table::<H, elf::Verdaux<Endianness>>(image, inner, 8, "a defined version")?[0];
            text(strings, aux.vda_name.get(endian).into(), "a version's name")?;
            match define.vd_next.get(endian) {
                0 => break,
                next => address = address.saturating_add(next.into()),
            }
            if turn > 1 << 16 {
                return Err(too_long());
            }
        }
    }
    let indices = table::<H, object::U16<Endianness>>(image, address, 2 * symbols as u64, "its version table")?;
    if indices
        .iter()
        .any(|index| !known.contains(&(index.get(endian) & 0x7fff)))
    {
        return Err(damage("a symbol has an undefined version"));
    }
    Ok(())
}

/// Checks that every relocation writes to the file's own segments, and refers to an existing symbol.
fn relocations<H: FileHeader<Endian = Endianness>>(
    image: &Image<'_, H>,
    entries: &Entries,
    symbols: usize,
) -> Result<(), Refusal> {
    let endian = image.endian;
    let word = if image.header.is_type_64() { 8 } else { 4 };
    // Relocations of code, if the file declares them.
    let text = entries.get(elf::DT_TEXTREL).is_some() || entries.get(elf::DT_FLAGS).is_some_and(|flags| flags & 4 != 0);
    let target = |address: u64| {
        if image.may_write(address, word) || (text && image.is_mapped(address, word)) {
            Ok(())
        } else {
            Err(damage(format!(
                "a relocation writes to {address:#x}, outside its writable segments"
            )))
        }
    };
    let symbol = |index: u32| {
        if (index as usize) < symbols.max(1) {
            Ok(())
        } else {
            Err(damage(format!(
                "a relocation refers to symbol {index}, but there are only {symbols}"
            )))
        }
    };
    let mips = image.header.is_mips64el(endian);
    let machine = image.header.e_machine(endian);
    let copies = match machine {
        elf::EM_X86_64 | elf::EM_386 => Some(5),
        elf::EM_AARCH64 => Some(1024),
        elf::EM_ARM => Some(20),
        _ => None,
    };
    let kind = |kind: u32| {
        if copies == Some(kind) {
            return Err(damage("it has a copy relocation, which only executables may have"));
        }
        Ok(())
    };
    let rela = |address: u64, size: u64| -> Result<(), Refusal> {
        for entry in table::<H, H::Rela>(image, address, size, "its relocation table")? {
            target(entry.r_offset(endian).into())?;
            symbol(entry.r_sym(endian, mips))?;
            kind(entry.r_type(endian, mips).0)?;
        }
        Ok(())
    };
    let rel = |address: u64, size: u64| -> Result<(), Refusal> {
        for entry in table::<H, H::Rel>(image, address, size, "its relocation table")? {
            target(entry.r_offset(endian).into())?;
            symbol(entry.r_sym(endian))?;
            kind(entry.r_type(endian).0)?;
        }
        Ok(())
    };
    let pair = |address, size| {
        entries
            .get(address)
            .map(|address| (address, entries.get(size).unwrap_or_default()))
    };
    // A loader aborts the process if these have an unexpected size.
    for (tag, size) in [
        (elf::DT_RELAENT, size_of::<H::Rela>()),
        (elf::DT_RELENT, size_of::<H::Rel>()),
        (elf::DT_RELRENT, size_of::<H::Relr>()),
    ] {
        if entries.get(tag).is_some_and(|found| found != size as u64) {
            return Err(damage("its relocations have an unknown size"));
        }
    }
    if let Some((address, size)) = pair(elf::DT_RELA, elf::DT_RELASZ) {
        rela(address, size)?;
    }
    if let Some((address, size)) = pair(elf::DT_REL, elf::DT_RELSZ) {
        rel(address, size)?;
    }
    if let Some((address, size)) = pair(elf::DT_JMPREL, elf::DT_PLTRELSZ) {
        match entries.get(elf::DT_PLTREL) {
            Some(tag) if tag == elf::DT_RELA.0 as u64 => rela(address, size)?,
            Some(tag) if tag == elf::DT_REL.0 as u64 => rel(address, size)?,
            _ => return Err(damage("its jump relocations have an unknown type")),
        }
    }
    if let Some((address, size)) = pair(elf::DT_RELR, elf::DT_RELRSZ) {
        let mut at = 0_u64;
        for entry in table::<H, H::Relr>(image, address, size, "its relocation table")? {
            let value: u64 = entry.get(endian).into();
            if value & 1 == 0 {
                target(value)?;
                at = value.saturating_add(word);
                continue;
            }
            let bits = value >> 1;
            if bits != 0 {
                target(at.saturating_add(word * u64::from(bits.trailing_zeros())))?;
                target(at.saturating_add(word * u64::from(63 - bits.leading_zeros())))?;
            }
            at = at.saturating_add(word * (8 * word - 1));
        }
    }
    Ok(())
}

/// Checks that initialisers and finalisers are code, and that their lists are mapped.
fn functions<H: FileHeader<Endian = Endianness>>(image: &Image<'_, H>, entries: &Entries) -> Result<(), Refusal> {
    for tag in [elf::DT_INIT, elf::DT_FINI] {
        if entries.get(tag).is_some_and(|address| !image.may_execute(address)) {
            return Err(damage("its initialiser or finaliser is not in its own code"));
        }
    }
    for (tag, size) in [
        (elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ),
        (elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ),
    ] {
        let Some(address) = entries.get(tag) else { continue };
        let size = entries.get(size).unwrap_or_default();
        if size > 0 && !image.is_mapped(address, size) {
            return Err(damage(
                "its list of initialisers or finalisers lies outside its segments",
            ));
        }
    }
    Ok(())
}
