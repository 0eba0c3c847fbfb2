//! `tollgate demo`.

use super::failure::Failure;
use super::{Report, platform, plugin, run};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use tollgate::Host;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory with the sample files
    #[arg(long, value_name = "DIR", default_value = "samples")]
    samples: PathBuf,
}

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
    let plugins = plugin::list(host);
    let mut text = format!(
        "1. This binary\n\n{}\n2. The plugins that it found\n\n{}\n",
        platform.text, plugins.text
    );
    text.push_str("3. One plugin at work on files that other software made\n\n");
    let mut runs: Vec<Json> = Vec::new();
    for (file, what) in SAMPLES {
        let path = directory.join(file);
        let report = run::on(host, &path, "stats")?;
        text.push_str(&format!("{what}\n{}\n", report.text));
        runs.push(report.json);
    }
    text.push_str(
        "Next: `tollgate run FILE --plugin stats` on a .npy of your own, `tollgate plugin inspect stats`, `tollgate --help`.\n",
    );
    let document = json!({ "platform": platform.json, "plugins": plugins.json["plugins"], "runs": runs });
    Ok(Report::new(text, document))
}
