//! Mutated plugin files: a seed and a number give the same one each time.

use object::Endianness;
use object::elf;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use std::fmt;
use std::ops::Range;

type Header = elf::FileHeader64<Endianness>;

/// Random numbers that are repeatable by seed: SplitMix64, by Steele, Lea and Flood.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64, index: u64) -> Self {
        let mut random = Self(seed ^ index.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..end`; 0 if the range is empty.
    pub(super) fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            return 0;
        }
        // The bias of the remainder does not matter for files of megabytes.
        (self.next() % end as u64) as usize
    }

    fn among<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    FlippedBits,
    FlippedBitsInHeaders,
    FlippedBitsInCode,
    Zeroed,
    Cut,
    Extended,
    SwappedParts,
    SwappedSegments,
    AlteredSegment,
    AlteredDynamicEntry,
    AlteredTable,
}

impl Kind {
    const ANY: [Self; 5] = [
        Self::FlippedBits,
        Self::Zeroed,
        Self::Cut,
        Self::Extended,
        Self::SwappedParts,
    ];

    const ELF: [Self; 11] = [
        Self::FlippedBits,
        Self::FlippedBitsInHeaders,
        Self::FlippedBitsInCode,
        Self::Zeroed,
        Self::Cut,
        Self::Extended,
        Self::SwappedParts,
        Self::SwappedSegments,
        Self::AlteredSegment,
        Self::AlteredDynamicEntry,
        Self::AlteredTable,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FlippedBits => "bits flipped",
            Self::FlippedBitsInHeaders => "bits of headers flipped",
            Self::FlippedBitsInCode => "bits of code flipped",
            Self::Zeroed => "bytes zeroed",
            Self::Cut => "cut",
            Self::Extended => "extended",
            Self::SwappedParts => "parts swapped",
            Self::SwappedSegments => "segments swapped",
            Self::AlteredSegment => "a segment's header altered",
            Self::AlteredDynamicEntry => "a dynamic entry altered",
            Self::AlteredTable => "a table of the dynamic section altered",
        })
    }
}

/// Mutates a file's bytes.
pub(super) fn mutate(bytes: &mut Vec<u8>, random: &mut Random) -> Kind {
    let map = Map::of(bytes);
    let kind = match &map {
        Some(map) if !map.tables.is_empty() => random.among(&Kind::ELF),
        _ => random.among(&Kind::ANY),
    };
    let all = 0..bytes.len();
    let map = map.unwrap_or_default();
    match kind {
        Kind::FlippedBits => flip(bytes, &all, random),
        Kind::FlippedBitsInHeaders => flip(bytes, &map.headers, random),
        Kind::FlippedBitsInCode => flip(bytes, &map.code, random),
        Kind::Zeroed => {
            let start = random.below(bytes.len());
            let order = 1 + random.below(16);
            let length = 1 + random.below(1 << order);
            let end = bytes.len().min(start + length);
            bytes[start..end].fill(0);
        }
        Kind::Cut => bytes.truncate(random.below(bytes.len())),
        Kind::Extended => {
            let more = 1 + random.below(64 << 10);
            bytes.extend((0..more).map(|_| random.below(256) as u8));
        }
        Kind::SwappedParts => {
            let length = 1 + random.below(4096);
            let (one, other) = (random.below(bytes.len()), random.below(bytes.len()));
            swap(bytes, one, other, length);
        }
        Kind::SwappedSegments => {
            let (one, other) = (random.below(map.segments.len()), random.below(map.segments.len()));
            let (one, other) = (map.segments[one].clone(), map.segments[other].clone());
            if random.below(2) == 0 {
                swap(bytes, one.start, other.start, one.len());
            } else {
                let content = |range: &Range<usize>| map.contents.get(&range.start).cloned().unwrap_or_default();
                let (one, other) = (content(&one), content(&other));
                swap(bytes, one.start, other.start, one.len().min(other.len()));
            }
        }
        Kind::AlteredSegment => {
            let index = random.below(map.segments.len());
            let segment = map.segments[index].clone();
            // Two fields of four bytes, and six of eight.
            if random.below(4) == 0 {
                put(
                    bytes,
                    segment.start + 4 * random.below(2),
                    &(random.next() as u32).to_ne_bytes(),
                );
            } else {
                let at = segment.start + 8 * (1 + random.below(6));
                alter(bytes, at, random);
            }
        }
        Kind::AlteredDynamicEntry => {
            let at = word_in(&map.dynamic, random);
            alter(bytes, at, random);
        }
        Kind::AlteredTable => {
            let index = random.below(map.tables.len());
            let table = map.tables[index].clone();
            if random.below(2) == 0 {
                flip(bytes, &table, random);
            } else {
                let at = word_in(&table, random);
                alter(bytes, at, random);
            }
        }
    }
    kind
}

/// The offsets of the parts of an ELF file.
#[derive(Default)]
struct Map {
    headers: Range<usize>,
    code: Range<usize>,
    /// The entries of the segment table.
    segments: Vec<Range<usize>>,
    /// Their kinds, at the index of their first byte.
    contents: std::collections::BTreeMap<usize, Range<usize>>,
    dynamic: Range<usize>,
    tables: Vec<Range<usize>>,
}

impl Map {
    fn of(bytes: &[u8]) -> Option<Self> {
        let header = Header::parse(bytes).ok()?;
        let endian = header.endian().ok()?;
        let segments = header.program_headers(endian, bytes).ok()?;
        let table = header.e_phoff(endian) as usize;
        let size = size_of::<elf::ProgramHeader64<Endianness>>();
        let range = |(start, size): (u64, u64)| start as usize..(start + size) as usize;
        let mut map = Self {
            headers: 0..table + size_of_val(segments),
            ..Self::default()
        };
        let mut entries: &[elf::Dyn64<Endianness>] = &[];
        for (index, segment) in segments.iter().enumerate() {
            let at = table + size * index;
            map.segments.push(at..at + size);
            let content = range(segment.file_range(endian));
            if segment.p_type(endian) == elf::PT_LOAD && segment.p_flags(endian).0 & elf::PF_X.0 != 0 {
                map.code = content.clone();
            }
            if let Ok(Some(found)) = segment.dynamic(endian, bytes) {
                map.dynamic = content.clone();
                entries = found;
            }
            map.contents.insert(at, content);
        }
        let in_file = |address: u64| {
            segments.iter().find_map(|segment| {
                let inside = segment.p_type(endian) == elf::PT_LOAD
                    && segment.data_range(endian, bytes, address, 1).ok()?.is_some();
                inside.then(|| (address - segment.p_vaddr(endian) + segment.p_offset(endian)) as usize)
            })
        };
        let value = |tag| {
            let mut entries = entries.iter();
            entries
                .find(|entry| entry.tag(endian) == tag)
                .map(|entry| entry.val(endian))
        };
        // Only the beginning of tables without a size.
        for (tag, size) in [
            (elf::DT_SYMTAB, None),
            (elf::DT_STRTAB, Some(elf::DT_STRSZ)),
            (elf::DT_GNU_HASH, None),
            (elf::DT_HASH, None),
            (elf::DT_RELA, Some(elf::DT_RELASZ)),
            (elf::DT_JMPREL, Some(elf::DT_PLTRELSZ)),
            (elf::DT_VERSYM, None),
            (elf::DT_VERNEED, None),
            (elf::DT_INIT_ARRAY, Some(elf::DT_INIT_ARRAYSZ)),
            (elf::DT_FINI_ARRAY, Some(elf::DT_FINI_ARRAYSZ)),
        ] {
            if let Some(start) = value(tag).and_then(in_file) {
                let size = size.and_then(value).unwrap_or(256) as usize;
                map.tables.push(start..bytes.len().min(start + size));
            }
        }
        Some(map)
    }
}

fn flip(bytes: &mut [u8], within: &Range<usize>, random: &mut Random) {
    for _ in 0..=random.below(8) {
        let at = within.start + random.below(within.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << random.below(8);
        }
    }
}

fn swap(bytes: &mut [u8], one: usize, other: usize, length: usize) {
    for at in 0..length {
        if one.max(other) + at < bytes.len() {
            bytes.swap(one + at, other + at);
        }
    }
}

fn word_in(range: &Range<usize>, random: &mut Random) -> usize {
    range.start + 8 * random.below(range.len() / 8)
}

/// Replaces a number with one near it, one at a limit, or a random one.
fn alter(bytes: &mut [u8], at: usize, random: &mut Random) {
    let before = bytes.get(at..at + 8).map_or(0, |bytes| {
        u64::from_ne_bytes(bytes.try_into().expect("eight bytes were taken"))
    });
    let after = match random.below(8) {
        0 => 0,
        1 => u64::MAX,
        2 => random.next(),
        3 => before ^ (1 << random.below(64)),
        4 => before.wrapping_add(random.next() % 4096),
        5 => before.wrapping_sub(random.next() % 4096),
        6 => bytes.len() as u64,
        _ => random.next() % (1 << 24),
    };
    put(bytes, at, &after.to_ne_bytes());
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_number_give_the_same_file_each_time_and_others_another() {
        let mut original = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        original.truncate(1 << 20);
        let mutated = |seed, index| {
            let mut bytes = original.clone();
            let kind = mutate(&mut bytes, &mut Random::new(seed, index));
            (kind, bytes)
        };
        let mut kinds = std::collections::BTreeSet::new();
        for index in 0..100 {
            let (kind, bytes) = mutated(7, index);
            assert!((kind, bytes) == mutated(7, index));
            kinds.insert(kind);
        }
        assert!(mutated(7, 0).1 != mutated(8, 0).1);
        assert!(kinds.len() >= Kind::ANY.len(), "{kinds:?}");
    }

    #[test]
    fn files_of_any_kind_are_mutated() {
        for original in [&b""[..], b"x", b"\x7fELF\x02\x01\x01"] {
            for index in 0..200 {
                mutate(&mut original.to_vec(), &mut Random::new(1, index));
            }
        }
    }
}
