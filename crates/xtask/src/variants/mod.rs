//! `cargo xtask variants`: builds the workspace for other targets, runs it if this machine can, and makes a table of
//! what each build reports.
//!
//! `.ci/cross` installs what building for a target needs in a separate directory. A target that the installed
//! toolchain has (for example from rustup) is built with that. The back end and the facilities are read from the
//! running command, the number of tests from the output of the test programs; if a variant is only linked, from the
//! file; if it is only checked, from the compiler's list of source files.

mod build;
mod link;
mod outcome;
mod setting;
mod table;
mod targets;

use outcome::Outcome;
use setting::Builder;
use std::path::{Path, PathBuf};
use targets::{NATIVE, VARIANTS, Variant};

/// The document with the table, and its rows.
const DOCUMENT: &str = "docs/VARIANTS.md";
const ROWS: &str = "docs/variants.json";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build only this variant, by its name or its target in --list (may be repeated)
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// List the variants and what is expected of each, without building
    #[arg(long, conflicts_with_all = ["write", "keep"])]
    list: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// The directory of the toolchains for other targets [default: target/cross-toolchains of the workspace]
    #[arg(long, value_name = "DIR", value_parser = crate::typed::path())]
    toolchains: Option<PathBuf>,
    /// Update the rows of docs/VARIANTS.md and docs/variants.json for variants that are as expected
    #[arg(long)]
    write: bool,
    /// Keep the builds for other targets under target/variants instead of removing them at the end
    #[arg(long)]
    keep: bool,
    /// Plant an endianness error and a wrong layout, and fail unless s390x finds the first and i686 the second
    #[arg(long, conflicts_with_all = ["target", "list", "write", "json"])]
    self_check: bool,
}

/// Why a variant is not as expected, or could not be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no variant has the name or target {name:?}: --list lists the variants")]
    Unknown { name: String },
    #[error("variants can be built only on {NATIVE}, for which .ci/cross installs compilers; this is {host}")]
    Host { host: &'static str },
    #[error("{action} failed: {problem}")]
    Tool { action: String, problem: String },
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} has no valid rows of variants: {problem}; remove it, and run every variant with --write", path.display())]
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
    let host = tollgate_platform::variant().target;
    if host != NATIVE {
        return Err(Error::Host { host });
    }
    let builder = Builder {
        workspace: workspace.to_owned(),
        toolchains: match &arguments.toolchains {
            Some(directory) => directory.clone(),
            None => workspace.join("target/cross-toolchains"),
        },
        keep: arguments.keep,
    };
    let result = match arguments.self_check {
        true => self_check(&builder),
        false => each(&builder, &chosen, arguments),
    };
    builder.remove_all();
    result
}

/// Builds these variants and shows the results.
fn each(builder: &Builder, chosen: &[&'static Variant], arguments: &Arguments) -> Result<(), Error> {
    let mut outcomes = Vec::new();
    let mut broken = Vec::new();
    for variant in chosen {
        eprintln!("{}: {}", variant.name, variant.shows);
        let outcome = builder.outcome(variant);
        eprintln!("{}: {} after {} s", variant.name, outcome.state(), outcome.seconds);
        if let Some(problem) = outcome.broken(variant) {
            broken.push(format!("{problem} (see {})", builder.log(variant).display()));
        }
        outcomes.push(outcome);
    }
    match arguments.json {
        true => print!("{}", table::json(&outcomes)),
        false => print!("{}\n{}", table::table(&outcomes), table::sections(&outcomes)),
    }
    if arguments.write {
        let good = chosen
            .iter()
            .zip(&outcomes)
            .filter(|(variant, row)| row.broken(variant).is_none());
        write(
            &builder.workspace,
            &good.map(|(_, row)| row.clone()).collect::<Vec<_>>(),
        )?;
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(Error::Broken {
            broken,
            all: outcomes.len(),
        }),
    }
}

/// Updates these variants' rows.
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
    let named = |variant: &Variant, name: &String| variant.name == name || variant.target == name;
    for name in names {
        if !VARIANTS.iter().any(|variant| named(variant, name)) {
            return Err(Error::Unknown { name: name.clone() });
        }
    }
    let chosen = VARIANTS
        .iter()
        .filter(|variant| names.iter().any(|name| named(variant, name)));
    Ok(chosen.collect())
}

/// An error that only one kind of target can show must be found there and nowhere else.
fn self_check(builder: &Builder) -> Result<(), Error> {
    const PLANTED: [(&str, &str, &str); 2] = [
        (
            "endianness",
            "s390x-unknown-linux-gnu",
            "a_little_endian_header_is_read_in_native_order",
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
                    found: format!("{} tests passed and these failed: {:?}", tests.passed, tests.failed),
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
