//! `tollgate bench --library`: functions of a library that these tests build. No time decides a test.

use crate::support::compiler::Compiler;
use crate::support::{document, refusal, skip, tollgate};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

/// The library of `tests/foreign/functions.c`, or `None` without a C compiler.
fn library() -> Option<&'static str> {
    static LIBRARY: LazyLock<Option<(tempfile::TempDir, PathBuf)>> = LazyLock::new(|| {
        let directory = tempfile::tempdir().unwrap();
        let source = Path::new("tests/foreign/functions.c");
        let file = Compiler::c()?.build(source, directory.path(), "functions", &["-fvisibility=default"]);
        Some((directory, file))
    });
    LIBRARY.as_ref().map(|(_, file)| file.to_str().unwrap())
}

fn bench(library: &str, symbol: &str, signature: &str, arguments: &[&str]) -> Output {
    let words = [
        "bench",
        "--json",
        "--quick",
        "--library",
        library,
        "--symbol",
        symbol,
        "--signature",
        signature,
    ];
    tollgate(words.iter().chain(arguments))
}

/// The document of a function of the library.
fn measured(symbol: &str, signature: &str, arguments: &[&str]) -> Option<Json> {
    library().map(|library| document(&bench(library, symbol, signature, arguments)))
}

fn row<'d>(document: &'d Json, name: &str) -> &'d Json {
    let rows = document["rows"].as_array().unwrap();
    let found = rows.iter().find(|row| row["row"] == name);
    found.unwrap_or_else(|| panic!("there is no row {name:?} in {rows:?}"))
}

#[test]
fn each_kind_of_argument_and_result_is_passed_as_in_c() {
    for (symbol, signature, arguments, result) in [
        ("none", "i32()", None, "-7"),
        (
            "narrow",
            "i64(i8,i16,i32,u8,u16,u32)",
            Some("-1,-2,-3,255,65535,4294967295"),
            "429497385104679",
        ),
        (
            "wide",
            "f64(i64,u64,f64,f32,bool,f64)",
            Some("-1,2,3,0.5,true,6"),
            "610819.0",
        ),
        ("halves", "f32(f32,f32)", Some("1.5,-0.5"), "0.5"),
        ("least", "i8(i8)", Some("-128"), "127"),
        (
            "greatest",
            "u64(u64)",
            Some("0x1"),
            "18446744073709551614 (0xfffffffffffffffe)",
        ),
        ("negated", "bool(bool)", Some("false"), "true"),
        ("sum", "u64(bytes)", Some("bytes:300"), "32551 (0x7f27)"),
        ("letters", "usize(cstr)", Some("\"a, b\""), "4 (0x4)"),
        ("greeting", "cstr()", None, "\"good day\""),
        ("is_null", "bool(ptr)", Some("null"), "true"),
        ("is_null", "bool(ptr)", Some("bytes:0"), "false"),
        ("filled", "u64(ptr,usize,i32)", Some("zeros:64,64,2"), "128 (0x80)"),
        ("same", "ptr(ptr)", Some("null"), "NULL"),
    ] {
        let arguments: Vec<&str> = arguments.iter().flat_map(|list| ["--args", list]).collect();
        let Some(document) = measured(symbol, signature, &arguments) else {
            return;
        };
        assert_eq!(document["function"]["result"], result, "{symbol}");
        let is_address = signature.starts_with("ptr") || signature.starts_with("cstr");
        assert_eq!(document["function"]["checked"], !is_address, "{symbol}");
        assert!(row(&document, &format!("{symbol}, throughput"))["ns"]["min"].as_f64() > Some(0.0));
    }
}

