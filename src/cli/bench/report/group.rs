//! Groups rows into sections by what they do.

use tollgate_meter::{Report, RowReport};

/// Rows that do the same in different ways.
pub(crate) struct Section<'r> {
    pub(crate) name: &'r str,
    /// The rows, each with its own part of its name.
    pub(crate) rows: Vec<(&'r str, &'r RowReport)>,
}

impl Section<'_> {
    /// All prices that the section's rows show.
    pub(crate) fn prices(&self) -> impl Iterator<Item = f64> {
        self.rows
            .iter()
            .flat_map(|(_, row)| [row.ns.low, row.ns.min, row.ns.typical, row.ns.high])
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
        match sections.iter_mut().find(|section| section.name == name) {
            Some(section) => section.rows.push((way, row)),
            None => sections.push(Section {
                name,
                rows: vec![(way, row)],
            }),
        }
    }
    sections
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
        let names: Vec<(&str, Vec<&str>)> = sections
            .iter()
            .map(|section| (section.name, section.rows.iter().map(|(way, _)| *way).collect()))
            .collect();
        assert_eq!(
            names,
            [
                ("add", vec!["Rust, inlined", "static C"]),
                ("CRC-32C", vec!["64 B"]),
                ("system call", vec!["one call"])
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
    fn a_series_is_one_section() {
        let report = report(&[
            ("sum of 0 B, inline", Some(("inline", 0))),
            ("sum of 64 B, inline", Some(("inline", 64))),
        ]);
        let sections = sections(&report);
        assert_eq!(
            (sections.len(), sections[0].name, sections[0].rows[1].0),
            (1, "sum", "64 B, inline")
        );
    }
}
