//! `bench --plugin` as a user sees it: the rows, the document, the baseline, and refusals. No time decides a test.

use crate::support::{document, library, refusal, tollgate};
use serde_json::Value as Json;
use std::fs;
use std::process::Output;
use tollgate_platform::dylib;

fn bench(arguments: &[&str]) -> Output {
    tollgate([&["bench", "--quick", "--no-counts"], arguments].concat())
}

fn rows(document: &Json) -> Vec<(&str, &str, u64)> {
    let rows = document["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let boundary = row["boundary"].as_str().unwrap_or("-");
        (row["row"].as_str().unwrap(), boundary, row["payload"].as_u64().unwrap())
    })
    .collect()
}

#[test]
fn an_operation_is_measured_behind_every_boundary_and_as_a_bare_function() {
    let measured = document(&bench(&["--plugin", "stats", "--payload", "64B,1KiB", "--json"]));
    assert_eq!(
        rows(&measured),
        [
            ("stats/describe of 64 B, inline", "inline", 64),
            ("stats/describe of 64 B, c-abi", "c-abi", 64),
            ("stats/describe of 64 B, stable-abi", "stable-abi", 64),
            ("stats/describe of 1 KiB, inline", "inline", 1024),
            ("stats/describe of 1 KiB, c-abi", "c-abi", 1024),
            ("stats/describe of 1 KiB, stable-abi", "stable-abi", 1024),
            ("bare function of stats/describe, 64 B, inline", "-", 64),
            ("bare function of stats/describe, 64 B, c-abi", "-", 64),
            ("bare function of stats/describe, 1 KiB, inline", "-", 1024),
            ("bare function of stats/describe, 1 KiB, c-abi", "-", 1024),
        ]
    );
    let plugin = &measured["plugin"];
    assert_eq!(
        plugin["boundaries"],
        serde_json::json!(["inline", "c-abi", "stable-abi"])
    );
    assert_eq!(
        (&plugin["element"], &plugin["operation"]),
        (&"f64".into(), &"describe".into())
    );
    assert_eq!(plugin["hash"].as_str().unwrap().len(), 64);
}

#[test]
fn a_file_s_own_array_and_a_c_plugin_are_measured_behind_the_boundary_that_is_named() {
    let output = bench(&[
        "--plugin",
        "crc32c@static-c:init=7",
        "--input",
        "samples/ecg.npy",
        "--json",
    ]);
    let measured = document(&output);
    assert_eq!(
        rows(&measured),
        [
            ("crc32c/checksum of 4 KiB, static-c", "static-c", 4096),
            ("bare function of crc32c/checksum, 4 KiB, static-c", "-", 4096),
        ]
    );
    assert_eq!(measured["plugin"]["element"], "i32");
}

#[test]
fn an_operation_with_another_result_each_time_is_measured_and_that_is_said() {
    // `filter` keeps its state, but each measured handle has an instance of its own: the first results are the same.
    let same = document(&bench(&[
        "--plugin",
        "biquad:cutoff=1000",
        "--payload",
        "1KiB",
        "--json",
    ]));
    assert_eq!(same["plugin"]["notes"], serde_json::json!([]));
    let text = bench(&["--plugin", "misbehaves/varies:factor=1", "--payload", "64B"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("misbehaves/varies of 64 B gives another result each time, so results are not compared"),
        "{text}"
    );
}

#[test]
fn a_saved_measurement_of_a_plugin_is_a_baseline_for_check() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("baseline.json");
    let file = file.to_str().unwrap();
    let saved = bench(&["--plugin", "stats@c-abi", "--payload", "64B", "--save", file]);
    assert!(saved.status.success(), "{saved:?}");
    let checked = tollgate([
        "bench",
        "check",
        "--quick",
        "--baseline",
        file,
        "--json",
        // Whether a row costs more is not the question here.
        "--tolerance",
        "1000",
    ]);
    let checked = document(&checked);
    let names: Vec<&str> = checked["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["row"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "stats/describe of 64 B, c-abi",
            "bare function of stats/describe, 64 B, c-abi"
        ]
    );
}

#[test]
fn what_cannot_be_measured_is_refused_before_the_measurement() {
    let table: &[(&[&str], i32, &str, &str)] = &[
        (&["--plugin", "stats/median"], 2, "unknown-operation", "it has describe"),
        (
            &["--plugin", "nothing"],
            1,
            "plugin-not-found",
            "plugin \"nothing\" not found",
        ),
        (&["--plugin", "biquad"], 2, "config", "missing key \"cutoff\""),
        (
            &["--plugin", "crc32c@stable-abi"],
            2,
            "boundary-not-offered",
            "does not export the stable tier",
        ),
        (
            &["--plugin", "stats@pigeon"],
            2,
            "unknown-boundary",
            "unknown boundary \"pigeon\"",
        ),
        (
            &["--plugin", "stats", "--payload", "1KB"],
            2,
            "usage",
            "expected a size from 1B to 1GiB",
        ),
        (
            &["--plugin", "stats", "--input", "missing.npy"],
            1,
            "view-refused",
            "cannot open it",
        ),
        (&["--payload", "1KiB"], 2, "usage", "--plugin <PLUGIN>"),
        (
            &["--plugin", "misbehaves/scale:factor=1", "--input", "samples/ecg.npy"],
            1,
            "element-not-taken",
            "i32",
        ),
        (
            &["--plugin", "misbehaves/fails:factor=1"],
            1,
            "plugin-failed",
            "misbehaves/fails",
        ),
    ];
    for (arguments, code, name, part) in table {
        let (found, error, message) = refusal(&bench(&[arguments, &["--json"][..]].concat()));
        assert_eq!((found, error.as_str()), (*code, *name), "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}

#[test]
fn a_plugin_that_is_named_by_its_file_is_measured() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(dylib::file_name("other"));
    fs::copy(library("stats"), &file).unwrap();
    let spec = format!("{}/describe@c-abi", file.display());
    let measured = document(&bench(&["--plugin", &spec, "--payload", "64B", "--json"]));
    assert_eq!(rows(&measured)[0].0, "stats/describe of 64 B, c-abi");
    assert_eq!(measured["plugin"]["file"], file.to_str().unwrap());
}
