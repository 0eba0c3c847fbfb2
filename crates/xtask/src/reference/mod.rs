//! `cargo xtask reference`: every file of NumPy's and SciPy's own tests, and a generated product of types, orders,
//! shapes and versions, read here and by NumPy and SciPy: all bytes are equal, or the refusal is a
//! message.

mod compare;

use crate::source::workspace;
use crate::typed;
use compare::{Case, Outcome, Reference};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

const SCRIPT: &str = "crates/xtask/src/reference/make.py";
const DOCUMENT: &str = "docs/REFERENCE.md";

/// What is used, and whether the table is written.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A Python with NumPy and SciPy [default: a virtual environment in target/reference, filled from PyPI]
    #[arg(long, value_name = "PROGRAM", value_parser = typed::program())]
    python: Option<PathBuf>,
    /// Write docs/REFERENCE.md
    #[arg(long)]
    write: bool,
}

/// Why the comparison failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be run.
    #[error("cannot run {program}: {source}; install Python 3 with venv (Debian: `apt-get install python3-venv`)")]
    Run {
        /// The program.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// A program failed and printed the reason.
    #[error("{program} failed: see its messages above")]
    Failed {
        /// The program.
        program: String,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was attempted.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The script wrote an invalid line.
    #[error("{SCRIPT} wrote an invalid line: {0}")]
    Case(serde_json::Error),
    /// Arrays differ; each is named above.
    #[error("{count} of {all} arrays differ from the reference; the first is {first}")]
    Differ {
        /// How many.
        count: usize,
        /// Of how many.
        all: usize,
        /// The first difference.
        first: String,
    },
}

/// Reads everything in both ways and compares.
///
/// # Errors
/// [`Error`]; [`Error::Differ`] if an array is not the same.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let root = workspace();
    let home = root.join("target/reference");
    let python = match &arguments.python {
        Some(python) => python.clone(),
        None => environment(&home)?,
    };
    let cases = home.join("cases");
    if cases.exists() {
        fs::remove_dir_all(&cases).map_err(|source| file("empty", &cases, source))?;
    }
    fs::create_dir_all(&cases).map_err(|source| file("make", &cases, source))?;
    command(
        Command::new(&python)
            .arg("-W")
            .arg("ignore")
            .arg(root.join(SCRIPT))
            .arg(&cases),
    )?;

    let mut reference = Reference::open(&cases).map_err(|source| file("read", &cases, source))?;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let (mut differ, mut all) = (Vec::new(), 0);
    let list = cases.join("cases.jsonl");
    let text = fs::read_to_string(&list).map_err(|source| file("read", &list, source))?;
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).map_err(Error::Case)?;
        all += 1;
        let outcome = reference.compare(&case);
        let name = case.name();
        let group = groups.entry(case.group).or_default();
        group.arrays += 1;
        match outcome {
            Outcome::Same => group.same += 1,
            Outcome::BothRefuse(sentence) => group.both.push((name, sentence)),
            Outcome::Refused(sentence) => group.refused.push((name, sentence)),
            Outcome::OnlyHere(sentence) => group.only_here.push((name, sentence)),
            Outcome::Differs(how) => {
                eprintln!("{name}: {how}");
                differ.push(format!("{name}: {how}"));
            }
        }
    }
    let written = cases.join("written.jsonl");
    fs::write(&written, reference.written()).map_err(|source| file("write", &written, source))?;
    let document = document(&cases, &groups)?;
    print!("{document}");
    if let Some(first) = differ.first() {
        return Err(Error::Differ {
            count: differ.len(),
            all,
            first: first.clone(),
        });
    }
    // The reverse: files written here are read by the reference.
    command(
        Command::new(&python)
            .arg(root.join(SCRIPT))
            .arg(&cases)
            .arg("--written"),
    )?;
    if arguments.write {
        let path = root.join(DOCUMENT);
        fs::write(&path, document).map_err(|source| file("write", &path, source))?;
    }
    Ok(())
}

