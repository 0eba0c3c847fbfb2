//! What a loader would believe of an ELF file, and die of: each lie is refused before anything is mapped, by its own sentence.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

mod support;

use std::fs;
use support::library;
use tollgate::{Verdict, inspect, platform};

const LOAD: u64 = 1;
const DYNAMIC: u64 = 2;
const STACK: u64 = 0x6474_e551;
const RELRO: u64 = 0x6474_e552;

/// A plugin's bytes, and where in them the loader looks.
struct Elf(Vec<u8>);

impl Elf {
    fn new() -> Self {
        Self(fs::read(library("stats")).unwrap())
    }

    fn word(&self, at: usize) -> u64 {
        u64::from_ne_bytes(self.0[at..at + 8].try_into().unwrap())
    }

    fn put(&mut self, at: usize, value: u64) {
        self.0[at..at + 8].copy_from_slice(&value.to_ne_bytes());
    }

    fn half(&self, at: usize) -> u64 {
        u64::from(u32::from_ne_bytes(self.0[at..at + 4].try_into().unwrap()))
    }

    fn put_half(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }

    /// Where the headers of the segments of this kind lie.
    fn segments(&self, kind: u64) -> Vec<usize> {
        let (table, count) = (self.word(32) as usize, usize::from(self.0[56]));
        let all = (0..count).map(|index| table + 56 * index);
        all.filter(|at| self.half(*at) == kind).collect()
    }

    fn segment(&self, kind: u64) -> usize {
        self.segments(kind)[0]
    }

    /// Where the value of the dynamic entry lies.
    fn dynamic(&self, tag: u64) -> Option<usize> {
        let start = self.word(self.segment(DYNAMIC) + 8) as usize;
        let mut at = start;
        while self.word(at) != 0 {
            if self.word(at) == tag {
                return Some(at + 8);
            }
            at += 16;
        }
        None
    }

    /// The place in the file of an address.
    fn file(&self, address: u64) -> usize {
        let of = |at: usize| (self.word(at + 16), self.word(at + 32), self.word(at + 8));
        let mut loads = self.segments(LOAD).into_iter().map(of);
        let (start, _, offset) = loads
            .find(|(start, size, _)| (*start..start + size).contains(&address))
            .unwrap();
        (address - start + offset) as usize
    }

    fn table(&self, tag: u64) -> usize {
        self.file(self.word(self.dynamic(tag).expect("the file has this table")))
    }
}

/// A lie: what it is, how it is put into the file, and what the refusal says.
type Lie = (&'static str, fn(&mut Elf), &'static str);

