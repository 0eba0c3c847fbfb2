//! Mistakes of plugin authors in code that compiles, and the errors that their users see.

use crate::support::{block, host, misbehaving, plugin_directory, tollgate};
use std::fs::File;
use std::process::{Command, Stdio};
use tollgate::{Block, Error};

const SOURCE: &str = include_str!("../fixtures/misbehaves/src/lib.rs");

/// The message of a failed call, and the line of the plugin's source that it names.
fn failure(operation: &str) -> (String, &'static str) {
    let error = misbehaving(operation).call(&block(&[], &[0])).unwrap_err();
    let Error::Failed {
        message, file, line, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(
        file.ends_with("src/lib.rs") && !file.contains("crates/plugin"),
        "{file}"
    );
    (message, SOURCE.lines().nth(line as usize - 1).unwrap().trim())
}

#[test]
fn a_commit_after_a_failed_reservation_is_an_error_at_the_author_s_line() {
    let (message, line) = failure("commits_without_room");
    assert!(
        message.starts_with("nothing to commit: no memory is reserved"),
        "{message}"
    );
    assert_eq!(line, "output.commit()");
}

#[test]
fn a_shape_that_was_not_reserved_is_an_error_at_the_author_s_line() {
    assert_eq!(
        failure("commits_another_shape"),
        (
            "the shape [2, 3] has 6 elements, and 5 were reserved: reserve and commit the same number".to_owned(),
            "output.commit_shape(&[2, 3], &[])"
        )
    );
}

#[test]
fn the_host_s_reason_for_a_refusal_reaches_the_user_with_the_author_s_line() {
    let (message, line) = failure("asks_too_much");
    assert_eq!(
        message,
        "out of memory: a buffer of 4611686018427387904 bytes could not be allocated"
    );
    assert_eq!(line, "output.reserve::<u8>(isize::MAX as usize / 2 + 1)?;");
}

#[test]
fn a_panic_that_no_call_reports_is_printed_as_one() {
    for (operation, message) in [
        ("panics_and_catches", "planted panic that is caught"),
        ("panics_elsewhere", "planted panic on another thread"),
    ] {
        let plugin = format!("misbehaves/{operation}");
        let output = tollgate(["run", "samples/nile.npy", "--plugin", &plugin, "--json"]);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        let line = text.lines().find(|line| line.contains(message));
        let line = line.unwrap_or_else(|| panic!("{operation}: {text}"));
        assert!(
            line.starts_with("a panic in a plugin, not reported by any call, at ") && line.ends_with(message),
            "{line}"
        );
    }
}

#[test]
fn a_panic_that_cannot_be_printed_does_not_end_the_process() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("skipped: this platform has no device that is always full");
        return;
    };
    for operation in ["panics_and_catches", "panics_elsewhere"] {
        let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .arg("--plugin-path")
            .arg(plugin_directory())
            .args(["run", "samples/nile.npy", "--json", "--plugin"])
            .arg(format!("misbehaves/{operation}"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::from(full.try_clone().unwrap()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{operation}: {output:?}");
    }
}

#[test]
fn statistics_of_more_columns_than_memory_holds_are_refused() {
    let mut describe = host().open("stats").unwrap().operation("describe").unwrap();
    for columns in [10_000_000_000_000, 1 << 25] {
        let shape = [0, columns];
        let input = Block::of::<f64>(&[], &shape, &[]).unwrap();
        let error = describe.call(&input).unwrap_err();
        assert_eq!(error.code(), "plugin-failed");
        let text = error.to_string();
        assert!(text.contains(&format!("the input has {columns} columns; ")), "{text}");
    }
    let shape = [0, 1000];
    let table = describe.call(&Block::of::<f64>(&[], &shape, &[]).unwrap()).unwrap();
    let (_, names) = table.columns().unwrap().next().unwrap();
    assert!(names.as_bytes().ends_with(b"c998\0c999\0"));
}
