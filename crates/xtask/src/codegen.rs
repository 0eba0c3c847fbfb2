//! `cargo xtask codegen`: writes the checked-in generated files from their sources, or checks that they are up to date.

use crate::source::{Error, read, workspace};
use crate::{bindings, difference, header, refusals, tables};
use std::path::Path;

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
