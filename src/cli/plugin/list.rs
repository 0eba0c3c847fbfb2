//! `tollgate plugin list`.

use super::{verdict_json, verdict_text};
use crate::cli::failure::one_line;
use crate::cli::{Report, result};
use serde_json::{Value as Json, json};
use tollgate::{Host, Manifest};
use tollgate_inspect::{Found, Verdict};

pub(crate) fn list(host: &Host) -> Report {
    let found = tollgate_inspect::list(host);
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
        text.push_str(&format!("not searched: {}\n", one_line(&error.to_string())));
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
    format!("{}\nfrom {}\n", table.trim_fmt(), paths.join(", "))
}

fn operations(manifest: &Manifest) -> Vec<String> {
    manifest
        .operations
        .iter()
        .map(|operation| operation.name.clone())
        .collect()
}
