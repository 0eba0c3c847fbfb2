//! Child processes: this program, executed again in a role of its own.
//!
//! The parent starts a [`Builder`] and waits for an [`Outcome`]; the child asks for its [`role`] at the start of `main`,
//! calls [`end_with_parent`], does its work and hands its value over with [`answer`]. The value travels on standard
//! output; standard error is the parent's own.
//!
//! **No orphan.** A child's standard input is its lifeline: nothing is sent on it, and it ends when the parent drops the
//! child or ends in whatever way; a child that called [`end_with_parent`] ends with it. Dropping a [`Child`] kills and
//! reaps it.
//!
//! **No recursion.** A child cannot start a child by this module: a program that does not ask for its role would start
//! itself without end.
//!
//! # Platform differences
//! On Linux the program is `/proc/self/exe`, so that a child is the same program also after its file was replaced.
//! Elsewhere it is found by its path. [`Outcome::Signal`] exists on Linux and macOS alone; elsewhere a crash is an exit code.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// The environment variable that holds a child's role.
const ROLE: &str = "TOLLGATE_CHILD";

/// What a child ends with when its lifeline did.
const ABANDONED: i32 = 125;

/// How long after a child's end its output may still come, should it have left it to a process of its own.
const LATE_OUTPUT: Duration = Duration::from_secs(1);

static LIFELINE_WATCHED: AtomicBool = AtomicBool::new(false);

