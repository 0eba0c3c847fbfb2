//! The probe: a plugin is loaded in a child process first, in which it may crash, exit or hang.
//!
//! The child uses the same functions as loading: it opens a private copy of the same bytes, calls the entry, compares
//! the manifest and the layouts of the stable tier, and then exits normally, so that destructors run too. A passed
//! probe proves nothing about later calls. The child makes the copy in its own directory for temporary files, so the
//! copy is removed even if this process is killed.

mod cache;
mod wire;

pub(crate) use cache::Cache;

use super::library::{LoadRefusal, Placed, try_copy};
use super::stable_abi;
use crate::gate::Artifact;
use crate::gate::candidate::Candidate;
use crate::gate::step::Step;
use crate::refusal::{Refusal, Stage};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tollgate_platform::child::{self, Builder, Ended, Limits, Outcome};
use tollgate_platform::file;
use wire::Answer;

/// The role of a worker that probes.
pub(crate) const ROLE: &str = "probe";

/// Address space that loading a plugin may add: far more than any needs, and less than what exhausts a machine.
const MEMORY: u64 = 8 << 30;

/// Processes and threads that a plugin may have when it is loaded, including the probe's own.
const PROCESSES: u64 = 64;

/// Files that a plugin may have open when it is loaded, including the probe's own.
const OPEN_FILES: u64 = 1024;

/// How many bytes of its standard error are kept.
const PRINTED: u64 = 4 << 10;

/// Whether a plugin is loaded in a child process before it is loaded in this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Probe {
    /// Never probe.
    #[default]
    Never,
    /// Probe, unless the same bytes passed before with this build of this program. This needs a worker: see
    /// [`run_if_worker`](crate::worker::run_if_worker).
    Always,
}

/// How probing is done.
#[derive(Debug)]
pub(crate) struct Prober {
    pub(crate) probe: Probe,
    /// The worker program, if it is not this one.
    pub(crate) worker: Option<PathBuf>,
    pub(crate) deadline: Duration,
    pub(crate) cache: Cache,
}

impl Prober {
    /// Probes a plugin that passed all other checks, unless the probe is off or the plugin passed it before.
    pub(super) fn try_out(&self, artifact: &Artifact) -> Result<(), Refusal> {
        if self.probe == Probe::Never {
            return Ok(());
        }
        let key = self.cache.key(artifact.hash, self.worker.as_deref());
        if self.cache.has(&key) {
            return Ok(());
        }
        self.run(artifact)?;
        self.cache.add(&key);
        Ok(())
    }

    fn run(&self, artifact: &Artifact) -> Result<(), Refusal> {
        let no_worker = |error| Refusal::NoWorker {
            source: Box::new(error),
        };
        // The child cannot make a copy where this process cannot.
        file::private_directory().map_err(|source| Refusal::Copy { source })?;
        let builder = match &self.worker {
            Some(program) => Builder::program(program, ROLE),
            None => Builder::this_program(ROLE),
        };
        let limits = Limits {
            memory: Some(MEMORY),
            cpu_seconds: Some(self.deadline.as_secs().saturating_mul(8).saturating_add(8)),
            open_files: Some(OPEN_FILES),
            core: Some(0),
            processes: Some(PROCESSES),
            ..Limits::default()
        };
        let ended = builder
            // The name as the system has it, for messages. The bytes are those that were checked.
            .args([artifact.file()])
            .request(artifact.bytes())
            .limits(limits.where_supported())
            .deadline(self.deadline)
            .capture_stderr(PRINTED)
            .spawn()
            .map_err(no_worker)?
            .finish();
        match ended {
            Ok(ended) => judge(&ended),
            Err(child::Error::Output { .. } | child::Error::OutputLimit { .. }) => Err(garbled()),
            // In the host, the plugin would have duplicated the host, or started as many processes.
            Err(error @ (child::Error::TwoProcesses { .. } | child::Error::ProcessLimit { .. })) => {
                Err(Refusal::ProbeRefused {
                    message: error.to_string(),
                })
            }
            Err(error) => Err(no_worker(error)),
        }
    }
}

fn judge(ended: &Ended) -> Result<(), Refusal> {
    let stage = wire::stage(&ended.notes);
    if ended.left_behind > 0 && matches!(ended.outcome, Outcome::Value(_)) {
        let message = format!("it left processes running, which were killed: {}", ended.left_behind);
        return Err(Refusal::ProbeRefused { message });
    }
    match &ended.outcome {
        Outcome::Value(value) => match Answer::decode(value) {
            Some(Answer::Passed) => Ok(()),
            Some(Answer::Refused(refusal)) => Err(refusal.into()),
            None => Err(garbled()),
        },
        Outcome::Signal { signal } => Err(Refusal::ProbeCrashed {
            signal: match ended.outcome.signal_name() {
                Some(name) => format!("{name}, signal {signal}"),
                None => format!("signal {signal}"),
            },
            stage,
        }),
        Outcome::Exit { code } => Err(Refusal::ProbeExited { code: *code, stage }),
        Outcome::Hang { deadline } => Err(Refusal::ProbeHung {
            deadline: *deadline,
            stage,
        }),
    }
}

fn garbled() -> Refusal {
    Refusal::ProbeGarbled
}

/// In the child.
pub(crate) fn work(bytes: &[u8]) {
    let passed = || -> Result<(), Refusal> {
        let arguments: Vec<_> = std::env::args_os().skip(1).collect();
        let [file] = &arguments[..] else {
            return Err(Refusal::ProbeRefused {
                message: "expected one argument, a plugin's file".to_owned(),
            });
        };
        let artifact = Candidate::of_bytes(Path::new(file), bytes).check()?;
        // A copy of the probe's own: what runs here cannot change the one that the parent loads.
        let placed = Placed::new(&artifact)?;
        let opened = try_copy(&placed.path, &artifact, &|step| {
            // If the parent is gone, this process is ended anyway.
            let stage = match step {
                Step::Placed => Some(Stage::Opening),
                Step::Opened => Some(Stage::Entry),
                _ => None,
            };
            if let Some(stage) = stage {
                let _ = child::note(wire::name(stage));
            }
        })?;
        let _ = child::note(wire::name(Stage::Layout));
        // Different layouts do not refuse the file, because its C tier may still work.
        if artifact.offers_stable() {
            let _ = stable_abi::tier(&opened, &artifact);
        }
        let _ = child::note(wire::name(Stage::Ending));
        Ok(())
    };
    let answer = match passed() {
        Ok(()) => Answer::Passed,
        Err(refusal) => Answer::Refused(LoadRefusal::from(refusal)),
    };
    // If the parent is gone, no answer is needed.
    let _ = child::deliver(&answer.encode());
}
