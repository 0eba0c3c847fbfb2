//! If another process changes a plugin's file between two steps of the gate, the copied bytes are loaded, or the file
//! is refused.

#![cfg(unix)]

use crate::support::{library, plant};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tollgate::{Error, HostBuilder, Probe};
use tollgate_platform as platform;

/// The gate's steps, in order.
const STEPS: [&str; 6] = ["file opened", "file read", "checked", "probed", "placed", "opened"];

type Change = fn(&Path);

/// What the other process does to the file.
const CHANGES: [(&str, Change); 6] = [
    ("replaced by another plugin", |file| {
        let new = file.with_extension("new");
        fs::copy(library("probe"), &new).unwrap();
        fs::rename(new, file).unwrap();
    }),
    ("written over with another plugin", |file| {
        fs::write(file, fs::read(library("probe")).unwrap()).unwrap();
    }),
    ("written over with zeros of the same length", |file| {
        let length = fs::metadata(file).unwrap().len();
        fs::write(file, vec![0; length as usize]).unwrap();
    }),
    ("truncated", |file| {
        fs::File::options()
            .write(true)
            .open(file)
            .unwrap()
            .set_len(4096)
            .unwrap();
    }),
    ("made writable by everyone", |file| {
        set_mode(file, 0o777);
    }),
    ("removed", |file| fs::remove_file(file).unwrap()),
];

fn builder() -> HostBuilder {
    crate::support::builder()
        .probe(Probe::Always)
        .probe_cache(None)
        .worker_program(env!("CARGO_BIN_EXE_tollgate"))
}

/// A plugin in its own directory, with an old modification time.
fn planted() -> (tempfile::TempDir, PathBuf, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = plant("crc32c", directory.path());
    let written = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(written)
        .unwrap();
    let hash = tollgate_inspect::inspect(&file).unwrap().hash;
    (directory, file, hash)
}

fn trust_is_told() -> bool {
    let mut facilities = platform::facilities().into_iter();
    facilities.any(|facility| facility.name == "trust" && facility.status.reason().is_none())
}

#[test]
fn the_gate_has_these_steps() {
    let (_directory, file, _hash) = planted();
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let tell = told.clone();
    let host = builder()
        .between_steps(move |step| tell.lock().unwrap().push(step.to_owned()))
        .build();
    host.open(file.to_str().unwrap()).unwrap();
    assert_eq!(*told.lock().unwrap(), STEPS);
}

#[test]
fn a_file_that_is_changed_between_two_steps_is_loaded_as_it_was_copied_or_refused() {
    for at in STEPS {
        for (what, change) in CHANGES {
            let (_directory, file, hash) = planted();
            let changed = file.clone();
            let host = builder()
                .between_steps(move |step| {
                    if step == at {
                        change(&changed);
                    }
                })
                .build();
            let opened = host.open(file.to_str().unwrap());
            match (at, what, opened) {
                // Before it is read: the open descriptor reads the old file, and its changes are detected.
                ("file opened", "replaced by another plugin" | "removed", Ok(plugin)) => {
                    assert_eq!(plugin.hash(), Some(hash), "{what} after {at}");
                }
                // If the platform cannot check who may write it.
                ("file opened", "made writable by everyone", Ok(plugin)) if !trust_is_told() => {
                    assert_eq!(plugin.hash(), Some(hash), "{what} after {at}");
                }
                ("file opened", "made writable by everyone", Err(error)) => assert_eq!(error.code(), "untrusted-file"),
                ("file opened", _, Err(error)) => assert_eq!(error.code(), "file-changed", "{what}: {error}"),
                ("file opened", _, Ok(_)) => panic!("{what} after {at}, and it was loaded"),
                (_, _, Ok(plugin)) => {
                    assert_eq!(plugin.hash(), Some(hash), "{what} after {at}");
                    assert_eq!(plugin.manifest().name, "crc32c");
                    let mut checksum = plugin.operation("checksum").unwrap();
                    checksum.call(&crate::support::block(&[1.0], &[1])).unwrap();
                }
                (_, _, Err(error)) => panic!("{what} after {at}: {error}"),
            }
        }
    }
}

#[test]
fn a_file_that_another_thread_changes_all_the_time_is_one_of_its_versions_or_refused() {
    let (_directory, file, planted) = planted();
    let [first, second] = ["crc32c", "probe"].map(|name| tollgate_inspect::inspect(library(name)).unwrap().hash);
    let host = crate::support::builder().build();
    std::thread::scope(|scope| {
        let changer = scope.spawn(|| {
            let new = file.with_extension("new");
            for turn in 0..60 {
                fs::copy(library(["probe", "crc32c"][turn % 2]), &new).unwrap();
                fs::rename(&new, &file).unwrap();
                set_mode(&file, 0o666);
                set_mode(&file, 0o644);
                fs::File::options()
                    .write(true)
                    .open(&file)
                    .unwrap()
                    .set_len(4096)
                    .unwrap();
            }
        });
        while !changer.is_finished() {
            match host.open(file.to_str().unwrap()) {
                Ok(plugin) => {
                    let of_this_name = match plugin.manifest().name.as_str() {
                        "crc32c" => [&planted, &first],
                        _ => [&second, &second],
                    };
                    let hash = plugin.hash().unwrap();
                    assert!(of_this_name.contains(&&hash), "{hash}");
                }
                Err(Error::Refused { refusal, .. }) => {
                    let codes = ["file-changed", "untrusted-file", "truncated", "damaged"];
                    assert!(codes.contains(&refusal.code()), "{refusal}");
                }
                Err(other) => panic!("{other}"),
            }
        }
    });
    // The remaining file is the last one, truncated.
    let error = host.open(file.to_str().unwrap()).unwrap_err();
    assert_eq!(error.code(), "truncated");
}

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}
