//! Chores of this workspace, run as `cargo xtask`. No crate depends on it; tests install through [`install`].
//!
//! Exit codes: 0 where all is well, 1 where something is stale or could not be generated, 2 where a tool is missing or
//! the command line was off.

#![forbid(unsafe_code)]

mod bindings;
mod codegen;
mod difference;
pub mod install;
mod refusals;
mod tables;

use clap::{Parser, Subcommand};
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
    /// Writes the checked-in files that are generated from others: docs/REFUSALS.md from the host's errors, and
    /// src/sigkit/ffi.rs, the raw binding of sigkit, from its header
    Codegen {
        /// Writes nothing; fails where a checked-in file differs from what its generator writes, on any target
        #[arg(long)]
        check: bool,
    },
    /// Builds the command and the plugins, and lays them out for users and plugins' authors
    Install(install::Arguments),
}

/// Runs the chore that the command line names.
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Codegen { check } => codegen::run(check).map_err(|error| (error.exit_code(), error.to_string())),
        Chore::Install(arguments) => install::run(&arguments).map_err(|error| (1, error.to_string())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            eprintln!("error: {error}");
            ExitCode::from(code)
        }
    }
}