const LIES: [Lie; 24] = [
    ("more segments than are there", |elf| elf.0[57] = 0x7f, "segments"),
    (
        "entries of segments of another size",
        |elf| elf.0[54] = 55,
        "the entries of its table of segments are of no known size",
    ),
    (
        "a segment that is smaller in memory",
        |elf| {
            let at = elf.segment(LOAD) + 40;
            elf.put(at, 1)
        },
        "is smaller in memory than in the file",
    ),
    (
        "a segment beyond the last address",
        |elf| {
            let at = elf.segments(LOAD)[1] + 40;
            elf.put(at, u64::MAX)
        },
        "reaches beyond the last address",
    ),
    (
        "segments one over the other",
        |elf| {
            let at = elf.segment(LOAD) + 40;
            elf.put(at, 1 << 30)
        },
        "lies over the one before it",
    ),
    (
        "segments that take all memory",
        |elf| {
            let at = *elf.segments(LOAD).last().unwrap() + 40;
            elf.put(at, 1 << 46)
        },
        "are taken for damage",
    ),
    (
        "an alignment of three",
        |elf| {
            let at = elf.segment(LOAD) + 48;
            elf.put(at, 3)
        },
        "has an alignment that cannot be",
    ),
    (
        "a segment askew",
        |elf| {
            let at = elf.segments(LOAD)[1] + 8;
            let offset = elf.word(at);
            elf.put(at, offset - 8)
        },
        "lies otherwise in the file than its alignment says",
    ),
    (
        "a dynamic section elsewhere",
        |elf| {
            let at = elf.segment(DYNAMIC) + 16;
            elf.put(at, 8)
        },
        "does not lie in a mapped segment, or otherwise than it says",
    ),
    (
        "no dynamic section",
        |elf| {
            let at = elf.segment(DYNAMIC);
            elf.put_half(at, 0)
        },
        "it has no dynamic section",
    ),
    (
        "protection of others' memory",
        |elf| {
            let at = elf.segment(RELRO) + 40;
            elf.put(at, 1 << 40)
        },
        "would take the right to write from memory that is not its own",
    ),
    (
        "an executable stack",
        |elf| {
            let at = elf.segment(STACK) + 4;
            elf.put_half(at, 7)
        },
        "it wants an executable stack",
    ),
    (
        "texts without an end",
        |elf| {
            let at = elf.dynamic(10).unwrap();
            let size = elf.word(at);
            elf.put(at, size - 1)
        },
        "the last of its texts has no end",
    ),
    (
        "texts outside",
        |elf| {
            let at = elf.dynamic(5).unwrap();
            elf.put(at, 1 << 40)
        },
        "its texts lie outside its segments",
    ),
    (
        "a library's name outside",
        |elf| {
            let at = elf.dynamic(1).unwrap();
            elf.put(at, 1 << 40)
        },
        "a needed library's name lies outside its texts",
    ),
    (
        "symbols outside",
        |elf| {
            let at = elf.dynamic(6).unwrap();
            elf.put(at, 1 << 40)
        },
        "its table of symbols lies outside its segments",
    ),
    (
        "symbols of another size",
        |elf| {
            let at = elf.dynamic(11).unwrap();
            elf.put(at, 23)
        },
        "its symbols are of no known size",
    ),
    (
        "a symbol's name outside",
        |elf| {
            let at = elf.table(6) + 24;
            elf.put_half(at, u32::MAX)
        },
        "a symbol's name lies outside its texts",
    ),
    (
        "a hash table without buckets",
        |elf| {
            let at = elf.table(0x6fff_fef5);
            elf.put_half(at, 0)
        },
        "its hash table cannot be",
    ),
    (
        "relocations of another size",
        |elf| {
            let at = elf.dynamic(9).unwrap();
            elf.put(at, 23)
        },
        "its relocations are of no known size",
    ),
    (
        "a relocation that writes elsewhere",
        |elf| {
            let at = elf.table(7);
            elf.put(at, 0x7fff_0000_0000)
        },
        "a relocation would write to 0x7fff00000000, which is not its own to write",
    ),
    (
        "a relocation that writes to code",
        |elf| {
            let (at, code) = (elf.table(7), elf.word(24));
            elf.put(at, code.max(64))
        },
        "which is not its own to write",
    ),
    (
        "a relocation of a symbol that is not there",
        |elf| {
            let at = elf.table(7) + 12;
            elf.put_half(at, 1 << 30)
        },
        "a relocation names symbol 1073741824, and there are ",
    ),
    (
        "a constructor elsewhere",
        |elf| {
            let at = elf.dynamic(12).unwrap();
            elf.put(at, 8)
        },
        "what it runs at its opening or end is no code of its own",
    ),
];

#[test]
fn a_plugin_as_it_was_built_passes() {
    assert!(matches!(inspect(library("stats")).unwrap().verdict, Verdict::Passes));
}

#[test]
fn each_lie_is_refused_by_its_own_sentence() {
    let directory = platform::file::private_directory().unwrap();
    let file = directory.path().join(platform::dylib::file_name("liar"));
    for (what, lie, expected) in LIES {
        let mut elf = Elf::new();
        lie(&mut elf);
        fs::write(&file, &elf.0).unwrap();
        let Verdict::Refused(refusal) = inspect(&file).unwrap().verdict else {
            panic!("{what}: it passes the gate");
        };
        let text = refusal.to_string();
        assert!(text.contains(expected), "{what}: {text}");
    }
}

#[test]
fn a_plugin_without_a_section_table_passes_and_works() {
    let mut elf = Elf::new();
    // e_shoff, and the count and index at the header's end.
    elf.put(40, 0);
    elf.0[60..64].fill(0);
    let directory = platform::file::private_directory().unwrap();
    let file = directory.path().join(platform::dylib::file_name("bare"));
    fs::write(&file, &elf.0).unwrap();
    let plugin = support::host().open(file.to_str().unwrap()).unwrap();
    let mut describe = plugin.operation("describe").unwrap();
    assert!(
        describe
            .call(&support::block(&[1.0], &[1]))
            .unwrap()
            .columns()
            .is_some()
    );
}