/// Why there is no outcome of a child.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This process is a child itself.
    #[error(
        "a child process in the role {role:?} tried to start another: ask for the role first thing in main, before any \
         other work"
    )]
    Recursion {
        /// The role of this process.
        role: String,
    },
    /// The program's own file is not known.
    #[error("could not find the file of the running program to execute it again")]
    Program(#[source] io::Error),
    /// The child could not be started.
    #[error("could not start this program again in the role {role:?}")]
    Spawn {
        /// The role that it was to have.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// The child could not be waited for.
    #[error("could not wait for the child in the role {role:?}")]
    Wait {
        /// Its role.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// The child's output could not be read to its end.
    #[error("could not read what the child in the role {role:?} answered")]
    Output {
        /// Its role.
        role: String,
        /// What the system said.
        source: io::Error,
    },
    /// The child wrote more than the limit.
    #[error("the child in the role {role:?} answered more than {limit} bytes")]
    OutputLimit {
        /// Its role.
        role: String,
        /// The limit in bytes.
        limit: u64,
    },
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It exited with code 0: all that it wrote on standard output.
    Value(Vec<u8>),
    /// It exited with another code.
    Exit {
        /// The exit code; -1 where the platform gives none, such as for a signal that it cannot name.
        code: i32,
    },
    /// A signal ended it.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// It was still running at its deadline, and was killed.
    Hang {
        /// The deadline, from its start.
        deadline: Duration,
    },
}

/// A child that is still to be started.
#[derive(Debug, Clone)]
pub struct Builder {
    role: String,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    deadline: Duration,
    output_limit: u64,
}

impl Builder {
    /// This program once more, without arguments, in a role; with a deadline of a minute and an output limit of 64 MiB.
    pub fn this_program(role: impl Into<String>) -> Builder {
        Builder {
            role: role.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            deadline: Duration::from_secs(60),
            output_limit: 64 << 20,
        }
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Builder {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the child's environment, which else is this process's own.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Builder {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets how long the child may run, from its start.
    pub fn deadline(mut self, deadline: Duration) -> Builder {
        self.deadline = deadline;
        self
    }

    /// Sets how many bytes the child may write on standard output.
    pub fn output_limit(mut self, bytes: u64) -> Builder {
        self.output_limit = bytes;
        self
    }

    /// Starts the child.
    ///
    /// # Errors
    /// [`Error::Recursion`] in a process that is a child; [`Error::Program`] and [`Error::Spawn`] where the program
    /// cannot be executed.
    pub fn spawn(&self) -> Result<Child, Error> {
        if let Some(role) = role() {
            return Err(Error::Recursion { role });
        }
        let mut process = Command::new(crate::sys::this_program()?)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env(ROLE, &self.role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| Error::Spawn {
                role: self.role.clone(),
                source,
            })?;
        let lifeline = process.stdin.take();
        let stdout = process.stdout.take().expect("standard output was piped");
        let (sender, output) = sync_channel(1);
        let limit = self.output_limit;
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(limit.saturating_add(1)).read_to_end(&mut bytes);
            // A child that nobody waits for any more has no use for the answer.
            let _ = sender.send(read.map(|_| bytes));
        });
        Ok(Child {
            process,
            lifeline,
            output,
            started: Instant::now(),
            plan: self.clone(),
        })
    }
}

/// A running child. Dropping it kills and reaps it.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    lifeline: Option<ChildStdin>,
    output: Receiver<io::Result<Vec<u8>>>,
    started: Instant,
    plan: Builder,
}

impl Child {
    /// The process's number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until the child ends or its deadline is over, and then reaps it. At its deadline it is killed.
    ///
    /// # Errors
    /// [`Error::Wait`], [`Error::Output`] or [`Error::OutputLimit`]; the child is killed and reaped then too.
    pub fn wait(mut self) -> Result<Outcome, Error> {
        let role = || self.plan.role.clone();
        let mut nap = Duration::from_micros(200);
        let status = loop {
            match self.process.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if self.started.elapsed() >= self.plan.deadline => {
                    return Ok(Outcome::Hang {
                        deadline: self.plan.deadline,
                    });
                }
                Ok(None) => std::thread::sleep(nap),
                Err(source) => {
                    return Err(Error::Wait { role: role(), source });
                }
            }
            nap = (nap * 2).min(Duration::from_millis(5));
        };
        if let Some(signal) = crate::sys::signal(status) {
            return Ok(Outcome::Signal { signal });
        }
        match status.code() {
            Some(0) => {}
            code => {
                return Ok(Outcome::Exit {
                    code: code.unwrap_or(-1),
                });
            }
        }
        let bytes = match self.output.recv_timeout(LATE_OUTPUT) {
            Ok(read) => read,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let bytes = bytes.map_err(|source| Error::Output { role: role(), source })?;
        if bytes.len() as u64 > self.plan.output_limit {
            return Err(Error::OutputLimit {
                role: role(),
                limit: self.plan.output_limit,
            });
        }
        Ok(Outcome::Value(bytes))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both do nothing to a child that was reaped; a failure leaves nothing to try.
        let _ = self.process.kill();
        let _ = self.process.wait();
        drop(self.lifeline.take());
    }
}

/// The role of this process, or `None` in a process that is no child.
pub fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// Ends this process, at once and with code 125, when its standard input ends: for a child, when its parent is gone.
///
/// A thread waits for that in a read; it does nothing else and holds no lock, and [`step`](crate::step) knows it.
///
/// # Errors
/// The system could not start a thread.
pub fn end_with_parent() -> io::Result<()> {
    if LIFELINE_WATCHED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let thread = std::thread::Builder::new().name("lifeline".to_owned());
    let started = thread.spawn(|| {
        crate::sys::wait_for_end_of_input();
        crate::sys::exit_now(ABANDONED)
    });
    if started.is_err() {
        LIFELINE_WATCHED.store(false, Ordering::SeqCst);
    }
    started.map(drop)
}

pub(crate) fn lifeline_is_watched() -> bool {
    LIFELINE_WATCHED.load(Ordering::SeqCst)
}

/// Hands the child's value to its parent and ends this process: with code 0, or with 1 if the value could not be written.
pub fn answer(value: &[u8]) -> ! {
    let mut out = io::stdout().lock();
    let written = out.write_all(value).and_then(|()| out.flush());
    crate::sys::exit_now(i32::from(written.is_err()))
}
