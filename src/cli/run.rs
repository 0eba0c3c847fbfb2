//! `tollgate run`.

use super::bench::figures;
use super::failure::Failure;
use super::input::{self, Input};
use super::spec::Spec;
use super::{Progress, Report, number, result, view};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tollgate::block::Array;
use tollgate::view::{Access, Order, View, summarize, write_npy, write_wav};
use tollgate::{Block, Element, Gives, Host, Operation, Output, Plugin};

const EXAMPLES: &str = "\
Examples:
  tollgate run samples/sunspots.npy --plugin stats
  tollgate run samples/co2.npy --plugin stats/describe@c-abi --json
  tollgate run in.npy --plugin ./libgain.so:factor=0.5 --output out.npy
  zcat data.npy.gz | tollgate run - --plugin stats";

#[derive(clap::Args)]
#[command(after_help = format!("{}\n\n{EXAMPLES}", super::boundaries()))]
pub(crate) struct Arguments {
    /// The file to work on: .npy, .npz, .wav or .safetensors, or `-` for standard input
    input: PathBuf,
    /// A plugin: NAME[/OPERATION][@BOUNDARY][:key=value,…]. Repeat it for a chain, in which each plugin takes the
    /// output of the one before it
    #[arg(short, long = "plugin", value_name = "PLUGIN", required = true)]
    plugins: Vec<Spec>,
    /// Write the block that the last plugin gives to this file; its name ends with .npy or .wav
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Fail instead of copying an input that is unaligned, in the other byte order, or compressed. An input in Fortran
    /// order is passed on with strides, which few plugins take
    #[arg(long)]
    no_copy: bool,
    /// Say how long the call of each step took: the first, the median and the range over --repeat runs of the chain.
    /// Each run has new instances of the plugins
    #[arg(long)]
    time: bool,
    /// How many times --time runs the chain [default: 10]
    #[arg(long, value_name = "N", requires = "time", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    repeat: Option<u32>,
    #[command(flatten)]
    options: input::Options,
}

/// How many times a chain runs to be timed, if the user does not say.
const REPEAT: u32 = 10;

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let _progress = Progress::spinner("running");
    // Parse first: a chain that cannot work is refused before any file is opened.
    let mut steps = Vec::with_capacity(arguments.plugins.len());
    for spec in &arguments.plugins {
        steps.push(Step::open(host, spec)?);
    }
    check_chain(&steps, arguments.output.as_deref())?;
    let input = input::open(&arguments.input, &arguments.options, arguments.no_copy)?;
    let runs = match arguments.time {
        true => arguments.repeat.unwrap_or(REPEAT),
        false => 0,
    };
    let (mut report, last) = pass(&input, &mut steps, arguments.no_copy, runs)?;
    if let (Some(path), Some(block)) = (&arguments.output, last.block()) {
        if let Some(warning) = clipped(path, &block) {
            report.text.push_str(&format!("warning: {warning}\n"));
            report.json["warnings"] = json!([warning]);
        }
        let written = if is(path, "wav") {
            write_wav(path, &block)
        } else {
            write_npy(path, &block)
        };
        written.map_err(|error| Failure::io(format!("write {}", path.display()), error))?;
        report.text.push_str(&format!("written to {}\n", path.display()));
        report.json["output"] = path.display().to_string().into();
    }
    Ok(report)
}

/// What a player does to sound in floating-point numbers that exceed the range of a .wav file.
fn clipped(path: &Path, block: &Block<'_>) -> Option<String> {
    if !is(path, "wav") || !matches!(block.element(), Element::F32 | Element::F64) {
        return None;
    }
    let summary = summarize(block.element(), block.as_bytes(), 0)?;
    let (min, max) = (summary.min?.to_f64(), summary.max?.to_f64());
    (min < -1.0 || max > 1.0).then(|| {
        format!(
            "{} has samples from {} to {}, and players clip what is outside -1 to 1: scale integers with \
                convert:to=f32,scale=full first",
            path.display(),
            number::short(min),
            number::short(max)
        )
    })
}

/// Passes a file through a chain of plugins; for the demo.
pub(crate) fn on(host: &Host, path: &Path, chain: &[&str]) -> Result<Report, Failure> {
    let mut steps = Vec::with_capacity(chain.len());
    for plugin in chain {
        let spec: Spec = plugin.parse().unwrap_or_else(|never| match never {});
        steps.push(Step::open(host, &spec)?);
    }
    let input = input::open(path, &input::Options::default(), false)?;
    Ok(pass(&input, &mut steps, false, 0)?.0)
}

