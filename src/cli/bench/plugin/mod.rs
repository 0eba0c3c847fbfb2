//! `tollgate bench --plugin`: measures an operation of any plugin behind every boundary that it can have.

mod blocks;
mod rows;

use super::figures::bytes;
use crate::cli::Report;
use crate::cli::failure::{Failure, one_line};
use crate::cli::spec::Spec;
use blocks::Size;
use rows::Measurable;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tollgate::block::Array;
use tollgate::{Boundary, Element, Host, Plugin};
use tollgate_meter::{Options, Rows};

/// The first argument of a measuring process that measures a plugin. The second is the [`Request`], and the search path
/// follows.
const ARGUMENT: &str = "--plugin-rows";

/// The sizes of the generated blocks if none are named.
const SIZES: [u64; 3] = [1 << 10, 32 << 10, 1 << 20];

/// Operations that take longer than this many nanoseconds are not single-stepped: it would take minutes.
const STEPPED: f64 = 20_000.0;

/// The deadline of all measuring processes together, for an operation that takes almost no time.
const WHOLE: Duration = Duration::from_secs(600);

/// The deadline between two batches of a measuring process, for such an operation.
const SILENCE: Duration = Duration::from_secs(30);

/// More calls than a measuring process makes of an operation that takes longer than a batch.
const CALLS: f64 = 40.0;

/// How many times longer than the first a call may take.
const SLOWER: f64 = 10.0;

#[derive(Default, clap::Args)]
pub(crate) struct Subject {
    /// Measure an operation of this plugin instead, behind every boundary that it can have:
    /// NAME[/OPERATION][@BOUNDARY][:key=value,…]
    #[arg(long, value_name = "PLUGIN", conflicts_with = "library")]
    plugin: Option<String>,
    /// The file whose array the operation is called with, instead of generated blocks
    #[arg(long, value_name = "FILE", requires = "plugin")]
    input: Option<PathBuf>,
    /// The array to use in an archive (.npz, .safetensors)
    #[arg(long, value_name = "NAME", requires = "input")]
    member: Option<String>,
    /// The sizes of the generated blocks, whose elements are of the first type that the operation takes
    /// [default: 1KiB,32KiB,1MiB]
    #[arg(
        long,
        value_name = "SIZES",
        requires = "plugin",
        conflicts_with = "input",
        value_delimiter = ','
    )]
    payload: Vec<Size>,
}

impl Subject {
    /// What the command line asks to measure, if it names a plugin.
    pub(crate) fn request(&self) -> Result<Option<Request>, Failure> {
        let Some(plugin) = self.plugin.clone() else {
            return Ok(None);
        };
        let absolute = |path: &PathBuf| {
            let path = std::path::absolute(path);
            path.map_err(|error| Failure::io("find the working directory", error))
        };
        let mut sizes: Vec<u64> = self.payload.iter().map(|size| size.0).collect();
        sizes.sort_unstable();
        sizes.dedup();
        if sizes.is_empty() {
            sizes = SIZES.to_vec();
        }
        Ok(Some(Request {
            plugin,
            input: self.input.as_ref().map(absolute).transpose()?,
            member: self.member.clone(),
            sizes,
            hash: None,
        }))
    }
}

/// What to measure. Measuring processes read it from their arguments, and `bench check` from a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// As on the command line.
    plugin: String,
    /// The file of the input, as an absolute path.
    input: Option<PathBuf>,
    member: Option<String>,
    /// The sizes of the generated blocks, in bytes.
    sizes: Vec<u64>,
    /// The hash of the plugin's file that every process must find.
    hash: Option<String>,
}

/// In a measuring process that was started for a plugin: its rows.
pub(crate) fn rows_if_asked() -> Option<Result<Rows<'static>, Failure>> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let request = arguments.next()?;
    let request = serde_json::from_str::<Request>(&request.to_string_lossy()).map_err(super::not_json);
    Some(request.and_then(|request| {
        let host = super::host_of_child(arguments)?;
        Ok(made(&host, request)?.0.rows)
    }))
}

/// What is measured of a plugin, for the report.
pub(crate) struct Measured {
    request: Request,
    plugin: Plugin,
    operation: String,
    element: Element,
    boundaries: Vec<Boundary>,
    /// What differs between the boundaries.
    notes: Vec<String>,
}

/// Opens the plugin behind each boundary, calls its operation with each block, compares the results, and sets what the
/// measuring processes need: their arguments, and deadlines in proportion to the first calls.
pub(crate) fn prepare(
    host: &Host,
    request: Request,
    options: &mut Options,
) -> Result<(Rows<'static>, Measured), Failure> {
    let (Measurable { rows, longest, .. }, measured) = made(host, request)?;
    let request = serde_json::to_string(&measured.request).map_err(super::not_json)?;
    options.arguments = vec![OsString::from(ARGUMENT), request.into()];
    let paths = host.plugin_paths().iter().map(|path| path.as_os_str().to_owned());
    options.arguments.extend(paths);
    options.count_up_to_ns = options.count_up_to_ns.min(STEPPED);
    let calls = |calls: f64| Duration::from_secs_f64(SLOWER * calls * longest);
    options.silence = SILENCE + calls(2.0);
    options.deadline = WHOLE + calls(CALLS * rows.len() as f64);
    options.whole = WHOLE + calls(CALLS * (rows.len() * options.processes) as f64);
    Ok((rows, measured))
}

