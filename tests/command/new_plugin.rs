//! An author's steps, from an empty directory with only the installed prefix: new, build, test, run. The tests run
//! the commands that `tollgate plugin new` prints, word for word. And what else the prefix has: a program embeds its
//! crates, and its documents are whole.

#[path = "../../crates/xtask/src/install.rs"]
mod install;
#[path = "../../crates/xtask/src/typed.rs"]
#[allow(dead_code, reason = "other chores use the rest")]
mod typed;
use crate::support::compiler::Compiler;
use crate::support::{document, library, refusal, sample, skip};
use serde_json::Value as Json;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::{env, fs};

/// This test's directory: the same each time, so that cargo builds the dependencies of the author's crates once.
fn work() -> PathBuf {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-plugin").join(profile)
}

/// An installed prefix that was moved after the installation.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let (built, first, prefix) = (work().join("built"), work().join("first"), work().join("prefix"));
        for directory in [&built, &first, &prefix] {
            empty(directory);
        }
        fs::create_dir_all(&built).unwrap();
        let command = Path::new(env!("CARGO_BIN_EXE_tollgate"));
        fs::copy(command, built.join(command.file_name().unwrap())).unwrap();
        for name in ["biquad", "convert", "crc32c", "probe", "stats"] {
            let file = library(name);
            fs::copy(&file, built.join(file.file_name().unwrap())).unwrap();
        }
        let arguments = install::Arguments {
            prefix: first.clone(),
            built: Some(built.clone()),
        };
        install::run(Path::new(env!("CARGO_MANIFEST_DIR")), &arguments).unwrap();
        empty(&built);
        fs::rename(first, &prefix).unwrap();
        crate::support::wait_until_it_runs(&command_in(&prefix));
        prefix
    })
}

/// The command in a prefix.
fn command_in(prefix: &Path) -> PathBuf {
    prefix.join("bin").join(format!("tollgate{}", env::consts::EXE_SUFFIX))
}

/// Removes a directory that an earlier run may have left.
fn empty(directory: &Path) {
    match fs::remove_dir_all(directory) {
        Ok(()) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{}", directory.display()),
    }
}

/// A command in `directory` whose environment has only the installed prefix.
fn in_directory(directory: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory);
    for variable in [
        "TOLLGATE_PLUGIN_PATH",
        "CARGO_TARGET_DIR",
        "PKG_CONFIG_PATH",
        "CFLAGS",
        "MAKEFLAGS",
    ] {
        command.env_remove(variable);
    }
    command.env("CARGO_NET_OFFLINE", "true"); // the dependencies were fetched for this workspace
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"); // builds faster, and does not matter for this test
    command
}

fn tollgate(directory: &Path, arguments: &[&str]) -> Output {
    in_directory(directory, command_in(prefix()))
        .args(arguments)
        .output()
        .unwrap()
}

/// Whether a program is installed. If not, a message is printed, and the test fails under `TOLLGATE_REQUIRE_ALL=1`.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    if let Err(error) = &found {
        skip(program, error);
    }
    found.is_ok()
}

