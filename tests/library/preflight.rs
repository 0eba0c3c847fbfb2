//! Damaged ELF files that would crash a loader: each is refused with its own message before anything is mapped.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

use crate::support::library;
use std::fs;
use tollgate_inspect::{Verdict, inspect};
use tollgate_platform as platform;

const LOAD: u64 = 1;
const DYNAMIC: u64 = 2;
const STACK: u64 = 0x6474_e551;
const RELRO: u64 = 0x6474_e552;

/// A plugin's bytes, and the offsets that the loader reads.
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

    /// The offsets of the program headers of this kind.
    fn segments(&self, kind: u64) -> Vec<usize> {
        let (table, count) = (self.word(32) as usize, usize::from(self.0[56]));
        let all = (0..count).map(|index| table + 56 * index);
        all.filter(|at| self.half(*at) == kind).collect()
    }

    fn segment(&self, kind: u64) -> usize {
        self.segments(kind)[0]
    }

    fn last_load(&self) -> usize {
        *self.segments(LOAD).last().unwrap()
    }

    /// The offset of the value of the dynamic entry.
    fn dynamic(&self, tag: u64) -> usize {
        let start = self.word(self.segment(DYNAMIC) + 8) as usize;
        let mut at = start;
        while self.word(at) != tag {
            assert!(self.word(at) != 0, "the file has the entry {tag}");
            at += 16;
        }
        at + 8
    }

    /// The file offset of an address.
    fn file(&self, address: u64) -> usize {
        let of = |at: usize| (self.word(at + 16), self.word(at + 32), self.word(at + 8));
        let mut loads = self.segments(LOAD).into_iter().map(of);
        let (start, _, offset) = loads
            .find(|(start, size, _)| (*start..start + size).contains(&address))
            .unwrap();
        (address - start + offset) as usize
    }

    fn table(&self, tag: u64) -> usize {
        self.file(self.word(self.dynamic(tag)))
    }
}

/// The value to write to the file, with its width.
enum Number {
    Byte(u8),
    Half(u32),
    Word(u64),
}
use Number::{Byte, Half, Word};

/// A wrong value: its offset in the file, the value, and the expected message.
type WrongValue = (fn(&Elf) -> (usize, Number), &'static str);

const FAR: u64 = 1 << 40;
const OUTSIDE: Number = Word(FAR);

const WRONG_VALUES: [WrongValue; 25] = [
    // The header: the place of the program headers, their number (523 or so), and the size of an entry.
    (|_| (32, OUTSIDE), "the segment table"),
    (|_| (57, Byte(2)), "segments; at most 256 are accepted"),
    (
        |_| (54, Byte(55)),
        "the entries of its segment table have an unknown size",
    ),
    // A program header: offset (8), address (16), size in the file (32) and in memory (40), alignment (48).
    (
        |elf| (elf.segment(LOAD) + 40, Word(1)),
        "is smaller in memory than in the file",
    ),
    (
        |elf| (elf.segments(LOAD)[1] + 40, Word(u64::MAX)),
        "extends past the last address",
    ),
    (
        |elf| (elf.segment(LOAD) + 40, Word(1 << 30)),
        "overlaps the one before it",
    ),
    (|elf| (elf.last_load() + 40, Word(1 << 46)), "bytes of memory; at most"),
    (|elf| (elf.segment(LOAD) + 48, Word(3)), "has an invalid alignment"),
    (
        |elf| (elf.segments(LOAD)[1] + 8, Word(64)),
        "has a file offset that does not fit its address and alignment",
    ),
    (
        |elf| (elf.segment(DYNAMIC) + 16, Word(8)),
        "lies outside the mapped segments, or its offset does not fit its address",
    ),
    (|elf| (elf.segment(DYNAMIC), Half(0)), "it has no dynamic section"),
    (
        |elf| (elf.segment(RELRO) + 40, OUTSIDE),
        "would make memory read-only that is not its own",
    ),
    (
        |elf| (elf.segment(STACK) + 4, Half(7)),
        "it requires an executable stack",
    ),
    // The dynamic section: strings (5) and their size (10), a needed library (1), symbols (6) and their size (11).
    (
        |elf| (elf.dynamic(10), Word(elf.word(elf.dynamic(10)) - 1)),
        "its string table does not end with a NUL",
    ),
    (
        |elf| (elf.dynamic(5), OUTSIDE),
        "its string table lies outside its segments",
    ),
    (
        |elf| (elf.dynamic(1), OUTSIDE),
        "a needed library's name lies outside its string table",
    ),
    (
        |elf| (elf.dynamic(6), OUTSIDE),
        "its symbol table lies outside its segments",
    ),
    (
        |elf| (elf.dynamic(11), Word(23)),
        "the entries of its symbol table have an unknown size",
    ),
    (
        |elf| (elf.table(6) + 24, Half(u32::MAX)),
        "a symbol's name lies outside its string table",
    ),
    // GNU's hash table, relocations (7) and their size (9), the constructor (12).
    (
        |elf| (elf.table(0x6fff_fef5), Half(0)),
        "its GNU hash table has an invalid header",
    ),
    (|elf| (elf.dynamic(9), Word(23)), "its relocations have an unknown size"),
    (
        |elf| (elf.table(7), OUTSIDE),
        "a relocation writes to 0x10000000000, outside its writable segments",
    ),
    (
        |elf| (elf.table(7), Word(64)),
        "a relocation writes to 0x40, outside its writable segments",
    ),
    (
        |elf| (elf.table(7) + 12, Half(1 << 30)),
        "a relocation refers to symbol 1073741824, but there are only ",
    ),
    (
        |elf| (elf.dynamic(12), Word(8)),
        "its initialiser or finaliser is not in its own code",
    ),
];

#[test]
fn a_plugin_as_it_was_built_passes() {
    assert!(matches!(inspect(library("stats")).unwrap().verdict, Verdict::Passes));
}

#[test]
fn each_wrong_value_is_refused_with_its_own_message() {
    let directory = platform::file::private_directory().unwrap();
    let file = directory.path().join(platform::dylib::file_name("liar"));
    for (change, expected) in WRONG_VALUES {
        let mut elf = Elf::new();
        let (at, number) = change(&elf);
        match number {
            Byte(byte) => elf.0[at] = byte,
            Half(half) => elf.0[at..at + 4].copy_from_slice(&half.to_ne_bytes()),
            Word(word) => elf.put(at, word),
        }
        fs::write(&file, &elf.0).unwrap();
        let Verdict::Refused(refusal) = inspect(&file).unwrap().verdict else {
            panic!("it passes the gate, and does not say: {expected}");
        };
        let text = refusal.to_string();
        assert!(text.contains(expected), "{text}: expected was: {expected}");
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
    let plugin = crate::support::host().open(file.to_str().unwrap()).unwrap();
    let mut describe = plugin.operation("describe").unwrap();
    assert!(
        describe
            .call(&crate::support::block(&[1.0], &[1]))
            .unwrap()
            .columns()
            .is_some()
    );
}
