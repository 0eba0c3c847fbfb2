//! The same calls measured by Tollgate's meter, criterion and divan, which take turns in the same minutes; and Go's
//! calls of C.
//!
//! ```text
//! cargo run --release --manifest-path benches/anchors/Cargo.toml --bin calls [-- ROUNDS]
//! ```

use libffi::middle::{Cif, CodePtr, Type, arg};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use tollgate_platform::dylib::{self, Library};
use tollgate_cli::sigkit::raw;
use tollgate_meter::{Mode, Options, Row, Rows, run, run_if_measuring};

type Add = unsafe extern "C" fn(i64, i64) -> i64;
type Figures = Vec<(String, f64)>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;

const NAMES: [&str; 6] = [
    "nothing",
    "add, Rust, inlined",
    "add, static C",
    "add, shared library by pointer",
    "add, stabby trait object",
    "add, shared library by libffi",
];

static ADD: LazyLock<Add> = LazyLock::new(|| {
    // SAFETY: the library is this package's own and has no constructors.
    let library = unsafe { dylib::open(Path::new(env!("SHAPES"))) }.expect("build.rs linked the library");
    let library: &'static Library = Box::leak(Box::new(library));
    // SAFETY: the library exports the function with this type, and is never closed.
    *unsafe { library.get::<Add>("sigkit_add") }.expect("shapes.c defines it")
});

#[stabby::stabby(checked)]
pub trait Step {
    extern "C" fn step(&self, x: u64) -> u64;
}

struct By(u64);

impl Step for By {
    extern "C" fn step(&self, x: u64) -> u64 {
        x.wrapping_add(self.0)
    }
}

type Object = stabby::dynptr!(stabby::boxed::Box<dyn Step>);

fn object() -> Object {
    black_box(stabby::boxed::Box::new(By(black_box(1))).into())
}

struct Interpreted(Cif, CodePtr);

impl Interpreted {
    fn new() -> Interpreted {
        let cif = Cif::new([Type::i64(), Type::i64()], Type::i64());
        Interpreted(cif, CodePtr::from_ptr(*ADD as *const _))
    }

    #[inline(always)]
    fn add(&self, a: i64, b: i64) -> i64 {
        // SAFETY: the function has this type and no precondition.
        unsafe { self.0.call(self.1, &[arg(&a), arg(&b)]) }
    }
}

/// Calls a loaded function.
#[inline(always)]
fn by_pointer(add: Add, x: u64) -> u64 {
    // SAFETY: adding has no precondition.
    unsafe { add(x as i64, 1) as u64 }
}

fn rows() -> std::result::Result<Rows<'static>, std::convert::Infallible> {
    let mut rows = Rows::new();
    macro_rules! both {
        ($name:expr, $prepare:expr, $call:expr) => {
            let used = $prepare;
            rows.push(check(Row::latency($name, move |x| $call(&used, x)), $name));
            let used = $prepare;
            rows.push(check(Row::throughput($name, move |x| $call(&used, x)), $name));
        };
    }
    both!(NAMES[0], (), |_: &(), x: u64| x);
    both!(NAMES[1], (), |_: &(), x: u64| x.wrapping_add(1));
    both!(NAMES[2], (), |_: &(), x: u64| raw::sigkit_add(x as i64, 1) as u64);
    both!(NAMES[3], *ADD, |add: &Add, x: u64| by_pointer(*add, x));
    both!(NAMES[4], object(), |object: &Object, x: u64| object.step(x));
    both!(
        NAMES[5],
        Interpreted::new(),
        |call: &Interpreted, x: u64| call.add(x as i64, 1) as u64
    );
    Ok(rows)
}

fn check(row: Row<'static>, name: &str) -> Row<'static> {
    row.answers(7, if name == NAMES[0] { 7 } else { 8 })
}

fn by_meter() -> Result<()> {
    let Ok(rows) = rows();
    let report = run(rows, &Options::default())?;
    for row in &report.rows {
        let mode = match row.mode {
            Mode::Latency => "latency",
            Mode::Throughput => "throughput",
        };
        println!("meter, {mode}\t{}\t{}", row.row, row.ns.min);
    }
    Ok(())
}

fn by_criterion() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut criterion = criterion::Criterion::default()
        .without_plots()
        .output_directory(directory.path());
    let (object, interpreted) = (object(), Interpreted::new());
    criterion.bench_function(NAMES[0], |b| b.iter(|| black_box(1_u64)));
    criterion.bench_function(NAMES[1], |b| b.iter(|| black_box(1_u64).wrapping_add(1)));
    criterion.bench_function(NAMES[2], |b| b.iter(|| raw::sigkit_add(black_box(1), 1)));
    criterion.bench_function(NAMES[3], |b| b.iter(|| by_pointer(*black_box(&*ADD), black_box(1))));
    criterion.bench_function(NAMES[4], |b| b.iter(|| object.step(black_box(1))));
    criterion.bench_function(NAMES[5], |b| b.iter(|| interpreted.add(black_box(1), 1)));
    for name in NAMES {
        let file = directory.path().join(name).join("new/estimates.json");
        let estimates: Json = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        let estimate = ["slope", "mean"]
            .iter()
            .find_map(|kind| estimates[kind]["point_estimate"].as_f64());
        println!("criterion\t{name}\t{}", estimate.ok_or("criterion gave no estimate")?);
    }
    Ok(())
}

