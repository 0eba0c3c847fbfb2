//! `tollgate demo`.

use super::failure::Failure;
use super::{Report, platform, plugin, run, view};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use tollgate::Host;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory with the sample files
    #[arg(long, value_name = "DIR", default_value = "samples")]
    samples: PathBuf,
}

/// The plugin that the demo runs.
const PLUGIN: &str = "stats";

/// What the samples are, for readers who have not seen them.
const SAMPLES: [(&str, &str); 4] = [
    (
        "sunspots.npy",
        "yearly sunspot numbers since 1700, 64-bit reals in two columns",
    ),
    ("nile.npy", "yearly flow of the Nile at Aswan"),
    ("co2.npy", "weekly CO2 at Mauna Loa, 32-bit reals with gaps (NaN)"),
    ("ecg.npy", "an electrocardiogram, 32-bit integers"),
];

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let directory = &arguments.samples;
    if !directory.is_dir() {
        return Err(Failure::Work {
            code: "no-samples",
            message: format!(
                "there is no directory {}: run the demo where the sources are, or name the samples with --samples DIR",
                directory.display()
            ),
        });
    }
    let platform = platform::run();
    let list = plugin::list(host);
    let inspection = plugin::inspect(host, PLUGIN)?;
    let mut text = String::new();
    let mut section = |title: &str, body: &str| text.push_str(&format!("== {title}\n\n{body}\n"));
    section("This binary (tollgate platform)", &platform.text);
    section("The plugins that it found (tollgate plugin list)", &list.text);
    section(
        "What a plugin's file says of itself, before any of it runs (tollgate plugin inspect)",
        &inspection.text,
    );
    let (mut views, mut runs): (Vec<Json>, Vec<Json>) = Default::default();
    let (mut seen, mut worked) = (String::new(), String::new());
    for (file, what) in SAMPLES {
        let path = directory.join(file);
        let view = view::report(&path)?;
        seen.push_str(&format!("{what}\n{}", view.text));
        views.push(view.json);
        let run = run::on(host, &path, PLUGIN)?;
        worked.push_str(&run.text);
        runs.push(run.json);
    }
    section("Files that other software made, as they lie (tollgate view)", &seen);
    section(
        "A plugin at work on them, loaded from its file just now (tollgate run)",
        &worked,
    );
    text.push_str("Next: `tollgate run FILE --plugin stats` on a .npy of your own, and `tollgate --help`.\n");
    let document = json!({
        "platform": platform.json,
        "plugins": list.json["plugins"],
        "inspection": inspection.json,
        "views": views,
        "runs": runs,
    });
    Ok(Report::new(text, document))
}
