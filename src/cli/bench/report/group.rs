//! Groups rows into sections by what they do.

use super::super::figures::price;
use super::super::ties::letters;
use tollgate_meter::{Report, RowReport};

/// Rows that do the same in different ways.
pub(crate) struct Section<'r> {
    pub(crate) name: &'r str,
    pub(crate) rows: Vec<Entry<'r>>,
}

/// A row of a section.
pub(crate) struct Entry<'r> {
    /// The row's own part of its name and, behind a boundary, the language of what runs there.
    pub(crate) way: String,
    pub(crate) row: &'r RowReport,
    /// The letters that it shares with the rows of the section that it cannot be told apart from.
    pub(crate) ties: String,
}

impl Section<'_> {
    /// All prices that the section's rows show.
    pub(crate) fn prices(&self) -> impl Iterator<Item = f64> {
        self.rows
            .iter()
            .flat_map(|Entry { row, .. }| [row.ns.low, row.ns.min, row.ns.typical, row.ns.high])
    }

    /// The fastest batch of each row.
    pub(crate) fn minima(&self) -> Vec<f64> {
        self.rows.iter().map(|entry| entry.row.ns.min).collect()
    }

    /// The price of the cheapest row, and that of the most expensive one if it is another.
    pub(crate) fn range(&self) -> String {
        let rows = || self.rows.iter().map(|entry| entry.row);
        let by_price = |one: &&RowReport, other: &&RowReport| one.ns.min.total_cmp(&other.ns.min);
        let (least, most) = (rows().min_by(by_price).map(price), rows().max_by(by_price).map(price));
        match (least, most) {
            (Some(least), Some(most)) if least != most => format!("{least} to {most}"),
            (least, _) => least.unwrap_or_default(),
        }
    }

    /// The name as a valid file name.
    pub(crate) fn file_name(&self) -> String {
        let plain = |character: char| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        };
        let name: String = self.name.to_lowercase().chars().map(plain).collect();
        let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
        words.join("-")
    }
}

/// The report with only the ties of rows that are compared. A row with too few undisturbed batches ties with every
/// other, and readers would take such ties for a result.
pub(crate) fn told_ties(report: &Report) -> Report {
    let unsteady = report.rows.iter().filter(|row| row.unsteady.is_some());
    let unsteady: Vec<String> = unsteady.map(RowReport::title).collect();
    let mut told = report.clone();
    for row in &mut told.rows {
        row.ties_with
            .retain(|tie| row.unsteady.is_none() && !unsteady.contains(tie));
    }
    told
}

/// The sections, in the order of their first rows.
pub(crate) fn sections(report: &Report) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for row in &report.rows {
        let (name, way) = place(row);
        let language = row.boundary.as_ref().and(row.language.as_ref());
        let entry = Entry {
            way: match language {
                Some(language) => format!("{way} ({language})"),
                None => way.to_owned(),
            },
            row,
            ties: String::new(),
        };
        match sections.iter_mut().find(|section| section.name == name) {
            Some(section) => section.rows.push(entry),
            None => sections.push(Section {
                name,
                rows: vec![entry],
            }),
        }
    }
    for section in &mut sections {
        let rows: Vec<&RowReport> = section.rows.iter().map(|entry| entry.row).collect();
        for (entry, ties) in section.rows.iter_mut().zip(letters(&rows)) {
            entry.ties = ties;
        }
    }
    sections
}

/// The sections, from the one with the cheapest row to the one whose cheapest row costs most.
pub(crate) fn from_the_cheapest<'s, 'r>(sections: &'s [Section<'r>]) -> Vec<&'s Section<'r>> {
    let least = |section: &Section<'_>| section.minima().into_iter().fold(f64::INFINITY, f64::min);
    let mut sorted: Vec<&Section<'_>> = sections.iter().collect();
    sorted.sort_by(|one, other| least(one).total_cmp(&least(other)));
    sorted
}

/// Splits a row's name into its section and its own part: `add, static C`, `CRC-32C of 64 B`, `sum of 4 KiB, inline`.
pub(crate) fn place(row: &RowReport) -> (&str, &str) {
    let series = row.series.as_deref().unwrap_or("CRC-32C");
    if let Some(way) = row.row.strip_prefix(series).and_then(|rest| rest.strip_prefix(" of ")) {
        return (&row.row[..series.len()], way);
    }
    row.row.split_once(", ").unwrap_or((&row.row, "one call"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn rows_that_do_the_same_are_one_section_whatever_their_way_or_payload() {
        let report = report(&[
            ("add, Rust, inlined", None),
            ("add, static C", None),
            ("CRC-32C of 64 B", None),
            ("system call", None),
        ]);
        let sections = sections(&report);
        let ways = |section: &Section<'_>| section.rows.iter().map(|entry| entry.way.clone()).collect();
        let names: Vec<(&str, Vec<String>)> = sections.iter().map(|section| (section.name, ways(section))).collect();
        assert_eq!(
            names,
            [
                ("add", vec!["Rust, inlined".to_owned(), "static C".to_owned()]),
                ("CRC-32C", vec!["64 B".to_owned()]),
                ("system call", vec!["one call".to_owned()])
            ]
        );
        assert_eq!(sections[1].file_name(), "crc-32c");
    }

    #[test]
    fn a_row_that_is_not_compared_is_nobody_s_tie() {
        let mut report = report(&[("add, a", None), ("add, b", None), ("add, c", None)]);
        report.rows[0].ties_with = vec!["add, b".to_owned(), "add, c".to_owned()];
        report.rows[2].ties_with = vec!["add, a".to_owned()];
        report.rows[2].unsteady = Some("too few".to_owned());
        let told = told_ties(&report);
        assert_eq!(told.rows[0].ties_with, ["add, b"]);
        assert!(told.rows[2].ties_with.is_empty());
    }

    #[test]
    fn the_overview_begins_with_the_cheapest() {
        let mut report = report(&[("dear", None), ("cheap", None), ("dear, too", None)]);
        report.rows[0].ns.min = 9.0;
        let sections = sections(&report);
        let names: Vec<&str> = from_the_cheapest(&sections)
            .iter()
            .map(|section| section.name)
            .collect();
        assert_eq!(names, ["cheap", "dear"]);
    }

    #[test]
    fn a_series_is_one_section() {
        let mut report = report(&[
            ("sum of 0 B, inline", Some(("inline", 0))),
            ("sum of 64 B, inline", Some(("inline", 64))),
        ]);
        report.rows[1].language = Some("Rust".to_owned());
        let sections = sections(&report);
        assert_eq!(
            (sections.len(), sections[0].name, sections[0].rows[1].way.as_str()),
            (1, "sum", "64 B, inline (Rust)")
        );
    }
}