/// The results of one group's arrays; each refusal has its file and its message.
#[derive(Default)]
struct Group {
    arrays: usize,
    same: usize,
    both: Vec<(String, String)>,
    refused: Vec<(String, String)>,
    only_here: Vec<(String, String)>,
}

/// The interpreter of a virtual environment with both packages.
fn environment(home: &Path) -> Result<PathBuf, Error> {
    let venv = home.join("venv");
    // The path of the interpreter in an environment differs between systems.
    let python = || {
        let places = ["bin/python", "Scripts/python.exe"].map(|place| venv.join(place));
        let [first, _] = &places;
        places.iter().find(|place| place.exists()).unwrap_or(first).clone()
    };
    let ready = Command::new(python()).args(["-c", "import numpy, scipy"]).output();
    if ready.is_ok_and(|output| output.status.success()) {
        return Ok(python());
    }
    command(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    command(Command::new(python()).args(["-m", "pip", "install", "-q", "numpy", "scipy"]))?;
    Ok(python())
}

fn command(command: &mut Command) -> Result<(), Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Error::Failed { program }),
        Err(source) => Err(Error::Run { program, source }),
    }
}

fn file(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File {
        action,
        path: path.to_owned(),
        source,
    }
}

fn document(cases: &Path, groups: &BTreeMap<String, Group>) -> Result<String, Error> {
    let path = cases.join("versions.json");
    let versions = fs::read_to_string(&path).map_err(|source| file("read", &path, source))?;
    let versions: serde_json::Value = serde_json::from_str(&versions).map_err(Error::Case)?;
    let version = |package: &str| versions[package].as_str().unwrap_or("?").to_owned();
    let mut text = format!(
        "# What NumPy and SciPy read, and what is read here\n\n\
         Written by `cargo xtask reference --write`. CI runs the comparison. NumPy {} and SciPy {}, from PyPI.\n\n\
         It reads every `.npy`, `.npz` and `.wav` in the test data of the two installed packages, and a generated \
         product: the types\n\
         `i1` to `u8`, half to double, complex, bool, `S`, `U`, `V`, `datetime64`, `timedelta64`, and packed and \
         aligned records with\n\
         sub-arrays and nested records, in both byte orders; C and Fortran order; ten shapes, with empty and \
         zero-dimensional ones;\n\
         the three versions of the header; headers of every length modulo 16; stored and compressed archives.\n\n\
         *Same* means: the type, the byte order, the memory order and the shape equal those of the reference; a copy \
         in C order has\n\
         the same bytes; and the elements in place, aligned, unaligned or swapped, are the same. Padding of records \
         is not compared.\n\
         Arrays of each type and shape except records, and all sound, are also written by `write_npy` and \
         `write_wav`: NumPy and\n\
         SciPy read the same bytes, shapes and rates, aligned.\n\n\n\
         | group | arrays | same | refused by both | refused only here | read only here |\n\
         | --- | --- | --- | --- | --- | --- |\n",
        version("numpy"),
        version("scipy")
    );
    for (name, group) in groups {
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} |",
            group.arrays,
            group.same,
            group.both.len(),
            group.refused.len(),
            group.only_here.len()
        )
        .expect("a String takes everything");
    }
    for (title, of) in [
        (
            "Refused by both",
            (|group| &group.both) as fn(&Group) -> &Vec<(String, String)>,
        ),
        ("Refused only here", |group| &group.refused),
        ("Read only here, with the message of the reference", |group| {
            &group.only_here
        }),
    ] {
        // A message about many files is listed once, with the first file.
        let mut sentences: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
        for (name, sentence) in groups.values().flat_map(of) {
            sentences.entry(sentence).or_insert((name, 0)).1 += 1;
        }
        if sentences.is_empty() {
            continue;
        }
        write!(text, "\n## {title}\n\n").expect("a String takes everything");
        let mut lines: Vec<String> = sentences
            .iter()
            .map(|(sentence, (name, count))| match count {
                1 => format!("- `{name}`: {sentence}\n"),
                _ => format!("- `{name}` and {} more: {sentence}\n", count - 1),
            })
            .collect();
        lines.sort();
        text.extend(lines);
    }
    Ok(text)
}
