//! `cargo xtask xlto`: builds the command with its C inlined into Rust by cross-language LTO, and lets `bench` prove
//! that it is inlined.

use crate::source::workspace;
use crate::typed;
use serde_json::Value as Json;
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

/// The names of the compared rows in `bench`.
const RUST: &str = "add, Rust, inlined";
const C: &str = "add, static C, LTO claimed";

/// How it is built.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The C compiler: a Clang whose bitcode rustc's LLVM can read (14 to 19 work)
    #[arg(long, value_name = "PROGRAM", default_value = "clang-19", value_parser = typed::program())]
    cc: PathBuf,
    /// The build directory [default: target/xlto]
    #[arg(long, value_name = "DIR", value_parser = typed::path())]
    target_dir: Option<PathBuf>,
}

/// Why the claim was not proved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be run.
    #[error("cannot run {}: {source}{advice}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// The system's error.
        source: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// The build failed; cargo printed the reason.
    #[error(
        "the command cannot be built with cross-language LTO: see cargo's messages above (the linker must be the \
            toolchain's own lld, as on x86-64 Linux)"
    )]
    Build,
    /// The measurement failed; the command printed the reason.
    #[error("the claim was not proved: see the message of `bench` above")]
    Unproved,
    /// The command printed an unexpected document.
    #[error("`bench --json` printed no document with the rows {RUST:?} and {C:?}: check the command's version")]
    Document,
}

/// Builds, measures, and prints whether C through LTO ties with inlined Rust.
///
/// # Errors
/// [`Error`]. It is not an error if the two do not tie: prices never fail this command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let root = workspace();
    let target = match &arguments.target_dir {
        Some(directory) => directory.clone(),
        None => root.join("target").join("xlto"),
    };
    let version = output(
        Command::new(&arguments.cc).arg("--version"),
        "; install it, or name another Clang with --cc",
    )?;
    build(&root, &arguments.cc, &target)?;
    let command = target.join("release").join(format!("tollgate{EXE_SUFFIX}"));
    let json = output(
        Command::new(&command).args([
            "bench",
            "--json",
            "--only",
            "add, Rust, inlined",
            "--only",
            "add, static C",
        ]),
        "",
    )?;
    let document: Json = serde_json::from_slice(&json).map_err(|_| Error::Document)?;
    let rows = document["rows"].as_array().ok_or(Error::Document)?;
    println!(
        "C compiled by {}, thin LTO by rustc's own lld:",
        String::from_utf8_lossy(&version).lines().next().unwrap_or_default()
    );
    for row in rows {
        println!(
            "  {:30} {:>6.3} ns  {:>5.2} instructions  {}",
            row["row"].as_str().ok_or(Error::Document)?,
            row["ns"]["min"].as_f64().ok_or(Error::Document)?,
            row["instructions"].as_f64().unwrap_or(f64::NAN),
            row["proof"]["kind"].as_str().ok_or(Error::Document)?,
        );
    }
    let find = |name: &str| rows.iter().find(|row| row["row"] == name).ok_or(Error::Document);
    let (rust, c) = (find(RUST)?, find(C)?);
    // `bench` fails otherwise; checked again because this function promises it.
    if c["proof"]["kind"] != "inlined" {
        return Err(Error::Unproved);
    }
    let ties = c["ties_with"]
        .as_array()
        .is_some_and(|ties| ties.contains(&RUST.into()));
    println!(
        "C through cross-language LTO is proved inlined, and {} with inlined Rust: {} and {} ns.",
        if ties { "ties" } else { "does not tie" },
        c["ns"]["min"],
        rust["ns"]["min"]
    );
    Ok(())
}

fn build(root: &Path, compiler: &Path, target: &Path) -> Result<(), Error> {
    let cargo = PathBuf::from(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    let status = Command::new(&cargo)
        .args([
            "build",
            "--release",
            "--package",
            "tollgate-cli",
            "--bin",
            "tollgate",
            "--target-dir",
        ])
        .arg(target)
        .env("CC", compiler)
        .env("CFLAGS", "-flto=thin")
        .env("RUSTFLAGS", "-Clinker-plugin-lto")
        // Variables of cargo that would override these flags.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_PROFILE_RELEASE_LTO")
        .env("TOLLGATE_CLAIM_LTO", "1")
        .current_dir(root)
        .status()
        .map_err(|source| Error::Run {
            program: cargo,
            source,
            advice: "",
        })?;
    status.success().then_some(()).ok_or(Error::Build)
}

/// A program's standard output. Its standard error is inherited.
fn output(command: &mut Command, advice: &'static str) -> Result<Vec<u8>, Error> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| Error::Run {
        program: command.get_program().into(),
        source,
        advice,
    })?;
    output.status.success().then_some(output.stdout).ok_or(Error::Unproved)
}
