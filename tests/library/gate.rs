//! Files that the gate refuses: each fixture with its code and its message, through the library. The host keeps working
//! after each.

use crate::support::{block, host, library};
use std::fs;
use std::path::{Path, PathBuf};
use tollgate::{Error, Refusal};
use tollgate_inspect::{Verdict, inspect};

/// A file with a library's name in its own directory.
fn planted(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(tollgate_platform::dylib::file_name("planted"));
    fs::write(&file, bytes).unwrap();
    (directory, file)
}

/// Opens the file, expects a refusal, and checks that the host still works.
fn refused(file: &Path) -> (String, String) {
    let host = host();
    let error = host.open(file.to_str().unwrap()).unwrap_err();
    let Error::Refused { file: named, refusal } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(named, file);
    assert!(error.to_string().starts_with(&format!("{}: ", file.display())));
    assert!(!error.to_string().contains('\n'), "one sentence: {error}");
    let mut scale = host.open("misbehaves").unwrap().operation("scale").unwrap();
    scale.call(&block(&[1.0], &[1])).unwrap();
    (refusal.code().to_owned(), refusal.to_string())
}

fn refused_bytes(bytes: &[u8]) -> (String, String) {
    let (_directory, file) = planted(bytes);
    refused(&file)
}

fn stats() -> Vec<u8> {
    fs::read(library("stats")).unwrap()
}

/// Replaces text in a library's manifest with text of the same length.
fn patched(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = stats();
    let at = find(&bytes, from.as_bytes());
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

fn find(bytes: &[u8], text: &[u8]) -> usize {
    bytes
        .windows(text.len())
        .position(|window| window == text)
        .expect("the library has this text")
}

#[test]
fn a_missing_file() {
    let (code, message) = refused(Path::new("nowhere/libnothing.so"));
    assert_eq!(code, "file-unreadable");
    assert!(message.starts_with("cannot read it: "), "{message}");
}

#[test]
fn a_name_that_nothing_has() {
    let error = host().open("nothing").unwrap_err();
    assert_eq!(error.code(), "plugin-not-found");
    let text = error.to_string();
    assert!(
        text.starts_with("plugin \"nothing\" not found: searched for ") && text.contains(" in "),
        "{text}"
    );
}

#[test]
fn a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let (code, message) = refused(directory.path());
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("file-unreadable", "cannot read it: not a regular file")
    );
}

#[cfg(unix)]
#[test]
fn opening_a_pipe_does_not_block() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("libpipe.so");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "mkfifo is part of every Unix"
    );
    let (code, message) = refused(&pipe);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("file-unreadable", "cannot read it: not a regular file")
    );
    let listed = tollgate_inspect::list(&crate::support::builder().plugin_path(directory.path()).build());
    assert!(listed.is_empty());
    assert!(tollgate::view::read(&pipe).is_err());
}

#[cfg(unix)]
#[test]
fn the_private_copy_is_its_owner_s_alone_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let mut facilities = tollgate_platform::facilities().into_iter();
    let private = facilities.find(|facility| facility.name == "private-copy").unwrap();
    if let Some(reason) = private.status.reason() {
        println!("skipped: {reason}");
        return;
    }
    // The copy is removed when a call returns, so this tests the two functions that make it.
    let directory = tollgate_platform::file::private_directory().unwrap();
    let file = directory.path().join("copy");
    tollgate_platform::file::write_private(&file, b"x").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(directory.path()), mode(&file)), (0o700, 0o600));
}

#[test]
fn a_plugin_that_was_cut_is_listed_with_its_refusal() {
    let (directory, _file) = planted(&stats()[..4096]);
    let listed = tollgate_inspect::list(&crate::support::builder().plugin_path(directory.path()).build());
    assert_eq!(listed.len(), 1);
    assert!(matches!(
        listed[0].inspection.verdict,
        Verdict::Refused(Refusal::Truncated { .. })
    ));
}

#[test]
fn an_empty_file() {
    assert_eq!(
        refused_bytes(b""),
        ("not-a-library".into(), "it is not a shared library: it is empty".into())
    );
}

#[test]
fn a_text_file() {
    let (code, message) = refused_bytes(b"#!/bin/sh\necho this is no library\n");
    assert_eq!(code, "not-a-library");
    assert_eq!(
        message,
        "it is not a shared library: it begins with the text \"#!/bin/sh\\necho t\""
    );
}

