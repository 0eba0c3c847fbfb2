//! `tollgate demo`.

use super::bench::document::Place;
use super::bench::report::GENERATOR;
use super::failure::{Failure, one_line};
use super::samples::{Directory, SAMPLES};
use super::{Report, bench, number, platform, plugin, run, view};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use tollgate::{Boundary, Error, Host};
use tollgate_platform::dylib;

const EXAMPLES: &str = "\
Examples:
  tollgate demo
  tollgate demo --html tour.html";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The directory with the sample files [default: samples, or copies that are part of this command]
    #[arg(long, value_name = "DIR")]
    samples: Option<PathBuf>,
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

/// The rows that the tour measures.
const PRICED: [&str; 6] = [
    "add,",
    "empty operation",
    "sum of 0 B",
    "sum of 64 B",
    "sum of 4 KiB",
    "sum of 256 KiB",
];

/// The rows of the price list that the tour's text shows; the page and the document have all.
const SHOWN: [&str; 6] = [
    "add, Rust, inlined",
    "add, Rust, not inlined",
    "add, static C",
    "add, shared library by pointer",
    "empty operation",
    "sum of 4 KiB",
];

/// A plugin, an operation of it, the file that it works on, and the boundaries that it runs behind.
struct Switched {
    plugin: &'static str,
    operation: &'static str,
    what: &'static str,
    file: &'static str,
    boundaries: [Boundary; 3],
}

/// The plugins that the tour runs behind several boundaries.
const SWITCHED: [Switched; 2] = [
    Switched {
        plugin: "stats",
        operation: "describe",
        what: "A plugin in Rust",
        file: "sunspots.npy",
        boundaries: [Boundary::Inline, Boundary::CAbi, Boundary::StableAbi],
    },
    Switched {
        plugin: "crc32c",
        operation: "checksum",
        what: "A plugin in C",
        file: "ecg.npy",
        boundaries: [Boundary::StaticC, Boundary::CAbi, Boundary::StableAbi],
    },
];

/// The chain that the tour runs, and its file.
const CHAIN: (&str, [&str; 3]) = (
    "speech.wav",
    ["convert:to=f32,scale=full", "biquad:kind=lowpass,cutoff=1000", "stats"],
);

/// The tour's text, section by section.
#[derive(Default)]
struct Tour {
    text: String,
}

