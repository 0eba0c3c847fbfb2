//! The text of a recorded measurement, at the widths of a terminal.

use super::super::recorded::{compare, report as recorded};
use super::*;

fn at(width: usize) -> Style {
    Style {
        quick: false,
        explain: false,
        brief: false,
        width,
    }
}

/// The line of the columns' names.
fn heading(text: &str) -> &str {
    text.lines()
        .find(|line| line.contains("price") && line.contains("spread"))
        .unwrap()
}

#[test]
fn the_text_at_80_and_at_120_columns_is_as_recorded() {
    compare(&text(&recorded(), at(80)), "tests/golden/bench-80.txt");
    compare(&text(&recorded(), at(120)), "tests/golden/bench-120.txt");
}

#[test]
fn no_line_is_wider_than_its_terminal_whatever_the_width() {
    for width in [80, 81, 95, 100, 120, 200] {
        for explain in [false, true] {
            let text = text(&recorded(), Style { explain, ..at(width) });
            for line in text.lines() {
                assert!(line.chars().count() <= width, "wider than {width}: {line}");
                assert_eq!(line, line.trim_end(), "it ends in blanks");
            }
        }
    }
}

#[test]
fn findings_come_before_the_prices_and_notes_after_them() {
    let text = text(&recorded(), at(80));
    let place = |part: &str| {
        text.find(part)
            .unwrap_or_else(|| panic!("{part} is missing in\n{text}"))
    };
    assert!(place("- A call into C") < place("  Rust, inlined"));
    assert!(place("  Rust, inlined") < place("allocates memory once per call"));
}

#[test]
fn a_row_with_two_prices_is_noted_with_both() {
    let mut report = recorded();
    let row = report.rows.iter_mut().find(|row| row.row == "callback, C to Rust");
    let planted = serde_json::json!([{ "ns": 1.0, "share": 0.6 }, { "ns": 2.5, "share": 0.4 }]);
    row.unwrap().peaks = serde_json::from_value(planted).unwrap();
    let text = text(&report, at(80));
    assert!(
        text.contains("\n- callback, C to Rust has 2 prices: 1.00 ns (60 %), 2.50 ns (40 %).\n"),
        "{text}"
    );
}

#[test]
fn a_column_in_which_no_row_has_anything_is_left_out() {
    let mut report = recorded();
    for row in &mut report.rows {
        row.cycles = None;
        row.instructions = None;
        row.proof.kind = tollgate_meter::ProofKind::Unproved;
        row.ties_with.clear();
        row.unsteady = None;
    }
    let text = text(&report, at(200));
    let headings: Vec<&str> = heading(&text).split_whitespace().collect();
    assert_eq!(headings, ["price", "×", "typical", "spread", "GB/s", "first"]);
    assert!(!text.contains("Left out"), "{text}");
}

#[test]
fn every_column_that_is_shown_is_explained_in_one_line_and_explain_explains_all() {
    let short = text(&recorded(), at(80));
    let long = text(
        &recorded(),
        Style {
            explain: true,
            ..at(80)
        },
    );
    for column in &COLUMNS {
        let line = |line: &&str| line.starts_with(&format!("{} ", column.heading)) && line.ends_with(column.meaning);
        let shown = heading(&short).contains(column.heading);
        assert_eq!(
            short.lines().filter(line).count(),
            usize::from(shown),
            "{}",
            column.heading
        );
        assert_eq!(long.lines().filter(line).count(), 1, "{}", column.heading);
    }
    for &boundary in Boundary::ALL {
        assert!(long.contains(&format!("\n{boundary}: ")), "{boundary}");
    }
}

#[test]
fn names_that_are_too_long_are_cut_and_nothing_else() {
    let mut report = recorded();
    report.rows[0].row = format!("add, {}", "long ".repeat(40));
    let text = text(&report, at(80));
    let line = text.lines().find(|line| line.contains("long")).unwrap();
    assert!(
        line.contains('…') && line.contains("0.271 ns") && line.chars().count() <= 80,
        "{line}"
    );
}

#[test]
fn a_ratio_compares_like_with_like() {
    let report = recorded();
    let sections = sections(&report);
    let times = COLUMNS.iter().find(|column| column.heading == "×").unwrap();
    for section in &sections {
        for entry in &section.rows {
            let first = section.rows[0].row;
            let ratio = times.cell(section, entry);
            assert!(entry.row.unsteady.is_none() || ratio.is_empty(), "{}", entry.row.row);
            assert!(!std::ptr::eq(first, entry.row) || ratio.is_empty(), "{}", entry.row.row);
        }
    }
    let of = |name: &str| {
        let rows = sections
            .iter()
            .flat_map(|section| section.rows.iter().map(move |entry| (section, entry)));
        rows.filter(|(_, entry)| entry.row.row == name)
            .map(|(section, entry)| times.cell(section, entry))
            .collect::<String>()
    };
    // The only row in C; the first in C; the second in C; the first of its payload; one of another payload's kind.
    assert_eq!(of("empty operation, static-c"), "");
    assert_eq!(of("biquad of 1024 samples, C, one call each"), "");
    assert_eq!(of("biquad of 1024 samples, C, one call"), "0.48");
    assert_eq!(of("sum of 64 B, inline"), "");
    assert_eq!(of("sum of 64 B, c-abi"), "1.0");
}
