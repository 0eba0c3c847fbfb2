//! The demo as a user sees it, from the source directory and from a directory that has only the command.

use crate::support::{document, refusal, sample, tollgate};
use std::fs;

#[test]
fn the_demo_shows_every_sample() {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page.html");
    let output = tollgate(["demo", "--html", page.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains(&format!("The same prices with pictures: {}", page.display())),
        "{text}"
    );
    let page = fs::read_to_string(page).unwrap();
    for part in [
        "What a call costs on this machine",
        "static C",
        "Cost against payload",
        "stable-abi",
    ] {
        assert!(page.contains(part), "{part} is missing in the page");
    }
    for part in [
        "stats/describe behind c-abi",
        "sunspots.npy",
        "nile.npy",
        "co2.npy",
        "ecg.npy",
        "49.7521",
        "stats/describe behind inline (part of this program)",
        "stats/describe behind stable-abi",
        "crc32c/checksum behind static-c (part of this program)",
        "biquad/filter behind c-abi",
        "add",
        "it is truncated",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    // Two screens.
    assert!(text.lines().count() <= 100, "{text}");
}

#[test]
fn the_command_alone_in_a_directory_has_its_samples_and_plugins_inside() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let command = here.join(if cfg!(windows) { "tollgate.exe" } else { "tollgate" });
    crate::support::copy_command(&command);
    let run = |arguments: &[&str]| {
        std::process::Command::new(&command)
            .args(arguments)
            .env("XDG_CACHE_HOME", here.join("cache"))
            .env("XDG_DATA_HOME", here.join("data"))
            .current_dir(here)
            .output()
            .unwrap()
    };
    let demo = run(&["demo", "--no-html"]);
    assert!(demo.status.success(), "{demo:?}");
    let text = String::from_utf8(demo.stdout).unwrap();
    for part in [
        "stats/describe behind inline",
        "crc32c/checksum behind static-c",
        "biquad/filter behind inline",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    let sample = sample("speech.wav");
    let chain = [
        "run",
        sample.to_str().unwrap(),
        "-p",
        "convert:to=f32,scale=full",
        "-p",
        "biquad:cutoff=1000",
    ];
    let ran = document(&run(&[&chain[..], &["-p", "stats", "--json"]].concat()));
    let behind = ran["chain"].as_array().unwrap().iter().map(|step| &step["boundary"]);
    assert_eq!(behind.collect::<Vec<_>>(), ["inline", "inline", "inline"]);
    let measured = document(&run(&[
        "bench",
        "--quick",
        "--no-counts",
        "--only",
        "empty operation",
        "--json",
    ]));
    let rows = measured["rows"].as_array().unwrap().iter().map(|row| &row["boundary"]);
    assert_eq!(rows.collect::<Vec<_>>(), ["inline", "static-c"]);
}

#[test]
fn the_demo_overwrites_its_own_page_and_no_other_file() {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("report.html");
    fs::write(&page, "<p>mine").unwrap();
    let demo = || {
        std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["demo", "--json", "--samples"])
            .arg(sample(""))
            .arg("--plugin-path")
            .arg(crate::support::plugin_directory())
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .current_dir(directory.path())
            .output()
            .unwrap()
    };
    let (exit, code, message) = refusal(&demo());
    assert_eq!((exit, code.as_str()), (1, "page-in-the-way"), "{message}");
    assert_eq!(fs::read_to_string(&page).unwrap(), "<p>mine");
    fs::write(&page, "<meta name=\"generator\" content=\"tollgate\"> an older one").unwrap();
    assert_eq!(document(&demo())["page"], "report.html");
    assert!(fs::read_to_string(&page).unwrap().ends_with("</html>"));
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "nothing else is left there"
    );
}
