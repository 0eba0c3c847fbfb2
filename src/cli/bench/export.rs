//! The rows in files for other programs: a table in Markdown, and all figures as CSV.

use super::super::failure::Failure;
use super::report::{sections, told_ties};
use super::table::{COLUMNS, Column};
use serde::Serialize;
use std::fmt::Write;
use tollgate_meter::Report;

/// The table with all columns that are not empty, whatever their width.
pub(crate) fn markdown(report: &Report) -> String {
    let report = &told_ties(report);
    let sections = sections(report);
    let columns: Vec<&Column> = COLUMNS.iter().filter(|column| column.is_used(&sections)).collect();
    let mut text = String::new();
    let headings: Vec<&str> = columns.iter().map(|column| column.heading).collect();
    let _ = writeln!(text, "| section | row | {} |", headings.join(" | "));
    let alignments = columns
        .iter()
        .map(|column| if column.is_text() { ":---|" } else { "---:|" });
    let _ = writeln!(text, "|:---|:---|{}", alignments.collect::<String>());
    for section in &sections {
        for entry in &section.rows {
            let _ = write!(text, "| {} | {} |", escaped(section.name), escaped(&entry.way));
            for column in &columns {
                let _ = write!(text, " {} |", escaped(&column.cell(section, entry)));
            }
            text.push('\n');
        }
    }
    text.push('\n');
    for column in columns {
        let _ = writeln!(text, "- `{}`: {}", column.heading, column.meaning);
    }
    text
}

/// A text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '|' | '*' | '_' | '`' | '<' | '\\' | '[') {
            escaped.push('\\');
        }
        escaped.push(if character.is_control() { ' ' } else { character });
    }
    escaped
}

/// A line of the CSV: times in nanoseconds, figures with all digits that a 64-bit number has.
#[derive(Serialize)]
struct Line<'r> {
    row: &'r str,
    boundary: Option<&'r str>,
    language: Option<&'r str>,
    placement: Option<&'r str>,
    series: Option<&'r str>,
    payload_bytes: Option<u64>,
    mode: tollgate_meter::Mode,
    min_ns: f64,
    typical_ns: f64,
    low_ns: f64,
    high_ns: f64,
    first_min_ns: Option<f64>,
    first_typical_ns: Option<f64>,
    cycles: Option<f64>,
    instructions: Option<f64>,
    allocations: Option<f64>,
    copied_bytes: Option<f64>,
    proof: tollgate_meter::ProofKind,
    proof_symbol: Option<&'r str>,
    proof_object: Option<&'r str>,
    unsteady: Option<&'r str>,
    /// Separated by semicolons.
    ties_with: String,
}

/// One line for each row, after the names of the columns. An empty field is a figure that was not measured.
pub(crate) fn csv(report: &Report) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in &told_ties(report).rows {
        let line = Line {
            row: &row.row,
            boundary: row.boundary.as_deref(),
            language: row.language.as_deref(),
            placement: row.placement.as_deref(),
            series: row.series.as_deref(),
            payload_bytes: row.payload,
            mode: row.mode,
            min_ns: row.ns.min,
            typical_ns: row.ns.typical,
            low_ns: row.ns.low,
            high_ns: row.ns.high,
            first_min_ns: row.first_ns.map(|first| first.min),
            first_typical_ns: row.first_ns.map(|first| first.typical),
            cycles: row.cycles,
            instructions: row.counted_instructions(),
            allocations: row.allocations,
            copied_bytes: row.copied_bytes,
            proof: row.proof.kind,
            proof_symbol: row.proof.symbol.as_deref(),
            proof_object: row.proof.object.as_deref(),
            unsteady: row.unsteady.as_deref(),
            ties_with: row.ties_with.join("; "),
        };
        writer.serialize(line).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.error()))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::Work {
        code: "bench",
        message: format!("cannot write the rows as CSV: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn markdown_has_a_line_for_each_row_and_no_name_breaks_its_table() {
        let text = markdown(&report(&[
            ("add, a|b", None),
            ("add, <i>c</i>", None),
            ("line\nbreak", None),
        ]));
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
        assert_eq!(rows.len(), 4, "{text}");
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        assert!(rows.iter().all(|row| cells(row) == cells(rows[0])), "{text}");
        assert!(text.contains("\\<i>c") && text.contains("line break"), "{text}");
    }

    #[test]
    fn csv_has_every_row_with_all_digits_and_reads_back() {
        let mut report = report(&[("add, \"quoted\", comma", None), ("sum of 64 B, a", Some(("a", 64)))]);
        report.rows[0].ns.min = 0.1 + 0.2;
        report.rows[1].ties_with = vec!["x".to_owned(), "y".to_owned()];
        let text = csv(&report).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headings = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let cell = |row: usize, name: &str| {
            let at = headings.iter().position(|heading| heading == name).unwrap();
            rows[row][at].to_owned()
        };
        assert_eq!(rows.len(), 2);
        assert_eq!(cell(0, "row"), "add, \"quoted\", comma");
        assert_eq!(cell(0, "min_ns").parse::<f64>().unwrap(), 0.1 + 0.2);
        assert_eq!(
            (cell(0, "payload_bytes"), cell(1, "payload_bytes")),
            (String::new(), "64".to_owned())
        );
        assert_eq!(
            (cell(1, "boundary"), cell(1, "ties_with")),
            ("a".to_owned(), "x; y".to_owned())
        );
        assert_eq!(cell(0, "proof"), "direct");
    }
}
