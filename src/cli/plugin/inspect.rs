//! `tollgate plugin inspect`.

use super::{verdict_json, verdict_text};
use crate::cli::Report;
use crate::cli::failure::{Failure, one_line};
use crate::cli::spec::Spec;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use tollgate::{Boundary, Column, Gives, Host, KeyType, Manifest};
use tollgate_host::tools::shortest;
use tollgate_inspect::{Inspection, Verdict};

use tollgate_abi::{Docs, LAYOUTS, Layout, STABLE_SYMBOL};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A name to search for, or a path
    plugin: String,
    /// Print only the JSON Schema of its configuration
    #[arg(long)]
    schema: bool,
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    if !arguments.schema {
        return inspect(host, &arguments.plugin);
    }
    let inspection = look(host, &arguments.plugin)?;
    let mut report = Report::new(String::new(), json!({}));
    if let (Verdict::Passes, Some(manifest)) = (&inspection.verdict, &inspection.manifest) {
        let schema = manifest.config_schema();
        report = Report::new(format!("{schema:#}\n"), json!({ "config_schema": schema }));
    }
    report.failure = failure(inspection);
    Ok(report)
}

pub(crate) fn inspect(host: &Host, plugin: &str) -> Result<Report, Failure> {
    let inspection = look(host, plugin)?;
    let manifest = inspection.manifest.as_ref();
    let document = json!({
        "file": inspection.file.display().to_string(),
        "size": inspection.bytes,
        "hash": inspection.hash,
        "verdict": verdict_json(&inspection.verdict),
        "manifest": manifest,
        "config_schema": manifest.map(Manifest::config_schema),
        "boundaries": manifest.map(|_| boundaries(&inspection)),
        "symbols": inspection.symbols,
        "needed": inspection.needed,
        "layouts": LAYOUTS.iter().map(|layout| layout_json(layout, manifest)).collect::<Json>(),
    });
    let mut report = Report::new(inspect_text(&inspection), document);
    report.failure = failure(inspection);
    Ok(report)
}

/// Reads and checks the file. None of its code runs.
fn look(host: &Host, plugin: &str) -> Result<Inspection, Failure> {
    let spec: Spec = plugin.parse().unwrap_or_else(|never| match never {});
    if spec.operation.is_some() || spec.boundary.is_some() || spec.config.is_some() || spec.plugin.is_empty() {
        return Err(Failure::usage(format!(
            "{plugin:?} is not a plugin's name or path: leave out operation, boundary and configuration"
        )));
    }
    Ok(tollgate_inspect::inspect(host.find(&spec.plugin)?)?)
}

fn failure(inspection: Inspection) -> Option<Failure> {
    match inspection.verdict {
        Verdict::Passes => None,
        Verdict::Refused(refusal) => Some(Failure::Host(tollgate::Error::Refused {
            file: inspection.file,
            refusal,
        })),
    }
}

/// The in-process boundaries that the file offers.
fn boundaries(inspection: &Inspection) -> Vec<&'static str> {
    let stable = inspection.symbols.iter().any(|symbol| symbol == STABLE_SYMBOL);
    let offered = [Some(Boundary::CAbi), stable.then_some(Boundary::StableAbi)];
    offered.into_iter().flatten().map(Boundary::name).collect()
}

/// A structure of the contract in this host's layout, and whether the plugin declares the same layout.
fn layout_json(layout: &Layout, manifest: Option<&Manifest>) -> Json {
    let built = manifest.and_then(|manifest| manifest.layouts.get(layout.name));
    let fields = layout.fields.iter();
    let fields = fields.map(|field| {
        json!({
            "name": field.name,
            "type": field.kind,
            "offset": field.offset,
            "description": description(field.docs),
        })
    });
    json!({
        "type": format!("tollgate_{}_t", layout.name),
        "description": description(layout.docs),
        "size": layout.size,
        "alignment": layout.alignment,
        "fields": fields.collect::<Json>(),
        "as_built": built.map(|built| *built == layout.into()),
    })
}

/// Documentation as one line, with the text of its links only.
fn description(docs: Docs) -> String {
    let lines: Vec<&str> = docs.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let text = lines.join(" ");
    let mut parts = text.split("[`");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("`]").unwrap_or((part, ""));
        let target = rest.strip_prefix('(').and_then(|target| target.split_once(')'));
        shown.push_str(name);
        shown.push_str(target.map_or(rest, |(_, rest)| rest));
    }
    shown
}

