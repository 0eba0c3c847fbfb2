//! `-` as the input: standard input is read into memory, and gives what its file gives.

use super::files::stored_archive;
use crate::support::{document, plugin_directory, refusal, sample, tollgate};
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs the command with this standard input.
fn fed(input: Stdio, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .arg("--plugin-path")
        .arg(plugin_directory())
        .args(arguments)
        .env_remove("TOLLGATE_PLUGIN_PATH")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(input)
        .output()
        .unwrap()
}

/// The same, with this file's bytes from a pipe.
fn piped(file: &Path, arguments: &[&str]) -> Output {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let bytes = std::fs::read(file).unwrap();
    let feeder = std::thread::spawn(move || {
        // The command may end before it has read everything: then its answer counts.
        let _ = writer.write_all(&bytes);
    });
    let output = fed(reader.into(), arguments);
    feeder.join().unwrap();
    output
}

/// A file of each format; the archives have several members.
fn files(directory: &Path) -> Vec<PathBuf> {
    let header = json!({
        "x": { "dtype": "F64", "shape": [2], "data_offsets": [0, 16] },
        "y": { "dtype": "U8", "shape": [3], "data_offsets": [16, 19] },
    })
    .to_string();
    let mut safetensors = (header.len() as u64).to_le_bytes().to_vec();
    safetensors.extend(header.bytes());
    safetensors.extend([1.5_f64, -2.0].iter().flat_map(|value| value.to_le_bytes()));
    safetensors.extend([1, 2, 3]);
    let tensors = directory.join("tensors.safetensors");
    std::fs::write(&tensors, safetensors).unwrap();
    let archive = directory.join("archive.npz");
    let array = std::fs::read(sample("nile.npy")).unwrap();
    std::fs::write(&archive, stored_archive(&[("x.npy", &array), ("y.npy", &array)])).unwrap();
    vec![sample("sunspots.npy"), sample("speech.wav"), tensors, archive]
}

/// A document of `-` and that of its file, which differ in where the file is.
fn compared(mut here: Json, mut there: Json, path: &Path) {
    let size = std::fs::metadata(path).unwrap().len();
    assert_eq!(
        (&here["file"], &here["stdin_bytes"]),
        (&"standard input".into(), &size.into())
    );
    assert_eq!(
        (&there["file"], &there["stdin_bytes"]),
        (&path.display().to_string().into(), &Json::Null)
    );
    for document in [&mut here, &mut there] {
        for key in ["file", "stdin_bytes", "alignment"] {
            document.as_object_mut().unwrap().remove(key);
        }
        for member in document["members"].as_array_mut().into_iter().flatten() {
            member.as_object_mut().unwrap().remove("alignment");
        }
    }
    assert_eq!(here, there);
}

#[test]
fn standard_input_gives_what_its_file_gives() {
    let directory = tempfile::tempdir().unwrap();
    for file in files(directory.path()) {
        let there = document(&tollgate(["view", file.to_str().unwrap(), "--read", "--json"]));
        let from_pipe = document(&piped(&file, &["view", "-", "--json"]));
        compared(from_pipe, there.clone(), &file);
        let from_file = fed(File::open(&file).unwrap().into(), &["view", "-", "--json"]);
        compared(document(&from_file), there, &file);
        let text = String::from_utf8(piped(&file, &["view", "-"]).stdout).unwrap();
        let size = std::fs::metadata(&file).unwrap().len();
        let line = format!("\n  all {size} bytes of standard input were read into memory\n");
        assert!(text.starts_with("standard input: ") && text.contains(&line), "{text}");
    }
}

#[test]
fn a_chain_takes_standard_input() {
    let file = sample("speech.wav");
    let chain = ["-p", "biquad:cutoff=1000", "-p", "stats", "--json"];
    let there = document(&tollgate([&["run", file.to_str().unwrap()][..], &chain].concat()));
    let here = document(&piped(&file, &[&["run", "-"][..], &chain].concat()));
    assert_eq!(here["chain"], there["chain"]);
    let size = std::fs::metadata(&file).unwrap().len();
    assert_eq!(here["input"]["stdin_bytes"], size);
    let text = String::from_utf8(piped(&file, &["run", "-", "-p", "stats"]).stdout).unwrap();
    assert!(
        text.contains(&format!("all {size} bytes of standard input were read into memory")),
        "{text}"
    );
}

#[test]
fn standard_input_that_is_no_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("input");
    let part = &std::fs::read(sample("ecg.npy")).unwrap()[..1000];
    for (bytes, expected) in [
        (&b""[..], "standard input: unknown file format"),
        (b"hello, world", "standard input: unknown file format"),
        (part, "standard input: "),
    ] {
        std::fs::write(&file, bytes).unwrap();
        for arguments in [&["view", "-", "--json"][..], &["run", "-", "-p", "stats", "--json"]] {
            let (exit, code, message) = refusal(&piped(&file, arguments));
            assert_eq!((exit, code.as_str()), (1, "view-refused"), "{message}");
            assert!(message.starts_with(expected), "{message}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_that_is_given_by_its_path_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "mkfifo is part of every Unix"
    );
    let pipe = pipe.to_str().unwrap();
    for flags in [&[][..], &["--read"]] {
        let (exit, code, message) = refusal(&tollgate([&["view", pipe, "--json"][..], flags].concat()));
        assert_eq!((exit, code.as_str()), (1, "view-refused"));
        assert!(
            message.contains("not a regular file") && message.ends_with(&format!("`- < {pipe}`")),
            "{message}"
        );
    }
}
