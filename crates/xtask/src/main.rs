//! Chores of this workspace, run as `cargo xtask`. No other crate depends on it.
//!
//! Exit codes: 0 where all is well, 1 where something is stale or could not be generated, 2 where a tool is missing or
//! the command line was off.

#![deny(unsafe_code)]

mod bindings;
mod codegen;
mod difference;
mod header;
mod install;
mod matrix;
mod reference;
mod refusals;
mod repeatability;
mod tables;
mod torture;
mod variants;
mod xlto;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Tollgate's own chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Writes the checked-in files that are generated from others: tollgate.h from the contract's types,
    /// docs/REFUSALS.md from the host's errors, and src/sigkit/ffi.rs, the raw binding of sigkit, from its header
    Codegen {
        /// Writes nothing; fails where a checked-in file differs from what its generator writes, on any target
        #[arg(long)]
        check: bool,
    },
    /// Builds the command and the plugins, and lays them out for users and plugins' authors
    Install(install::Arguments),
    /// Runs hosts and plugins of other minor versions, compilers and profiles with one another, and compares with
    /// docs/MATRIX.md
    Matrix {
        /// Builds plugins by this compiler too, beside the one in use and an installed nightly (may be repeated)
        #[arg(long, value_name = "FILE")]
        rustc: Vec<PathBuf>,
        /// Writes docs/MATRIX.md
        #[arg(long)]
        write: bool,
    },
    /// Reads what NumPy and SciPy read, and compares to the byte
    Reference(reference::Arguments),
    /// Measures again and again on a loaded machine: whether the meter says the same, and ranks only what differs
    Repeatability(repeatability::Arguments),
    /// The load
    #[command(hide = true)]
    Spin,
    /// Opens mutated plugin files in hosts that are watched: none may die or hang, and each refusal must be a sentence
    Torture(torture::Arguments),
    /// Builds the workspace for other targets, runs what something here can run, and says which code each one chose
    ///
    /// Needs x86-64 Linux of Debian's kind (apt-get, as root where a package is missing: C compilers, qemu, Wine,
    /// node), pip, the network for what is missing, some 10 GB under target/, and half an hour for all. What cargo was
    /// asked, and what it printed, is in target/variants-logs.
    Variants(variants::Arguments),
    /// Builds the command with its C inlined into Rust by cross-language LTO, and holds `bench` to the proof of it
    Xlto(xlto::Arguments),
    /// One of those hosts
    #[command(hide = true)]
    TortureHost(torture::Batch),
}

fn main() -> ExitCode {
    tollgate_inspect::run_if_worker();
    torture::call_if_asked();
    match Arguments::parse().chore {
        Chore::Codegen { check } => ended(codegen::run(check), codegen::Error::exit_code),
        Chore::Install(arguments) => ended(install::run(&codegen::workspace(), &arguments), |_| 1),
        Chore::Matrix { rustc, write } => ended(
            matrix::run(&matrix::Options {
                compilers: rustc,
                write,
            }),
            |_| 1,
        ),
        Chore::Reference(arguments) => ended(reference::run(&arguments), |_| 1),
        Chore::Repeatability(arguments) => ended(repeatability::run(&codegen::workspace(), &arguments), |_| 1),
        Chore::Spin => repeatability::spin(),
        Chore::Torture(arguments) => ended(torture::run(&arguments), |_| 1),
        Chore::Variants(arguments) => ended(variants::run(&codegen::workspace(), &arguments), |error| match error {
            variants::Error::Unknown { .. } => 2,
            _ => 1,
        }),
        Chore::Xlto(arguments) => ended(xlto::run(&arguments), |_| 1),
        Chore::TortureHost(batch) => ended(torture::run_host(&batch), |_| 1),
    }
}

/// Says what went wrong, and gives the exit code.
fn ended<E: std::fmt::Display>(outcome: Result<(), E>, code: impl Fn(&E) -> u8) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(code(&error))
        }
    }
}
