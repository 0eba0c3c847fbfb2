//! Passes on what only a build script can see: the whole target triple, the compiler, and its flags.

use std::env::var;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(value) = var("CARGO_CFG_TOLLGATE_BACKEND")
        && value != "fallback"
    {
        println!(
            "cargo::error=--cfg tollgate_backend={value:?} names no back end that can be forced: set \
             RUSTFLAGS='--cfg tollgate_backend=\"fallback\"', or leave it out, and the target's own is taken"
        );
        // Cargo fails the build with this line as the message.
        return;
    }
    let target = var("TARGET").expect("cargo sets TARGET for every build script");
    tell("TARGET", &target);
    let rustc = var("RUSTC").expect("cargo sets RUSTC for every build script");
    let version = Command::new(&rustc).arg("--version").output();
    let version = version.map_or(rustc, |output| String::from_utf8_lossy(&output.stdout).into_owned());
    tell("RUSTC", &version);
    tell("PROFILE", &var("PROFILE").unwrap_or_default());
    tell("OPT_LEVEL", &var("OPT_LEVEL").unwrap_or_default());
    tell("TARGET_FEATURES", &var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default());
    let flags = var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    tell("RUSTFLAGS", &flags.replace('\u{1f}', " "));
}

/// As one line, because cargo accepts only one.
fn tell(name: &str, value: &str) {
    let words: Vec<&str> = value.split_whitespace().collect();
    println!("cargo::rustc-env=TOLLGATE_{name}={}", words.join(" "));
}
