//! A measurement in a file: the document of `bench --json`.

use super::super::SCHEMA;
use super::super::failure::{Failure, one_line};
use super::plugin::{Request, request_of};
use serde_json::Value as Json;
use std::io::Write;
use std::path::{Path, PathBuf};
use tollgate_meter::Report;
use tollgate_platform::file;

/// The path of an output file, which is written atomically. It is checked before the work, so that a path that cannot
/// be written is reported at once and not after the work.
pub(crate) struct Place {
    path: PathBuf,
}

impl Place {
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let place = Self { path: path.to_owned() };
        if path.is_dir() {
            return Err(place.wrong(std::io::ErrorKind::IsADirectory.into()));
        }
        // The temporary file is removed at once, because the work may be interrupted.
        place.replacement().map_err(|error| place.wrong(error))?;
        Ok(place)
    }

    /// Writes a temporary file in the same directory, then renames it over the old file.
    pub(crate) fn fill(&self, text: &str) -> Result<(), Failure> {
        let fill = || {
            let (path, mut file) = self.replacement()?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)
        };
        fill().map(drop).map_err(|error| self.wrong(error))
    }

    fn replacement(&self) -> std::io::Result<(PathBuf, tempfile::NamedTempFile)> {
        // Follows a link: its target is replaced, not the link.
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        // Checked first, because an error would otherwise name the temporary file.
        std::fs::metadata(directory)?;
        let file = file::replacement_in(directory)?;
        Ok((path, file))
    }

    fn wrong(&self, error: std::io::Error) -> Failure {
        Failure::io(format!("write {}", self.path.display()), error)
    }
}

/// Reads a measurement that `--save` wrote, and which plugin was measured if one was.
pub(crate) fn read(path: &Path) -> Result<(Report, Option<Request>), Failure> {
    let refused = |problem: String| refused(path, &problem);
    let opened = file::open_regular(path).map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
    let text =
        std::io::read_to_string(opened).map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
    let damaged = |error: serde_json::Error| {
        refused(format!(
            "it is damaged or was not written by `bench --save`: {error}: save a new one"
        ))
    };
    let document: Json = serde_json::from_str(&text).map_err(damaged)?;
    match document.get("schema") {
        Some(schema) if *schema == SCHEMA => {}
        Some(schema) => {
            return Err(refused(format!(
                "its schema is {schema} and this command reads {SCHEMA}: save a new one with this command"
            )));
        }
        None => {
            return Err(refused(
                "it has no `schema`, so `bench --save` did not write it".to_owned(),
            ));
        }
    }
    if document.get("function").is_some() {
        return Err(refused(
            "it measures one function (`bench --library`), and `bench check` measures this program's own rows"
                .to_owned(),
        ));
    }
    let request = request_of(&document).transpose().map_err(damaged)?;
    // Parsed from the text, which keeps all digits of floating-point numbers.
    let report = serde_json::from_str(&text).map_err(damaged)?;
    Ok((report, request))
}

/// The error for a baseline that cannot be used.
pub(crate) fn refused(path: &Path, problem: &str) -> Failure {
    Failure::Work {
        code: "baseline",
        message: one_line(&format!("cannot compare with {}: {problem}", path.display())),
    }
}