#[test]
fn a_function_is_priced_in_both_modes_beside_the_caller_s_own_cost() {
    let Some(document) = measured("letters", "usize(cstr)", &["--args", "sixteen letters!"]) else {
        return;
    };
    let names: Vec<&str> = document["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["row"].as_str())
        .collect();
    let expected = [
        "letters, latency",
        "letters, throughput",
        "caller's own cost, latency",
        "caller's own cost, throughput",
    ];
    assert_eq!(names, expected);
    for name in expected {
        let row = row(&document, name);
        assert_eq!(row["mode"], name.split_once(", ").unwrap().1);
        if row["instructions"].is_null() {
            assert!(row["uncounted"].is_string(), "{row}");
            continue;
        }
        // Both are called through a pointer, and a call of an empty function takes a few instructions.
        let proof = &row["proof"];
        assert_eq!(proof["kind"], "indirect", "{row}");
        let own = name.starts_with("caller's");
        assert_eq!(proof["symbol"], if own { "empty" } else { "letters" });
        let object = proof["object"].as_str().unwrap();
        assert_eq!(object.contains("functions"), !own, "{object}");
        let few = cfg!(debug_assertions) || row["instructions"].as_f64() < Some(12.0);
        assert!(!own || few, "{row}");
    }
}

#[test]
fn a_void_function_has_no_latency_and_allocations_are_counted() {
    let Some(document) = measured("nothing", "void(f64)", &["--args", "-0.5"]) else {
        return;
    };
    assert_eq!(document["rows"].as_array().unwrap().len(), 2);
    assert!(document["function"]["result"].is_null());
    let document = measured("allocates", "u64(usize)", &["--args", "100"]).unwrap();
    assert_eq!(document["function"]["result"], "103 (0x67)");
    let allocations = &row(&document, "allocates, throughput")["allocations"];
    assert!(allocations.is_null() || *allocations == 1.0, "{allocations}");
}

#[test]
fn results_that_vary_are_not_checked_and_output_is_discarded() {
    let Some(library) = library() else { return };
    let differs = document(&bench(library, "different", "u64()", &[]));
    assert_eq!(differs["function"]["result"], "1 (0x1)");
    assert_eq!(differs["function"]["checked"], false);
    let talks = bench(library, "talk", "void()", &[]);
    assert!(
        talks.status.success() && talks.stderr.is_empty(),
        "{:?}",
        talks.stderr.len()
    );
    document(&talks);
}

#[test]
fn the_text_shows_what_the_function_returned() {
    let Some(library) = library() else { return };
    let words = [
        "bench",
        "--quick",
        "--library",
        library,
        "--symbol",
        "halves",
        "--signature",
        "f32(f32,f32)",
    ];
    let output = tollgate(words.iter().chain(&["--args", "1,2"]));
    // Its lines are as long as the terminal is wide.
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("called as f32(f32,f32), returned 1.5. Every process checked"),
        "{text}"
    );
    assert!(text.contains("caller's own cost"), "{text}");
}

#[test]
fn a_crash_an_exit_and_a_crash_during_measurement_are_errors_of_one_line() {
    let Some(library) = library() else { return };
    let refused = |symbol, signature, arguments: &[&str]| refusal(&bench(library, symbol, signature, arguments));
    let (exit, code, message) = refused("crash", "i32(ptr)", &["--args", "null"]);
    assert_eq!((exit, code.as_str()), (1, "crashed"));
    assert!(
        message.contains("calling crash(null)") && message.contains("check the signature i32(ptr)"),
        "{message}"
    );
    assert!(cfg!(windows) || message.contains("(SIGSEGV)"), "{message}");

    let (exit, code, message) = refused("stop", "void(i32)", &["--args", "3"]);
    assert_eq!((exit, code.as_str()), (1, "crashed"));
    assert!(message.contains("exited with code 3"), "{message}");

    let (exit, code, message) = refused("later", "i32()", &[]);
    assert_eq!((exit, code.as_str()), (1, "crashed"));
    assert!(message.contains("after a first call that succeeded"), "{message}");
    assert!(cfg!(windows) || message.contains("(SIGABRT)"), "{message}");
}

/// Runs a misbehaving function, with a marker in the environment of every process that it starts and a directory for
/// temporary files. Returns the refusal after checking that no process and no file is left.
#[cfg(unix)]
fn misbehaved(symbol: &str) -> Option<String> {
    let library = library()?;
    let directory = tempfile::tempdir().unwrap();
    let mark = format!("{}-{symbol}", std::process::id());
    let variables = [
        ("TMPDIR", directory.path().to_str().unwrap()),
        ("FOREIGN_TEST_MARK", &mark),
    ];
    let words = ["bench", "--json", "--quick", "--library", library, "--symbol", symbol];
    let words = words.iter().chain(&["--signature", "i32()"]);
    let (exit, code, message) = refusal(&crate::support::tollgate_with(&variables, words));
    assert_eq!((exit, code.as_str()), (1, "crashed"), "{message}");
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert!(left.is_empty(), "{symbol} left files: {left:?}");
    if cfg!(target_os = "linux") {
        let variable = format!("FOREIGN_TEST_MARK={mark}");
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
            let mut variables = environment.split(|byte| *byte == 0);
            assert!(
                variables.all(|found| found != variable.as_bytes()),
                "{symbol} left a process: {process:?}"
            );
        }
    }
    Some(message)
}

#[cfg(unix)]
#[test]
fn a_function_that_hangs_while_it_is_measured_is_killed_within_seconds() {
    let Some(message) = misbehaved("hangs_later") else {
        return;
    };
    assert!(
        message.contains("s while it was measured, after a first call that succeeded"),
        "{message}"
    );
}

/// The same, on platforms where all processes that a child starts end with it.
fn contained(symbol: &str) -> Option<String> {
    if let Some(reason) = tollgate_platform::child::containment_status().reason() {
        eprintln!("{symbol} was skipped: {reason}");
        return None;
    }
    #[cfg(unix)]
    return misbehaved(symbol);
    #[cfg(not(unix))]
    None
}

