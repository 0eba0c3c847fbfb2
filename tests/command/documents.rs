//! The command as a user sees it: documents, messages and exit codes.

use crate::support::{document, library, refusal, sample, tollgate};
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

const GOLDEN: &str = include_str!("../golden/stats.json");

/// A number in a document, where NaN and infinities are strings.
fn real(value: &Json) -> f64 {
    match value {
        Json::String(text) => text.parse().unwrap(),
        value => value.as_f64().unwrap_or_else(|| panic!("{value} is no number")),
    }
}

fn close(found: &Json, expected: &Json) -> bool {
    let (found, expected) = (real(found), real(expected));
    found == expected || (found - expected).abs() <= 1e-12 * expected.abs() || (found.is_nan() && expected.is_nan())
}

#[test]
fn stats_of_every_sample_equal_numpy_s_to_1e_12() {
    let golden: Json = serde_json::from_str(GOLDEN).unwrap();
    let files = golden["files"].as_object().unwrap();
    assert_eq!(files.len(), 4);
    for (file, columns) in files {
        let run = document(&tollgate([
            "run",
            &format!("samples/{file}"),
            "--plugin",
            "stats",
            "--json",
        ]));
        let found = run["chain"][0]["result"]["columns"].as_array().unwrap();
        let columns = columns.as_array().unwrap();
        assert_eq!(found.len(), columns.len(), "{file}");
        for (index, (found, expected)) in found.iter().zip(columns).enumerate() {
            assert_eq!(found["name"], format!("c{index}"));
            for key in ["count", "nan_count"] {
                assert_eq!(found[key], expected[key], "{file}: {key}");
            }
            for key in ["mean", "std", "min", "max"] {
                assert!(
                    close(&found[key], &expected[key]),
                    "{file}: {key}: {found} and {expected}"
                );
            }
        }
    }
    let co2 = document(&tollgate(["run", "samples/co2.npy", "-p", "stats", "--json"]));
    assert_eq!(co2["chain"][0]["result"]["columns"][0]["nan_count"], 59);
}

#[test]
fn a_run_names_the_file_and_the_hash_of_the_bytes_that_were_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(tollgate_platform::dylib::file_name("mine"));
    fs::copy(library("stats"), &file).unwrap();
    let file = file.to_str().unwrap();
    let run = document(&tollgate(["run", "samples/nile.npy", "--plugin", file, "--json"]));
    assert_eq!(run["schema"], 1);
    let step = &run["chain"][0];
    assert_eq!(
        (&step["file"], &step["plugin"]),
        (&Json::from(file), &Json::from("stats"))
    );
    assert_eq!(
        (&step["operation"], &step["boundary"]),
        (&Json::from("describe"), &Json::from("c-abi"))
    );
    assert_eq!(
        (&step["generation"], &step["copied_bytes"]),
        (&Json::from(1), &Json::from(0))
    );
    let inspected = document(&tollgate(["plugin", "inspect", file, "--json"]));
    assert_eq!(step["hash"], inspected["hash"]);
    assert_eq!(step["hash"].as_str().unwrap().len(), 64);
}

#[test]
fn a_chain_passes_blocks_on_and_writes_the_last_one() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("out.npy");
    let run = document(&tollgate([
        "run",
        "samples/sunspots.npy",
        "--plugin",
        "misbehaves/scale@c-abi:factor=2",
        "--plugin",
        "misbehaves/scale:factor=0.25",
        "--output",
        output.to_str().unwrap(),
        "--json",
    ]));
    assert_eq!(run["chain"].as_array().unwrap().len(), 2);
    let view = document(&tollgate(["view", output.to_str().unwrap(), "--json"]));
    assert_eq!(
        (&view["shape"], &view["element"]),
        (&Json::from(vec![309, 2]), &Json::from("f64"))
    );
    assert_eq!(view["first"], Json::from(vec![850.0, 2.5, 850.5]));
}

