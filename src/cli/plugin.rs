//! `tollgate plugin`.

use super::failure::{Failure, one_line};
use super::spec::Spec;
use super::{Report, pin, result};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use tollgate::{Boundary, Found, Gives, Host, Inspection, KeyType, Manifest, Verdict};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the plugins in the search path; nothing of them runs
    List,
    /// Show what a plugin's file says of itself, and whether the gate would let it in; nothing of it runs
    Inspect {
        /// A name to search for, or a path
        plugin: String,
    },
    /// Write to tollgate.lock which bytes these plugins' names stand for, so that others are refused
    Pin(pin::Arguments),
}

pub(crate) fn run(host: &Host, command: &Command) -> Result<Report, Failure> {
    match command {
        Command::List => Ok(list(host)),
        Command::Inspect { plugin } => inspect(host, plugin),
        Command::Pin(arguments) => pin::run(host, arguments),
    }
}

pub(crate) fn list(host: &Host) -> Report {
    let found = host.list();
    let paths: Vec<String> = host
        .plugin_paths()
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let plugins: Vec<Json> = found
        .iter()
        .map(|found| {
            let manifest = found.inspection.manifest.as_ref();
            json!({
                "name": found.name,
                "file": found.inspection.file.display().to_string(),
                "hash": found.inspection.hash,
                "version": manifest.map(|manifest| &manifest.version),
                "description": manifest.map(|manifest| &manifest.description),
                "operations": manifest.map(operations),
                "verdict": verdict_json(&found.inspection.verdict),
            })
        })
        .collect();
    let refused = host.refused_paths();
    let refused_json: Vec<Json> = refused
        .iter()
        .map(|error| json!({ "code": error.code(), "message": error.to_string() }))
        .collect();
    let document = json!({ "paths": paths, "refused": refused_json, "plugins": plugins });
    let mut text = list_text(&found, &paths);
    for error in refused {
        let _ = writeln!(text, "not searched: {}", one_line(&error.to_string()));
    }
    Report::new(text, document)
}

fn list_text(found: &[Found], paths: &[String]) -> String {
    if found.is_empty() {
        return format!("no plugins in {}\n", paths.join(", "));
    }
    let mut table = result::plain_table();
    table.set_header(["plugin", "version", "operations", "what it is"]);
    for found in found {
        match (&found.inspection.manifest, &found.inspection.verdict) {
            (Some(manifest), Verdict::Passes) => table.add_row([
                &found.name,
                &manifest.version,
                &operations(manifest).join(", "),
                &manifest.description,
            ]),
            (_, verdict) => table.add_row([&found.name, "", "", &format!("refused: {}", verdict_text(verdict))]),
        };
    }
    format!("{table}\nfrom {}\n", paths.join(", "))
}

fn operations(manifest: &Manifest) -> Vec<String> {
    manifest
        .operations
        .iter()
        .map(|operation| operation.name.clone())
        .collect()
}

pub(crate) fn inspect(host: &Host, plugin: &str) -> Result<Report, Failure> {
    let spec: Spec = plugin.parse().unwrap_or_else(|never| match never {});
    if spec.operation.is_some() || spec.boundary.is_some() || spec.config.is_some() || spec.plugin.is_empty() {
        return Err(Failure::usage(format!(
            "{plugin:?}: a plugin's name or path was expected, without operation, boundary or configuration"
        )));
    }
    let file = host.find(&spec.plugin)?;
    let inspection = tollgate::inspect(file)?;
    let layouts: Vec<Json> = tollgate_abi::LAYOUTS
        .iter()
        .map(|layout| json!({ "type": format!("tollgate_{}_t", layout.name), "size": layout.size, "alignment": layout.alignment }))
        .collect();
    let document = json!({
        "file": inspection.file.display().to_string(),
        "manifest": inspection.manifest,
        "verdict": verdict_json(&inspection.verdict),
        "hash": inspection.hash,
        "needed": inspection.needed,
        "symbols": inspection.symbols,
        "layouts": layouts,
    });
    let mut report = Report::new(inspect_text(&inspection), document);
    if let Verdict::Refused(refusal) = inspection.verdict {
        report.failure = Some(Failure::Host(tollgate::Error::Refused {
            file: inspection.file,
            refusal,
        }));
    }
    Ok(report)
}

fn verdict_json(verdict: &Verdict) -> Json {
    let code = match verdict {
        Verdict::Passes => "ok",
        Verdict::Refused(refusal) => refusal.code(),
    };
    json!({ "code": code, "message": verdict_text(verdict) })
}

fn verdict_text(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passes => "it passes the gate".to_owned(),
        Verdict::Refused(refusal) => refusal.to_string(),
    }
}

fn inspect_text(inspection: &Inspection) -> String {
    let mut text = format!("{}\n", inspection.file.display());
    let _ = writeln!(text, "  blake3 {}", inspection.hash);
    let _ = writeln!(text, "  verdict: {}", verdict_text(&inspection.verdict));
    let Some(manifest) = &inspection.manifest else {
        return text;
    };
    let stable = inspection
        .symbols
        .iter()
        .any(|symbol| symbol == tollgate_abi::stable::STABLE_SYMBOL);
    let boundaries = if stable {
        [Boundary::CAbi.name(), Boundary::StableAbi.name()].join(", ")
    } else {
        Boundary::CAbi.name().to_owned()
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
        "  contract {}, built by {}, a panic in it: {}; offers {}",
        manifest.abi,
        or(&manifest.compiler, "a compiler that it does not name"),
        or(&manifest.panic, "not said"),
        boundaries
    );
    let _ = writeln!(text, "operations");
    for operation in &manifest.operations {
        let gives = match &operation.gives {
            Gives::None => "nothing".to_owned(),
            Gives::Block { element } if element == "same" => "a block of the same type".to_owned(),
            Gives::Block { element } if element == "any" => "a block of a type that the configuration says".to_owned(),
            Gives::Block { element } => format!("a block of {element}"),
            Gives::Table { rows, columns } => {
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                format!("a table of {rows}: {}", names.join(", "))
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
            KeyType::Integer => "whole number",
            KeyType::Boolean => "true or false",
            KeyType::String if key.choices.is_empty() => "text",
            KeyType::String => &format!("one of {}", key.choices.join(", ")),
        };
        let limits = match (&key.minimum, &key.maximum) {
            (Some(least), Some(greatest)) => format!(" from {least} to {greatest}"),
            (Some(least), None) => format!(" of at least {least}"),
            (None, Some(greatest)) => format!(" of at most {greatest}"),
            (None, None) => String::new(),
        };
        let default = match &key.default {
            Some(default) => format!("default {default}"),
            None if key.optional => "may be left out".to_owned(),
            None => "must be given".to_owned(),
        };
        let _ = writeln!(
            text,
            "  {}: {kind}{limits}, {default}: {}",
            key.name,
            or(&key.description, "no description")
        );
    }
    let _ = writeln!(text, "needs {}", or(&inspection.needed.join(", "), "no other library"));
    text
}