#[test]
fn a_file_of_bytes() {
    let (_, message) = refused_bytes(&[0x93, b'N', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    assert_eq!(
        message,
        "it is not a shared library: it begins with the bytes 93 4e 00 01 02 03"
    );
}

#[test]
fn an_executable() {
    let bytes = fs::read(env!("CARGO_BIN_EXE_tollgate")).unwrap();
    let (code, _) = refused_bytes(&bytes);
    assert_eq!(
        code, "not-a-plugin",
        "it is position-independent, so it passes for a library until its symbols are read"
    );
}

#[test]
fn a_plugin_that_was_cut_after_4_kilobytes() {
    let (code, message) = refused_bytes(&stats()[..4096]);
    assert_eq!(code, "truncated");
    assert!(
        message.contains("it is truncated: ") && message.contains("and the file has 4096"),
        "{message}"
    );
}

#[test]
fn a_plugin_that_was_cut_anywhere_is_refused() {
    let bytes = stats();
    for length in (0..bytes.len()).step_by(bytes.len() / 97) {
        let (_directory, file) = planted(&bytes[..length]);
        let verdict = inspect(&file).unwrap().verdict;
        assert!(
            matches!(verdict, Verdict::Refused(_)),
            "{length} of {} bytes pass the gate",
            bytes.len()
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_plugin_of_another_processor() {
    let mut bytes = stats();
    // e_machine of an ELF header: aarch64 is 183, x86-64 is 62.
    let other: u16 = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    let named = if cfg!(target_arch = "aarch64") {
        "x86_64"
    } else {
        "aarch64"
    };
    bytes[18..20].copy_from_slice(&other.to_ne_bytes());
    let (code, message) = refused_bytes(&bytes);
    assert_eq!(code, "wrong-target");
    assert!(
        message.starts_with(&format!("it was built for {named} (Elf, 64 bits, ")),
        "{message}"
    );
    assert!(message.contains("and this host is "), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn damage_anywhere_in_the_headers_is_a_refusal_and_never_a_crash() {
    use std::os::unix::fs::FileExt;
    let bytes = stats();
    let (_directory, file) = planted(&bytes);
    let opened = fs::File::options().write(true).open(&file).unwrap();
    // The ELF header and the program headers, one byte at a time; only checked, not loaded.
    for at in 0..64 + 56 * 10 {
        for value in [0x00, 0xff] {
            opened.write_all_at(&[value], at).unwrap();
            let _ = inspect(&file).unwrap();
        }
        opened.write_all_at(&bytes[at as usize..=at as usize], at).unwrap();
    }
    assert!(matches!(inspect(&file).unwrap().verdict, Verdict::Passes));
}

#[test]
fn a_library_without_the_entry() {
    let (code, message) = refused(&library("no_entry"));
    assert_eq!(code, "not-a-plugin");
    assert!(message.contains("it does not export tollgate_manifest"), "{message}");
}

#[test]
fn a_manifest_of_another_contract_version() {
    let (code, message) = refused_bytes(&patched("\"abi\":1,", "\"abi\":9,"));
    assert_eq!(code, "contract-version");
    assert_eq!(
        message,
        "its manifest uses version 9 of the contract, and this host uses version 1: use a newer host"
    );
}

#[test]
fn an_entry_of_another_contract_version_than_its_manifest() {
    let (code, message) = refused(&library("other_abi"));
    assert_eq!(code, "contract-version");
    assert_eq!(
        message,
        "its entry uses version 7 of the contract, and this host uses version 1: use a newer host"
    );
}

#[test]
fn a_plugin_that_aborts_on_panic() {
    let (code, message) = refused_bytes(&patched("\"panic\":\"unwind\"", "\"panic\":\"abort\" "));
    assert_eq!(code, "panic-aborts");
    assert!(message.ends_with("build it with panic=unwind"), "{message}");
}

#[test]
fn a_damaged_manifest() {
    let (code, message) = refused_bytes(&patched("{\"name\":\"stats\"", "{\"name\";\"stats\""));
    assert_eq!(code, "manifest-damaged");
    assert!(
        message.contains("is damaged: expected `:` at line 1 column 8"),
        "{message}"
    );
    let (code, message) = refused_bytes(&patched("\"state\":\"stateless\"", "\"state\":\"STATELESS\""));
    assert_eq!(code, "manifest-damaged");
    assert!(message.contains("unknown variant `STATELESS`"), "{message}");
}

#[test]
fn a_manifest_whose_length_reaches_outside_the_file() {
    let mut bytes = stats();
    let json = find(&bytes, b"{\"name\":\"stats\"");
    for (length, problem) in [
        (u64::MAX, "its length is 18446744073709551615 bytes"),
        (1 << 20, "its 1048576 bytes extend past"),
        (10, "EOF while parsing"),
    ] {
        bytes[json - 8..json].copy_from_slice(&length.to_ne_bytes());
        let (code, message) = refused_bytes(&bytes);
        assert_eq!(code, "manifest-damaged");
        assert!(message.contains(problem), "{message}");
    }
}

#[test]
fn inspection_tells_what_a_file_is_without_running_it() {
    let inspection = inspect(library("misbehaves")).unwrap();
    let manifest = inspection.manifest.unwrap();
    assert_eq!(
        (manifest.name.as_str(), manifest.panic.as_str()),
        ("misbehaves", "unwind")
    );
    assert!(manifest.compiler.starts_with("rustc 1."), "{}", manifest.compiler);
    assert_eq!(manifest.operations[1].description, "Multiplies by the factor.");
    for symbol in [
        "tollgate_entry",
        "tollgate_manifest",
        tollgate_abi::stable::STABLE_SYMBOL,
    ] {
        assert!(inspection.symbols.iter().any(|found| found == symbol), "{symbol}");
    }
    assert!(matches!(inspection.verdict, Verdict::Passes));
    let loaded = host().open("misbehaves").unwrap();
    assert_eq!((loaded.hash(), loaded.manifest()), (Some(inspection.hash), &manifest));
    let refused = inspect(library("no_entry")).unwrap();
    assert!(matches!(refused.verdict, Verdict::Refused(Refusal::NoSymbol { .. })));
}
