//! `tollgate plugin pin`.

use crate::cli::Report;
use crate::cli::failure::Failure;
use crate::cli::policy::LOCK;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use tollgate::{Host, Pin};
use tollgate_inspect::Verdict;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names to search for, or paths
    #[arg(required = true, value_name = "PLUGIN")]
    plugins: Vec<String>,
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let mut lock = host.lock()?;
    let mut text = String::new();
    let mut pinned: Vec<Json> = Vec::new();
    for plugin in &arguments.plugins {
        let inspection = tollgate_inspect::inspect(host.find(plugin)?)?;
        let manifest = match (inspection.verdict, inspection.manifest) {
            (Verdict::Passes, Some(manifest)) => manifest,
            (Verdict::Refused(refusal), _) => {
                return Err(Failure::Host(tollgate::Error::Refused {
                    file: inspection.file,
                    refusal,
                }));
            }
            (Verdict::Passes, None) => unreachable!("what passes the gate has a manifest"),
        };
        let pin = Pin {
            version: manifest.version,
            blake3: inspection.hash,
        };
        let before = lock.pin(&manifest.name, pin.clone());
        let change = match &before {
            None => "pinned".to_owned(),
            Some(before) if before.blake3 == pin.blake3 => "already pinned to this hash".to_owned(),
            Some(before) => format!("was pinned to blake3 {} ({})", before.blake3, before.version),
        };
        let _ = writeln!(
            text,
            "{} {}: blake3 {}; {change}",
            manifest.name, pin.version, pin.blake3
        );
        pinned.push(json!({
            "name": manifest.name,
            "version": pin.version,
            "blake3": pin.blake3,
            "file": inspection.file.display().to_string(),
            "before": before.map(|before| before.blake3),
        }));
    }
    // All pins are written at once, after every plugin was checked.
    lock.write()?;
    let _ = writeln!(text, "written to {}", LOCK);
    Ok(Report::new(text, json!({ "lock": LOCK, "pinned": pinned })))
}