mod divans {
    use super::{ADD, Interpreted, LazyLock, StepDyn, black_box, by_pointer, object, raw};

    #[divan::bench(name = "nothing")]
    fn nothing(bencher: divan::Bencher<'_, '_>) {
        bencher.bench_local(|| black_box(1_u64));
    }

    #[divan::bench(name = "add, Rust, inlined")]
    fn inlined(bencher: divan::Bencher<'_, '_>) {
        bencher.bench_local(|| black_box(1_u64).wrapping_add(1));
    }

    #[divan::bench(name = "add, static C")]
    fn static_c(bencher: divan::Bencher<'_, '_>) {
        // A first call that faults its page in takes microseconds, and divan then makes one call per sample: 19.7 ns,
        // its timer's step.
        black_box(raw::sigkit_add(1, 1));
        bencher.bench_local(|| raw::sigkit_add(black_box(1), 1));
    }

    #[divan::bench(name = "add, shared library by pointer")]
    fn pointer(bencher: divan::Bencher<'_, '_>) {
        let add = *ADD;
        bencher.bench_local(|| by_pointer(add, black_box(1)));
    }

    #[divan::bench(name = "add, stabby trait object")]
    fn stabby(bencher: divan::Bencher<'_, '_>) {
        let object = object();
        bencher.bench_local(|| object.step(black_box(1)));
    }

    #[divan::bench(name = "add, shared library by libffi")]
    fn libffi(bencher: divan::Bencher<'_, '_>) {
        LazyLock::force(&ADD);
        let interpreted = Interpreted::new();
        bencher.bench_local(|| interpreted.add(black_box(1), 1));
    }
}

/// The third column of a line such as `├─ add, static C  1.3 ns │ 4 ns │ 1.356 ns │ 1.4 ns │ 100 │ 1600`.
fn median(line: &str) -> Option<(&'static str, f64)> {
    let name = NAMES.into_iter().find(|name| line.contains(name))?;
    let mut words = line.split('│').nth(2)?.split_whitespace();
    let value: f64 = words.next()?.parse().ok()?;
    let unit = match words.next()? {
        "ps" => 1e-3,
        "ns" => 1.0,
        "µs" => 1e3,
        _ => return None,
    };
    Some((name, value * unit))
}

/// The output of this program as one tool.
fn one(tool: &str) -> Result<Figures> {
    let output = Command::new(std::env::current_exe()?).arg(tool).output()?;
    if !output.status.success() {
        return Err(format!("{tool}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let figures: Figures = match tool {
        "divan" => text
            .lines()
            .filter_map(median)
            .map(|(name, ns)| (format!("divan\t{name}"), ns))
            .collect(),
        _ => text.lines().filter_map(figure).collect(),
    };
    if figures.len() < NAMES.len() {
        return Err(format!("{tool} gave {} figures: {text}", figures.len()).into());
    }
    Ok(figures)
}

/// A line of three fields, the last of which is a number.
fn figure(line: &str) -> Option<(String, f64)> {
    let (name, ns) = line.rsplit_once('\t')?;
    Some((name.to_owned(), ns.parse().ok()?))
}

/// Go's figures; none, with a message, if Go is not installed.
fn go() -> Result<Figures> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cgo");
    let output = match Command::new("go").args(["run", "."]).current_dir(directory).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("There is no Go here, so its calls of C are not measured ({error}).");
            return Ok(Figures::new());
        }
    };
    if !output.status.success() {
        return Err(format!("go run: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let mut figures = Figures::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        if let [name, least, mean] = line.split('\t').collect::<Vec<_>>()[..] {
            figures.push((format!("Go, fastest batch\t{name}"), least.parse()?));
            figures.push((format!("Go, testing.Benchmark\t{name}"), mean.parse()?));
        }
    }
    Ok(figures)
}

fn compare(rounds: usize) -> Result<()> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for figures in [one("meter")?, one("criterion")?, one("divan")?, go()?] {
            for (name, ns) in figures {
                all.entry(name).or_default().push(ns);
            }
        }
    }
    println!(
        "{:24}{:34}{:>9}{:>9}{:>9}{:>9}",
        "tool", "row", "least", "median", "most", "spread"
    );
    for (name, mut ns) in all {
        ns.sort_by(f64::total_cmp);
        let (tool, row) = name.split_once('\t').unwrap_or(("", &name));
        let (least, median, most) = (ns[0], ns[ns.len() / 2], ns[ns.len() - 1]);
        let spread = (most - least) / median * 100.0;
        println!("{tool:24}{row:34}{least:9.3}{median:9.3}{most:9.3}{spread:8.1} %");
    }
    Ok(())
}

fn main() -> Result<()> {
    run_if_measuring(rows);
    match std::env::args().nth(1).as_deref() {
        Some("meter") => by_meter(),
        Some("criterion") => by_criterion(),
        Some("divan") => {
            divan::Divan::default().run_benches();
            Ok(())
        }
        Some(rounds) => compare(rounds.parse()?),
        None => compare(5),
    }
}
