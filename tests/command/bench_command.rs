//! `tollgate bench` as a user sees it: the document, the table, and refusals. No time decides a test.

use crate::support::{document, refusal, tollgate, tollgate_with};

#[test]
fn the_document_has_machine_method_and_rows_with_every_promised_field() {
    let report = document(&tollgate(["bench", "--quick", "--only", "add,", "--json"]));
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["schema", "machine", "method", "rows", "fits", "conclusions"]);
    let rows = report["rows"].as_array().unwrap();
    assert!(rows.len() >= 8, "{rows:?}");
    for row in rows {
        for key in [
            "row",
            "boundary",
            "language",
            "placement",
            "mode",
            "ns",
            "per_process",
            "cycles",
            "instructions",
            "allocations",
            "copied_bytes",
            "proof",
            "ties_with",
        ] {
            assert!(row.get(key).is_some(), "{key} is missing in {row}");
        }
        assert!(row["row"].as_str().unwrap().starts_with("add, "));
        assert_eq!(row["per_process"].as_array().unwrap().len(), 4);
        let ns = &row["ns"];
        let ordered = ns["low"].as_f64().unwrap() > 0.0 && ns["low"].as_f64() <= ns["high"].as_f64();
        assert!(ordered && ns["min"] == ns["low"], "{row}");
    }
}

#[test]
fn every_boundary_is_priced_over_the_host_s_whole_call() {
    let report = document(&tollgate(["bench", "--quick", "--only", "empty operation", "--json"]));
    let boundaries: Vec<&str> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["boundary"].as_str())
        .collect();
    assert_eq!(boundaries, ["inline", "static-c", "c-abi", "stable-abi"]);
    let languages: Vec<&str> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["boundary"].is_string())
        .map(|row| row["language"].as_str().unwrap())
        .collect();
    assert_eq!(languages, ["Rust", "C", "Rust", "Rust"]);
    for row in report["rows"].as_array().unwrap() {
        // C is not ranked with Rust, nor found equal to it.
        for tie in row["ties_with"].as_array().unwrap() {
            assert_eq!(
                row["boundary"] == "static-c",
                tie.as_str().unwrap().contains("static-c"),
                "{row}"
            );
        }
        // If calls can be stepped, the counts show that they allocate nothing.
        assert!(row["allocations"].is_null() || row["allocations"] == 0.0, "{row}");
    }
}

#[test]
fn the_table_has_the_machine_the_rows_and_conclusions() {
    let output = tollgate(["bench", "--quick", "--only", "add,"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "What a call costs on this machine",
        "Rust, inlined",
        "static C",
        "A call into C",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert!(
        text.lines().all(|line| line == line.trim_end()),
        "no line ends in blanks"
    );
    assert!(output.stderr.is_empty(), "no progress bar in a pipe");
}

#[test]
fn the_table_fits_its_terminal_and_is_explained() {
    for width in [80, 120] {
        let columns = [("COLUMNS", if width == 80 { "80" } else { "120" })];
        let words = [
            "bench",
            "--quick",
            "--only",
            "add,",
            "--only",
            "empty operation",
            "--explain",
        ];
        let output = tollgate_with(&columns, words);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= width, "wider than {width}: {line}");
        }
        assert!(text.contains("\nprice ") && text.contains("\nstatic-c: "), "{text}");
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is missing:\n{text}"));
        assert!(place("- ") < place("Rust, inlined"), "findings lead:\n{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(
            words
                .join(" ")
                .contains("runs behind static-c. Rows of different languages are not ranked"),
            "{text}"
        );
    }
}

#[test]
fn a_handoff_is_priced_one_by_one() {
    let output = tollgate(["bench", "--quick", "--only", "thread handoff", "--json"]);
    if output.status.code() == Some(2) {
        return; // No CPUs are known here, so there are no such rows.
    }
    let report = document(&output);
    for row in report["rows"].as_array().unwrap() {
        let name = row["row"].as_str().unwrap();
        assert!(!name.contains("times"), "{name}");
        // A batch is a whole number of a thousand or of a hundred handoffs, and its time is divided by them.
        let calls = row["per_process"][0]["calls"].as_u64().unwrap();
        let times = if name.contains("spinning") { 1000 } else { 100 };
        assert_eq!(calls % times, 0, "{row}");
        assert!(row["first_ns"].is_null(), "a mean of many is no first call: {row}");
    }
    let sentence = report["conclusions"][0]["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("One handoff to another thread and back costs "),
        "{sentence}"
    );
}

#[test]
fn a_text_that_matches_no_row_is_refused_with_the_beginnings_of_the_names() {
    let (exit, code, message) = refusal(&tollgate(["bench", "--only", "teleportation", "--json"]));
    assert_eq!((exit, code.as_str()), (2, "usage"));
    assert!(
        message.contains("teleportation") && message.contains("begin with \"add\", \"binding\", "),
        "{message}"
    );
}

#[test]
fn a_claim_of_lto_in_a_build_without_it_fails_the_measurement_and_names_the_setting() {
    let words = ["bench", "--quick", "--only", "LTO claimed", "--json"];
    let (exit, code, message) = refusal(&tollgate_with(&[("TOLLGATE_CLAIM_LTO", "1")], words));
    assert_eq!((exit, code.as_str()), (1, "false-claim"));
    for part in [
        "the row \"add, static C, LTO claimed\" claims that its call is inlined, but the trace shows ",
        "is known to prevent inlining",
        "cargo xtask xlto",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    // Without the claim the row does not exist.
    let (exit, ..) = refusal(&tollgate(words));
    assert_eq!(exit, 2);
}
