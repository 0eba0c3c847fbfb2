//! A host that opens mutated plugins one after the other and reports the result of each.

use super::mutate::{Random, mutate};
use crate::typed;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};
use tollgate_host::{Block, Host, HostBuilder, Output, Probe};
use tollgate_platform::child::{self, Builder, Limits, Outcome};
use tollgate_platform::dylib;

/// The role of a child that calls a loaded plugin.
const ROLE: &str = "torture-call";

/// The deadline of a loaded plugin's calls.
const DEADLINE: Duration = Duration::from_secs(10);

/// A host's messages on standard output, one line each.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said {
    /// It is about to open this file.
    Begin(u64),
    /// Its result.
    Fared(Fared),
    /// All files were opened, and the process is about to exit.
    End,
}

/// The result of a mutated plugin.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Fared {
    pub(super) mutation: String,
    pub(super) verdict: Verdict,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Verdict {
    Refused {
        code: String,
        message: String,
    },
    /// It was loaded; this is the result of its calls in a child process.
    Loaded(Called),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Called {
    Worked,
    Failed,
    Died,
    Hung,
}

/// The files that are mutated, and where to put the mutated ones.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Batch {
    #[arg(long)]
    pub(super) seed: u64,
    /// The first number
    #[arg(long)]
    pub(super) from: u64,
    /// The number after the last
    #[arg(long)]
    pub(super) to: u64,
    /// The directory for mutated files
    #[arg(long, value_parser = typed::path())]
    pub(super) directory: PathBuf,
    #[arg(value_parser = typed::path())]
    pub(super) originals: Vec<PathBuf>,
}

/// A builder of hosts that load mutated plugins in this process.
#[allow(unsafe_code, reason = "the test is what mutated code does in this process")]
fn builder() -> HostBuilder {
    // SAFETY: this child process was started to load mutated plugins: any damage ends with it.
    unsafe { Host::builder().trust_in_process() }
}

/// Opens each plugin of the batch.
pub(crate) fn run(batch: &Batch) -> io::Result<()> {
    let originals = batch.originals.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?;
    let host = builder().probe(Probe::Always).probe_cache(None).build();
    for index in batch.from..batch.to {
        say(&Said::Begin(index))?;
        let mut random = Random::new(batch.seed, index);
        let mut bytes = originals[random.below(originals.len())].clone();
        let mutation = mutate(&mut bytes, &mut random).to_string();
        let file = batch.directory.join(dylib::file_name(&format!("mutated{index}")));
        fs::write(&file, bytes)?;
        let verdict = match host.open(&file.to_string_lossy()) {
            Err(error) => Verdict::Refused {
                code: error.code().to_owned(),
                message: error.to_string(),
            },
            Ok(_) => Verdict::Loaded(call_in_child(&file)),
        };
        fs::remove_file(&file)?;
        say(&Said::Fared(Fared { mutation, verdict }))?;
    }
    say(&Said::End)
}

fn say(said: &Said) -> io::Result<()> {
    use io::Write;
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, said)?;
    writeln!(out)?;
    out.flush()
}

fn call_in_child(file: &Path) -> Called {
    let limits = Limits {
        memory: Some(4 << 30),
        core: Some(0),
        ..Limits::default()
    };
    let ended = Builder::this_program(ROLE)
        .request(file.as_os_str().as_encoded_bytes())
        .limits(limits)
        .deadline(DEADLINE)
        .capture_stderr(1024)
        .spawn()
        .and_then(child::Child::wait);
    match ended {
        Ok(Outcome::Value(value)) if value == b"worked" => Called::Worked,
        Ok(Outcome::Value(_)) => Called::Failed,
        Ok(Outcome::Hang { .. }) => Called::Hung,
        Ok(Outcome::Exit { .. } | Outcome::Signal { .. }) | Err(_) => Called::Died,
    }
}

/// In a child that was started to call a loaded plugin: calls each of its operations, answers and exits.
pub(crate) fn call_if_asked() {
    let Some(task) = child::accept(|role| role == ROLE) else {
        return;
    };
    let file = String::from_utf8_lossy(&task.request).into_owned();
    child::answer(match call(&file) {
        Ok(()) => b"worked",
        Err(_) => b"failed",
    })
}

fn call(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let host = builder().build();
    let plugin = host.open(file)?;
    let values: Vec<f64> = (0..1000).map(f64::from).collect();
    let block = Block::of(&values, &[500, 2], &[])?;
    for info in plugin.manifest().operations.clone() {
        let mut operation = plugin.operation(&info.name)?;
        let mut output = Output::new();
        for _ in 0..3 {
            operation.call_into(&block, &mut output)?;
        }
    }
    Ok(())
}
