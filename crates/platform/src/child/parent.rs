//! The parent's side.

use super::inside::{ROLE, role};
use super::wire::{self, Greeting, Said};
use super::{Ended, Error, Instead, Limits, Outcome};
use std::ffi::OsString;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long after a child's end its output may still come, should it have left it to a process of its own.
const LATE_OUTPUT: Duration = Duration::from_secs(1);

/// How much of what a program wrote instead of a greeting is shown, in characters.
const SHOWN: usize = 120;

/// A child that is still to be started.
#[derive(Debug, Clone)]
pub struct Builder {
    program: Option<PathBuf>,
    role: String,
    request: Vec<u8>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    limits: Limits,
    handshake: Duration,
    deadline: Duration,
    output_limit: u64,
    stderr_limit: Option<u64>,
}

impl Builder {
    /// This program once more, without arguments, in a role; with ten seconds to greet in, a deadline of a minute, an
    /// output limit of 64 MiB, no other limits, and this process's standard error.
    pub fn this_program(role: impl Into<String>) -> Builder {
        Builder {
            program: None,
            role: role.into(),
            request: Vec::new(),
            arguments: Vec::new(),
            environment: Vec::new(),
            limits: Limits::default(),
            handshake: Duration::from_secs(10),
            deadline: Duration::from_secs(60),
            output_limit: 64 << 20,
            stderr_limit: None,
        }
    }

    /// As [`this_program`](Builder::this_program), with another program, whose `main` must begin with
    /// [`accept`](super::accept) too.
    pub fn program(program: impl Into<PathBuf>, role: impl Into<String>) -> Builder {
        Builder {
            program: Some(program.into()),
            ..Builder::this_program(role)
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

    /// Sets the bytes that the child finds in its [`Task`](super::Task).
    pub fn request(mut self, request: impl Into<Vec<u8>>) -> Builder {
        self.request = request.into();
        self
    }

    /// Sets what the child may use.
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.limits = limits;
        self
    }

    /// Sets how long the child may take to greet, from its start.
    pub fn handshake(mut self, time: Duration) -> Builder {
        self.handshake = time;
        self
    }

    /// Sets how long the child may run, from its greeting.
    pub fn deadline(mut self, deadline: Duration) -> Builder {
        self.deadline = deadline;
        self
    }

    /// Sets how many bytes the child may hand over, notes and value together.
    pub fn output_limit(mut self, bytes: u64) -> Builder {
        self.output_limit = bytes;
        self
    }

    /// Captures the child's standard error, of which the first `bytes` are kept and the rest is read and dropped.
    pub fn capture_stderr(mut self, bytes: u64) -> Builder {
        self.stderr_limit = Some(bytes);
        self
    }

    /// Starts the child, and waits until it has greeted.
    ///
    /// # Errors
    /// [`Error::Recursion`] in a process that is a child; [`Error::Program`] and [`Error::Spawn`] where the program
    /// cannot be executed; [`Error::NoGreeting`] where it does not ask for its role;
    /// [`Error::LimitsUnsupported`] where there are limits and the platform cannot set them.
    pub fn spawn(&self) -> Result<Child, Error> {
        if let Some(role) = role() {
            return Err(Error::Recursion { role });
        }
        if self.limits != Limits::default()
            && let crate::Status::Unsupported(reason) = crate::sys::LIMITS_STATUS
        {
            return Err(Error::LimitsUnsupported {
                role: self.role.clone(),
                reason,
            });
        }
        let program = match &self.program {
            Some(program) => program.clone(),
            None => crate::sys::this_program()?,
        };
        let mut child = self.start(&program).map_err(|source| Error::Spawn {
            program: self.named(&program),
            role: self.role.clone(),
            source,
        })?;
        child.greeted(&program)?;
        Ok(child)
    }

    fn start(&self, program: &Path) -> io::Result<Child> {
        let mut command = Command::new(program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env(ROLE, &self.role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if self.stderr_limit.is_some() {
            command.stderr(Stdio::piped());
        }
        crate::sys::in_a_group(&mut command);
        let process = command.spawn()?;
        // From here on, an early return kills and reaps the process.
        let (events, from_stdout) = channel();
        let (lifeline, held) = channel();
        let (stderr, from_stderr) = channel();
        let mut child = Child {
            process,
            reaped: false,
            lifeline: Some(lifeline),
            from_stdout,
            from_stderr,
            since: Instant::now(),
            plan: self.clone(),
        };
        let (input, output) = (child.process.stdin.take(), child.process.stdout.take());
        let mut input = input.expect("standard input was piped");
        let output = output.expect("standard output was piped");
        let request = wire::request(&self.limits, &self.request);
        named("child's input").spawn(move || {
            // A child that ended before it read all: its outcome says so.
            let _ = input.write_all(&request);
            // Until the child is dropped: its end closes the pipe.
            let _: Result<(), _> = held.recv();
        })?;
        let limit = self.output_limit;
        named("child's output").spawn(move || listen(output, limit, &events))?;
        if let (Some(limit), Some(error)) = (self.stderr_limit, child.process.stderr.take()) {
            named("child's errors").spawn(move || {
                let mut error = error;
                let mut bytes = Vec::new();
                let _ = (&mut error).take(limit).read_to_end(&mut bytes);
                // Kept early: a process that the child left behind may hold the pipe.
                let _ = stderr.send(bytes);
                let _ = io::copy(&mut error, &mut io::sink());
            })?;
        }
        Ok(child)
    }

    /// The program's file, for people.
    fn named(&self, program: &Path) -> PathBuf {
        match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().unwrap_or_else(|_| program.to_owned()),
        }
    }
}

fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

enum Event {
    Greeting(Greeting),
    End(io::Result<Said>),
}

fn listen(output: impl Read, limit: u64, events: &Sender<Event>) {
    let mut output = BufReader::new(output);
    let greeting = wire::read_greeting(&mut output);
    let right = matches!(greeting, Greeting::Right);
    // A child that nobody waits for any more has no use for either.
    let heard = events.send(Event::Greeting(greeting));
    if right && heard.is_ok() {
        let _ = events.send(Event::End(wire::read_frames(&mut output, limit)));
    }
}

/// A running child, which has greeted. Dropping it kills and reaps it.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    reaped: bool,
    /// Dropping it closes the pipe to the child.
    lifeline: Option<Sender<()>>,
    from_stdout: Receiver<Event>,
    from_stderr: Receiver<Vec<u8>>,
    /// When it was started, and from its greeting on, when that came.
    since: Instant,
    plan: Builder,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Event")
    }
}

