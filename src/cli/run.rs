//! `tollgate run`.

use super::failure::Failure;
use super::spec::Spec;
use super::{Report, input, result, view};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use tollgate::view::{Access, Order, View, write_npy, write_wav};
use tollgate::{Gives, Host, Operation, Output, Plugin};

const EXAMPLES: &str = "\
Examples:
  tollgate run samples/sunspots.npy --plugin stats
  tollgate run samples/co2.npy --plugin stats/describe@c-abi --json
  tollgate run data.npy --plugin target/release/libmine.so:factor=0.5 --output scaled.npy";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file to work on: NumPy's .npy or .npz, .wav or .safetensors
    input: PathBuf,
    /// A plugin, as NAME[/OPERATION][@BOUNDARY][:key=value,…]. Several make a chain: each takes the output of the one
    /// before it
    #[arg(short, long = "plugin", value_name = "PLUGIN", required = true)]
    plugins: Vec<Spec>,
    /// Write the block that the last plugin gives to this file; its name ends with .npy or .wav
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Fail instead of copying an input that is unaligned, in the other byte order, or compressed. An input in Fortran
    /// order is passed on with strides, which few plugins take
    #[arg(long)]
    no_copy: bool,
    #[command(flatten)]
    options: input::Options,
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    // Parse first: a chain that cannot work is refused before any file is opened.
    let mut steps = Vec::with_capacity(arguments.plugins.len());
    for spec in &arguments.plugins {
        steps.push(Step::open(host, spec)?);
    }
    check_chain(&steps, arguments.output.as_deref())?;
    let view = input::open(&arguments.input, &arguments.options, arguments.no_copy)?;
    let (mut report, last) = pass(&view, &mut steps, arguments.no_copy)?;
    if let (Some(path), Some(block)) = (&arguments.output, last.block()) {
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

/// Passes a file through a chain of plugins; for the demo.
pub(crate) fn on(host: &Host, path: &Path, chain: &[&str]) -> Result<Report, Failure> {
    let mut steps = Vec::with_capacity(chain.len());
    for plugin in chain {
        let spec: Spec = plugin.parse().unwrap_or_else(|never| match never {});
        steps.push(Step::open(host, &spec)?);
    }
    let view = input::open(path, &input::Options::default(), false)?;
    Ok(pass(&view, &mut steps, false)?.0)
}

/// Passes a view through a chain. Returns the report and the last step's output.
fn pass(view: &View, steps: &mut [Step], no_copy: bool) -> Result<(Report, Output), Failure> {
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
    let mut input = view::json(view);
    let mut text = view::heading(view, copied_bytes);
    if copied_bytes > 0 {
        input["access"] = "copied".into();
        input["copied_bytes"] = copied_bytes.into();
    }
    let mut chain = Vec::with_capacity(steps.len());
    let mut last = Output::new();
    for step in steps {
        if let Some(array) = last.into_array() {
            carried = Some(array);
        }
        last = match &carried {
            Some(array) => step.operation.call(&array.block())?,
            None => step.operation.call(&view.block()?)?,
        };
        if step.operation.info().copies {
            copied_bytes += last.bytes();
        }
        chain.push(step.json(copied_bytes, &last));
        text.push_str(&step.text(&last));
        copied_bytes = 0;
    }
    let document = json!({ "input": input, "chain": chain, "output": null });
    Ok((Report::new(text, document), last))
}

/// One plugin of a chain, resolved.
struct Step {
    plugin: Plugin,
    operation: Operation,
}

impl Step {
    fn open(host: &Host, spec: &Spec) -> Result<Self, Failure> {
        let mut plugin = match &spec.boundary {
            Some(name) => host.open_behind(&spec.plugin, name.parse().map_err(tollgate::Error::from)?)?,
            None => host.open(&spec.plugin)?,
        };
        if let Some(config) = &spec.config {
            plugin = plugin.config(config)?;
        }
        let manifest = plugin.manifest();
        let operation = match (&spec.operation, manifest.operations.as_slice()) {
            (Some(name), _) => name,
            (None, [only]) => &only.name,
            (None, several) => {
                let names: Vec<&str> = several.iter().map(|operation| operation.name.as_str()).collect();
                return Err(Failure::usage(format!(
                    "{name} has several operations: name one, for example {name}/{}; it has {}",
                    names[0],
                    names.join(", "),
                    name = manifest.name
                )));
            }
        };
        let operation = plugin.operation(operation)?;
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

    fn text(&self, output: &Output) -> String {
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
            "{} behind {} ({source})\n{}",
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
