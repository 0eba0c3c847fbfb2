//! Shared by the integration tests: the plugins that cargo built for them, and how to run the command.

// Each test program uses its own part of this module.
#![allow(dead_code)]

pub(crate) mod compiler;

use serde_json::Value as Json;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tollgate::{Block, Host, HostBuilder, Operation};
use tollgate_platform::dylib;

/// The directory of the plugins that cargo builds for these tests: that of the test's own executable. `cargo test -p`
/// does not update the copies one level above, so they may be old.
pub(crate) fn plugin_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a test knows its own executable");
    program.parent().expect("an executable is in a directory").to_owned()
}

/// The file of the plugin `name`.
pub(crate) fn library(name: &str) -> PathBuf {
    plugin_directory().join(dylib::file_name(name))
}

/// Writes a copy of the plugin `name` to a directory, with a unique suffix: no other file has the same bytes, and a
/// process loads the same bytes only once.
pub(crate) fn plant(name: &str, directory: &Path) -> PathBuf {
    static PLANTED: AtomicU64 = AtomicU64::new(0);
    let number = PLANTED.fetch_add(1, Ordering::Relaxed);
    let file = directory.join(dylib::file_name(name));
    let mut bytes = std::fs::read(library(name)).expect("cargo built the plugin");
    bytes.extend(format!("planted {number}").bytes());
    std::fs::write(&file, bytes).expect("the directory can be written");
    file
}

/// Whether no test may be skipped that this platform supports.
pub(crate) fn required() -> bool {
    std::env::var_os("TOLLGATE_REQUIRE_ALL").is_some_and(|value| value == "1")
}

/// Says that a test, or a part of one, is skipped because this machine lacks something. Fails instead under
/// `TOLLGATE_REQUIRE_ALL=1`.
pub(crate) fn skip(lacking: &str, why: impl std::fmt::Display) {
    assert!(!required(), "{lacking} is required: {why}");
    eprintln!("skipped: there is no {lacking} here ({why})");
}

/// Whether python3 has these modules, separated by commas. If not, what needs them is skipped.
pub(crate) fn python_has(modules: &str) -> bool {
    let import = format!("import {modules}");
    match Command::new("python3").args(["-c", &import]).output() {
        Ok(output) if output.status.success() => return true,
        Ok(_) => skip("python3 with modules", modules),
        Err(error) => skip("python3", error),
    }
    false
}

/// A builder of hosts that load plugins into this process.
pub(crate) fn builder() -> HostBuilder {
    // SAFETY: what tests open are this workspace's own plugins and fixtures, and files that they make of those. What
    // misbehaves in one is what its test is about, and is refused, or does it in a child process.
    unsafe { Host::builder().trust_in_process() }
}

/// A host that finds only those plugins.
pub(crate) fn host() -> Host {
    builder().plugin_path(plugin_directory()).build()
}

/// An operation of the fixture that misbehaves.
pub(crate) fn misbehaving(operation: &str) -> Operation {
    host().open("misbehaves").unwrap().operation(operation).unwrap()
}

/// A sample file.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// Copies the command to `to`, and waits until the copy can be executed. A process that another test starts at the same
/// moment inherits the copy's descriptor, open for writing, until its own `exec`, and Linux does not execute a file
/// that is open for writing.
pub(crate) fn copy_command(to: &Path) {
    std::fs::copy(env!("CARGO_BIN_EXE_tollgate"), to).expect("the command was built with the tests");
    wait_until_it_runs(to);
}

/// The same wait as in [`copy_command`], for a command that was written in another way.
pub(crate) fn wait_until_it_runs(command: &Path) {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        match Command::new(command).arg("--version").output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(10));
            }
            ran => {
                let ran = ran.unwrap_or_else(|error| panic!("{}: {error}", command.display()));
                assert!(ran.status.success(), "{ran:?}");
                return;
            }
        }
    }
}

/// Values as a block of one axis.
pub(crate) fn block<'a>(values: &'a [f64], shape: &'a [u64; 1]) -> Block<'a> {
    Block::of(values, shape, &[]).expect("the shape is the values' length")
}

/// Runs the command with these arguments, and with the plugins that cargo built for the tests.
pub(crate) fn tollgate<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    tollgate_with(&[], arguments)
}

/// Like [`tollgate`], with environment variables.
pub(crate) fn tollgate_with<S: AsRef<OsStr>>(
    variables: &[(&str, &str)],
    arguments: impl IntoIterator<Item = S>,
) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .envs(variables.iter().copied())
        .arg("--plugin-path")
        .arg(plugin_directory())
        .args(arguments)
        .env_remove("TOLLGATE_PLUGIN_PATH")
        // The probe's cache is kept with the tests' output, not in the user's own directory.
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command was built with the tests")
}

/// The document that a successful command printed.
pub(crate) fn document(output: &Output) -> Json {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("standard output is one JSON document")
}

/// The exit code, and the code and message of the error that a failed command printed.
pub(crate) fn refusal(output: &Output) -> (i32, String, String) {
    let code = output
        .status
        .code()
        .expect("the command ended by itself, and not by a signal");
    let error: Json = serde_json::from_slice(&output.stderr)
        .unwrap_or_else(|error| panic!("standard error is one JSON document ({error}): {output:?}"));
    let text = |key: &str| error["error"][key].as_str().unwrap_or_default().to_owned();
    (code, text("code"), text("message"))
}
