//! Developer commands of this workspace, run as `cargo xtask`. No other crate depends on it.
//!
//! Exit codes: 0 success; 1 something is stale or the work failed; 2 a tool is missing, or a
//! usage error.

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
mod source;
mod tables;
mod torture;
mod typed;
mod variants;
mod xlto;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Developer commands of the Tollgate workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Write the checked-in generated files: tollgate.h from the contract's types,
    /// docs/REFUSALS.md from the host's errors, and src/sigkit/ffi.rs, the raw binding of sigkit, from its header
    Codegen {
        /// Write nothing, and fail if a checked-in file differs from what its generator writes, on any target
        #[arg(long)]
        check: bool,
    },
    /// Build the command and the plugins, and install them for users and plugin authors
    Install(install::Arguments),
    /// Run hosts and plugins of other minor versions, compilers and profiles with each other, and compare with
    /// docs/MATRIX.md
    Matrix {
        /// Build plugins with this compiler too, besides the one in use and an installed nightly (may be repeated)
        #[arg(long, value_name = "FILE", value_parser = typed::program())]
        rustc: Vec<PathBuf>,
        /// Write docs/MATRIX.md
        #[arg(long)]
        write: bool,
    },
    /// Read the files that NumPy and SciPy read, and compare every byte
    Reference(reference::Arguments),
    /// Measure repeatedly on a loaded machine: check that the meter repeats its figures and ranks only rows that differ
    Repeatability(repeatability::Arguments),
    /// The load
    #[command(hide = true)]
    Spin,
    /// Open mutated plugin files in watched hosts: none may crash or hang, and each refusal must be a message
    Torture(torture::Arguments),
    /// Build the workspace for other targets, run what can run on this machine, and show which variant each one chose
    ///
    /// Needs Debian or a derivative on x86-64 (apt-get, as root if a package is missing: C compilers, qemu, Wine,
    /// node), pip, the network for missing packages, about 10 GB under target/, and half an hour for all. The commands
    /// of cargo and their output are in target/variants-logs.
    Variants(variants::Arguments),
    /// Build the command with its C inlined into Rust by cross-language LTO, and let `bench` prove that it is
    Xlto(xlto::Arguments),
    /// One of those hosts
    #[command(hide = true)]
    TortureHost(torture::Batch),
}

fn main() -> ExitCode {
    tollgate_inspect::run_if_worker();
    torture::call_if_asked();
    match Arguments::parse().chore {
        Chore::Codegen { check } => ended(codegen::run(check), source::Error::exit_code),
        Chore::Install(arguments) => ended(install::run(&source::workspace(), &arguments), |_| 1),
        Chore::Matrix { rustc, write } => ended(
            matrix::run(&matrix::Options {
                compilers: rustc,
                write,
            }),
            |_| 1,
        ),
        Chore::Reference(arguments) => ended(reference::run(&arguments), |_| 1),
        Chore::Repeatability(arguments) => ended(repeatability::run(&source::workspace(), &arguments), |_| 1),
        Chore::Spin => repeatability::spin(),
        Chore::Torture(arguments) => ended(torture::run(&arguments), |_| 1),
        Chore::Variants(arguments) => ended(variants::run(&source::workspace(), &arguments), |error| match error {
            variants::Error::Unknown { .. } => 2,
            _ => 1,
        }),
        Chore::Xlto(arguments) => ended(xlto::run(&arguments), |_| 1),
        Chore::TortureHost(batch) => ended(torture::run_host(&batch), |_| 1),
    }
}

/// Prints the error and returns the exit code.
fn ended<E: std::fmt::Display>(outcome: Result<(), E>, code: impl Fn(&E) -> u8) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(code(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Command, CommandFactory};
    use std::any::TypeId;

    /// The paths that a chore takes: the argument as it is typed, and what is typed before it.
    fn paths(chore: &Command) -> Vec<clap::Arg> {
        let is_path = |argument: &&clap::Arg| argument.get_value_parser().type_id() == TypeId::of::<PathBuf>();
        chore.get_arguments().filter(is_path).cloned().collect()
    }

    #[test]
    fn every_path_is_taken_from_the_directory_where_it_was_typed() {
        let here = std::env::current_dir().unwrap();
        let mut found = Vec::new();
        for chore in Arguments::command().get_subcommands() {
            for argument in paths(chore) {
                let typed = match argument.get_long() {
                    Some(long) => format!("--{long}=some/where"),
                    None => "some/where".to_owned(),
                };
                let mut alone = Command::new("chore").arg(argument.clone());
                let matches = alone.try_get_matches_from_mut(["chore", &typed]).unwrap();
                let path = matches.get_one::<PathBuf>(argument.get_id().as_str()).unwrap();
                assert_eq!(path, &here.join("some/where"), "{} {typed}", chore.get_name());
                found.push(format!("{} {}", chore.get_name(), argument.get_id()));
            }
            // What names a file and is no path would be missed above.
            for argument in chore.get_arguments() {
                let names = argument.get_value_names().unwrap_or_default();
                let names_a_file = names
                    .iter()
                    .any(|name| ["DIR", "FILE", "PROGRAM"].contains(&name.as_str()));
                let text = argument.get_value_parser().type_id() != TypeId::of::<PathBuf>();
                assert!(!(names_a_file && text), "{} {}", chore.get_name(), argument.get_id());
            }
        }
        for named in [
            "install prefix",
            "install built",
            "matrix rustc",
            "variants toolchains",
            "xlto cc",
        ] {
            assert!(found.iter().any(|path| path == named), "{named} is none of {found:?}");
        }
    }

    #[test]
    fn a_program_without_a_directory_is_searched_for() {
        let found = |typed: &str| typed::found(typed.into()).unwrap();
        assert_eq!(found("clang-19"), PathBuf::from("clang-19"));
        assert!(found("./clang-19").is_absolute() && found("bin/rustc").is_absolute());
    }
}