#[test]
fn sound_that_players_would_clip_is_written_with_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.wav");
    let written = |config: &str| {
        let arguments = ["run", "samples/speech.wav", "-p", config, "-o", file.to_str().unwrap()];
        let text = String::from_utf8(tollgate(arguments).stdout).unwrap();
        (
            text,
            document(&tollgate(arguments.into_iter().chain(["--json"])))["warnings"].clone(),
        )
    };
    let (text, warnings) = written("convert:to=f32");
    assert!(text.contains("\nwarning: "), "{text}");
    let warning = warnings[0].as_str().unwrap();
    assert!(
        warning.contains("players clip what is outside -1 to 1") && warning.contains("scale=full"),
        "{warning}"
    );
    let (text, warnings) = written("convert:to=f32,scale=full");
    assert!(!text.contains("warning"), "{text}");
    assert_eq!(warnings, serde_json::json!([]));
}

#[test]
fn a_timed_chain_says_what_each_step_took_and_gives_the_same_result() {
    let run = |flags: &[&str]| {
        let arguments = [
            "run",
            "samples/speech.wav",
            "-p",
            "biquad:cutoff=1000",
            "-p",
            "stats",
            "--json",
        ];
        document(&tollgate([&arguments[..], flags].concat()))
    };
    let (plain, timed) = (run(&[]), run(&["--time", "--repeat", "4"]));
    for step in 0..2 {
        let (plain, timed) = (&plain["chain"][step], &timed["chain"][step]);
        // The filter keeps a state: each run begins with a new instance.
        assert_eq!(plain["result"], timed["result"]);
        assert!(plain.get("time").is_none());
        let time = &timed["time"];
        let figure = |key: &str| time[key].as_u64().unwrap();
        assert_eq!(figure("runs"), 4);
        assert!(
            figure("min_ns") > 0 && figure("min_ns") <= figure("median_ns"),
            "{time}"
        );
        assert!(
            figure("median_ns") <= figure("max_ns") && figure("first_ns") <= figure("max_ns"),
            "{time}"
        );
    }
    let text = tollgate(["run", "samples/ecg.npy", "-p", "crc32c", "--time", "--repeat", "1"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.lines().any(|line| line.starts_with("  took ")), "{text}");
}

/// A table of refused command lines: exit code, error code, and a part of the message.
#[test]
fn refusals_have_an_exit_code_an_error_code_and_one_message() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("libtext.so");
    fs::write(&text, "no library").unwrap();
    let text = text.to_str().unwrap();
    let sunspots = "samples/sunspots.npy";
    let table: &[(&[&str], i32, &str, &str)] = &[
        (
            &["run", "missing.npy", "-p", "stats"],
            1,
            "view-refused",
            "missing.npy: cannot open it: ",
        ),
        (
            &["run", sunspots, "-p", "missing"],
            1,
            "plugin-not-found",
            "plugin \"missing\" not found",
        ),
        (
            &["run", sunspots, "-p", text],
            1,
            "not-a-library",
            "it begins with the text \"no library\"",
        ),
        (
            &["run", sunspots, "-p", "stats/median"],
            2,
            "unknown-operation",
            "it has describe",
        ),
        (
            &["run", sunspots, "-p", "stats@pigeon"],
            2,
            "unknown-boundary",
            "unknown boundary \"pigeon\"; known boundaries: inline, static-c",
        ),
        (
            &["run", sunspots, "-p", "stats", "--via", "pigeon"],
            2,
            "usage",
            "unknown boundary \"pigeon\"; known boundaries: inline, static-c",
        ),
        (&["run", sunspots, "-p", "stats", "--repeat", "3"], 2, "usage", "--time"),
        (
            &["run", sunspots, "-p", "stats", "--time", "--repeat", "0"],
            2,
            "usage",
            "invalid value '0' for '--repeat <N>'",
        ),
        (
            &["run", sunspots, "-p", "stats:ddof=1"],
            2,
            "config",
            "stats: unknown key \"ddof\"; this plugin has no configuration",
        ),
        (
            &["run", sunspots, "-p", "misbehaves/scale:factor=x"],
            2,
            "config",
            "factor=x: expected a number from 0 to 10",
        ),
        (
            &["run", sunspots, "-p", "misbehaves"],
            2,
            "usage",
            "misbehaves has several operations: name one",
        ),
        (
            &["run", "samples/ecg.npy", "-p", "misbehaves/scale"],
            1,
            "element-not-taken",
            "does not take i32; it takes f64, f32",
        ),
        (
            &["run", sunspots, "-p", "misbehaves/panics"],
            1,
            "plugin-panicked",
            "planted panic over 618 values (",
        ),
        (
            &["run", sunspots, "-p", "stats", "-p", "stats"],
            2,
            "usage",
            "gives a table, which cannot be passed to",
        ),
        (
            &["run", sunspots, "-p", "stats", "-o", "x.npy"],
            2,
            "usage",
            "gives a table, which cannot be written",
        ),
        (
            &["run", sunspots, "-p", "misbehaves/scale", "-o", "x.csv"],
            2,
            "usage",
            "the name must end with .npy or .wav",
        ),
        (&["run", sunspots], 2, "usage", "--plugin <PLUGIN>"),
        (&["fly"], 2, "usage", "unrecognized subcommand 'fly'"),
        (
            &["plugin", "inspect", text],
            1,
            "not-a-library",
            "it is not a shared library",
        ),
        (
            &["view", "samples"],
            1,
            "view-refused",
            "samples: cannot open it: not a regular file",
        ),
        (
            &["demo", "--samples", "nowhere"],
            1,
            "no-samples",
            "sample directory nowhere not found",
        ),
    ];
    for (arguments, exit, code, part) in table {
        let output = tollgate(arguments.iter().chain(&["--json"]));
        let (found_exit, found_code, message) = refusal(&output);
        assert_eq!(
            (found_exit, found_code.as_str()),
            (*exit, *code),
            "{arguments:?}: {message}"
        );
        assert!(message.contains(part), "{arguments:?}: {message}");
        let output = tollgate(*arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(*exit), "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}

#[test]
fn every_document_begins_with_its_schema_and_has_the_fields_that_are_promised() {
    for (arguments, keys) in [
        (
            &["platform"][..],
            &[
                "target",
                "family",
                "endian",
                "pointer_width",
                "variant",
                "build",
                "machine",
                "clock",
                "page_size",
                "cpu_features",
                "dispatch",
                "facilities",
            ][..],
        ),
        (
            &["view", "samples/ecg.npy"],
            &[
                "format",
                "member",
                "element",
                "shape",
                "order",
                "byte_order",
                "offset",
                "alignment",
                "access",
                "copied_bytes",
                "first",
                "last",
                "min",
                "max",
                "mean",
                "nan_count",
                "fields",
                "decoded",
                "members",
            ],
        ),
        (
            &["run", "samples/ecg.npy", "-p", "stats"],
            &["input", "chain", "output"],
        ),
        (&["plugin", "list"], &["paths", "plugins"]),
        (
            &["plugin", "inspect", "stats"],
            &["manifest", "verdict", "hash", "needed", "symbols", "layouts"],
        ),
        (
            &["demo", "--no-html"],
            &["platform", "prices", "page", "plugins", "inspection", "views", "runs"],
        ),
    ] {
        let output = tollgate(arguments.iter().chain(&["--json"]));
        let document = document(&output);
        let found: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found[0], "schema", "{arguments:?}");
        for key in keys {
            assert!(found.contains(key), "{arguments:?} has no {key}: {found:?}");
        }
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_closed_standard_error_changes_no_exit_code() {
    use std::process::{Command, Stdio};
    for as_json in [&[][..], &["--json"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let status = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["view", "missing.npy"])
            .args(as_json)
            .stderr(Stdio::from(full))
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(1));
    }
}

#[test]
fn with_json_nothing_else_is_written_to_standard_error() {
    let run = ["run", "samples/nile.npy", "-p", "misbehaves/logs", "--json"];
    let output = tollgate(run);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let output = tollgate(run.iter().chain(&["-v"]));
    assert!(String::from_utf8(output.stderr).unwrap().contains("planted log line"));
}

#[test]
fn help_and_version_exit_with_0() {
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"], &["help", "plugin"]] {
        let output = tollgate(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["view", sample("ecg.npy").to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn the_samples_are_where_the_documentation_says() {
    for name in ["sunspots.npy", "nile.npy", "co2.npy", "ecg.npy", "speech.wav"] {
        assert!(Path::new(&sample(name)).is_file(), "{name}");
    }
}
