//! Checked-in generated code equals what its generator writes: this runs `cargo xtask codegen --check`, as its own
//! program. Where a tool for generating is missing it says so and is skipped; under `TOLLGATE_REQUIRE_ALL=1` it fails.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

fn codegen(environment: Option<(&str, &str)>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate-xtask"));
    command.args(["codegen", "--check"]).envs(environment);
    command.output().expect("the program was built with this test")
}

#[test]
fn checked_in_generated_code_is_what_its_generator_writes() {
    let output = codegen(None);
    let said = String::from_utf8_lossy(&output.stderr);
    let required = std::env::var_os("TOLLGATE_REQUIRE_ALL").is_some_and(|value| value == "1");
    if output.status.code() == Some(2) && !required {
        // Not through `eprintln!`, which the harness keeps to itself where a test passes.
        writeln!(std::io::stderr(), "skipped: the generated code was not checked. {said}").unwrap();
        return;
    }
    assert!(output.status.success(), "{said}");
}

#[test]
fn every_code_that_the_host_gives_is_documented_with_a_cure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    let document = read("docs/REFUSALS.md");
    let sources = ["host/src/refusal", "host/src/error", "inspect/src/error"];
    let source = sources.map(|file| read(&format!("crates/{file}.rs"))).concat();
    let mut codes = 0;
    for line in source.lines() {
        let Some((_, literal)) = line.trim().split_once("=> \"") else {
            continue;
        };
        let Some(code) = literal.strip_suffix("\",").filter(|code| !code.contains(' ')) else {
            continue;
        };
        let entry = document.split("\n### ").find(|entry| {
            entry
                .lines()
                .next()
                .is_some_and(|head| head.contains(&format!("`{code}`")))
        });
        assert!(entry.is_some_and(|entry| entry.contains("**Cure:** ")), "{code}");
        codes += 1;
    }
    assert!(codes >= 22, "the arms of both functions `code` were found: {codes}");
}

#[test]
fn a_missing_libclang_is_a_sentence_with_its_remedy_and_exit_code_2() {
    // It is looked for nowhere else where this variable is set.
    let output = codegen(Some(("LIBCLANG_PATH", "/nowhere")));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("libclang with its own headers is missing"), "{said}");
    assert!(
        said.contains("apt-get install libclang1-19 libclang-common-19-dev"),
        "{said}"
    );
}
