//! `cargo xtask variants`: the workspace built for other targets, run where something here runs them, and a table of what each
//! build says of itself.
//!
//! What building for a target needs is laid out by `.ci/cross` in a directory of its own; a target that the installed toolchain
//! has (by rustup, say) is built by that. The back end and the facilities are read from the running command, the number of
//! tests from what the test programs print; for what is only linked, from the file; for what is only checked, from the
//! compiler's list of the files that it read.

mod build;
mod link;
mod outcome;
mod setting;
mod table;
mod targets;

use outcome::Outcome;
use setting::Builder;
use std::path::{Path, PathBuf};
use targets::{VARIANTS, Variant};

/// Where the table stands, and the rows that it is made of.
const DOCUMENT: &str = "docs/VARIANTS.md";
const ROWS: &str = "docs/variants.json";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Builds this variant, by its name in the list, and no other that is not named too (may be repeated)
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Lists the variants and what is expected of each, and builds nothing
    #[arg(long)]
    list: bool,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
    /// Where the toolchains for other targets are laid out, and found again
    #[arg(long, value_name = "DIR", default_value = "target/cross-toolchains")]
    toolchains: PathBuf,
    /// Writes docs/VARIANTS.md and docs/variants.json, once all variants are as expected; rows of others stay
    #[arg(long)]
    write: bool,
    /// Keeps what was built for other targets, under target/variants
    #[arg(long)]
    keep: bool,
    /// Plants an endianness error and a wrong layout, and fails unless s390x shows the one and i686 the other
    #[arg(long, conflicts_with_all = ["target", "list", "write"])]
    self_check: bool,
}

/// Why a variant is not as expected, or could not be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no variant is named {name:?}: there are {}", known.join(", "))]
    Unknown { name: String, known: Vec<&'static str> },
    #[error("{action} failed: {problem}")]
    Tool { action: String, problem: String },
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} holds no rows of variants: {problem}; remove it, and run every variant with --write", path.display())]
    Rows { path: PathBuf, problem: serde_json::Error },
    #[error("{} of {all} variants are not as expected: {}", broken.len(), broken.join("; "))]
    Broken { broken: Vec<String>, all: usize },
    #[error("the planted {planted} was not found on {target}: {found}")]
    NotFound {
        planted: &'static str,
        target: &'static str,
        found: String,
    },
}

pub(crate) fn run(workspace: &Path, arguments: &Arguments) -> Result<(), Error> {
    let chosen = chosen(&arguments.target)?;
    if arguments.list {
        print!("{}", table::list(&chosen, arguments.json));
        return Ok(());
    }
    let builder = Builder {
        workspace: workspace.to_owned(),
        toolchains: workspace.join(&arguments.toolchains),
        keep: arguments.keep,
    };
    let result = match arguments.self_check {
        true => self_check(&builder),
        false => each(&builder, &chosen, arguments),
    };
    builder.remove_all();
    result
}

/// Builds these variants, and shows what became of them.
fn each(builder: &Builder, chosen: &[&'static Variant], arguments: &Arguments) -> Result<(), Error> {
    let mut outcomes = Vec::new();
    let mut broken = Vec::new();
    for variant in chosen {
        eprintln!("{}: {}", variant.name, variant.shows);
        let outcome = builder.outcome(variant);
        eprintln!("{}: {} after {} s", variant.name, outcome.state(), outcome.seconds);
        broken.extend(outcome.broken(variant));
        outcomes.push(outcome);
    }
    match arguments.json {
        true => print!("{}", table::json(&outcomes)),
        false => print!("{}", table::table(&outcomes)),
    }
    if !broken.is_empty() {
        return Err(Error::Broken {
            broken,
            all: outcomes.len(),
        });
    }
    match arguments.write {
        true => write(&builder.workspace, &outcomes),
        false => Ok(()),
    }
}

/// Renews these variants' rows.
fn write(workspace: &Path, outcomes: &[Outcome]) -> Result<(), Error> {
    let io = |action| {
        move |path: &Path, source| Error::Io {
            action,
            path: path.to_owned(),
            source,
        }
    };
    let path = workspace.join(ROWS);
    let old = match path.exists() {
        true => {
            let text = std::fs::read_to_string(&path).map_err(|source| io("read")(&path, source))?;
            table::rows(&text).map_err(|problem| Error::Rows {
                path: path.clone(),
                problem,
            })?
        }
        false => Vec::new(),
    };
    let rows = table::merged(old, outcomes);
    for (path, text) in [
        (path, table::json(&rows)),
        (workspace.join(DOCUMENT), table::document(&rows)),
    ] {
        std::fs::write(&path, text).map_err(|source| io("write")(&path, source))?;
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Variant>, Error> {
    if names.is_empty() {
        return Ok(VARIANTS.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            VARIANTS
                .iter()
                .find(|variant| variant.name == name)
                .ok_or_else(|| Error::Unknown {
                    name: name.clone(),
                    known: VARIANTS.iter().map(|variant| variant.name).collect(),
                })
        })
        .collect()
}

/// An error that only one kind of target shows must be found there, and nowhere else.
fn self_check(builder: &Builder) -> Result<(), Error> {
    const PLANTED: [(&str, &str, &str); 2] = [
        (
            "endianness",
            "s390x-unknown-linux-gnu",
            "a_little_endian_header_is_read_as_it_lies",
        ),
        (
            "layout",
            "i686-unknown-linux-gnu",
            "a_block_of_eight_bytes_lies_at_a_multiple_of_eight",
        ),
    ];
    for (planted, target, test) in PLANTED {
        for variant in VARIANTS {
            let shows = variant.name == target;
            if !shows && variant.name != "native" {
                continue;
            }
            let tests = builder.planted(variant, planted)?;
            let failed = tests.failed.iter().any(|name| name == test);
            let as_expected = match shows {
                true => failed && tests.failed.len() == 1,
                false => tests.failed.is_empty() && tests.passed > 0,
            };
            if !as_expected {
                return Err(Error::NotFound {
                    planted,
                    target: variant.name,
                    found: format!("{} tests passed, and failed have {:?}", tests.passed, tests.failed),
                });
            }
            println!(
                "planted {planted}, {}: {}",
                variant.name,
                if shows { "found" } else { "not seen, as expected" }
            );
        }
    }
    Ok(())
}
