//! Validation: tests a plugin's file with ordinary and hostile blocks, out of process.
//!
//! Each check runs in its own child process, with a deadline and a memory limit. A plugin that crashes, exits or hangs
//! fails the check and does not harm the host. The inputs are generated from a seed; the same seed gives the same
//! inputs.
//!
//! Passing is not a proof: the checks look for known kinds of plugin faults on a few hundred inputs.

mod checks;
mod handles;
mod input;
mod subject;
mod told;

use crate::error::Error;
use checks::{Bench, CHECKS, Problem};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use subject::Subject;
use tollgate_host::tools::Candidate;
use tollgate_host::{Boundary, Host, Settings};
use tollgate_platform::child::{self, Builder, Ended, Limits, Outcome};
use tollgate_platform::sentence::with_causes;

/// The role of the children.
pub(crate) const ROLE: &str = "validate";

/// Bytes that a plugin may map in addition to the child's own.
const MEMORY: u64 = 4 << 30;

/// Processes and threads that a plugin may have, including the child's own. One check has a hundred instances at once,
/// and each may have threads.
const PROCESSES: u64 = 512;

/// Files that a plugin may have open, including the child's own.
const OPEN_FILES: u64 = 1024;

/// The options of a validation.
#[derive(Debug, Clone)]
pub struct Options {
    /// The seed of the inputs.
    pub seed: u64,
    /// The deadline of one check.
    pub deadline: Duration,
    /// The deadline of all checks together. Checks that could not run by then fail.
    pub whole: Duration,
    /// The configuration, as `key=value,key=value`. If it is empty, required keys get a value that the schema allows.
    pub config: String,
    /// The one check to run, or `None` for all.
    pub only: Option<String>,
    /// The boundary to validate behind.
    pub boundary: Boundary,
}

impl Default for Options {
    /// Seed 0, 20 seconds per check and 300 in total, the defaults of the schema, all checks, behind `c-abi`.
    fn default() -> Self {
        Self {
            seed: 0,
            deadline: Duration::from_secs(20),
            whole: Duration::from_secs(300),
            config: String::new(),
            only: None,
            boundary: Boundary::CAbi,
        }
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The check's name.
    pub name: &'static str,
    /// What holds if it passes.
    pub what: &'static str,
    /// Its verdict.
    pub verdict: CheckVerdict,
}

/// The verdict of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckVerdict {
    /// It passed.
    Passed {
        /// The number of calls of operations.
        calls: u64,
    },
    /// It failed.
    Failed {
        /// What the plugin did, as a phrase.
        problem: String,
        /// The operation of the last call, or empty.
        operation: String,
        /// The input of the last call, or empty.
        input: String,
    },
    /// It does not apply to this plugin, or cannot run on this machine.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// The names of all checks, and what holds if they pass.
pub fn checks() -> impl Iterator<Item = (&'static str, &'static str)> {
    std::iter::once(GATE).chain(CHECKS.iter().map(|check| (check.name, check.what)))
}

/// The first check, which runs none of the plugin's code.
const GATE: (&str, &str) = ("gate", "its file passes the gate");

/// The request to a child.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    file: PathBuf,
    hash: String,
    config: String,
    check: String,
    seed: u64,
    boundary: String,
}

/// The answer of a child.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Passed { calls: u64, digest: u64 },
    Broken(String),
    NotApplicable(String),
}

/// The last call of a child.
#[derive(Debug, Default, Deserialize)]
struct Note {
    operation: String,
    input: String,
}