/// Runs the commands that `new` prints, in one shell that stops at the first failure.
fn follow(directory: &Path, new: &Json, input: &Path) -> String {
    let steps = new["next"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step.as_str().unwrap());
    let steps: Vec<String> = steps
        .map(|step| step.replace("FILE.npy", input.to_str().unwrap()))
        .collect();
    let output = in_directory(directory, "sh")
        .args(["-e", "-c", &steps.join("\n")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let steps = steps.join("\n");
    assert!(
        output.status.success(),
        "{steps}\n{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// The output of `tollgate run` with the built plugin on a file of 32-bit samples: each is halved.
fn halves(project: &Path, library: &str) {
    let samples: Vec<f32> = (0..100).map(|i| i as f32 - 50.0).collect();
    let file = project.join("samples.npy");
    let output = project.join("halves.npy");
    let shape = [samples.len() as u64];
    let block = tollgate::Block::of(&samples, &shape, &[]).unwrap();
    tollgate::view::write_npy(&file, &block).unwrap();
    let plugin = format!("./{library}:factor=0.5");
    let arguments = [
        "run",
        "samples.npy",
        "--plugin",
        &plugin,
        "--output",
        "halves.npy",
        "--json",
    ];
    let run = document(&tollgate(project, &arguments));
    assert_eq!(run["chain"][0]["operation"], "scale");
    let view = tollgate::view::read(&output).unwrap();
    let halves: Vec<f32> = samples.iter().map(|sample| sample / 2.0).collect();
    assert_eq!(view.block().unwrap().as_slice::<f32>().unwrap(), halves);
}

#[test]
fn a_c_plugin_is_created_built_tested_and_run_by_the_printed_commands() {
    if !["sh", "make", "pkg-config"].map(has).iter().all(|found| *found) || Compiler::c().is_none() {
        return;
    }
    let directory = work().join("c");
    empty(&directory);
    fs::create_dir_all(&directory).unwrap();
    let new = document(&tollgate(
        &directory,
        &["plugin", "new", "louder", "--lang", "c", "--json"],
    ));
    let said = follow(&directory, &new, &sample("sunspots.npy"));
    assert!(said.contains("the unit test passed"), "{said}");
    let project = directory.join("louder");
    halves(&project, new["library"].as_str().unwrap());
    let inspected = document(&tollgate(
        &project,
        &[
            "plugin",
            "inspect",
            &format!("./{}", new["library"].as_str().unwrap()),
            "--json",
        ],
    ));
    assert_eq!(
        inspected["symbols"],
        Json::from(vec!["tollgate_entry", "tollgate_manifest"])
    );

    // Without pkg-config, the Makefile prints which variables to set, and accepts them.
    let make = |arguments: &[&str]| {
        let mut make = in_directory(&project, "make");
        make.args(arguments)
            .args(["PKG_CONFIG=no-such-program", "CFLAGS=-O2 -Werror -Wconversion"]);
        make.output().unwrap()
    };
    assert!(make(&["clean"]).status.success());
    let refused = make(&["all"]);
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        text.contains("pkg-config did not find tollgate: set PKG_CONFIG_PATH"),
        "{text}"
    );
    let header = format!("TOLLGATE_CFLAGS=-I{}", prefix().join("include").display());
    let built = make(&["all", "test", &header]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(
        built.stderr.is_empty(),
        "no warning: {}",
        String::from_utf8_lossy(&built.stderr)
    );
}

#[test]
fn a_rust_plugin_is_created_built_tested_and_run_by_the_printed_commands() {
    if !["sh", "cargo"].map(has).iter().all(|found| *found) {
        return;
    }
    let directory = work().join("rust");
    // An earlier run that failed may have left the build directory in its project.
    for name in ["louder", "loudness"] {
        if directory.join(name).join("target").is_dir() && !kept_target().is_dir() {
            keep_target(&directory.join(name));
        }
    }
    empty(&directory);
    fs::create_dir_all(&directory).unwrap();
    let project = directory.join("louder");
    let new = in_kept_target(&directory, "louder", &[]);
    let library = format!("target/release/{}", new["library"].as_str().unwrap());
    halves(&project, &library);
    let inspected = document(&tollgate(
        &project,
        &["plugin", "inspect", &format!("./{library}"), "--json"],
    ));
    assert_eq!(inspected["manifest"]["name"], "louder");
    assert_eq!(
        inspected["manifest"]["config"][0]["description"],
        "What each sample is multiplied by."
    );
    assert_eq!(inspected["manifest"]["description"], "Makes a signal louder or softer.");
    keep_target(&project);

    let new = in_kept_target(&directory, "loudness", &["--example"]);
    let project = directory.join("loudness");
    levels_and_normalises(
        &project,
        &format!("target/release/{}", new["library"].as_str().unwrap()),
    );
    keep_target(&project);
}

/// The build directory of this and earlier runs, so that the dependencies are built once.
fn kept_target() -> PathBuf {
    work().join("target")
}

fn keep_target(project: &Path) {
    fs::rename(project.join("target"), kept_target()).unwrap();
}

/// Creates a project in Rust and follows the printed commands, with the kept build directory as its own.
fn in_kept_target(directory: &Path, name: &str, more: &[&str]) -> Json {
    let new = document(&tollgate(
        directory,
        &[&["plugin", "new", name, "--json"], more].concat(),
    ));
    if kept_target().is_dir() {
        fs::rename(kept_target(), directory.join(name).join("target")).unwrap();
    }
    let said = follow(directory, &new, &sample("sunspots.npy"));
    assert!(said.contains("test result: ok. 2 passed"), "{said}");
    new
}

/// The table and the block of a built example, behind each operation.
fn levels_and_normalises(project: &Path, library: &str) {
    let file = project.join("samples.npy");
    let block = tollgate::Block::of(&[0.5, -2.0, 0.0, 1.5], &[4], &[]).unwrap();
    tollgate::view::write_npy(&file, &block).unwrap();
    let run = |plugin: &str, more: &[&str]| {
        let arguments = [&["run", "samples.npy", "--json", "--plugin", plugin], more].concat();
        tollgate(project, &arguments)
    };
    let table = document(&run(&format!("./{library}/levels:target=4"), &[]));
    let levels = &table["chain"][0]["result"]["levels"];
    assert_eq!(
        levels[0],
        serde_json::json!({"name": "peak", "level": 2.0, "of_target": 50.0}),
        "{table}"
    );
    assert_eq!(levels[1]["name"], "mean");
    document(&run(
        &format!("./{library}/normalise:measure=mean,target=2"),
        &["--output", "mean.npy"],
    ));
    let view = tollgate::view::read(project.join("mean.npy")).unwrap();
    assert_eq!(view.block().unwrap().as_slice::<f64>().unwrap(), [1.0, -4.0, 0.0, 3.0]);
    let (exit, _, text) = refusal(&run(&format!("./{library}/normalise:measure=median"), &[]));
    assert!(exit == 2 && text.contains("expected one of peak, mean"), "{text}");
    let inspected = tollgate(project, &["plugin", "inspect", &format!("./{library}")]);
    let text = String::from_utf8_lossy(&inspected.stdout).into_owned();
    for part in [
        ": Measures the level of a signal, and sets it.\n",
        "gives a table of levels: name: text, level: f64, of_target: f64 (%)",
        "  measure: one of peak, mean, default \"peak\"",
        "  target: number of at least 0.001, default 1: ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn the_example_in_c_is_created_built_tested_and_run_by_the_printed_commands() {
    if !["sh", "make", "pkg-config"].map(has).iter().all(|found| *found) || Compiler::c().is_none() {
        return;
    }
    let directory = work().join("c-example");
    empty(&directory);
    fs::create_dir_all(&directory).unwrap();
    let arguments = ["plugin", "new", "loudness", "--lang", "c", "--example", "--json"];
    let new = document(&tollgate(&directory, &arguments));
    let said = follow(&directory, &new, &sample("sunspots.npy"));
    assert!(said.contains("the unit test passed"), "{said}");
    let project = directory.join("loudness");
    levels_and_normalises(&project, new["library"].as_str().unwrap());
    let header = format!("TOLLGATE_CFLAGS=-I{}", prefix().join("include").display());
    let mut make = in_directory(&project, "make");
    make.args([
        "--always-make",
        "all",
        "test",
        &header,
        "CFLAGS=-O2 -Werror -Wconversion",
    ]);
    let built = make.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

#[test]
fn the_guide_prints_the_example_in_rust() {
    let example = include_str!("../../src/cli/plugin/new/rust/example.rs");
    let (code, _) = example.split_once("#[cfg(test)]").unwrap();
    let (_, code) = code.split_once("\n\n").unwrap();
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PLUGINS.md")).unwrap();
    assert!(
        guide.contains(&format!("```rust\n{}\n```\n", code.trim_end())),
        "{code}"
    );
}

#[test]
fn an_existing_directory_is_not_overwritten_and_an_invalid_name_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    fs::create_dir(here.join("taken")).unwrap();
    let (exit, code, text) = refusal(&tollgate(here, &["plugin", "new", "taken", "--json"]));
    assert_eq!((exit, code.as_str()), (1, "exists"), "{text}");
    assert_eq!(fs::read_dir(here.join("taken")).unwrap().count(), 0);
    for name in ["../up", "a-b", "Upper", "", "fn"] {
        let (exit, code, text) = refusal(&tollgate(here, &["plugin", "new", "--json", "--", name]));
        assert_eq!((exit, code.as_str()), (2, "usage"), "{text}");
    }
    let elsewhere = ["plugin", "new", "mine", "--lang", "c", "--path", "other", "--json"];
    let new = document(&tollgate(here, &elsewhere));
    assert_eq!(new["directory"], "other");
    assert!(here.join("other/mine.c").is_file());
    assert_eq!(fs::read_dir(here).unwrap().count(), 2);
}

#[test]
fn a_command_outside_of_a_prefix_or_checkout_says_how_to_install_the_crates() {
    let directory = tempfile::tempdir().unwrap();
    let alone = directory.path().join(format!("alone{}", env::consts::EXE_SUFFIX));
    crate::support::copy_command(&alone);
    let output = in_directory(directory.path(), &alone)
        .args(["plugin", "new", "mine", "--json"])
        .output()
        .unwrap();
    let (exit, code, text) = refusal(&output);
    assert_eq!((exit, code.as_str()), (1, "no-author-crates"));
    assert!(text.contains("cargo xtask install --prefix DIR"), "{text}");
    assert!(!directory.path().join("mine").exists());
}

#[test]
fn the_header_and_the_command_are_found_in_a_moved_prefix() {
    if !has("pkg-config") {
        return;
    }
    let ask = |what: &str| {
        let mut command = in_directory(prefix(), "pkg-config");
        command.env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig"));
        let output = command.args([what, "tollgate"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let include = ask("--cflags");
    assert!(
        Path::new(include.strip_prefix("-I").unwrap())
            .join("tollgate.h")
            .is_file()
    );
    assert!(Path::new(&ask("--variable=command")).is_file());
    assert!(
        Path::new(&ask("--variable=plugindir"))
            .join(library("stats").file_name().unwrap())
            .is_file()
    );
}

#[test]
fn a_program_embeds_the_installed_crates() {
    if !has("cargo") {
        return;
    }
    let project = work().join("embed");
    empty(&project.join("src"));
    fs::create_dir_all(project.join("src")).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/embed");
    let manifest = fs::read_to_string(source.join("Cargo.toml")).unwrap();
    let crates = prefix().join("share/tollgate/rust");
    // A literal string of TOML, for the paths of Windows.
    let facade = format!("'{}'", crates.join("tollgate").display());
    let own = manifest.replace("\"../../crates/tollgate\"", &facade);
    assert_ne!(own, manifest);
    fs::write(project.join("Cargo.toml"), own).unwrap();
    fs::copy(source.join("src/main.rs"), project.join("src/main.rs")).unwrap();
    fs::copy(crates.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let mut cargo = in_directory(&project, "cargo");
    // As much of the crates as there is, and the program without debug information, which nobody reads.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "none").args(["run", "--quiet"]);
    cargo.args(["--features", "tollgate/view,tollgate/serde", "--"]);
    let output = cargo.arg(prefix().join("lib/tollgate")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{wrong}");
    assert!(said.contains("stats behind stable-abi: the mean is 3"), "{said}");
    assert!(wrong.is_empty(), "no warning: {wrong}");
}

#[test]
fn the_installed_documents_link_to_nothing_that_is_missing() {
    let directory = prefix().join("share/doc/tollgate");
    let mut links = 0;
    for entry in fs::read_dir(&directory).unwrap() {
        let document = entry.unwrap().path();
        if document.extension() != Some(OsStr::new("md")) {
            continue;
        }
        let text = fs::read_to_string(&document).unwrap();
        for part in text.split("](").skip(1) {
            let (target, _) = part.split_once(')').unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let linked = if file.is_empty() {
                document.clone()
            } else {
                directory.join(file)
            };
            assert!(linked.is_file(), "{}: {target}", document.display());
            if !heading.is_empty() {
                let text = fs::read_to_string(&linked).unwrap();
                let headings = text.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(
                    headings.into_iter().any(|found| found == heading),
                    "{}: {target}",
                    document.display()
                );
            }
            links += 1;
        }
    }
    assert!(
        links >= 3,
        "the header, the other document and a heading are linked to: {links}"
    );
}

/// The name by which Markdown links to a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().replace(' ', "-")
}
