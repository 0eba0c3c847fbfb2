//! `cargo xtask codegen`: writes the checked-in generated files from their sources, or checks that they are up to date.

use crate::{bindings, difference, header, refusals, tables};
use std::io;
use std::path::{Path, PathBuf};

/// Why generating or the check failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program or library that generating needs was not found.
    #[error("{tool} is missing; it {purpose}: {remedy}. ({found})")]
    Missing {
        tool: &'static str,
        purpose: &'static str,
        remedy: &'static str,
        found: String,
    },
    /// A file could not be read or written.
    #[error("cannot {tried} {}: {source}", path.display())]
    File {
        tried: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// bindgen refused the header.
    #[error("bindgen cannot read {} for {target}: {reason}", header.display())]
    Header {
        header: PathBuf,
        target: &'static str,
        reason: String,
    },
    /// rustfmt refused what was generated.
    #[error("rustfmt cannot format the generated binding: {0}")]
    Format(String),
    /// A function of the list of safe functions is not in the header.
    #[error(
        "the header declares {function} {found} times, and crates/xtask/src/bindings.rs says once that it is safe: \
         bring the list up to date with the header"
    )]
    SafeList { function: &'static str, found: usize },
    /// The generator cannot parse the errors' source, or a variant is not documented.
    #[error("{0}")]
    Refusals(String),
    /// The contract's types or the header's template cannot be written in C.
    #[error("crates/abi: {0}")]
    Contract(String),
    /// Two targets got different bindings, so one file cannot serve both.
    #[error(
        "the binding for {target} differs from the one for {reference}: give the header fixed-width types.\n{difference}"
    )]
    TargetsDiffer {
        target: &'static str,
        reference: &'static str,
        difference: String,
    },
    /// A checked-in file is stale.
    #[error("{} is stale: run `cargo xtask codegen` and commit the result.\n{difference}", path.display())]
    Stale { path: PathBuf, difference: String },
    /// The CRC tables are stale.
    #[error("the tables of CRC-32C are stale: run `python3 {script}` and commit the result. ({found})")]
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

/// A checked-in file and its generator.
type Generated = (&'static str, fn(&Path) -> Result<String, Error>);

/// The generators that need no tool come first.
const FILES: [Generated; 3] = [
    (header::FILE, header::generate),
    (refusals::FILE, refusals::generate),
    (bindings::FILE, bindings::generate),
];

/// Writes the generated files, or only compares them. A missing tool is reported last, after the files that need none.
pub(crate) fn run(check: bool) -> Result<(), Error> {
    let root = workspace();
    let mut missing = None;
    for (file, generate) in FILES {
        let done = generate(&root).and_then(|text| {
            if check {
                compare(&root, file, &text)
            } else {
                write(&root, file, &text)
            }
        });
        match done {
            Err(error @ Error::Missing { .. }) => missing = Some(error),
            done => done?,
        }
    }
    if check {
        tables::check(&root)?;
        println!("the tables of CRC-32C are up to date");
    }
    missing.map_or(Ok(()), Err)
}

fn compare(root: &Path, file: &'static str, generated: &str) -> Result<(), Error> {
    let found = read(&root.join(file))?;
    if found != generated {
        return Err(Error::Stale {
            path: file.into(),
            difference: difference::between(&found, generated),
        });
    }
    println!("{file} is fresh");
    Ok(())
}

fn write(root: &Path, file: &'static str, generated: &str) -> Result<(), Error> {
    let path = root.join(file);
    std::fs::write(&path, generated).map_err(|source| Error::File {
        tried: "write",
        path,
        source,
    })?;
    println!("wrote {file}");
    Ok(())
}

pub(crate) fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File {
        tried: "read",
        path: path.to_owned(),
        source,
    })
}

pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("this crate lies in crates/xtask of the workspace")
        .to_owned()
}
