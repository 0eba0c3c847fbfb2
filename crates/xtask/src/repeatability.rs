//! `cargo xtask repeatability`: checks that the meter repeats its figures on a busy machine, ranks no equal rows, and
//! ranks rows that differ.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The limits that the method promises.
const SPREAD_OF_MOST: f64 = 0.01;
const SPREAD_OF_ALL: f64 = 0.05;
const MOST: f64 = 0.9;

/// A payload of this many bytes does not fit in the caches.
const BEYOND_CACHES: u64 = 64 << 20;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Whole runs of `tollgate bench`, while every core is loaded by another process
    #[arg(long, default_value_t = 10)]
    runs: usize,
    /// Runs of 20 equal rows, and of two rows that differ
    #[arg(long, default_value_t = 20)]
    trials: usize,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{action} failed: {problem}")]
    Tool { action: String, problem: String },
    #[error("{0}")]
    Broken(String),
}

/// Processes that only compute, one for each core; they end when this is dropped.
struct Load(Vec<Child>);

impl Load {
    fn start() -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let program = std::env::current_exe().map_err(|error| tool("finding this program", &error))?;
        let mut load = Self(Vec::new());
        for _ in 0..cores {
            let child = Command::new(&program).arg("spin").stdin(Stdio::piped()).spawn();
            load.0
                .push(child.map_err(|error| tool("starting a process that computes", &error))?);
        }
        Ok(load)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // A process that has ended already is not an error.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Computes until the parent process is gone.
pub(crate) fn spin() -> ! {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0)
    });
    let mut x = 1_u64;
    loop {
        x = std::hint::black_box(x.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7));
    }
}

pub(crate) fn run(workspace: &Path, arguments: &Arguments) -> Result<(), Error> {
    cargo(workspace, &["build", "--release", "--quiet"])?;
    cargo(
        workspace,
        &[
            "build",
            "--release",
            "--quiet",
            "-p",
            "tollgate-meter",
            "--example",
            "honesty",
        ],
    )?;
    let target = target_directory(workspace)?;
    let built = target.join("release");
    let mut broken = Vec::new();
    if arguments.runs > 0 {
        broken.extend(repeat(&built, arguments.runs)?);
    }
    if arguments.trials > 0 {
        broken.extend(honest(&built, arguments.trials)?);
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(Error::Broken(broken.join("; "))),
    }
}

/// Whole runs under load: the range of each row's headline.
fn repeat(built: &Path, runs: usize) -> Result<Option<String>, Error> {
    let mut headlines: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    {
        let _load = Load::start()?;
        for run in 1..=runs {
            eprintln!("run {run} of {runs}, under load");
            let report = document(Command::new(built.join("tollgate")).args(["bench", "--no-counts", "--json"]))?;
            for row in rows(&report) {
                // Rows that leave the process wait for the scheduler, which load disturbs. Data that do not fit
                // in a cache wait for memory, which the machine shares with others.
                if row["placement"].is_null()
                    && row["payload"].as_u64().is_none_or(|bytes| bytes < BEYOND_CACHES)
                    && let (Some(name), Some(ns)) = (row["row"].as_str(), row["ns"]["min"].as_f64())
                {
                    headlines.entry(name.to_owned()).or_default().push(ns);
                }
            }
        }
    }
    let mut spreads: Vec<(f64, &str, f64)> = headlines
        .iter()
        .map(|(name, ns)| {
            let mut ns = ns.clone();
            ns.sort_by(f64::total_cmp);
            let median = ns[ns.len() / 2];
            ((ns[ns.len() - 1] - ns[0]) / median, name.as_str(), median)
        })
        .collect();
    spreads.sort_by(|a, b| b.0.total_cmp(&a.0));
    let within = |spread: f64| spreads.iter().filter(|row| row.0 <= spread).count();
    println!("| row | median of {runs} runs, ns | (max − min) / median |\n| --- | --- | --- |");
    for (spread, name, median) in &spreads {
        println!("| {name} | {median:.3} | {:.2} % |", 100.0 * spread);
    }
    let (most, all) = (within(SPREAD_OF_MOST), within(SPREAD_OF_ALL));
    println!(
        "\n{most} of {} in-process rows are within 1 % and {all} within 5 %, with every core loaded. Rows whose \
            payload does not fit in the caches ({} MiB) are not counted.\n",
        spreads.len(),
        BEYOND_CACHES >> 20
    );
    let holds = most as f64 >= MOST * spreads.len() as f64 && all == spreads.len();
    Ok((!holds).then(|| format!("{most} of {} rows are within 1 %, and {all} within 5 %", spreads.len())))
}

/// Equal rows, and rows that differ.
fn honest(built: &Path, trials: usize) -> Result<Option<String>, Error> {
    let example = built.join("examples/honesty");
    let (mut ranked_same, mut ranked_other) = (0, 0);
    for trial in 1..=trials {
        eprintln!("trial {trial} of {trials}");
        let same = document(Command::new(&example).arg("same"))?;
        let ties = |row: &Value| row["ties_with"].as_array().map_or(0, Vec::len);
        let all = rows(&same).count() - 1;
        ranked_same += usize::from(rows(&same).any(|row| ties(row) < all));
        let differ = document(Command::new(&example).arg("differ"))?;
        ranked_other += usize::from(rows(&differ).all(|row| ties(row) == 0));
    }
    println!("Of {trials} runs of 20 equal rows, {ranked_same} ranked a pair.");
    println!("Of {trials} runs of a call, and the same call with one more multiplication, {ranked_other} ranked them.");
    let holds = ranked_same * 20 <= trials && ranked_other * 20 >= 19 * trials;
    Ok((!holds).then(|| {
        format!("{ranked_same} of {trials} runs ranked equal rows, and {ranked_other} ranked rows that differ")
    }))
}

fn rows(report: &Value) -> impl Iterator<Item = &Value> {
    report["rows"].as_array().into_iter().flatten()
}

fn document(command: &mut Command) -> Result<Value, Error> {
    let action = format!("{command:?}");
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| tool(&action, &error))?;
    if !output.status.success() {
        return Err(tool(&action, &output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| tool(&action, &error))
}

fn cargo(workspace: &Path, arguments: &[&str]) -> Result<(), Error> {
    let program = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let action = format!("cargo {}", arguments.join(" "));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace);
    command.arg("--target-dir").arg(target_directory(workspace)?);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(tool(&action, &status)),
        Err(error) => Err(tool(&action, &error)),
    }
}

fn target_directory(workspace: &Path) -> Result<PathBuf, Error> {
    let named = crate::typed::target_directory().map_err(|error| tool("finding the build directory", &error))?;
    Ok(named.unwrap_or_else(|| workspace.join("target")))
}

fn tool(action: &str, problem: &dyn std::fmt::Display) -> Error {
    Error::Tool {
        action: action.to_owned(),
        problem: problem.to_string(),
    }
}
