//! `tollgate view`.

use super::failure::Failure;
use super::{Report, input, number, result};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use tollgate::view::{View, summarize};

/// How many elements are shown at each end.
const ENDS: usize = 3;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The file: NumPy's .npy, in this machine's byte order and C order, or .wav
    file: PathBuf,
    #[command(flatten)]
    input: input::Options,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let view = input::open(&arguments.file, &arguments.input)?;
    Ok(Report::new(text(&view), json(&view)))
}

/// The report on a file, mapped; for the demo.
pub(crate) fn report(file: &Path) -> Result<Report, Failure> {
    let view = input::open(file, &input::Options { read: false })?;
    Ok(Report::new(text(&view), json(&view)))
}

pub(crate) fn json(view: &View) -> Json {
    let mut document = Map::new();
    let fields = json!({
        "file": view.path().display().to_string(),
        "format": view.format(),
        "member": null,
        "element": view.element().to_string(),
        "shape": view.shape(),
        "order": "C",
        "byte_order": tollgate::platform::variant().endian,
        "offset": view.offset(),
        "alignment": view.alignment(),
        "access": view.access().name(),
        "copied_bytes": 0,
    });
    if let Json::Object(fields) = fields {
        document.extend(fields);
    }
    if let Some(summary) = summarize(view.element(), view.as_bytes(), ENDS) {
        document.extend(result::summary_json(&summary));
    }
    document.insert("fields".to_owned(), Json::Null);
    document.insert("members".to_owned(), Json::Null);
    Json::Object(document)
}

fn text(view: &View) -> String {
    let mut text = heading(view, 0);
    if let Some(summary) = summarize(view.element(), view.as_bytes(), ENDS) {
        for line in result::summary_text(&summary).lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

/// What a file is and how it lies, in two lines; and how much of it had to be copied.
pub(crate) fn heading(view: &View, copied_bytes: usize) -> String {
    let bytes = view.as_bytes().len();
    format!(
        "{}: {}, {} of {} in C order, {}-endian\n  {bytes} bytes from byte {} on, {} at an address that is a multiple of {}: {}, {copied_bytes} bytes copied\n",
        view.path().display(),
        view.format(),
        number::shape(view.shape()),
        view.element(),
        tollgate::platform::variant().endian,
        view.offset(),
        if view.is_mapped() { "mapped" } else { "read into memory" },
        view.alignment(),
        view.access().name(),
    )
}