/// Validates a plugin: tests it with ordinary and hostile blocks in child processes. The plugin is searched for as the
/// host does, and `progress` is called after each check.
///
/// # Errors
/// [`Error::Host`] if it is not found, cannot be read, or does not accept the configuration; [`Error::UnknownCheck`];
/// [`Error::Worker`] if the children cannot be started or do not answer. A failed check is not an error.
pub fn validate(
    host: &Host,
    name: &str,
    options: &Options,
    mut progress: impl FnMut(&Checked),
) -> Result<Vec<Checked>, Error> {
    if let Some(only) = &options.only
        && checks().all(|(name, _)| name != only)
    {
        return Err(Error::UnknownCheck {
            name: only.clone(),
            known: checks().map(|(name, _)| name.to_owned()).collect(),
        });
    }
    let wanted = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    let copy = Candidate::read(&host.find(name)?, host.allows_writable())?;
    let (name, what) = GATE;
    let mut checked = Vec::new();
    let mut keep = |name, what, verdict| {
        checked.push(Checked { name, what, verdict });
        if let Some(last) = checked.last() {
            progress(last);
        }
    };
    let manifest = match copy.check() {
        Ok(artifact) => artifact.manifest().clone(),
        Err(refusal) => {
            let problem = refusal.to_string();
            keep(name, what, CheckVerdict::failed(problem, Note::default()));
            for check in CHECKS.iter().filter(|check| wanted(check.name)) {
                let reason = "the gate refused its file".to_owned();
                keep(check.name, check.what, CheckVerdict::Skipped { reason });
            }
            return Ok(checked);
        }
    };
    if wanted(name) {
        keep(name, what, CheckVerdict::Passed { calls: 0 });
    }
    let config = if options.config.is_empty() {
        Settings::example(&manifest)
    } else {
        options.config.clone()
    };
    Settings::parse(&manifest, &config)?;
    let mut loads = true;
    let started = Instant::now();
    for check in CHECKS.iter().filter(|check| wanted(check.name)) {
        let request = Request {
            file: copy.file().to_owned(),
            hash: copy.hash(),
            config: config.clone(),
            check: check.name.to_owned(),
            seed: options.seed,
            boundary: options.boundary.name().to_owned(),
        };
        let left = options.whole.saturating_sub(started.elapsed());
        let verdict = if loads && left.is_zero() {
            let whole = options.whole.as_secs_f64();
            let problem = format!("it was not run: the checks together took more than {whole} s");
            CheckVerdict::failed(problem, Note::default())
        } else if loads {
            run(&request, host, options.deadline.min(left))?
        } else {
            CheckVerdict::Skipped {
                reason: "it could not be loaded".to_owned(),
            }
        };
        loads &= check.name != "load" || matches!(verdict, CheckVerdict::Passed { .. });
        keep(check.name, check.what, verdict);
    }
    Ok(checked)
}

impl CheckVerdict {
    /// Whether the check failed.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    fn failed(problem: String, note: Note) -> Self {
        Self::Failed {
            problem,
            operation: note.operation,
            input: note.input,
        }
    }
}

/// Runs one check in a child. The check `deterministic` runs in two, whose results must be equal.
fn run(request: &Request, host: &Host, deadline: Duration) -> Result<CheckVerdict, Error> {
    let (verdict, digest) = run_once(request, host, deadline)?;
    if request.check != "deterministic" || !matches!(verdict, CheckVerdict::Passed { .. }) {
        return Ok(verdict);
    }
    let (again, other) = run_once(request, host, deadline)?;
    Ok(match again {
        CheckVerdict::Passed { .. } if digest != other => CheckVerdict::failed(
            "it gives different bytes in another process".to_owned(),
            Note::default(),
        ),
        again => again,
    })
}

