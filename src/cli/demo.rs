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
    /// Write the page with the prices to this file instead of ./report.html
    #[arg(long, value_name = "FILE", conflicts_with = "no_html")]
    html: Option<PathBuf>,
    /// Do not write the page
    #[arg(long)]
    no_html: bool,
}

/// The default file of the page.
const PAGE: &str = "report.html";

impl Arguments {
    /// Where the page goes. A file at the default path is overwritten only if this command wrote it.
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
                            "{PAGE} exists, and this command did not write it: name another file with --html, or use \
                                --no-html"
                        ),
                    });
                }
                path
            }
        };
        Ok(Some((path, Place::new(path)?)))
    }
}

/// The samples, with a description of each.
const SAMPLES: [(&str, &str); 5] = [
    ("sunspots.npy", "yearly sunspot numbers since 1700: two columns of f64"),
    ("nile.npy", "yearly flow of the Nile at Aswan"),
    ("co2.npy", "weekly CO2 at Mauna Loa: f32 with gaps (NaN)"),
    ("ecg.npy", "an electrocardiogram: i32"),
    ("speech.wav", "synthetic speech: 16-bit samples"),
];

/// The rows that the tour measures.
const PRICED: [&str; 6] = [
    "add,",
    "empty operation",
    "sum of 0 B",
    "sum of 64 B",
    "sum of 4 KiB",
    "sum of 256 KiB",
];

/// The runs: a title, a file, and chains of plugins, each behind the boundary that it names.
const RUNS: [(&str, &str, &[&[&str]]); 4] = [
    (
        "A Rust plugin: linked into this program, and loaded from its file behind c-abi and stable-abi (tollgate run)",
        "sunspots.npy",
        &[&["stats@inline"], &["stats@c-abi"], &["stats@stable-abi"]],
    ),
    (
        "The same plugin on data with gaps, and after a conversion to f64",
        "co2.npy",
        &[&["stats"], &["convert:to=f64", "stats"]],
    ),
    (
        "A C plugin: linked into this program, and loaded from its file",
        "ecg.npy",
        &[&["crc32c@static-c"], &["crc32c@c-abi"]],
    ),
    (
        "A chain: speech converted to f32, low-pass filtered, then described",
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

    /// Adds a command's report and returns its document.
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
                "sample directory {} not found: run the demo in the source directory, or name the samples with \
                    --samples DIR",
                directory.display()
            ),
        });
    }
    let page = arguments.page()?;
    let mut tour = Tour::default();
    let platform = tour.show("This binary (tollgate platform)", platform::run());
    let (prices, html) = bench::some(host, &PRICED)?;
    let prices = tour.show("What a call costs on this machine (part of tollgate bench)", prices);
    if let Some((path, place)) = &page {
        place.fill(&html)?;
        tour.text
            .push_str(&format!("\nThe same prices with pictures: {}\n", path.display()));
    }
    let list = tour.show("The plugins that were found (tollgate plugin list)", plugin::list(host));
    let inspection = tour.show(
        "What a plugin's file contains, read without running its code (tollgate plugin inspect stats)",
        plugin::inspect(host, "stats")?,
    );
    let mut views: Vec<Json> = Vec::new();
    tour.section("Files written by other software, viewed in place (tollgate view)");
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
        "\nNext: try `tollgate run FILE --plugin stats` on your own .npy or .wav file, `tollgate bench`, or `tollgate \
            --help`.\n",
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
