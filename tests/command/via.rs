//! Which boundary a plugin runs behind: the order in which the command line, the environment and `tollgate.toml` count,
//! and what `plugin list` says of it.

use crate::support::{document, library, refusal};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tollgate_platform::dylib;

/// Runs the command in a directory that has `stats` and `crc32c`.
fn run(here: &Path, variable: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .arg("--json")
        .current_dir(here)
        .env("TOLLGATE_BOUNDARY", variable)
        .env("TOLLGATE_PLUGIN_PATH", here)
        .env("XDG_DATA_HOME", here.join("data"))
        .output()
        .unwrap()
}

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in ["stats", "crc32c"] {
        fs::copy(library(name), directory.path().join(dylib::file_name(name))).unwrap();
    }
    directory
}

#[test]
fn a_plugin_s_own_boundary_then_the_flag_then_the_environment_then_the_file_count() {
    let directory = directory();
    let here = directory.path();
    let sample = crate::support::sample("ecg.npy");
    let behind = |variable: &str, plugin: &str, flags: &[&str]| {
        let arguments = [&["run", sample.to_str().unwrap(), "--plugin", plugin], flags].concat();
        let document = document(&run(here, variable, &arguments));
        document["chain"][0]["boundary"].as_str().unwrap().to_owned()
    };
    assert_eq!(behind("", "stats", &[]), "c-abi");
    fs::write(
        here.join("tollgate.toml"),
        "boundary = \"stable-abi\"\n[plugins.crc32c]\nboundary = \"static-c\"\n",
    )
    .unwrap();
    assert_eq!(behind("", "stats", &[]), "stable-abi");
    assert_eq!(behind("", "crc32c", &[]), "static-c");
    assert_eq!(behind("c-abi", "stats", &[]), "c-abi");
    assert_eq!(behind("c-abi", "crc32c", &[]), "c-abi");
    assert_eq!(behind("c-abi", "stats", &["--via", "inline"]), "inline");
    assert_eq!(behind("c-abi", "stats@stable-abi", &["--via", "inline"]), "stable-abi");
    let arguments = ["run", sample.to_str().unwrap(), "--plugin", "stats"];
    let (code, name, message) = refusal(&run(here, "c_abi", &arguments));
    assert_eq!((code, name.as_str()), (2, "usage"));
    assert!(
        message.starts_with("TOLLGATE_BOUNDARY is \"c_abi\": unknown boundary"),
        "{message}"
    );
}

#[test]
fn the_list_says_which_boundary_each_plugin_would_get_and_why() {
    let directory = directory();
    let here = directory.path();
    let listed = |variable: &str, flags: &[&str]| {
        let document = document(&run(here, variable, &[&["plugin", "list"], flags].concat()));
        let plugins = document["plugins"].as_array().unwrap().clone();
        let found = |name: &str| {
            let plugin = plugins.iter().find(|plugin| plugin["name"] == name).unwrap();
            (
                plugin["boundary"].as_str().unwrap().to_owned(),
                plugin["boundary_set_by"].as_str().unwrap().to_owned(),
            )
        };
        [found("crc32c"), found("stats")].map(|(boundary, set_by)| format!("{boundary}, {set_by}"))
    };
    assert_eq!(listed("", &[]), ["c-abi, the default", "c-abi, the default"]);
    fs::write(here.join("tollgate.toml"), "[plugins.stats]\nboundary = \"inline\"\n").unwrap();
    assert_eq!(
        listed("", &[]),
        [
            "c-abi, the default",
            "inline, the key plugins.stats.boundary of the configuration file"
        ]
    );
    let of_all = ["stable-abi, TOLLGATE_BOUNDARY", "stable-abi, TOLLGATE_BOUNDARY"];
    assert_eq!(listed("stable-abi", &[]), of_all);
    assert_eq!(
        listed("stable-abi", &["--via", "c-abi"]),
        ["c-abi, --via", "c-abi, --via"]
    );
    let text = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args([
            "plugin",
            "list",
            "--via",
            "stable-abi",
            "--plugin-path",
            "no-such-directory",
            "--plugin-path",
        ])
        .arg(here)
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("stable-abi (--via), which it does not offer"), "{text}");
    assert!(text.contains("missing directories: no-such-directory"), "{text}");
    assert!(text.contains("crc32c behind static-c"), "{text}");
}
