//! `tollgate bench`: the price list.

mod bare;
mod callees;
mod check;
mod conclusions;
mod crossings;
pub(crate) mod document;
mod export;
pub(crate) mod figures;
mod foreign;
mod handoff;
mod loaded;
mod lto;
mod plugin;
#[cfg(test)]
mod recorded;
pub(crate) mod report;
mod rows;
mod shapes;
#[cfg(feature = "stable")]
mod stable;
mod table;
mod ties;

use super::failure::Failure;
use super::{Progress, Report};
use document::Place;
use std::ffi::OsString;
use std::path::PathBuf;
use table::Style;
use tollgate::{Host, HostBuilder};
use tollgate_meter::{Error, Options, Report as Measured, Row, Rows, run_if_measuring, run_with_progress};

const EXAMPLES: &str = "\
Examples:
  tollgate bench --quick
  tollgate bench --only \"empty operation\" --explain
  tollgate bench --plugin stats/describe --payload 4KiB
  tollgate bench --library libm.so.6 --symbol cos \\
    --signature \"f64(f64)\" --args 0.5";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Measure only rows whose name or boundary contains this text, for example `add` or `crc` (may be repeated)
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Measure in an eighth of the time, with wider intervals. Do not compare the result with a full run
    #[arg(long)]
    quick: bool,
    /// Skip the counts of instructions and allocations and the proof of how each call is made. This is much faster
    #[arg(long)]
    no_counts: bool,
    #[command(flatten)]
    subject: plugin::Subject,
    #[command(flatten)]
    function: foreign::Function,
    /// Also write the document that --json prints to this file: a baseline for `bench check`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Explain every column and boundary under the table
    #[arg(long)]
    explain: bool,
    /// Write the table to this file as Markdown, with all columns
    #[arg(long, value_name = "FILE", visible_alias = "export-markdown")]
    markdown: Option<PathBuf>,
    /// Write all figures to this file as CSV, a line for each row, with all digits
    #[arg(long, value_name = "FILE", visible_alias = "export-csv")]
    csv: Option<PathBuf>,
    /// Write a page to this file with everything: pictures, ties, proofs, machine and method
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the pictures to this directory as SVG files
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
}

const CHECK_EXAMPLES: &str = "\
Example:
  tollgate bench --quick --save before.json
  tollgate bench check --quick --baseline before.json";

#[derive(clap::Subcommand)]
enum Command {
    /// Measure again and fail if a row costs more than in a baseline that --save wrote
    #[command(after_help = CHECK_EXAMPLES)]
    Check(check::Arguments),
}

/// In a process that a measurement started: measures and does not return. Call it first in `main`.
pub(crate) fn measure_if_asked() {
    foreign::run_if_child();
    run_if_measuring(|| {
        if let Some(rows) = foreign::rows_if_asked() {
            return rows.map_err(|reason| Failure::Work {
                code: "bench",
                message: reason,
            });
        }
        if let Some(rows) = plugin::rows_if_asked() {
            return rows;
        }
        // Its arguments are the search path, as `run` passes it.
        rows::rows(&host_of_child(std::env::args_os().skip(1))?)
    });
}

/// The host of a measuring process, with this search path.
fn host_of_child(paths: impl Iterator<Item = OsString>) -> Result<Host, Failure> {
    let host = paths
        .fold(super::policy::builder(), HostBuilder::plugin_path)
        .default_plugin_paths()
        // The process that started this one opened all plugins and so checked who can write to their files.
        .allow_writable(true)
        .build();
    super::inlined::register(&host)?;
    Ok(host)
}

/// A measurement to make.
struct Measuring {
    options: Options,
    /// The plugin to measure instead of the price list.
    request: Option<plugin::Request>,
}

impl Measuring {
    fn new(host: &Host, only: &[String], quick: bool) -> Self {
        let mut options = if quick { Options::quick() } else { Options::default() };
        options.only = only.to_vec();
        // The measuring processes build all rows, whatever this process was asked to measure.
        options.arguments = host
            .plugin_paths()
            .iter()
            .map(|path| path.as_os_str().to_owned())
            .collect();
        Self { options, request: None }
    }

