//! The columns of the price list, each with one meaning.

use super::super::conclusions::ratio;
use super::super::figures::{exact, percent, price, rate, significant, spread, time_within, typical};
use super::super::report::{Entry, Section};
use tollgate_meter::RowReport;

/// A column.
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    /// What its figures are, in a line of a narrow terminal.
    pub(crate) meaning: &'static str,
    /// More, for `--explain`.
    pub(crate) more: &'static str,
    /// The order in which columns leave a terminal that is too narrow: the highest first.
    pub(crate) rank: u8,
    /// The cell of a row; empty where there is nothing to show.
    cell: fn(&Section<'_>, &Entry<'_>) -> String,
}

/// All columns, in the order of the table. The names of the rows come before them.
pub(crate) const COLUMNS: [Column; 10] = [
    Column {
        heading: "price",
        meaning: "a call's time in the fastest batch of all processes",
        more: "Interruptions can only add time, so the fastest batch that other batches confirm is the cost of an \
            undisturbed call. It has at most three digits, and none that the spread makes meaningless.",
        rank: 0,
        cell: |_, entry| price(entry.row),
    },
    Column {
        heading: "×",
        meaning: "the price divided by that of the section's first row of its kind",
        more: "Of one kind are rows of the same payload, mode and language: anything else would not compare like with \
            like. A row that is not compared has none.",
        rank: 2,
        cell: times,
    },
    Column {
        heading: "tie",
        meaning: "rows of a section that share a letter cannot be told apart",
        more: "Two rows tie if their paired differences over the processes are within chance, at 99 % confidence over \
            all pairs together. Treat them as equal, whatever their prices. A star marks a row that is not compared, \
            because too few of its batches were undisturbed.",
        rank: 1,
        cell: |_, entry| match entry.row.unsteady {
            Some(_) => "*".to_owned(),
            None => entry.ties.clone(),
        },
    },
    Column {
        heading: "typical",
        meaning: "a call's time in the median batch",
        more: "The median over the processes of their median batches. If it is far from the price, the row has two \
            prices, or other programs used the machine.",
        rank: 7,
        cell: |_, entry| typical(entry.row),
    },
    Column {
        heading: "spread",
        meaning: "how far apart the processes' fastest batches are",
        more: "Each process has its own address layout, so this is the effect of layout, as a part of the lowest.",
        rank: 4,
        cell: |_, entry| percent(spread(entry.row)),
    },
    Column {
        heading: "cycles",
        meaning: "the price in cycles of the processor",
        more: "The price divided by the time of a cycle, which comes from a sequence of instructions of known latency. \
            Cycles can be compared between machines of one kind that run at different speeds.",
        rank: 5,
        cell: |_, entry| {
            let cycles = |cycles| significant(cycles, cycles * spread(entry.row));
            entry.row.cycles.map(cycles).unwrap_or_default()
        },
    },
    Column {
        heading: "instr.",
        meaning: "instructions a call, counted by single-stepping",
        more: "The count is exact and the same in every run. The loop's own instructions are in it, an eighth of a \
            round's two or three. It does not tell the time: 14 instructions can take 4 cycles or 600.",
        rank: 3,
        cell: |_, entry| instructions(entry.row),
    },
    Column {
        heading: "call",
        meaning: "how the traced call entered what it called",
        more: "inlined: no call ran. direct: by an instruction that holds the address. indirect: through a register or \
            memory. unproved: not seen; --json has the reason. Static C is indirect, because rustc calls functions of \
            other object files through a table.",
        rank: 6,
        cell: |_, entry| match (entry.row.proof.kind, entry.row.instructions) {
            (tollgate_meter::ProofKind::Unproved, None) => String::new(),
            (kind, _) => kind.to_string(),
        },
    },
    Column {
        heading: "GB/s",
        meaning: "the payload divided by the price, from 1 KiB on",
        more: "A gigabyte is a thousand million bytes.",
        rank: 8,
        cell: |_, entry| rate(entry.row).unwrap_or_default(),
    },
    Column {
        heading: "first",
        meaning: "the first call in a process, with cold caches",
        more: "The fastest of the processes' first calls, with as many digits as the typical one confirms. It includes \
            a reading of the clock, about 20 ns.",
        rank: 9,
        cell: |_, entry| {
            // One reading of a clock, whose steps are of ten nanoseconds or so.
            let first = |first: tollgate_meter::First| time_within(first.min, (first.typical - first.min).max(10.0));
            entry.row.first_ns.map(first).unwrap_or_default()
        },
    },
];

impl Column {
    pub(crate) fn cell(&self, section: &Section<'_>, entry: &Entry<'_>) -> String {
        (self.cell)(section, entry)
    }

    /// Whether the cells are words, which begin at the left; figures end at the right.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.heading, "tie" | "call")
    }

    /// Whether a row has something to show here.
    pub(crate) fn is_used(&self, sections: &[Section<'_>]) -> bool {
        let used = |section: &Section<'_>| section.rows.iter().any(|entry| !self.cell(section, entry).is_empty());
        sections.iter().any(used)
    }
}

fn times(section: &Section<'_>, entry: &Entry<'_>) -> String {
    let alike = |one: &RowReport, other: &RowReport| {
        one.payload == other.payload && one.mode == other.mode && one.language == other.language
    };
    let first = section
        .rows
        .iter()
        .map(|first| first.row)
        .find(|first| alike(first, entry.row));
    match first {
        Some(first) if !std::ptr::eq(first, entry.row) && first.unsteady.is_none() && entry.row.unsteady.is_none() => {
            ratio(entry.row, first)
        }
        _ => String::new(),
    }
}

/// Exact if they were stepped. The processor's own counters are not exact.
fn instructions(row: &RowReport) -> String {
    match (row.instructions, row.counted_instructions()) {
        (Some(count), _) => exact(count),
        (None, Some(count)) => significant(count, 0.0),
        (None, None) => String::new(),
    }
}