/// A column with its element type and the unit of its values.
fn shown(column: &Column) -> String {
    let unit = match column.unit.as_str() {
        "" => String::new(),
        unit => format!(" ({unit})"),
    };
    one_line(&format!("{}: {}{unit}", column.name, column.element))
}

fn inspect_text(inspection: &Inspection) -> String {
    let mut text = format!("{}\n", inspection.file.display());
    let _ = writeln!(text, "  {} bytes, blake3 {}", inspection.bytes, inspection.hash);
    let _ = writeln!(text, "  verdict: {}", verdict_text(&inspection.verdict));
    let Some(manifest) = &inspection.manifest else {
        return text;
    };
    let or = |text: &str, other: &str| one_line(if text.is_empty() { other } else { text });
    let _ = writeln!(
        text,
        "{} {}: {}",
        manifest.name,
        one_line(&manifest.version),
        or(&manifest.description, "no description")
    );
    let _ = writeln!(
        text,
        "  contract {}, built by {}, panic {}; offers {}",
        manifest.abi,
        or(&manifest.compiler, "an unnamed compiler"),
        or(&manifest.panic, "not said"),
        boundaries(inspection).join(", ")
    );
    for (verb, extensions) in [("offers", &manifest.extensions), ("needs", &manifest.requires)] {
        if !extensions.is_empty() {
            let _ = writeln!(text, "  {verb} the extensions {}", one_line(&extensions.join(", ")));
        }
    }
    let said = LAYOUTS
        .iter()
        .filter(|layout| manifest.layouts.contains_key(layout.name));
    let layouts = match said.count() {
        0 => "the file declares no structure layouts; the header's are assumed".to_owned(),
        count => format!(
            "declares the layout of {count} of the contract's {} structures",
            LAYOUTS.len()
        ),
    };
    let _ = writeln!(text, "  {layouts}");
    let _ = writeln!(text, "operations");
    for operation in &manifest.operations {
        let gives = match &operation.gives {
            Gives::None => "nothing".to_owned(),
            Gives::Block { element } if element == "same" => "a block of the same type".to_owned(),
            Gives::Block { element } if element == "any" => "a block whose type the configuration sets".to_owned(),
            Gives::Block { element } => format!("a block of {element}"),
            Gives::Table { rows, columns } => {
                let columns: Vec<String> = columns.iter().map(shown).collect();
                format!("a table of {}: {}", one_line(rows), columns.join(", "))
            }
        };
        let state = format!("{:?}", operation.state).to_lowercase();
        let _ = writeln!(
            text,
            "  {}: {}",
            operation.name,
            or(&operation.description, "no description")
        );
        let _ = writeln!(text, "    takes {}; gives {gives}; {state}", operation.takes.join(", "));
    }
    if manifest.config.is_empty() {
        let _ = writeln!(text, "no configuration");
    } else {
        let _ = writeln!(text, "configuration");
    }
    for key in &manifest.config {
        let kind = match key.kind {
            KeyType::Number => "number",
            KeyType::Integer => "integer",
            KeyType::Boolean => "true or false",
            KeyType::String if key.choices.is_empty() => "text",
            KeyType::String => &format!("one of {}", key.choices.join(", ")),
        };
        let limit = |limit: &Option<_>| limit.as_ref().map(shortest);
        let limits = match (limit(&key.minimum), limit(&key.maximum)) {
            (Some(least), Some(greatest)) => format!(" from {least} to {greatest}"),
            (Some(least), None) => format!(" of at least {least}"),
            (None, Some(greatest)) => format!(" of at most {greatest}"),
            (None, None) => String::new(),
        };
        let default = match &key.default {
            Some(Json::Number(default)) => format!("default {}", shortest(default)),
            Some(default) => format!("default {}", one_line(&default.to_string())),
            None if key.optional => "optional".to_owned(),
            None => "required".to_owned(),
        };
        let _ = writeln!(
            text,
            "  {}: {kind}{limits}, {default}: {}",
            key.name,
            or(&key.description, "no description")
        );
    }
    let _ = writeln!(text, "exports {}", one_line(&inspection.symbols.join(", ")));
    let _ = writeln!(text, "needs {}", or(&inspection.needed.join(", "), "no other library"));
    text
}
