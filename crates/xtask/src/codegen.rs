//! `cargo xtask codegen`: the checked-in generated files, each from its source, and whether they are fresh.

use crate::{bindings, difference, tables};
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing was generated, or why the check failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program or library that generating needs is not there.
    #[error("{tool} is missing, which {purpose}: {remedy}. ({found})")]
    Missing {
        tool: &'static str,
        purpose: &'static str,
        remedy: &'static str,
        found: String,
    },
    /// A file could not be read or written.
    #[error("could not {tried} {}: {source}", path.display())]
    File {
        tried: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// bindgen refused the header.
    #[error("bindgen could not read {} for {target}: {reason}", header.display())]
    Header {
        header: PathBuf,
        target: &'static str,
        reason: String,
    },
    /// rustfmt refused what was generated.
    #[error("rustfmt could not format the generated binding: {0}")]
    Format(String),
    /// A function of the list of safe ones is not in the header.
    #[error(
        "the header declares {function} {found} times, and crates/xtask/src/bindings.rs says once that it is safe: \
         bring the list up to date with the header"
    )]
    SafeList { function: &'static str, found: usize },
    /// Two targets got different bindings, so that no checked-in file can serve both.
    #[error(
        "the binding for {target} differs from the one for {reference}: give the header fixed-width types.\n{difference}"
    )]
    TargetsDiffer {
        target: &'static str,
        reference: &'static str,
        difference: String,
    },
    /// A checked-in file is not what its generator writes.
    #[error("{} is stale: run `cargo xtask codegen` and commit what it writes.\n{difference}", path.display())]
    Stale { path: PathBuf, difference: String },
    /// The CRC tables are not what their generator writes.
    #[error("the tables of CRC-32C are stale: run `python3 {script}` and commit what it writes. ({found})")]
    StaleTables { script: &'static str, found: String },
}

impl Error {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Error::Missing { .. } => 2,
            _ => 1,
        }
    }
}

/// Writes what is generated, or only compares it.
pub(crate) fn run(check: bool) -> Result<(), Error> {
    let root = workspace();
    let path = root.join(bindings::FILE);
    let generated = bindings::generate(&root)?;
    if check {
        let found = std::fs::read_to_string(&path).map_err(|source| Error::File {
            tried: "read",
            path: path.clone(),
            source,
        })?;
        if found != generated {
            return Err(Error::Stale {
                path: bindings::FILE.into(),
                difference: difference::between(&found, &generated),
            });
        }
        println!(
            "{} is fresh, and the same for {} targets",
            bindings::FILE,
            bindings::TARGETS.len()
        );
        tables::check(&root)?;
        println!("the tables of CRC-32C are fresh");
        return Ok(());
    }
    std::fs::write(&path, generated).map_err(|source| Error::File {
        tried: "write",
        path: path.clone(),
        source,
    })?;
    println!("wrote {}", bindings::FILE);
    Ok(())
}

fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("this crate lies in crates/xtask of the workspace")
        .to_owned()
}
