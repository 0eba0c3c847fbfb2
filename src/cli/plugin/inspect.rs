//! `tollgate plugin inspect`.

use super::{verdict_json, verdict_text};
use crate::cli::Report;
use crate::cli::failure::{Failure, one_line};
use crate::cli::spec::Spec;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use tollgate::{Boundary, Gives, Host, Inspection, KeyType, Verdict};

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
