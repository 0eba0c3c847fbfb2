//! `tollgate bench --save` and `tollgate bench check`: saving, comparing, refusing. No time decides
//! a test: the tolerance is tenfold, and the planted changes are a thousandfold.

use crate::support::{document, refusal, tollgate};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

fn saved(directory: &TempDir) -> (PathBuf, Json) {
    let file = directory.path().join("base.json");
    let output = tollgate([
        "bench",
        "--quick",
        "--only",
        "add, Rust",
        "--json",
        "--save",
        file.to_str().unwrap(),
    ]);
    let printed = document(&output);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.as_bytes(), output.stdout, "what is saved is what is printed");
    (file, printed)
}

fn check(file: &Path) -> Output {
    let file = file.to_str().unwrap();
    tollgate([
        "bench",
        "check",
        "--baseline",
        file,
        "--quick",
        "--tolerance",
        "1000",
        "--json",
    ])
}

/// Writes the document with a change to another file.
fn changed(directory: &TempDir, saved: &Json, change: impl FnOnce(&mut Json)) -> PathBuf {
    let mut document = saved.clone();
    change(&mut document);
    let file = directory.path().join("changed.json");
    std::fs::write(&file, document.to_string()).unwrap();
    file
}

#[test]
fn a_saved_measurement_names_its_machine_and_a_program_has_not_regressed_against_itself() {
    let directory = tempfile::tempdir().unwrap();
    let (file, saved) = saved(&directory);
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        1,
        "nothing else is left there"
    );
    assert_eq!(saved["schema"], 1);
    for field in ["cpu", "os", "governor", "virtualised", "hypervisor", "target", "build"] {
        assert!(
            saved["machine"].get(field).is_some(),
            "{field} is missing in {}",
            saved["machine"]
        );
    }
    let build = &saved["machine"]["build"];
    assert!(build["rustc"].as_str().unwrap().starts_with("rustc "), "{build}");
    assert!(!build["c_compiler"].as_str().unwrap().is_empty(), "{build}");
    assert_eq!(saved["method"]["only"], json!(["add, Rust"]));
    let comparison = document(&check(&file));
    let rows = comparison["rows"].as_array().unwrap();
    assert_eq!(rows.len(), saved["rows"].as_array().unwrap().len());
    for (row, before) in rows.iter().zip(saved["rows"].as_array().unwrap()) {
        assert_eq!((&row["row"], &row["before_ns"]), (&before["row"], &before["ns"]["min"]));
        assert_eq!(row["regression"], false, "{row}");
        let counts = &row["instructions"];
        assert_eq!(counts["before"], before["instructions"], "{row}");
        assert_eq!(
            counts["before"], counts["now"],
            "a count is the same in every run: {row}"
        );
    }
    assert_eq!((&comparison["gone"], &comparison["new"]), (&json!([]), &json!([])));
    assert_eq!(
        comparison["circumstances"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["what"] != "speed in GHz")
            .count(),
        0
    );
}

#[test]
fn what_costs_more_is_named_with_time_and_instructions_and_fails() {
    let directory = tempfile::tempdir().unwrap();
    let (_, saved) = saved(&directory);
    let file = changed(&directory, &saved, |document| {
        let row = &mut document["rows"][1];
        row["unsteady"] = Json::Null;
        for process in row["per_process"].as_array_mut().unwrap() {
            process["min"] = (process["min"].as_f64().unwrap() / 1000.0).into();
        }
        let other = &mut document["rows"][2];
        if let Some(count) = other["instructions"].as_f64() {
            other["instructions"] = (count - 1.0).into();
        }
    });
    let output = check(&file);
    let (exit, code, message) = refusal(&output);
    assert_eq!((exit, code.as_str()), (1, "regression"), "{message}");
    assert!(
        message.contains("add, Rust, not inlined: ") && message.contains(" ns (+"),
        "{message}"
    );
    let comparison: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(comparison["rows"][1]["time"], "slower");
    let mut named = 1;
    if saved["rows"][2]["instructions"].is_number() {
        assert!(
            message.contains("add, Rust, dyn Trait: ") && message.contains(" instructions"),
            "{message}"
        );
        named += 1;
    }
    assert!(
        message.starts_with(&format!("{named} of 4 rows cost more than in ")),
        "{message}"
    );
}

