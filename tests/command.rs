//! The command as its users meet it: documents, sentences and exit codes.

mod support;

use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use support::{document, library, refusal, sample, tollgate};

const GOLDEN: &str = include_str!("golden/stats.json");

/// A number of a document; NaN and infinities are strings there.
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
    let file = directory.path().join(tollgate::platform::dylib::file_name("mine"));
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
fn a_misaligned_input_is_copied_and_said_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("odd.npy");
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    assert_ne!(bytes.len() % 8, 0);
    bytes.extend([1.0_f64, 2.0, 6.0].iter().flat_map(|value| value.to_le_bytes()));
    fs::write(&file, bytes).unwrap();
    let file = file.to_str().unwrap();
    let run = document(&tollgate(["run", file, "--plugin", "stats", "--json"]));
    assert_eq!(
        (&run["input"]["access"], &run["input"]["copied_bytes"]),
        (&Json::from("copied"), &Json::from(24))
    );
    assert_eq!(run["chain"][0]["copied_bytes"], 24);
    assert_eq!(run["chain"][0]["result"]["columns"][0]["mean"], 3.0);
    let text = String::from_utf8(tollgate(["run", file, "--plugin", "stats"]).stdout).unwrap();
    assert!(text.contains("unaligned, 24 bytes copied"), "{text}");
    let (code, name, message) = refusal(&tollgate(["run", file, "--plugin", "stats", "--no-copy", "--json"]));
    assert_eq!((code, name.as_str()), (1, "view-refused"));
    assert!(
        message.contains("f64 data starts at byte 68") && message.contains("it needs 8-byte alignment"),
        "{message}"
    );
    let view = document(&tollgate(["view", file, "--json"]));
    assert_eq!(
        (&view["access"], &view["copied_bytes"], &view["max"]),
        (&"unaligned".into(), &0.into(), &6.0.into())
    );
}

#[test]
fn reading_gives_what_mapping_gives() {
    let mapped = document(&tollgate(["run", "samples/co2.npy", "-p", "stats", "--json"]));
    let read = document(&tollgate(["run", "samples/co2.npy", "-p", "stats", "--read", "--json"]));
    assert_eq!(mapped["chain"][0]["result"], read["chain"][0]["result"]);
}

