//! The price list as text: what the figures show, and then the rows by section.

mod columns;
#[cfg(test)]
mod tests;

use super::super::result::{plain_table, terminal_width};
use super::conclusions::{Kind, conclusions, floor};
use super::figures::wrapped;
use super::report::{Section, sections, told_ties};
use comfy_table::{Cell, CellAlignment};
use std::fmt::Write;
use tollgate::Boundary;
use tollgate_meter::Report;

pub(crate) use columns::{COLUMNS, Column};

/// The fewest columns of characters that a table is made for.
const NARROWEST: usize = 80;

/// How the list is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Whether it was a quick run.
    pub(crate) quick: bool,
    /// Whether to explain every column and boundary.
    pub(crate) explain: bool,
    /// Whether to leave out the notes and the method.
    pub(crate) brief: bool,
    /// Characters in a line.
    pub(crate) width: usize,
}

impl Style {
    /// For standard output: as wide as `COLUMNS` or the terminal, and 80 characters wide elsewhere.
    pub(crate) fn here(quick: bool, explain: bool) -> Self {
        let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = || terminal_width().map(usize::from);
        let width = told.or_else(terminal).unwrap_or(NARROWEST).max(NARROWEST);
        let brief = false;
        Self {
            quick,
            explain,
            brief,
            width,
        }
    }
}

pub(crate) fn text(report: &Report, style: Style) -> String {
    let report = &told_ties(report);
    let width = style.width;
    let mut text = String::new();
    let machine = &report.machine;
    let mut head = format!(
        "What a call costs on this machine: {}, {} cores",
        machine.cpu.as_deref().unwrap_or("a processor of unknown name"),
        machine.cores
    );
    if let Some(ghz) = machine.ghz {
        let _ = write!(head, ", {ghz:.2} GHz");
    }
    let _ = writeln!(text, "{}\n", wrapped(&format!("{head}; {}", machine.os), width, "  "));
    let conclusions = conclusions(report);
    let list = |text: &mut String, kind: Kind| {
        let mut any = false;
        for conclusion in conclusions.iter().filter(|conclusion| conclusion.kind == kind) {
            let _ = writeln!(text, "{}", wrapped(&format!("- {}", conclusion.sentence), width, "  "));
            any = true;
        }
        if any {
            text.push('\n');
        }
    };
    list(&mut text, Kind::Finding);
    let sections = sections(report);
    let (table, shown, left_out) = fitting(&sections, width);
    let _ = writeln!(text, "{table}\n");
    text.push_str(&legend(&shown, &left_out, style));
    if style.brief {
        return text;
    }
    text.push('\n');
    list(&mut text, Kind::Note);
    text.push_str(&wrapped(&method(report, style.quick), width, ""));
    text.push('\n');
    text
}