#[test]
fn a_function_that_returns_in_two_processes_is_not_measured() {
    let Some(message) = contained("forks_once") else { return };
    let (twice, on) = (
        "the function forked and returned in two processes",
        "processes that it started were still running after it returned",
    );
    // The system decides which of the two is seen first.
    assert!(message.contains(twice) || message.contains(on), "{message}");
    let message = contained("forks_later").unwrap();
    assert!(message.contains(twice), "{message}");
}

#[test]
fn a_function_that_leaves_a_process_is_not_measured_and_leaves_nothing() {
    let Some(message) = contained("leaves_process") else {
        return;
    };
    assert!(
        message.contains("processes that it started were still running after it returned"),
        "{message}"
    );
    let message = contained("forks_and_hangs").unwrap();
    assert!(
        message.contains("was still running after 10 s and was killed"),
        "{message}"
    );
}

#[test]
fn a_missing_library_or_symbol_is_named_with_what_to_do() {
    let (exit, code, message) = refusal(&bench("libno_such_library.so", "f", "void()", &[]));
    assert_eq!((exit, code.as_str()), (1, "library-absent"));
    assert!(
        message.contains("libno_such_library.so") && message.contains("install it"),
        "{message}"
    );
    // The file exists in the working directory of the tests, but the loader does not search there.
    let (_, code, message) = refusal(&bench("Cargo.toml", "f", "void()", &[]));
    assert_eq!(code, "library-absent");
    assert!(message.contains("write ./Cargo.toml"), "{message}");

    let Some(library) = library() else { return };
    let (exit, code, message) = refusal(&bench(library, "absent", "void()", &[]));
    assert_eq!((exit, code.as_str()), (1, "symbol-absent"));
    assert!(
        message.contains("has no symbol \"absent\"") && message.contains("nm -D"),
        "{message}"
    );
}

#[test]
fn usage_errors_are_reported_before_anything_is_opened() {
    let library = "libno_such_library.so";
    for (signature, arguments, part) in [
        (
            "double(double)",
            &["--args", "0.5"][..],
            "unknown type \"double\"; the types are i8",
        ),
        ("f64", &[], "does not have the form RESULT(ARGUMENT, …)"),
        ("f64(f64)", &[], "takes 1 arguments, and --args has 0"),
        (
            "void(u8)",
            &["--args", "256"],
            "argument 1 is \"256\", and u8 holds the integers from 0 to 255",
        ),
        ("void(bytes,bytes,bytes,i8)", &[], "has 7 arguments in C, and at most 6"),
    ] {
        let (exit, code, message) = refusal(&bench(library, "f", signature, arguments));
        assert_eq!((exit, code.as_str()), (2, "usage"), "{message}");
        assert!(message.contains(part), "{message}");
    }
    for words in [
        &["bench", "--json", "--library", "libm.so.6"][..],
        &["bench", "--json", "--symbol", "cos"],
        &[
            "bench",
            "--json",
            "--library",
            "l",
            "--symbol",
            "s",
            "--signature",
            "void()",
            "--only",
            "add",
        ],
    ] {
        let (exit, code, _) = refusal(&tollgate(words));
        assert_eq!((exit, code.as_str()), (2, "usage"), "{words:?}");
    }
}

/// A system library by the name that the loader knows, or `None` if there is none.
fn system(library: &'static str, symbol: &str, signature: &str, arguments: &str) -> Option<Json> {
    let output = bench(library, symbol, signature, &["--args", arguments]);
    if output.status.success() {
        return Some(document(&output));
    }
    let (_, code, message) = refusal(&output);
    assert_eq!(code, "library-absent", "{message}");
    skip(library, message);
    None
}

#[test]
fn the_cosine_of_libm_is_what_rust_computes() {
    if let Some(document) = system("libm.so.6", "cos", "f64(f64)", "0.5") {
        assert_eq!(document["function"]["result"], format!("{:?}", 0.5_f64.cos()));
    }
}

#[test]
fn the_checksum_of_zlib_is_that_of_its_definition() {
    // CRC-32 of the bytes 0 to 250, 0, 1, …: bit by bit, with the reflected polynomial of IEEE 802.3.
    let expected = !(0..1024_u32).fold(u32::MAX, |crc, index| {
        (0..8).fold(crc ^ (index % 251), |crc, _| {
            crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    });
    if let Some(document) = system("libz.so.1", "crc32", "u64(u64,ptr,u32)", "0,bytes:1024,1024") {
        assert_eq!(document["function"]["result"], format!("{expected} ({expected:#x})"));
        assert_eq!(row(&document, "crc32, latency")["payload"], 1024);
    }
}