/// The rows, and what is measured.
fn made(host: &Host, mut request: Request) -> Result<(Measurable, Measured), Failure> {
    let spec: Spec = request.plugin.parse().unwrap_or_else(|never| match never {});
    let plugins = behind_each(host, &spec)?;
    let first = &plugins[0];
    let found = plugins.iter().find_map(Plugin::hash);
    if request.hash.is_some() && request.hash != found {
        return Err(Failure::Work {
            code: "file-changed",
            message: format!(
                "the file of {} changed while it was measured: measure again",
                spec.plugin
            ),
        });
    }
    request.hash = found;
    let operation = spec.operation_of(first.manifest())?.to_owned();
    // Resolved once here, so that an operation that does not exist is an error with the names of those that do.
    let info = first.operation(&operation)?.info().clone();
    let inputs = inputs(&request, &info, &format!("{}/{operation}", first.manifest().name))?;
    let element = inputs[0].element();
    let mut measurable = rows::rows(&plugins, &operation, inputs)?;
    let measured = Measured {
        request,
        plugin: plugins
            .iter()
            .find(|plugin| plugin.file().is_some())
            .unwrap_or(first)
            .clone(),
        operation,
        element,
        boundaries: plugins.iter().map(Plugin::boundary).collect(),
        notes: std::mem::take(&mut measurable.notes),
    };
    Ok((measurable, measured))
}

impl Measured {
    /// Adds to the report what was measured.
    pub(crate) fn introduce(&self, report: &mut Report) {
        report.text.insert_str(0, &format!("{}\n", self.text()));
        report.json["plugin"] = self.json();
    }

    /// What was measured, for people; comes before the table.
    pub(crate) fn text(&self) -> String {
        let manifest = self.plugin.manifest();
        let source = match (self.plugin.file(), self.plugin.hash()) {
            (Some(file), Some(hash)) => format!("{}, blake3 {}…", file.display(), &hash[..12]),
            _ => "part of this program".to_owned(),
        };
        let blocks = match &self.request.input {
            Some(file) => format!("the array of {}", file.display()),
            None => {
                let sizes: Vec<String> = self.request.sizes.iter().map(|size| bytes(*size)).collect();
                format!("generated blocks of {}: {}", self.element, sizes.join(", "))
            }
        };
        let mut text = one_line(&format!(
            "{}/{} of version {} ({source}), on {blocks}",
            manifest.name, self.operation, manifest.version
        ));
        text.push('\n');
        for note in &self.notes {
            text.push_str(&format!("{}\n", one_line(note)));
        }
        text
    }

    /// What was measured, for programs.
    pub(crate) fn json(&self) -> Json {
        let manifest = self.plugin.manifest();
        json!({
            "name": manifest.name,
            "version": manifest.version,
            "operation": self.operation,
            "file": self.plugin.file().map(|file| file.display().to_string()),
            "hash": self.plugin.hash(),
            "element": self.element.to_string(),
            "boundaries": self.boundaries.iter().map(|boundary| boundary.name()).collect::<Vec<_>>(),
            "notes": self.notes,
            "request": Request { hash: None, ..self.request.clone() },
        })
    }
}

/// The plugin behind each boundary that it can have, or behind the named one, with the configuration of the spec.
fn behind_each(host: &Host, spec: &Spec) -> Result<Vec<Plugin>, Failure> {
    let named = spec.boundary()?;
    let asked: &[Boundary] = named.as_ref().map_or(Boundary::ALL, std::slice::from_ref);
    let mut plugins = Vec::new();
    let mut refused = None;
    for &boundary in asked {
        match host.open_behind(&spec.plugin, boundary) {
            Ok(plugin) => plugins.push(spec.configured(plugin)?),
            Err(error @ tollgate::Error::BoundaryNotOffered { .. }) => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    match (plugins.is_empty(), refused) {
        (true, Some(error)) => Err(error.into()),
        _ => Ok(plugins),
    }
}

/// The blocks to call with. They live as long as the process, so that rows can borrow them.
fn inputs(request: &Request, info: &tollgate::OperationInfo, operation: &str) -> Result<Vec<&'static Array>, Failure> {
    let arrays = match &request.input {
        Some(file) => vec![blocks::of_file(file, request.member.as_deref())?],
        None => {
            let Some(element) = info.elements().next() else {
                return Err(Failure::Work {
                    code: "bench",
                    message: format!(
                        "{operation} takes no element type that this host knows: name a file with --input"
                    ),
                });
            };
            let sizes = request.sizes.iter();
            sizes
                .map(|size| blocks::generated(element, *size))
                .collect::<Result<_, _>>()?
        }
    };
    Ok(arrays.into_iter().map(|array| &*Box::leak(Box::new(array))).collect())
}

/// Reads the request of a document that `bench --plugin` wrote, if it is one.
pub(crate) fn request_of(document: &Json) -> Option<Result<Request, serde_json::Error>> {
    let request = document.get("plugin")?.get("request").cloned().unwrap_or_default();
    Some(serde_json::from_value(request))
}
