//! `tollgate plugin list`.

use super::{verdict_json, verdict_text};
use crate::cli::failure::one_line;
use crate::cli::{Report, result};
use comfy_table::ContentArrangement;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use tollgate::{Boundary, Chosen, Host, Manifest, SetBy};
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
            let chosen = chosen(host, found);
            json!({
                "name": found.name,
                "file": found.inspection.file.display().to_string(),
                "hash": found.inspection.hash,
                "version": manifest.map(|manifest| &manifest.version),
                "description": manifest.map(|manifest| &manifest.description),
                "operations": manifest.map(operations),
                "boundary": chosen.boundary.name(),
                "boundary_set_by": chosen.set_by.to_string(),
                "offers": offers(host, found).iter().map(|boundary| boundary.name()).collect::<Vec<_>>(),
                "verdict": verdict_json(&found.inspection.verdict),
            })
        })
        .collect();
    let refused = host.refused_paths();
    let refused_json: Vec<Json> = refused
        .iter()
        .map(|error| json!({ "code": error.code(), "message": error.to_string() }))
        .collect();
    let registered: Vec<Json> = host
        .registered()
        .iter()
        .map(|(name, boundary)| json!({ "name": name, "boundary": boundary.name() }))
        .collect();
    let missing = host.plugin_paths().iter().filter(|path| !path.is_dir());
    let missing: Vec<String> = missing.map(|path| path.display().to_string()).collect();
    let document = json!({
        "paths": paths,
        "missing": missing,
        "refused": refused_json,
        "registered": registered,
        "plugins": plugins,
    });
    let mut text = list_text(host, &found);
    for error in refused {
        text.push_str(&format!("not searched: {}\n", one_line(&error.to_string())));
    }
    Report::new(text, document)
}

fn list_text(host: &Host, found: &[Found]) -> String {
    let mut text = String::new();
    if !found.is_empty() {
        let mut table = result::plain_table();
        table.set_header(["plugin", "version", "runs behind", "operations", "what it is"]);
        for found in found {
            match (&found.inspection.manifest, &found.inspection.verdict) {
                (Some(manifest), Verdict::Passes) => table.add_row([
                    &found.name,
                    &manifest.version,
                    &runs_behind(host, found),
                    &operations(manifest).join(", "),
                    &manifest.description,
                ]),
                (_, verdict) => {
                    table.add_row([&found.name, "", "", "", &format!("refused: {}", verdict_text(verdict))])
                }
            };
        }
        if let Some(width) = result::terminal_width() {
            // Descriptions are wrapped.
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(width);
        }
        text.push_str(&format!("{}\n", table.trim_fmt()));
    }
    let registered: Vec<String> = host
        .registered()
        .iter()
        .map(|(name, boundary)| format!("{name} behind {boundary}"))
        .collect();
    if !registered.is_empty() {
        text.push_str(&format!("part of this program: {}\n", registered.join(", ")));
    }
    let (searched, missing): (Vec<&PathBuf>, Vec<&PathBuf>) =
        host.plugin_paths().iter().partition(|path| path.is_dir());
    let mut directories = |what: &str, paths: &[&PathBuf]| {
        if !paths.is_empty() {
            let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            text.push_str(&format!("{what}: {}\n", one_line(&paths.join(", "))));
        }
    };
    directories(if found.is_empty() { "no plugins in" } else { "searched" }, &searched);
    directories("missing directories", &missing);
    text
}

/// The boundary that a plugin would get, and why, for people.
fn runs_behind(host: &Host, found: &Found) -> String {
    let chosen = chosen(host, found);
    let set_by = match &chosen.set_by {
        SetBy::Default => "default",
        SetBy::Program(name) => name,
        SetBy::All => "boundary in tollgate.toml",
        SetBy::Plugin(name) => &format!("plugins.{name} in tollgate.toml"),
        other => &other.to_string(),
    };
    let offered = match offers(host, found).contains(&chosen.boundary) {
        true => "",
        false => ", which it does not offer",
    };
    format!("{} ({set_by}){offered}", chosen.boundary)
}

/// The boundary that is set for a plugin: for the name in its manifest, or else for the name of its file.
fn chosen(host: &Host, found: &Found) -> Chosen {
    let of_manifest = found
        .inspection
        .manifest
        .as_ref()
        .map(|manifest| host.boundary_of(&manifest.name))
        .filter(|chosen| matches!(chosen.set_by, SetBy::Plugin(_)));
    of_manifest.unwrap_or_else(|| host.boundary_of(&found.name))
}

/// The boundaries that a plugin can run behind here: those of its file, and those that a plugin of its name is
/// registered behind.
fn offers(host: &Host, found: &Found) -> Vec<Boundary> {
    let name = found.inspection.manifest.as_ref().map(|manifest| &manifest.name);
    let registered = host.registered();
    let registered = registered.iter().filter(|(other, _)| Some(other) == name);
    let mut offers: Vec<Boundary> = registered.map(|(_, boundary)| *boundary).collect();
    offers.extend(&found.inspection.boundaries);
    offers
}

fn operations(manifest: &Manifest) -> Vec<String> {
    manifest
        .operations
        .iter()
        .map(|operation| operation.name.clone())
        .collect()
}
