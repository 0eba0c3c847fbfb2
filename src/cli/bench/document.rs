//! A measurement in a file: the document of `bench --json`, which lasts.

use super::super::SCHEMA;
use super::super::failure::{Failure, one_line};
use serde_json::Value as Json;
use std::io::Write;
use std::path::{Path, PathBuf};
use tollgate_meter::Report;
use tollgate_platform::file;

/// Where a file will appear, whole or not at all. It is looked at before the work, so that a place that cannot be
/// written to is said before the work and not after it.
pub(crate) struct Place {
    path: PathBuf,
}

impl Place {
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let place = Self { path: path.to_owned() };
        if path.is_dir() {
            return Err(place.wrong(std::io::ErrorKind::IsADirectory.into()));
        }
        // It goes away again at once: the work may be interrupted.
        place.replacement().map_err(|error| place.wrong(error))?;
        Ok(place)
    }

    /// Writes the file beside its place, and puts it there, over what was there.
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
        // A link is followed, so that its target is replaced and not the link.
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        // Asked first, because an error of the temporary file would name that file.
        std::fs::metadata(directory)?;
        let file = file::replacement_in(directory)?;
        Ok((path, file))
    }

    fn wrong(&self, error: std::io::Error) -> Failure {
        Failure::io(format!("write {}", self.path.display()), error)
    }
}

/// Reads a measurement that `--save` wrote.
pub(crate) fn read(path: &Path) -> Result<Report, Failure> {
    let refused = |problem: String| refused(path, &problem);
    let opened = file::open_regular(path).map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
    let text =
        std::io::read_to_string(opened).map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
    let document: Json = serde_json::from_str(&text).map_err(|error| {
        refused(format!(
            "it is damaged, or no document of `bench --save`: {error}: save a new one"
        ))
    })?;
    match document.get("schema") {
        Some(schema) if *schema == SCHEMA => {}
        Some(schema) => {
            return Err(refused(format!(
                "its schema is {schema} and this command reads {SCHEMA}: save a new one with this command"
            )));
        }
        None => {
            return Err(refused(
                "it has no `schema`, so it is no document of `bench --save`".to_owned(),
            ));
        }
    }
    if document.get("function").is_some() {
        return Err(refused(
            "it is of one function (`bench --library`), and the rows that are measured again are this program's own"
                .to_owned(),
        ));
    }
    // From the text, because a float's digits are read exactly there.
    serde_json::from_str(&text).map_err(|error| {
        refused(format!(
            "it is damaged, or no document of `bench --save`: {error}: save a new one"
        ))
    })
}

/// Why a baseline is not compared with.
pub(crate) fn refused(path: &Path, problem: &str) -> Failure {
    Failure::Work {
        code: "baseline",
        message: one_line(&format!("cannot compare with {}: {problem}", path.display())),
    }
}
