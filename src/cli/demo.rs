//! `tollgate demo`.

use super::bench::document::Place;
use super::bench::report::GENERATOR;
use super::failure::Failure;
use super::{Report, bench, platform, plugin, run, view};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use tollgate::Host;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory with the sample files
    #[arg(long, value_name = "DIR", default_value = "samples")]
    samples: PathBuf,
    /// Write the prices as one page to this file, instead of report.html in the current directory
    #[arg(long, value_name = "FILE", conflicts_with = "no_html")]
    html: Option<PathBuf>,
    /// Write no page
    #[arg(long)]
    no_html: bool,
}

/// The page's file where none is named.
const PAGE: &str = "report.html";

impl Arguments {
    /// Where the page goes. What lies at the place that nobody named is only written over where it is such a page
    /// itself.
    fn page(&self) -> Result<Option<(&Path, Place)>, Failure> {
        let path = match &self.html {
            _ if self.no_html => return Ok(None),
            Some(path) => path,
            None => {
                let path = Path::new(PAGE);
                let ours = |bytes: Vec<u8>| bytes.windows(GENERATOR.len()).any(|part| part == GENERATOR.as_bytes());
                if path.exists() && !std::fs::read(path).is_ok_and(ours) {
                    return Err(Failure::Work {
                        code: "page-in-the-way",
                        message: format!(
                            "{PAGE} is here and is no page of this command, so it is left alone: name another file with --html, or say --no-html"
                        ),
                    });
                }
                path
            }
        };
        Ok(Some((path, Place::new(path)?)))
    }
}

/// What the samples are, for readers who have not seen them.
const SAMPLES: [(&str, &str); 5] = [
    (
        "sunspots.npy",
        "yearly sunspot numbers since 1700, 64-bit reals in two columns",
    ),
    ("nile.npy", "yearly flow of the Nile at Aswan"),
    ("co2.npy", "weekly CO2 at Mauna Loa, 32-bit reals with gaps (NaN)"),
    ("ecg.npy", "an electrocardiogram, 32-bit integers"),
    ("speech.wav", "synthetic speech, 16-bit samples"),
];

/// The rows that are priced.
const PRICED: [&str; 6] = [
    "add,",
    "empty operation",
    "sum of 0 B",
    "sum of 64 B",
    "sum of 4 KiB",
    "sum of 256 KiB",
];

/// What is run: a title, a file, and chains of plugins, each behind the boundary that it names.
const RUNS: [(&str, &str, &[&[&str]]); 4] = [
    (
        "A plugin in Rust at work: part of this program, and loaded from its file just now behind both tiers (tollgate run)",
        "sunspots.npy",
        &[&["stats@inline"], &["stats@c-abi"], &["stats@stable-abi"]],
    ),
    (
        "The same on gaps and integers",
        "co2.npy",
        &[&["stats"], &["convert:to=f64", "stats"]],
    ),
    (
        "A plugin in C, linked into this program and loaded from its file",
        "ecg.npy",
        &[&["crc32c@static-c"], &["crc32c@c-abi"]],
    ),
    (
        "A chain: speech as reals, through a low-pass, described",
        "speech.wav",
        &[&["convert:to=f32,scale=full", "biquad:kind=lowpass,cutoff=1000", "stats"]],
    ),
];

/// The tour's text, section by section.
#[derive(Default)]
struct Tour {
    text: String,
}

impl Tour {
    fn section(&mut self, title: &str) {
        self.text.push_str(&format!("\n== {title}\n\n"));
    }

    /// Adds a command's report, and gives its document.
    fn show(&mut self, title: &str, report: Report) -> Json {
        self.section(title);
        self.text.push_str(&report.text);
        report.json
    }
}

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
    let page = arguments.page()?;
    let mut tour = Tour::default();
    let platform = tour.show("This binary (tollgate platform)", platform::run());
    let (prices, html) = bench::some(host, &PRICED)?;
    let prices = tour.show("What a call costs here (a part of tollgate bench)", prices);
    if let Some((path, place)) = &page {
        place.fill(&html)?;
        tour.text
            .push_str(&format!("\nThe same with pictures: {}\n", path.display()));
    }
    let list = tour.show("The plugins that it found (tollgate plugin list)", plugin::list(host));
    let inspection = tour.show(
        "What a plugin's file says of itself, before any of it runs (tollgate plugin inspect stats)",
        plugin::inspect(host, "stats")?,
    );
    let mut views: Vec<Json> = Vec::new();
    tour.section("Files that other software made, as they lie (tollgate view)");
    for (file, what) in SAMPLES {
        let view = view::report(&directory.join(file))?;
        tour.text.push_str(&format!("{what}\n{}", view.text));
        views.push(view.json);
    }
    let mut runs: Vec<Json> = Vec::new();
    for (title, file, chain) in RUNS {
        tour.section(title);
        for chain in chain {
            let run = run::on(host, &directory.join(file), chain)?;
            tour.text.push_str(&run.text);
            runs.push(run.json);
        }
    }
    tour.text.push_str(
        "\nNext: `tollgate run FILE --plugin stats` on a .npy or .wav of your own, `tollgate bench`, `tollgate --help`.\n",
    );
    let text = tour.text;
    let document = json!({
        "platform": platform,
        "prices": prices,
        "page": page.map(|(path, _)| path.display().to_string()),
        "plugins": list["plugins"],
        "inspection": inspection,
        "views": views,
        "runs": runs,
    });
    Ok(Report::new(text, document))
}
