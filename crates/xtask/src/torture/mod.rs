//! Opens mutated plugin files: no file may crash or block a host, and each refusal must be a message.
//!
//! The hosts are separate processes, so that a crash is seen. Files that a host loads are
//! called in a child of it: a file that passed gate and probe can still be broken, which is reported and is not a
//! failure.

mod host;
mod mutate;

pub(crate) use host::{Batch, call_if_asked, run as run_host};

use crate::typed;
use host::{Called, Said, Verdict};
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use tollgate_platform::dylib;

/// Files for one host. Loaded files stay loaded until it exits.
const BATCH: u64 = 50;

/// The longest time without output from a host. A probe and the calls of a loaded plugin have deadlines of ten seconds
/// each.
const SILENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 60 });

/// The plugins that are mutated: one in Rust, one in C.
const ORIGINALS: [&str; 2] = ["stats", "crc32c"];

/// Why the torture failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The work failed.
    #[error("cannot {action}: {problem}")]
    NotDone { action: &'static str, problem: String },
    /// Checks failed.
    #[error("{0} checks failed; the table shows how to repeat each")]
    Wrong(usize),
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The seed of all mutations; the same seed gives the same files
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of files
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// The number of the first file; with --count 1, only this file
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Print the result of each file
    #[arg(long)]
    each: bool,
}

/// The results of all files.
#[derive(Default)]
struct Tally {
    /// By code: how many, and the first sentence.
    refused: BTreeMap<String, (u64, String)>,
    called: BTreeMap<Called, u64>,
    mutations: BTreeMap<String, (u64, u64)>,
    /// Failures, as text, with the number that repeats each.
    wrong: Vec<String>,
    deaths: u64,
    hangs: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let originals = build()?;
    let program = env::current_exe().map_err(|error| failed("find this program", &error))?;
    let command = [program.into_os_string(), "torture-host".into()];
    let directory = tempfile::tempdir().map_err(|error| failed("make a directory for mutated files", &error))?;
    let mut tally = Tally::default();
    let (mut next, end) = (arguments.from, arguments.from + arguments.count);
    while next < end {
        let batch = Batch {
            seed: arguments.seed,
            from: next,
            to: end.min(next + BATCH),
            directory: directory.path().to_owned(),
            originals: originals.clone(),
        };
        next = supervise(&command, &batch, arguments.each, &mut tally)?;
        if std::io::stderr().is_terminal() {
            eprint!("\r{} of {}", next - arguments.from, arguments.count);
        }
    }
    print(arguments, &tally);
    if tally.wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Wrong(tally.wrong.len()))
    }
}

/// Builds the plugins in release mode, so that few bytes are never read by a loader.
fn build() -> Result<Vec<PathBuf>, Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let target = typed::target_directory().map_err(|error| failed("find the build directory", &error))?;
    let target = target.unwrap_or_else(|| root.join("target"));
    cargo
        .current_dir(&root)
        .args(["build", "--quiet", "--release", "--target-dir"]);
    cargo.arg(&target);
    for plugin in ORIGINALS {
        cargo.args(["-p", &format!("tollgate-{plugin}")]);
    }
    let status = cargo.status().map_err(|error| failed("start cargo", &error))?;
    if !status.success() {
        return Err(failed("build the plugins", &status));
    }
    Ok(ORIGINALS
        .iter()
        .map(|plugin| target.join("release").join(dylib::file_name(plugin)))
        .collect())
}

fn failed(action: &'static str, problem: &dyn std::fmt::Display) -> Error {
    Error::NotDone {
        action,
        problem: problem.to_string(),
    }
}