impl Child {
    /// The process's number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until the child ends or its deadline is over, and then reaps it. At its deadline it is killed.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Wait`], [`Error::Output`] or [`Error::OutputLimit`]; the child is killed and reaped
    /// then too.
    pub fn wait(self) -> Result<Outcome, Error> {
        Ok(self.finish()?.outcome)
    }

    /// As [`wait`](Child::wait), with what the child said besides its value.
    ///
    /// # Errors
    /// As [`wait`](Child::wait).
    pub fn finish(mut self) -> Result<Ended, Error> {
        let role = self.plan.role.clone();
        let failed = |source| Error::Wait {
            role: role.clone(),
            source,
        };
        let mut said = None;
        let hung = self.run_out(&mut said).map_err(failed)?;
        let status = self.reap().map_err(failed)?;
        let said = match said {
            Some(said) => said,
            None => match self.from_stdout.recv_timeout(LATE_OUTPUT) {
                Ok(Event::End(said)) => said,
                Ok(Event::Greeting(_)) | Err(_) => Err(io::ErrorKind::TimedOut.into()),
            },
        };
        let stderr = self.stderr();
        let said = match said {
            Ok(said) => said,
            // How it ended is known all the same.
            Err(_) if hung || !status.success() => Said::default(),
            Err(source) => return Err(Error::Output { role, source }),
        };
        if let Some(reason) = said.refused {
            return Err(Error::Refused { role, reason });
        }
        if said.too_much {
            let limit = self.plan.output_limit;
            return Err(Error::OutputLimit { role, limit });
        }
        let outcome = if hung {
            Outcome::Hang {
                deadline: self.plan.deadline,
            }
        } else {
            match (ending(status), said.value) {
                (Outcome::Exit { code: 0 }, Some(value)) => Outcome::Value(value),
                (outcome, _) => outcome,
            }
        };
        Ok(Ended {
            outcome,
            notes: said.notes,
            stderr,
        })
    }

