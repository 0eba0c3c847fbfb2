//! One table of libraries for the process: the same bytes are loaded once, whichever host asks, and a host without
//! permission loads none.

use crate::support::compiler::{Compiler, fixture};
use crate::support::{builder, library, plant};
use std::fs;
use std::path::Path;
use tollgate::{Boundary, Host};
use tollgate_platform::dylib;

/// The number of executable mappings of a library with this name in the process; `None` if the system does not report
/// it.
fn mapped(name: &str) -> Option<usize> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let of_code = |line: &&str| line.contains(name) && line.contains("r-x");
    Some(maps.lines().filter(of_code).count())
}

#[test]
fn a_host_that_may_not_run_foreign_code_checks_a_file_and_loads_none() {
    let directory = tempfile::tempdir().unwrap();
    let planted = plant("stats", directory.path());
    let file = directory.path().join(dylib::file_name("checked_only"));
    fs::rename(planted, &file).unwrap();
    let file = file.to_str().unwrap();
    let host = Host::builder().allow_writable(true).build();
    let artifact = host.check(file).unwrap();
    assert_eq!(artifact.manifest().name, "stats");
    let error = host.open(file).unwrap_err();
    assert_eq!(error.code(), "in-process-not-trusted");
    assert!(error.to_string().contains("HostBuilder::trust_in_process"), "{error}");
    if let Some(mapped) = mapped("checked_only") {
        assert_eq!(mapped, 0);
    }
}

#[test]
fn a_hundred_hosts_that_open_the_same_bytes_have_one_library() {
    let opened = || builder().build().open(library("convert").to_str().unwrap()).unwrap();
    for _ in 0..100 {
        // Both tiers come from the same library.
        opened().behind(Boundary::StableAbi).unwrap();
    }
    match mapped("libconvert") {
        Some(mapped) => assert_eq!(mapped, 1),
        None => println!("skipped: this system does not list a process's mappings"),
    }
}

#[test]
fn a_library_that_is_refused_once_it_is_open_is_opened_once() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "null_entry.c", &[]);
    let refused = |host: &Host, file: &Path| host.open(file.to_str().unwrap()).unwrap_err();
    let host = builder().allow_writable(true).build();
    for _ in 0..50 {
        assert_eq!(refused(&host, &file).code(), "entry-mismatch");
        let other = builder().allow_writable(true).build();
        assert_eq!(refused(&other, &file).code(), "entry-mismatch");
    }
    match mapped("null_entry") {
        Some(mapped) => assert_eq!(mapped, 1),
        None => println!("skipped: this system does not list a process's mappings"),
    }
}
