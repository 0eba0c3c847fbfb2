//! `tollgate bench`: the price list.

mod bare;
mod callees;
mod crossings;
mod foreign;
mod handoff;
mod loaded;
mod lto;
mod rows;
mod shapes;
mod stable;
mod table;

use super::Report;
use super::failure::Failure;
use tollgate::{Host, HostBuilder};
use tollgate_meter::{Error, Options, Progress, Rows, run_if_measuring, run_with_progress};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Measure only the rows whose name has this in it, such as `add` or `CRC` (may be repeated)
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Take an eighth of the time, with wider intervals; not to be compared with a full run
    #[arg(long)]
    quick: bool,
    /// Do not step the rows: no instructions, allocations and proofs, in a fraction of the time
    #[arg(long)]
    no_counts: bool,
    #[command(flatten)]
    function: foreign::Function,
}

/// In a process that a measurement started: measures, and does not return. It belongs first in `main`.
pub(crate) fn measure_if_asked() {
    foreign::run_if_child();
    run_if_measuring(|| {
        if let Some(rows) = foreign::rows_if_asked() {
            return rows.map_err(|reason| Failure::Work {
                code: "bench",
                message: reason,
            });
        }
        // Its arguments are the search path, as `run` gives it.
        let paths = std::env::args_os().skip(1);
        let host = paths
            .fold(Host::builder(), HostBuilder::plugin_path)
            .default_plugin_paths()
            // Who may write the plugins' files was looked at by `run`, which opened them all.
            .allow_writable(true)
            .build();
        super::inlined::register(&host)?;
        rows::rows(&host)
    });
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let mut options = if arguments.quick {
        Options::quick()
    } else {
        Options::default()
    };
    options.count = !arguments.no_counts;
    if let Some(spec) = arguments.function.spec() {
        return foreign::run(spec, options, measure, |report| table::text(report, arguments.quick));
    }
    options.only.clone_from(&arguments.only);
    // The measuring processes build all rows, whatever else this one was told.
    options.arguments = host
        .plugin_paths()
        .iter()
        .map(|path| path.as_os_str().to_owned())
        .collect();
    let rows = rows::rows(host)?;
    let report = measure(rows, &options).map_err(failed)?;
    let json = serde_json::to_value(&report).map_err(|error| Failure::Work {
        code: "bench",
        message: format!("the report cannot be written as JSON: {error}"),
    })?;
    Ok(Report::new(table::text(&report, arguments.quick), json))
}

/// Measures, with a progress bar.
fn measure(rows: Rows<'_>, options: &Options) -> Result<tollgate_meter::Report, Error> {
    let bar = crate::cli::progress_bar("measuring", "process");
    let report = run_with_progress(rows, options, |Progress { done, total }| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    report
}

/// A quick measurement of the rows whose name has one of these in it; for the demo.
pub(crate) fn some(host: &Host, only: &[&str]) -> Result<Report, Failure> {
    run(
        host,
        &Arguments {
            only: only.iter().map(|part| (*part).to_owned()).collect(),
            quick: true,
            no_counts: false,
            function: foreign::Function::default(),
        },
    )
}

fn failed(error: Error) -> Failure {
    let message = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    match error {
        Error::NoMatch { .. } => Failure::usage(message),
        Error::FalseClaim { .. } => Failure::Work {
            code: "false-claim",
            message: format!("{message}: {}", lto::advice()),
        },
        _ => Failure::Work { code: "bench", message },
    }
}