    /// Waits for the end, the deadline (then it gives true), or more output than is wanted.
    fn run_out(&mut self, said: &mut Option<io::Result<Said>>) -> io::Result<bool> {
        let mut nap = Duration::from_micros(200);
        while !crate::sys::has_ended(&mut self.process)? {
            let left = self.plan.deadline.saturating_sub(self.since.elapsed());
            if left.is_zero() {
                return Ok(true);
            }
            let time = nap.min(left);
            match self.from_stdout.recv_timeout(time) {
                // Output ends with the process, or a little before.
                Ok(Event::End(end)) => *said = Some(end),
                Ok(Event::Greeting(_)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(time),
            }
            if matches!(said, Some(Ok(Said { too_much: true, .. }))) {
                return Ok(false);
            }
            nap = (nap * 2).min(Duration::from_millis(5));
        }
        Ok(false)
    }

    /// Ends the process and those of its group, where they still run, and gives its status.
    fn reap(&mut self) -> io::Result<ExitStatus> {
        if !self.reaped {
            // The process is not waited for yet, so nobody else can have its number.
            crate::sys::kill_group(&self.process);
            let _ = self.process.kill();
        }
        let status = self.process.wait();
        self.reaped = status.is_ok();
        status
    }

    fn stderr(&self) -> Vec<u8> {
        if self.plan.stderr_limit.is_none() {
            return Vec::new();
        }
        self.from_stderr.recv_timeout(LATE_OUTPUT).unwrap_or_default()
    }

    /// Waits for the greeting.
    fn greeted(&mut self, program: &Path) -> Result<(), Error> {
        let greeting = match self.from_stdout.recv_timeout(self.plan.handshake) {
            Ok(Event::Greeting(greeting)) => Some(greeting),
            Ok(Event::End(_)) | Err(_) => None,
        };
        if let Some(Greeting::Right) = greeting {
            self.since = Instant::now();
            return Ok(());
        }
        let waited = self.since.elapsed();
        if let Some(Greeting::None(_)) = greeting {
            // Its output ended, so it has ended or is about to.
            let until = Instant::now() + LATE_OUTPUT;
            while matches!(crate::sys::has_ended(&mut self.process), Ok(false)) && Instant::now() < until {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let ended = matches!(crate::sys::has_ended(&mut self.process), Ok(true));
        let status = self.reap();
        // Killed, it writes no more, and what it wrote until then comes.
        let greeting = greeting.or_else(|| match self.from_stdout.recv_timeout(LATE_OUTPUT) {
            Ok(Event::Greeting(greeting)) => Some(greeting),
            Ok(Event::End(_)) | Err(_) => None,
        });
        let said = match &greeting {
            Some(Greeting::None(seen)) if !seen.is_empty() => shown(seen),
            _ => shown(&self.stderr()),
        };
        let instead = match (greeting, status) {
            (Some(Greeting::OtherVersion(found)), _) => Instead::Version { found },
            (_, Ok(status)) if ended => Instead::Ended {
                outcome: ending(status),
                said,
            },
            _ => Instead::Running { said },
        };
        Err(Error::NoGreeting {
            program: self.plan.named(program),
            role: self.plan.role.clone(),
            instead: Box::new(instead),
            waited,
        })
    }
}

/// How a process ended that gave no value.
fn ending(status: ExitStatus) -> Outcome {
    match crate::sys::signal(status) {
        Some(signal) => Outcome::Signal { signal },
        None => Outcome::Exit {
            code: status.code().unwrap_or(-1),
        },
    }
}

fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown: String = text.trim().chars().take(SHOWN).collect();
    if shown.len() < text.trim().len() {
        shown.push('…');
    }
    shown
}

impl Drop for Child {
    fn drop(&mut self) {
        // A failure leaves nothing to try.
        let _ = self.reap();
        drop(self.lifeline.take());
    }
}