impl Tour {
    /// Begins a section, with the command that does the same.
    fn section(&mut self, title: &str, command: &str) {
        self.text.push_str(&format!("\n== {title}\n$ {command}\n"));
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let samples = Directory::find(arguments.samples.as_deref())?;
    let samples = samples.path();
    let page = arguments.page()?;
    let mut tour = Tour::default();
    tour.add("Tollgate runs a plugin behind a boundary that one word chooses, and shows what each crossing costs.\n");
    let mut runs: Vec<Json> = Vec::new();
    for switched in &SWITCHED {
        runs.extend(switch(&mut tour, host, samples, switched)?);
    }
    let prices = prices(&mut tour, host, &page)?;
    let views = files(&mut tour, samples)?;
    runs.push(chain(&mut tour, host, samples)?);
    refusal(&mut tour, host)?;
    tour.add(
        "\nNext: `tollgate run FILE --plugin stats` on your own .npy or .wav file; `tollgate plugin list`; `tollgate \
            bench`;\n`tollgate plugin new NAME` for a plugin of your own; `tollgate --help`.\n",
    );
    let document = json!({
        "platform": platform::run().json,
        "prices": prices,
        "page": page.map(|(path, _)| path.display().to_string()),
        "plugins": plugin::list(host).json["plugins"],
        "inspection": inspection(host)?,
        "views": views,
        "runs": runs,
    });
    Ok(Report::new(tour.text, document))
}

/// What the file of `stats` contains, if there is one.
fn inspection(host: &Host) -> Result<Json, Failure> {
    match host.find("stats") {
        Ok(_) => Ok(plugin::inspect(host, "stats")?.json),
        Err(_) => Ok(Json::Null),
    }
}

/// One plugin behind each boundary that it can have: the result once, and whether the others give the same.
fn switch(tour: &mut Tour, host: &Host, samples: &Path, switched: &Switched) -> Result<Vec<Json>, Failure> {
    let Switched { plugin, file, .. } = switched;
    tour.section(
        &format!("{}, one word changed", switched.what),
        &format!("tollgate run samples/{file} --plugin {plugin}@BOUNDARY"),
    );
    let mut runs: Vec<Json> = Vec::new();
    for boundary in switched.boundaries {
        let run = match run::on(host, &samples.join(file), &[&format!("{plugin}@{boundary}")]) {
            Ok(run) => run,
            // The installed command may have no plugin files, and C has no stable tier.
            Err(Failure::Host(Error::BoundaryNotOffered { .. })) => continue,
            Err(failure) => return Err(failure),
        };
        match runs.first() {
            None => tour.add(&run.text),
            Some(first) => {
                let same = first["chain"][0]["result"] == run.json["chain"][0]["result"];
                let source = match run.json["chain"][0]["file"].as_str() {
                    Some(file) => format!("({})", one_line(file)),
                    None => "(part of this program)".to_owned(),
                };
                tour.add(&format!(
                    "{plugin}/{} behind {boundary} {source}: {}\n",
                    switched.operation,
                    if same { "the same result" } else { "another result" }
                ));
            }
        }
        runs.push(run.json);
    }
    Ok(runs)
}

/// A part of the price list, and the page with all rows that were measured.
fn prices(tour: &mut Tour, host: &Host, page: &Option<(&Path, Place)>) -> Result<Json, Failure> {
    tour.section("What a call costs on this machine", "tollgate bench --quick");
    let (prices, html) = bench::some(host, &PRICED, &SHOWN)?;
    tour.add(&prices.text);
    if let Some((path, place)) = page {
        place.fill(&html)?;
        tour.add(&format!("The same prices with pictures: {}\n", path.display()));
    }
    Ok(prices.json)
}

/// Each sample file in a line.
fn files(tour: &mut Tour, samples: &Path) -> Result<Vec<Json>, Failure> {
    tour.section(
        "Files that other software wrote, used in place",
        "tollgate view samples/FILE",
    );
    let mut views = Vec::new();
    for sample in &SAMPLES {
        let view = view::report(&samples.join(sample.name))?.json;
        let shape: Vec<u64> = view["shape"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_u64)
            .collect();
        tour.add(&format!(
            "{:14}{} of {}, {} bytes copied: {}\n",
            sample.name,
            number::shape(&shape),
            view["element"].as_str().unwrap_or("records"),
            view["copied_bytes"],
            sample.what
        ));
        views.push(view);
    }
    Ok(views)
}

/// A chain of plugins: each step in a line, and the last result.
fn chain(tour: &mut Tour, host: &Host, samples: &Path) -> Result<Json, Failure> {
    let (file, plugins) = CHAIN;
    tour.section(
        "A chain: speech scaled to -1 to 1, low-pass filtered, then described",
        &format!("tollgate run samples/{file} --plugin {}", plugins.join(" --plugin ")),
    );
    let run = run::on(host, &samples.join(file), &plugins)?;
    let (before, last) = run
        .text
        .split_at(run.text.rfind("stats/describe behind").unwrap_or_default());
    for step in before.lines().filter(|line| line.contains(" behind ")) {
        tour.add(&format!("{step}\n"));
    }
    tour.add(last);
    Ok(run.json)
}

/// A plugin's file that was cut short, at the gate. Nothing is shown if there is no file.
fn refusal(tour: &mut Tour, host: &Host) -> Result<(), Failure> {
    let Ok(file) = host.find("stats") else {
        return Ok(());
    };
    let failed = |error| Failure::io("write a plugin that is cut short to a temporary directory", error);
    let mut bytes = std::fs::read(&file).map_err(failed)?;
    bytes.truncate(4096);
    let directory = tempfile::tempdir().map_err(failed)?;
    let cut = directory.path().join(dylib::file_name("cut"));
    std::fs::write(&cut, bytes).map_err(failed)?;
    let name = dylib::file_name("stats");
    tour.section(
        "A file that is cut short, refused at the gate before any of its code runs",
        &format!("head -c 4096 {name} > cut; tollgate run samples/nile.npy --plugin ./cut"),
    );
    let refused = match host.check(&cut.display().to_string()) {
        Err(error) => error.to_string(),
        Ok(_) => "it passes the gate".to_owned(),
    };
    let refused = refused.replace(&cut.display().to_string(), "./cut");
    tour.add(&format!("tollgate: {}\n", one_line(&refused)));
    Ok(())
}