    /// Measures. The second value is the plugin that was measured, if one was requested.
    fn run(mut self, host: &Host) -> Result<(Measured, Option<plugin::Measured>), Failure> {
        let progress = progress();
        match self.request {
            None => {
                let measured = measure(rows::rows(host)?, &self.options, &progress);
                Ok((measured.map_err(failed)?, None))
            }
            Some(request) => {
                let (rows, plugin) = plugin::prepare(host, request, &mut self.options)?;
                let measured = measure(rows, &self.options, &progress);
                Ok((measured.map_err(failed)?, Some(plugin)))
            }
        }
    }
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    if let Some(Command::Check(arguments)) = &arguments.command {
        return check::run(host, arguments);
    }
    let place = |path: &Option<PathBuf>| path.as_deref().map(Place::new).transpose();
    let (save, html) = (place(&arguments.save)?, place(&arguments.html)?);
    let (markdown, csv) = (place(&arguments.markdown)?, place(&arguments.csv)?);
    if let Some(directory) = &arguments.svg {
        let made = std::fs::create_dir_all(directory);
        made.map_err(|error| Failure::io(format!("make the directory {}", directory.display()), error))?;
    }
    let mut measuring = Measuring::new(host, &arguments.only, arguments.quick);
    measuring.options.count = !arguments.no_counts;
    let style = Style::here(arguments.quick, arguments.explain);
    let (measured, report) = match arguments.function.spec() {
        Some(spec) => {
            let progress = progress();
            let (measured, mut report) = foreign::run(spec, measuring.options, style, |rows, options| {
                measure(rows, options, &progress)
            })?;
            report.json["conclusions"] = concluded(&measured)?;
            (measured, report)
        }
        None => {
            measuring.request = arguments.subject.request()?;
            let (measured, plugin) = measuring.run(host)?;
            let mut report = reported(&measured, style)?;
            if let Some(plugin) = plugin {
                plugin.introduce(&mut report);
            }
            (measured, report)
        }
    };
    if let Some(place) = save {
        place.fill(&crate::cli::document(&report.json))?;
    }
    if let Some(place) = markdown {
        place.fill(&export::markdown(&measured))?;
    }
    if let Some(place) = csv {
        place.fill(&export::csv(&measured)?)?;
    }
    if let Some(place) = html {
        place.fill(&report::page(&measured, arguments.quick))?;
    }
    if let Some(directory) = &arguments.svg {
        for (name, picture) in report::pictures(&measured) {
            Place::new(&directory.join(name))?.fill(&picture)?;
        }
    }
    Ok(report)
}

/// The price list, as text and as a document.
fn reported(measured: &Measured, style: Style) -> Result<Report, Failure> {
    let mut json = serde_json::to_value(measured).map_err(not_json)?;
    json["conclusions"] = concluded(measured)?;
    Ok(Report::new(table::text(measured, style), json))
}

/// The conclusions, as the document has them.
fn concluded(measured: &Measured) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(conclusions::conclusions(&report::told_ties(measured))).map_err(not_json)
}

fn not_json(error: serde_json::Error) -> Failure {
    Failure::Work {
        code: "bench",
        message: format!("cannot write the report as JSON: {error}"),
    }
}

fn progress() -> Progress {
    Progress::of("measuring", "process")
}

/// Measures, and shows how many of the measuring processes are done.
fn measure(rows: Rows<'_>, options: &Options, progress: &Progress) -> Result<Measured, Error> {
    progress.set_length(options.processes.max(1) as u64 + u64::from(options.count));
    let mut report = run_with_progress(rows, options, |step| {
        progress.set_length(step.total as u64);
        progress.set_position(step.done as u64);
    })?;
    report.machine.build.c_compiler = Some(env!("TOLLGATE_C_COMPILER").to_owned());
    Ok(report)
}

/// A quick measurement of the rows whose names contain one of `only`, and its page; for the demo. The text shows the
/// rows whose names begin with one of `shown`.
pub(crate) fn some(host: &Host, only: &[&str], shown: &[&str]) -> Result<(Report, String), Failure> {
    let only: Vec<String> = only.iter().map(|part| (*part).to_owned()).collect();
    let (measured, _) = Measuring::new(host, &only, true).run(host)?;
    let page = report::page(&measured, true);
    let style = Style {
        brief: true,
        ..Style::here(true, false)
    };
    let mut report = reported(&measured, style)?;
    let mut part = measured;
    part.rows
        .retain(|row| shown.iter().any(|begin| row.row.starts_with(begin)));
    part.fits.clear();
    report.text = table::text(&part, style);
    Ok((report, page))
}

/// A row that claims to copy exactly this many bytes. Unoptimised code claims nothing: it moves structures by calls of
/// `memcpy`.
fn copies(row: Row<'_>, bytes: u64) -> Row<'_> {
    if cfg!(debug_assertions) {
        row
    } else {
        row.copied_bytes(bytes)
    }
}

fn failed(error: Error) -> Failure {
    let message = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    match error {
        Error::NoMatch { .. } => Failure::usage(message),
        Error::Copies { .. } => Failure::Work {
            code: "false-claim",
            message,
        },
        Error::FalseClaim { .. } => Failure::Work {
            code: "false-claim",
            message: format!("{message}: {}", lto::advice()),
        },
        _ => Failure::Work { code: "bench", message },
    }
}