/// Passes an input through a chain. Returns the report and the last step's output. With `runs` of 1 or more, the chain
/// runs that many times, and the report says what each step took.
fn pass(input: &Input, steps: &mut [Step], no_copy: bool, runs: u32) -> Result<(Report, Output), Failure> {
    let view = &input.view;
    let report = view.report();
    // A plugin is given aligned elements in native byte order and C order; anything else is copied first. If a copy is
    // refused, an unaligned or byte-swapped view gives an error, and one in Fortran order is passed with strides.
    let lies_well = matches!(report.access, Access::Aligned | Access::Copied) && report.order == Order::C;
    let mut carried = if lies_well || no_copy {
        None
    } else {
        Some(view.to_array()?)
    };
    let mut copied_bytes = carried.as_ref().map_or(0, |array| array.as_bytes().len());
    copied_bytes += report.copied_bytes as usize;
    let mut described = view::json(view, input.stdin_bytes);
    let mut text = view::heading(view, copied_bytes);
    text.push_str(&input::note(input.stdin_bytes));
    if copied_bytes > 0 {
        described["access"] = "copied".into();
        described["copied_bytes"] = copied_bytes.into();
    }
    let mut times: Vec<Times> = steps.iter().map(|_| Times::default()).collect();
    for _ in 1..runs {
        // The runs before the last, whose result is shown, have instances of their own.
        let mut given: Option<Array> = None;
        for (step, times) in steps.iter().zip(&mut times) {
            let mut operation = step.plugin.operation(&step.operation.info().name)?;
            let output = times.of(|| call(&mut operation, given.as_ref().or(carried.as_ref()), view))?;
            given = output.into_array();
        }
    }
    let mut chain = Vec::with_capacity(steps.len());
    let mut last = Output::new();
    for (step, times) in steps.iter_mut().zip(&mut times) {
        if let Some(array) = last.into_array() {
            carried = Some(array);
        }
        last = times.of(|| call(&mut step.operation, carried.as_ref(), view))?;
        if step.operation.info().copies {
            copied_bytes += last.bytes();
        }
        let mut document = step.json(copied_bytes, &last);
        let mut took = String::new();
        if runs > 0 {
            document["time"] = times.json();
            took = times.text();
        }
        chain.push(document);
        text.push_str(&step.text(&last, &took));
        copied_bytes = 0;
    }
    let document = json!({ "input": described, "chain": chain, "output": null, "warnings": [] });
    Ok((Report::new(text, document), last))
}

/// Calls an operation with what the step before gave, or else with the view.
fn call(operation: &mut Operation, given: Option<&Array>, view: &View) -> Result<Output, Failure> {
    Ok(match given {
        Some(array) => operation.call(&array.block())?,
        None => operation.call(&view.block()?)?,
    })
}

/// What the runs of a step took.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn of(&mut self, call: impl FnOnce() -> Result<Output, Failure>) -> Result<Output, Failure> {
        let begin = Instant::now();
        let output = call()?;
        self.0.push(begin.elapsed());
        Ok(output)
    }

    /// The first, the least, the median and the greatest.
    fn figures(&self) -> [Duration; 4] {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 if middle > 0 => (at(middle - 1) + at(middle)) / 2,
            _ => at(middle),
        };
        let first = self.0.first().copied().unwrap_or_default();
        [first, at(0), median, at(sorted.len().saturating_sub(1))]
    }

    fn json(&self) -> Json {
        let [first, least, median, greatest] = self.figures().map(|time| time.as_nanos() as u64);
        json!({ "runs": self.0.len(), "first_ns": first, "median_ns": median, "min_ns": least, "max_ns": greatest })
    }

    fn text(&self) -> String {
        let [first, least, median, greatest] = self.figures().map(|time| figures::time(time.as_nanos() as f64));
        match self.0.len() {
            1 => format!("  took {first}\n"),
            runs => {
                format!("  took {median}, the median of {runs} runs ({least} to {greatest}); the first took {first}\n")
            }
        }
    }
}

/// One plugin of a chain, resolved.
struct Step {
    plugin: Plugin,
    operation: Operation,
}

impl Step {
    fn open(host: &Host, spec: &Spec) -> Result<Self, Failure> {
        let plugin = spec.open(host)?;
        let operation = plugin.operation(spec.operation_of(plugin.manifest())?)?;
        Ok(Self { plugin, operation })
    }

    fn gives(&self) -> &Gives {
        &self.operation.info().gives
    }

    fn name(&self) -> String {
        format!("{}/{}", self.plugin.manifest().name, self.operation.info().name)
    }

    fn json(&self, copied_bytes: usize, output: &Output) -> Json {
        json!({
            "plugin": self.plugin.manifest().name,
            "operation": self.operation.info().name,
            "boundary": self.plugin.boundary().name(),
            "file": self.plugin.file().map(|file| file.display().to_string()),
            "hash": self.plugin.hash(),
            "generation": self.plugin.generation(),
            "copied_bytes": copied_bytes,
            "result": result::json(output),
        })
    }

    /// For people; `took` is the line about its time, or empty.
    fn text(&self, output: &Output, took: &str) -> String {
        let source = match (self.plugin.file(), self.plugin.hash()) {
            (Some(file), Some(hash)) => {
                format!(
                    "{}, blake3 {}…, generation {}",
                    file.display(),
                    &hash[..12],
                    self.plugin.generation()
                )
            }
            _ => "part of this program".to_owned(),
        };
        format!(
            "{} behind {} ({source})\n{took}{}",
            self.name(),
            self.plugin.boundary(),
            result::text(output)
        )
    }
}

fn check_chain(steps: &[Step], output: Option<&Path>) -> Result<(), Failure> {
    let what = |gives: &Gives| match gives {
        Gives::None => "nothing",
        Gives::Block { .. } => "a block",
        Gives::Table { .. } => "a table",
    };
    for pair in steps.windows(2) {
        if !matches!(pair[0].gives(), Gives::Block { .. }) {
            return Err(Failure::usage(format!(
                "{} gives {}, which cannot be passed to {}: only a block can be passed on",
                pair[0].name(),
                what(pair[0].gives()),
                pair[1].name()
            )));
        }
    }
    match (output, steps.last()) {
        (Some(path), Some(last)) if !matches!(last.gives(), Gives::Block { .. }) => Err(Failure::usage(format!(
            "{} gives {}, which cannot be written to {}: only a block can be written (--json prints a table)",
            last.name(),
            what(last.gives()),
            path.display()
        ))),
        (Some(path), _) if !is(path, "npy") && !is(path, "wav") => Err(Failure::usage(format!(
            "cannot write {}: the name must end with .npy or .wav",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// Whether a file's name ends so.
fn is(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}
