//! What generators share: where the workspace lies, how a source is read, and how generating fails.

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
        "the binding for {target} differs from the one for {reference}: give the header fixed-width \
            types.\n{difference}"
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

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File {
        tried: "read",
        path: path.to_owned(),
        source,
    })
}

/// The workspace's own directory.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("this crate lies in crates/xtask of the workspace")
        .to_owned()
}
