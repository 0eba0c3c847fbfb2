//! `--cfg tollgate_backend="..."`: the build script's answer to each value.

use std::path::Path;
use std::process::{Command, Output};

/// Compiles the build script like cargo, and runs it with the value that cargo would pass.
fn build_script(value: Option<&str>) -> Option<Output> {
    let directory = match tollgate_platform::file::private_directory() {
        Ok(directory) if cfg!(not(target_family = "wasm")) && std::env::var_os("TOLLGATE_RUNNER").is_none() => {
            directory
        }
        _ => {
            println!("skipped: where the tests run, there is no compiler");
            return None;
        }
    };
    let program = directory.path().join("build-script");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = Command::new(&rustc)
        .args(["--edition", "2024", "-o"])
        .arg(&program)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs"))
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    let mut run = Command::new(&program);
    run.env("RUSTC", &rustc)
        .env("TARGET", "any")
        .env_remove("CARGO_CFG_TOLLGATE_BACKEND");
    if let Some(value) = value {
        run.env("CARGO_CFG_TOLLGATE_BACKEND", value);
    }
    Some(run.output().unwrap())
}

/// Cargo's output for a package with only this build script, built with these flags.
fn cargo(flags: &str) -> Output {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let package = directory.path();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    std::fs::copy(script, package.join("build.rs")).unwrap();
    std::fs::write(package.join("lib.rs"), "").unwrap();
    std::fs::write(
        package.join("Cargo.toml"),
        "[package]\nname = \"scratch\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n",
    )
    .unwrap();
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--offline", "--quiet"])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .env("RUSTFLAGS", flags)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output();
    output.unwrap()
}

#[test]
fn a_misspelt_back_end_is_a_compile_error() {
    for value in ["falback", "linux", ""] {
        let Some(said) = build_script(Some(value)) else { return };
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(!text.contains("cargo::rustc-env"), "it goes no further: {text}");
        assert_eq!(
            text.lines().find(|line| line.starts_with("cargo::error=")),
            Some(&*format!(
                "cargo::error=--cfg tollgate_backend={value:?} names no back end that can be forced: set \
                 RUSTFLAGS='--cfg tollgate_backend=\"fallback\"', or leave it out, and the target's own is taken"
            ))
        );
    }
    let refused = cargo("--cfg tollgate_backend=\"falback\"");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("names no back end that can be forced: set RUSTFLAGS="),
        "{said}"
    );
}

#[test]
fn the_fallback_and_an_unset_value_are_accepted() {
    for value in [None, Some("fallback")] {
        let Some(said) = build_script(value) else { return };
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(
            said.status.success() && !text.contains("cargo::error"),
            "{value:?}: {text}"
        );
        assert!(text.contains("cargo::rustc-env=TOLLGATE_TARGET=any"), "{text}");
    }
    let taken = cargo("--cfg tollgate_backend=\"fallback\"");
    assert!(taken.status.success(), "{taken:?}");
}
