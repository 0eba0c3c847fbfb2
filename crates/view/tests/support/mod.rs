//! Runs the software that others wrote, to compare with.

// Each test program uses its own part of this module.
#![allow(dead_code)]

use std::path::Path;
use std::process::Command;

/// What the Python program `script` prints, given `arguments`; `None`, said on standard error, where there is no Python
/// with the modules `needs`, which is a failure where `TOLLGATE_REQUIRE_ALL` is 1.
pub(crate) fn python(needs: &str, script: &str, arguments: &[&Path]) -> Option<String> {
    let there = Command::new("python3")
        .args(["-c", &format!("import {needs}")])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        let required = std::env::var_os("TOLLGATE_REQUIRE_ALL").is_some_and(|value| value == "1");
        assert!(!required, "python3 with {needs} is required");
        eprintln!("There is no python3 with {needs}: what needs it is skipped.");
        return None;
    }
    let output = Command::new("python3")
        .arg("-c")
        .arg(script)
        .args(arguments)
        .output()
        .expect("python3 ran a moment ago");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("the scripts here print ASCII"))
}