/// A table of command lines that are refused: exit code, error code, and a part of the sentence.
#[test]
fn refusals_have_an_exit_code_an_error_code_and_one_sentence() {
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
            "there is no plugin \"missing\"",
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
            "there is no boundary \"pigeon\"; known: inline, static-c",
        ),
        (
            &["run", sunspots, "-p", "stats", "--via", "pigeon"],
            2,
            "usage",
            "there is no boundary \"pigeon\"; known: inline, static-c",
        ),
        (
            &["run", sunspots, "-p", "stats:ddof=1"],
            2,
            "config",
            "stats: there is no key \"ddof\"; this plugin has no configuration",
        ),
        (
            &["run", sunspots, "-p", "misbehaves/scale:factor=x"],
            2,
            "config",
            "factor=x: a number from 0.0 to 10 was expected",
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
            "gives a table, which cannot be passed on",
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
            "the name must end with one of them",
        ),
        (&["run", sunspots], 2, "usage", "--plugin <PLUGIN>"),
        (&["fly"], 2, "usage", "unrecognized subcommand 'fly'"),
        (
            &["plugin", "inspect", text],
            1,
            "not-a-library",
            "it is no shared library",
        ),
        (
            &["view", "samples"],
            1,
            "view-refused",
            "samples: cannot open it: it is not a regular file",
        ),
        (
            &["demo", "--samples", "nowhere"],
            1,
            "no-samples",
            "there is no directory nowhere",
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
fn files_that_are_no_view_are_refused_with_the_rule_that_broke() {
    let directory = tempfile::tempdir().unwrap();
    let whole = fs::read(sample("sunspots.npy")).unwrap();
    // The header ends with spaces, which a longer text may take.
    let with = |from: &str, to: &str| {
        let from = format!("{from:length$}", length = to.len());
        assert_eq!(from.len(), to.len());
        let mut bytes = whole.clone();
        let at = bytes
            .windows(from.len())
            .position(|window| window == from.as_bytes())
            .unwrap();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let table: &[(&str, Vec<u8>, &str)] = &[
        (
            "objects",
            with("'<f8'", "'|O' "),
            "the array holds Python objects (dtype |O)",
        ),
        (
            "cut",
            whole[..whole.len() - 3].to_vec(),
            "the header promises 618 × f64 = 4944 bytes at byte 128; the file has 4941: 3 bytes short",
        ),
        (
            "big",
            with("<f8", ">f8"),
            "the elements are big-endian (>f8) and this machine is not",
        ),
        (
            "fortran",
            with("False, 'shape'", "True,  'shape'"),
            "the array is in Fortran order",
        ),
        (
            "absurd",
            with("(309, 2), }", "(99999999999999999999, 2), }"),
            "99999999999999999999 is too large for a length",
        ),
        (
            "huge",
            with("(309, 2), }", "(999999999999, 99999999), }"),
            "does not fit in memory: the header is damaged",
        ),
        (
            "header",
            whole[..60].to_vec(),
            "the header should end at byte 128 and the file has only 60",
        ),
        ("version", with("\u{1}\0v", "\u{9}\0v"), ".npy version 9.0 is not known"),
        (
            "text",
            b"year,activity\n".to_vec(),
            "the file is neither .npy nor .wav: it begins with 79 65 61 72 2c 61",
        ),
        (
            "empty",
            Vec::new(),
            "the file is neither .npy nor .wav: it begins with nothing (it is empty)",
        ),
    ];
    for (name, bytes, part) in table {
        let file = directory.path().join(format!("{name}.npy"));
        fs::write(&file, bytes).unwrap();
        let file = file.to_str().unwrap();
        for command in [
            &["view", file][..],
            &["run", file, "-p", "stats"],
            &["view", file, "--read"],
        ] {
            let (exit, code, message) = refusal(&tollgate(command.iter().chain(&["--json"])));
            assert_eq!((exit, code.as_str()), (1, "view-refused"), "{name}: {message}");
            assert!(
                message.starts_with(&format!("{file}: ")) && message.contains(part),
                "{name}: {message}"
            );
        }
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
                "clock",
                "page_size",
                "cpu_features",
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
            &["demo"],
            &["platform", "prices", "plugins", "inspection", "views", "runs"],
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

#[test]
fn the_demo_shows_every_sample_at_work() {
    let output = tollgate(["demo"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "built for",
        "stats/describe behind c-abi",
        "sunspots.npy",
        "nile.npy",
        "co2.npy",
        "ecg.npy",
        "49.7521",
        "stats/describe behind stable-abi",
        "crc32c/checksum behind static-c (part of this program)",
        "biquad/filter behind c-abi",
        "add",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
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
fn an_error_is_one_line_whatever_stands_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("escape.npy");
    let header = format!(
        "{{'descr': '\u{1b}[31m{}\n', 'fortran_order': False, 'shape': (1,), }}",
        "x".repeat(3000)
    );
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    fs::write(&file, bytes).unwrap();
    let output = tollgate(["view", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text.lines().count(), 1);
    assert!(text.len() < 500 && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_document_has_standard_error_to_itself() {
    let run = ["run", "samples/nile.npy", "-p", "misbehaves/logs", "--json"];
    let output = tollgate(run);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let output = tollgate(run.iter().chain(&["-v"]));
    assert!(String::from_utf8(output.stderr).unwrap().contains("planted log line"));
}

#[test]
fn a_written_file_is_as_readable_as_any_new_file_and_a_link_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let (target, plain) = (directory.path().join("target.npy"), directory.path().join("plain"));
    fs::write(&target, "").unwrap();
    fs::write(&plain, "").unwrap();
    let link = directory.path().join("link.npy");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let to = if cfg!(unix) { &link } else { &target };
    document(&tollgate([
        "run",
        "samples/nile.npy",
        "-p",
        "misbehaves/scale",
        "-o",
        to.to_str().unwrap(),
        "--json",
    ]));
    assert!(tollgate::view::read(&target).is_ok());
    assert_eq!(
        fs::metadata(&target).unwrap().permissions(),
        fs::metadata(&plain).unwrap().permissions()
    );
    let (_, _, message) = refusal(&tollgate([
        "run",
        "samples/nile.npy",
        "-p",
        "misbehaves/scale",
        "-o",
        "nowhere/x.npy",
        "--json",
    ]));
    assert!(
        message.starts_with("cannot write nowhere/x.npy: ") && !message.contains(".tollgate-"),
        "{message}"
    );
}

#[test]
fn help_and_version_are_no_failures() {
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"], &["help", "plugin"]] {
        let output = tollgate(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
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