/// Runs one check in a child. Returns the verdict and the digest of the plugin's results.
fn run_once(request: &Request, host: &Host, deadline: Duration) -> Result<(CheckVerdict, u64), Error> {
    let builder = match host.worker_program() {
        Some(program) => Builder::program(program, ROLE),
        None => Builder::this_program(ROLE),
    };
    let document = serde_json::to_vec(request).map_err(|error| Error::worker(error.to_string()))?;
    let limits = Limits {
        memory: Some(MEMORY),
        // For all of its threads: a check can keep several processors busy.
        cpu_seconds: Some(deadline.as_secs().saturating_mul(8).saturating_add(8)),
        open_files: Some(OPEN_FILES),
        core: Some(0),
        processes: Some(PROCESSES),
        ..Limits::default()
    };
    let ended = builder
        .request(document)
        .limits(limits.where_supported())
        .deadline(deadline)
        .capture_stderr(16 << 10)
        .spawn()
        .and_then(|child| child.finish());
    match ended {
        Ok(ended) => Ok(verdict(&ended)),
        // The plugin caused this, not the worker.
        Err(error @ (child::Error::TwoProcesses { .. } | child::Error::ProcessLimit { .. })) => {
            Ok((CheckVerdict::failed(error.to_string(), Default::default()), 0))
        }
        Err(error) => Err(Error::worker(with_causes(&error))),
    }
}

fn verdict(ended: &Ended) -> (CheckVerdict, u64) {
    let note = || {
        let last = ended.notes.last().map(|note| serde_json::from_slice(note));
        last.and_then(Result::ok).unwrap_or_default()
    };
    let failed = |problem: String| (CheckVerdict::failed(problem, note()), 0);
    let bytes = match &ended.outcome {
        Outcome::Value(bytes) => bytes,
        outcome => {
            let stderr = String::from_utf8_lossy(&ended.stderr);
            let said = match stderr.lines().find(|line| !line.trim().is_empty()) {
                Some(line) => format!(", and said {:?}", line.trim()),
                None => String::new(),
            };
            return failed(format!("the process {outcome}{said}"));
        }
    };
    if ended.left_behind > 0 {
        return failed(format!(
            "the plugin left processes running, which were killed: {}",
            ended.left_behind
        ));
    }
    match serde_json::from_slice(bytes) {
        Ok(Answer::Passed { calls, digest }) => (CheckVerdict::Passed { calls }, digest),
        Ok(Answer::Broken(problem)) => failed(problem),
        Ok(Answer::NotApplicable(reason)) => (CheckVerdict::Skipped { reason }, 0),
        Err(error) => failed(format!("the process sent an invalid answer: {error}")),
    }
}

/// The work of a child in the role [`ROLE`].
pub(crate) fn work(request: &[u8]) {
    let (answer, exits_normally) = match serde_json::from_slice::<Request>(request) {
        Ok(request) => (run_check(&request), request.check == "exit"),
        Err(error) => (Answer::NotApplicable(format!("invalid request: {error}")), false),
    };
    let answer = serde_json::to_vec(&answer).unwrap_or_default();
    if !exits_normally {
        // Exit handlers of the plugin are tested by the check `exit` only.
        child::answer(&answer);
    }
    // If the parent is gone, this process ends anyway.
    let _ = child::deliver(&answer);
}

fn run_check(request: &Request) -> Answer {
    let Some(check) = CHECKS.iter().find(|check| check.name == request.check) else {
        return Answer::NotApplicable(format!("unknown check {:?}", request.check));
    };
    let Ok(boundary) = request.boundary.parse() else {
        return Answer::NotApplicable(format!("unknown boundary {:?}", request.boundary));
    };
    let subject = match Subject::load(&request.file, &request.hash, &request.config, boundary) {
        Ok(subject) => subject,
        Err(error) => return Answer::Broken(error.to_string()),
    };
    // Each check has its own inputs, even if it runs alone.
    let name = check.name.bytes().fold(request.seed, |seed, byte| {
        seed.wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(byte)
    });
    let mut bench = Bench {
        subject,
        rng: fastrand::Rng::with_seed(name),
        calls: 0,
    };
    match (check.run)(&mut bench) {
        Ok(passed) => Answer::Passed {
            calls: passed.calls,
            digest: passed.digest,
        },
        Err(Problem::Broken(problem)) => Answer::Broken(problem),
        Err(Problem::NotApplicable(reason)) => Answer::NotApplicable(reason),
    }
}