#[test]
fn rows_that_are_gone_or_new_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let (_, saved) = saved(&directory);
    let file = changed(&directory, &saved, |document| {
        document["rows"][0]["row"] = "add, Rust, by telepathy".into();
    });
    let comparison = document(&check(&file));
    assert_eq!(comparison["gone"], json!(["add, Rust, by telepathy"]));
    assert_eq!(comparison["new"], json!(["add, Rust, inlined"]));
    let file = file.to_str().unwrap();
    let output = tollgate(["bench", "check", "--baseline", file, "--quick", "--tolerance", "1000"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("No longer measured: add, Rust, by telepathy."), "{text}");
    assert!(text.contains("Not in the baseline: add, Rust, inlined."), "{text}");
}

#[test]
fn a_baseline_that_cannot_be_used_is_refused_with_a_message_before_anything_is_measured() {
    let directory = tempfile::tempdir().unwrap();
    let (file, saved) = saved(&directory);
    let refused = |file: &Path| {
        let (exit, code, message) = refusal(&check(file));
        assert_eq!((exit, code.as_str()), (1, "baseline"), "{message}");
        assert!(
            message.starts_with(&format!("cannot compare with {}: ", file.display())),
            "{message}"
        );
        message
    };
    type Change = fn(&mut Json);
    let changes: [(Change, &str); 6] = [
        (|d| d["schema"] = 2.into(), "its schema is 2 and this command reads 1"),
        (
            |d| drop(d.as_object_mut().unwrap().remove("schema")),
            "it has no `schema`",
        ),
        (
            |d| d["machine"]["cpu"] = "Z80".into(),
            "another machine: processor was Z80",
        ),
        (
            |d| drop(d["machine"].as_object_mut().unwrap().remove("build")),
            "missing field `build`",
        ),
        (
            |d| d["rows"][0]["per_process"] = json!([]),
            "has the figures of 0 processes",
        ),
        (|d| *d = json!([1, 2]), "it has no `schema`"),
    ];
    for (change, said) in changes {
        let message = refused(&changed(&directory, &saved, change));
        assert!(message.contains(said), "{said:?} is not in {message:?}");
    }
    let cut = directory.path().join("cut.json");
    let text = std::fs::read(&file).unwrap();
    std::fs::write(&cut, &text[..text.len() / 2]).unwrap();
    assert!(refused(&cut).contains("it is damaged"));
    std::fs::write(&cut, b"\x7fELF\xff").unwrap();
    let (exit, _, message) = refusal(&check(&cut));
    assert_eq!(exit, 1, "{message}");

    // A quick baseline, and a full check; and the reverse.
    let full = tollgate(["bench", "check", "--baseline", file.to_str().unwrap(), "--json"]);
    assert!(
        refusal(&full).2.contains("use --quick for a quick baseline"),
        "{full:?}"
    );
    let file = changed(&directory, &saved, |document| {
        document["method"]["batches"] = 200.into();
    });
    assert!(refused(&file).contains("run the check without --quick"));

    let missing = refusal(&check(&directory.path().join("missing.json")));
    assert_eq!((missing.0, missing.1.as_str()), (1, "io"), "{}", missing.2);
}

#[test]
fn an_output_path_that_cannot_be_written_is_reported_before_the_work() {
    let directory = tempfile::tempdir().unwrap();
    for place in [
        directory.path().to_owned(),
        directory.path().join("no/such/directory/base.json"),
    ]
    .iter()
    .flat_map(|place| ["--save", "--html", "--markdown", "--csv"].map(|option| (option, place)))
    {
        let (option, place) = place;
        let output = tollgate([
            "bench",
            "--quick",
            "--only",
            "add,",
            "--json",
            option,
            place.to_str().unwrap(),
        ]);
        let (exit, code, message) = refusal(&output);
        assert_eq!((exit, code.as_str()), (1, "io"), "{message}");
        assert!(
            output.stdout.is_empty() && message.contains("cannot write"),
            "{message}"
        );
    }
}

#[test]
fn arguments_that_do_not_fit_are_usage_errors() {
    for words in [
        &["bench", "check", "--json"][..],
        &["bench", "--only", "add", "check", "--baseline", "x", "--json"],
        &["bench", "check", "--baseline", "x", "--tolerance", "-1", "--json"],
        &["bench", "check", "--baseline", "x", "--tolerance", "NaN", "--json"],
    ] {
        assert_eq!(refusal(&tollgate(words)).0, 2, "{words:?}");
    }
}