/// The table with as many columns as fit, those columns, and the ones that are left out for want of room. Columns in
/// which no row has anything are in neither list.
fn fitting(sections: &[Section<'_>], width: usize) -> (String, Vec<&'static Column>, Vec<&'static Column>) {
    let mut shown: Vec<&Column> = COLUMNS.iter().filter(|column| column.is_used(sections)).collect();
    let mut left_out = Vec::new();
    loop {
        let table = drawn(sections, &shown, usize::MAX);
        let widest = table.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        if widest <= width {
            return (table, shown, left_out);
        }
        if shown.len() <= 3 {
            // The names are too long: they are cut, and --json and --csv have them in full.
            let names = sections
                .iter()
                .flat_map(|section| &section.rows)
                .map(|entry| 2 + entry.way.chars().count());
            let longest = names.max().unwrap_or(0);
            return (
                drawn(sections, &shown, longest.saturating_sub(widest - width).max(8)),
                shown,
                left_out,
            );
        }
        let last = (0..shown.len()).max_by_key(|&at| shown[at].rank).unwrap_or(0);
        left_out.push(shown.remove(last));
    }
}

/// The rows by section, with these columns and with names of at most `longest` characters.
fn drawn(sections: &[Section<'_>], columns: &[&Column], longest: usize) -> String {
    let cut = |name: String| match name.chars().count() {
        length if length <= longest => name,
        _ => name.chars().take(longest - 1).chain(['…']).collect(),
    };
    let mut table = plain_table();
    let headings = columns.iter().map(|column| {
        if column.is_text() {
            Cell::new(column.heading)
        } else {
            right(column.heading)
        }
    });
    table.set_header(std::iter::once(Cell::new("")).chain(headings));
    for section in sections {
        table.add_row([Cell::new(cut(section.name.to_owned()))]);
        for entry in &section.rows {
            let cells = columns.iter().map(|column| {
                let cell = column.cell(section, entry);
                if column.is_text() {
                    Cell::new(cell)
                } else {
                    right(&cell)
                }
            });
            table.add_row(std::iter::once(Cell::new(cut(format!("  {}", entry.way)))).chain(cells));
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table.trim_fmt()
}

/// A line for each column, and more about all of them and the boundaries if that is asked for.
fn legend(shown: &[&Column], left_out: &[&Column], style: Style) -> String {
    let mut text = String::new();
    let explained: Vec<&Column> = match style.explain {
        true => COLUMNS.iter().collect(),
        false => shown.to_vec(),
    };
    let names = explained
        .iter()
        .map(|column| column.heading.chars().count())
        .max()
        .unwrap_or(0);
    for column in explained {
        let _ = writeln!(text, "{:names$}  {}", column.heading, column.meaning);
        if style.explain {
            let indent = " ".repeat(names + 2);
            for line in wrapped(column.more, style.width - indent.len(), "").lines() {
                let _ = writeln!(text, "{indent}{line}");
            }
        }
    }
    if style.brief {
        return text;
    }
    if !left_out.is_empty() {
        let left_out: Vec<&str> = left_out.iter().rev().map(|column| column.heading).collect();
        let said = format!(
            "Left out for want of room: {}. A wider terminal shows them, and --markdown, --csv and --json have them.",
            left_out.join(", ")
        );
        let _ = writeln!(text, "{}", wrapped(&said, style.width, ""));
    }
    if style.explain {
        text.push('\n');
        for &boundary in Boundary::ALL {
            let said = format!("{boundary}: {}", explained_boundary(boundary));
            let _ = writeln!(text, "{}", wrapped(&said, style.width, "  "));
        }
    } else {
        text.push_str("--explain tells more about every column and boundary.\n");
    }
    text
}

/// What a call crosses at a boundary, and what runs there in the rows of `empty operation` and `sum`.
fn explained_boundary(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::Inline => {
            "the plugin is Rust that is compiled into this program. The host calls it as it calls all others, through \
             the contract's C functions; no file is loaded. In `empty operation` and `sum` it is the probe in Rust."
        }
        Boundary::StaticC => {
            "the plugin is C that is linked into this program. In `empty operation` and `sum` it is the probe in C: another \
             source and another compiler, so that its prices are not ranked with those of the probe in Rust."
        }
        Boundary::CAbi => {
            "the plugin is loaded from its file, and called through the contract's C functions. In `empty operation` and \
             `sum` it is the probe in Rust."
        }
        Boundary::StableAbi => {
            "the plugin is loaded from its file; its functions come from abi_stable's module, whose layouts host and \
             plugin compare when it is loaded. In `empty operation` and `sum` it is the same file of the probe in Rust."
        }
        _ => "a boundary that only tests have.",
    }
}

fn method(report: &Report, quick: bool) -> String {
    let method = &report.method;
    let mut text = format!(
        "{} processes with {} batches of each row. The empty loop costs {} a call; nothing is subtracted. Instructions: \
         {}. The processor's counters: {}. {}",
        method.processes,
        method.batches,
        floor(report),
        method.instructions,
        method.hardware,
        method.notes.join(" ")
    );
    if quick {
        text.push_str(" This was a quick run: do not compare it with a full one.");
    }
    text
}

/// A cell of figures.
pub(crate) fn right(content: &str) -> Cell {
    Cell::new(content).set_alignment(CellAlignment::Right)
}