/// Runs a host over a batch, and returns the number from which the next one must continue.
fn supervise(command: &[OsString], batch: &Batch, each: bool, tally: &mut Tally) -> Result<u64, Error> {
    let mut host = Command::new(&command[0])
        .args(&command[1..])
        .args(["--seed", &batch.seed.to_string()])
        .args(["--from", &batch.from.to_string(), "--to", &batch.to.to_string()])
        .arg("--directory")
        .arg(&batch.directory)
        .args(&batch.originals)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed("start a host", &error))?;
    let lines = BufReader::new(host.stdout.take().expect("standard output was piped")).lines();
    let (sender, said) = channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // Skips lines that a plugin's code wrote.
            if let Ok(said) = serde_json::from_str::<Said>(&line)
                && sender.send(said).is_err()
            {
                return;
            }
        }
    });
    let mut current = None;
    let mut ended = false;
    loop {
        match said.recv_timeout(SILENCE) {
            Ok(Said::Begin(index)) => current = Some(index),
            Ok(Said::Fared(fared)) => {
                let index = current.take().unwrap_or(batch.from);
                if each {
                    println!("{index}: {}: {:?}", fared.mutation, fared.verdict);
                }
                tally.add(batch, index, fared);
            }
            Ok(Said::End) => ended = true,
            Err(RecvTimeoutError::Timeout) => {
                let _ = host.kill();
                let _ = host.wait();
                tally.hangs += 1;
                return Ok(tally.lost(batch, current, "hung"));
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = host.wait().map_err(|error| failed("wait for a host", &error))?;
    if ended && status.success() {
        return Ok(batch.to);
    }
    tally.deaths += 1;
    Ok(tally.lost(batch, current, &died(status)))
}

fn died(status: ExitStatus) -> String {
    format!("died ({status})")
}

impl Tally {
    fn add(&mut self, batch: &Batch, index: u64, fared: host::Fared) {
        let counts = self.mutations.entry(fared.mutation).or_default();
        match fared.verdict {
            Verdict::Refused { code, message } => {
                counts.0 += 1;
                if message.is_empty() || message.contains(char::is_control) {
                    let what = format!("the refusal is not a message: {message:?}");
                    self.wrong.push(format!("{what}; {}", again(batch, index)));
                }
                // A probe that could not run shows nothing.
                if code == "no-worker" {
                    self.wrong.push(format!("{message}; {}", again(batch, index)));
                }
                self.refused.entry(code).or_insert((0, message)).0 += 1;
            }
            Verdict::Loaded(called) => {
                counts.1 += 1;
                *self.called.entry(called).or_default() += 1;
            }
        }
    }

    /// Records a lost host, and returns the number after its current file.
    fn lost(&mut self, batch: &Batch, current: Option<u64>, how: &str) -> u64 {
        match current {
            Some(index) => {
                self.wrong
                    .push(format!("a host {how} over file {index}; {}", again(batch, index)));
                index + 1
            }
            None => {
                let count = batch.to - batch.from;
                self.wrong.push(format!(
                    "a host {how} at exit, after the files from {}; repeat it with --seed {} --from {} --count {count}",
                    batch.from, batch.seed, batch.from
                ));
                batch.to
            }
        }
    }
}

fn again(batch: &Batch, index: u64) -> String {
    format!("repeat it with --seed {} --from {index} --count 1", batch.seed)
}

fn print(arguments: &Arguments, tally: &Tally) {
    println!(
        "\nseed {}, files {} to {}, of {}",
        arguments.seed,
        arguments.from,
        arguments.from + arguments.count - 1,
        ORIGINALS.join(" and ")
    );
    println!("\n{:32} {:>8} {:>8}", "what was done", "refused", "loaded");
    for (mutation, (refused, loaded)) in &tally.mutations {
        println!("{mutation:32} {refused:8} {loaded:8}");
    }
    println!("\n{:20} {:>8}  the first message", "refused as", "files");
    for (code, (count, sentence)) in &tally.refused {
        // Without the file's name.
        println!(
            "{code:20} {count:8}  {}",
            sentence.split_once(": ").map_or(sentence.as_str(), |(_, rest)| rest)
        );
    }
    println!("\n{:20} {:>8}", "loaded, and its calls", "files");
    for (called, word) in [
        (Called::Worked, "worked"),
        (Called::Failed, "failed"),
        (Called::Died, "died"),
        (Called::Hung, "hung"),
    ] {
        println!("{word:20} {:9}", tally.called.get(&called).copied().unwrap_or_default());
    }
    println!("\nhost deaths {}, hangs {}", tally.deaths, tally.hangs);
    for wrong in &tally.wrong {
        println!("wrong: {wrong}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a host that is this script of the shell.
    fn tally_of(script: &str) -> (u64, Tally) {
        let command = ["sh", "-c", script].map(OsString::from);
        let batch = Batch {
            seed: 7,
            from: 100,
            to: 150,
            directory: PathBuf::new(),
            originals: Vec::new(),
        };
        let mut tally = Tally::default();
        let next = supervise(&command, &batch, false, &mut tally).unwrap();
        (next, tally)
    }

    fn there_is_a_shell() -> bool {
        let found = Command::new("sh")
            .args(["-c", ":"])
            .status()
            .is_ok_and(|status| status.success());
        let required = env::var_os("TOLLGATE_REQUIRE_ALL").is_some_and(|value| value == "1");
        assert!(found || !required, "a shell is required");
        if !found {
            eprintln!("There is no shell to play a host that dies: what needs one is skipped.");
        }
        found
    }

    #[test]
    fn a_host_that_dies_or_hangs_is_told_with_what_repeats_it() {
        if !there_is_a_shell() {
            return;
        }
        let begin = "echo '{\"Begin\":101}'";
        let (next, tally) = tally_of(&format!("{begin}; kill -SEGV $$"));
        assert_eq!((next, tally.deaths, tally.hangs), (102, 1, 0));
        assert!(
            tally.wrong[0].contains("over file 101; repeat it with --seed 7 --from 101 --count 1"),
            "{:?}",
            tally.wrong
        );
        let (next, tally) = tally_of(&format!("{begin}; exec sleep 1000"));
        assert_eq!((next, tally.deaths, tally.hangs), (102, 0, 1));
        // All were opened, and then its end was not one.
        let (next, tally) = tally_of("echo '\"End\"'; exit 3");
        assert_eq!((next, tally.deaths, tally.wrong.len()), (150, 1, 1));
        let (next, tally) = tally_of("echo 'no line of its own'; echo '\"End\"'");
        assert_eq!((next, tally.wrong.len()), (150, 0));
    }

    #[test]
    fn a_refusal_that_is_not_a_message_fails_and_others_are_counted() {
        if !there_is_a_shell() {
            return;
        }
        let fared = |message: &str| {
            let refused = format!("{{\"Refused\":{{\"code\":\"damaged\",\"message\":\"{message}\"}}}}");
            format!(
                "echo '{{\"Begin\":100}}'; echo '{{\"Fared\":{{\"mutation\":\"cut\",\"verdict\":{refused}}}}}'; echo \
                    '\"End\"'"
            )
        };
        let (_, tally) = tally_of(&fared("it is damaged"));
        assert_eq!((tally.wrong.len(), tally.refused["damaged"].0), (0, 1));
        let (_, tally) = tally_of(&fared(""));
        assert_eq!(tally.wrong.len(), 1);
    }
}
