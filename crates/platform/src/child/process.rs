//! A started child, in its parent: reads its output as it arrives, and ends it with all its processes.

use super::directory::Directory;
use super::inside::Start;
use super::wire::{self, Frame, FrameOf, Greeting, Received};
use super::{Builder, Ended, Error, Instead, Outcome};
use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long output may arrive after a child's end, if an undetected process still holds the pipe.
const LATE_OUTPUT: Duration = Duration::from_secs(1);

/// How long a guardian may take to kill the child and all that it started: longer than its own limit.
const STOPPING: Duration = Duration::from_secs(4);

/// How long the kernel may take to end a killed process.
const KILLING: Duration = Duration::from_secs(2);

/// The number of characters that are shown of a program's output instead of a greeting.
const SHOWN: usize = 120;

/// The number of frames that are read ahead. A child that sends more must wait.
const WAITING: usize = 8;

enum Event {
    Greeting(Greeting),
    Read(io::Result<Received>),
}

/// The output of a child after its greeting.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The id of the child process.
    pub(super) process: Option<u32>,
    pub(super) notes: Vec<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) replies: VecDeque<(u64, Vec<u8>)>,
    pub(super) wrong: Option<Wrong>,
    left_behind: u64,
    /// Bytes of notes and value.
    bytes: u64,
    /// The time of its last output.
    last: Option<Instant>,
    /// Its output has ended.
    pub(super) ended: bool,
}

impl Said {
    /// Whether it violated the protocol, in a session that does not wait for a reply.
    pub(super) fn is_wrong(&self) -> bool {
        self.wrong.is_some() || !self.replies.is_empty()
    }

    /// A second reply to an earlier request.
    pub(super) fn replied_twice(&mut self) {
        let process = self.process.unwrap_or_default();
        self.wrong.get_or_insert(Wrong::TwoProcesses(process));
    }
}

/// The first violation of the protocol by a child.
#[derive(Debug)]
pub(super) enum Wrong {
    Refused(String),
    TwoProcesses(u32),
    TooMany(u64),
    TooMuch,
    Output(io::Error),
}

/// A started child. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    process: std::process::Child,
    status: Option<ExitStatus>,
    /// Dropping it closes the pipe to the child.
    input: Option<Sender<Vec<u8>>>,
    events: Receiver<Event>,
    from_stderr: Receiver<Vec<u8>>,
    pub(super) said: Said,
    pub(super) plan: Builder,
    start: Start,
    pub(super) started: Instant,
    pub(super) greeted: Instant,
    directory: Option<Directory>,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Event")
    }
}

impl Process {
    pub(super) fn start(
        mut command: Command,
        plan: &Builder,
        start: Start,
        directory: Option<Directory>,
    ) -> io::Result<Process> {
        let process = command.spawn()?;
        // From here on, an early return kills the process.
        let (event, events) = sync_channel(WAITING);
        let (input, to_write) = channel();
        let (stderr, from_stderr) = channel();
        let now = Instant::now();
        let mark = start.mark;
        let mut started = Process {
            process,
            status: None,
            input: Some(input),
            events,
            from_stderr,
            said: Said::default(),
            plan: plan.clone(),
            start,
            started: now,
            greeted: now,
            directory,
        };
        let (input, output) = (started.process.stdin.take(), started.process.stdout.take());
        let input = input.expect("standard input was piped");
        let output = output.expect("standard output was piped");
        started.write(wire::header(&plan.limits, &plan.request));
        named("child's input").spawn(move || write_all(input, &to_write))?;
        let limit = plan.output_limit;
        named("child's output").spawn(move || listen(output, limit, mark, &event))?;
        if let (Some(limit), Some(error)) = (plan.stderr_limit, started.process.stderr.take()) {
            named("child's errors").spawn(move || {
                let mut error = error;
                let mut bytes = Vec::new();
                let _ = (&mut error).take(limit).read_to_end(&mut bytes);
                // Keep it now: a process that the child left behind may hold the pipe.
                let _ = stderr.send(bytes);
                let _ = io::copy(&mut error, &mut io::sink());
            })?;
        }
        Ok(started)
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Writes to the child in the background, in the order of the calls.
    pub(super) fn write(&self, bytes: Vec<u8>) {
        if let Some(input) = &self.input {
            // The child may end before it has read everything; its outcome shows that.
            let _ = input.send(bytes);
        }
    }

    /// Waits for output of the child and processes it. False if none arrived in this time.
    pub(super) fn listen(&mut self, time: Duration) -> bool {
        if self.said.ended {
            thread::sleep(time);
            return false;
        }
        match self.events.recv_timeout(time) {
            Ok(Event::Read(read)) => self.take_in(read),
            Ok(Event::Greeting(_)) => {}
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => self.said.ended = true,
        }
        true
    }

    fn take_in(&mut self, read: io::Result<Received>) {
        let wrong = match read {
            Ok(Received::Frame(frame)) => return self.frame(frame),
            Ok(Received::End) => {
                self.said.ended = true;
                return;
            }
            Ok(Received::TooLong) => Wrong::TooMuch,
            Ok(Received::Garbled) => {
                let found = "invalid data after the greeting: something else writes to the pipe of the child's answer";
                Wrong::Output(io::Error::new(io::ErrorKind::InvalidData, found))
            }
            Err(error) => Wrong::Output(error),
        };
        self.said.ended = true;
        self.said.wrong.get_or_insert(wrong);
    }

    fn frame(&mut self, Frame { kind, process, bytes }: Frame) {
        let said = &mut self.said;
        let own = *said.process.get_or_insert(process);
        let from_guardian = matches!(kind, FrameOf::LeftBehind(_) | FrameOf::TooMany(_));
        if kind == FrameOf::Copied || (process != own && !from_guardian) {
            said.wrong.get_or_insert(Wrong::TwoProcesses(process));
            return;
        }
        said.last = Some(Instant::now());
        match kind {
            FrameOf::Hello | FrameOf::Copied => {}
            FrameOf::Note | FrameOf::Value => {
                said.bytes = said.bytes.saturating_add(bytes.len() as u64);
                if said.bytes > self.plan.output_limit {
                    said.wrong.get_or_insert(Wrong::TooMuch);
                } else if kind == FrameOf::Note {
                    said.notes.push(bytes);
                } else {
                    said.value = Some(bytes);
                }
            }
            // There is only one request at a time.
            FrameOf::Reply(_) if !said.replies.is_empty() => said.replied_twice(),
            FrameOf::Reply(number) => said.replies.push_back((number, bytes)),
            FrameOf::Refused => {
                let reason = String::from_utf8_lossy(&bytes).into_owned();
                said.wrong.get_or_insert(Wrong::Refused(reason));
            }
            FrameOf::LeftBehind(count) => said.left_behind = count,
            // Earlier errors are consequences of this.
            FrameOf::TooMany(count) => said.wrong = Some(Wrong::TooMany(count)),
        }
    }

    /// The notes since the last call.
    pub(super) fn take_notes(&mut self) -> Vec<Vec<u8>> {
        self.said.bytes = 0;
        std::mem::take(&mut self.said.notes)
    }

    /// The time since the child's last output, or since its greeting.
    pub(super) fn silent_for(&self) -> Duration {
        self.said.last.unwrap_or(self.greeted).elapsed()
    }

    /// The child's violation of the protocol, as an error.
    pub(super) fn wrong(&self, wrong: Wrong) -> Error {
        let role = self.plan.role.clone();
        match wrong {
            Wrong::Refused(reason) => Error::Refused { role, reason },
            Wrong::TwoProcesses(process) => Error::TwoProcesses { role, process },
            Wrong::TooMany(found) => Error::ProcessLimit {
                role,
                limit: self.start.processes,
                found,
            },
            Wrong::TooMuch => Error::OutputLimit {
                role,
                limit: self.plan.output_limit,
            },
            Wrong::Output(source) => Error::Output { role, source },
        }
    }

    pub(super) fn has_ended(&mut self) -> Result<bool, Error> {
        crate::sys::has_ended(&mut self.process).map_err(|source| self.cannot_wait(source))
    }

    fn cannot_wait(&self, source: io::Error) -> Error {
        Error::Wait {
            role: self.plan.role.clone(),
            source,
        }
    }

    /// Waits for the end and keeps reading output, so that the child does not block on a write.
    fn ends_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut nap = Duration::from_micros(200);
        while !matches!(crate::sys::has_ended(&mut self.process), Ok(true)) {
            if Instant::now() > until {
                return false;
            }
            if !self.listen(nap) {
                nap = (nap * 2).min(Duration::from_millis(5));
            }
        }
        true
    }

    /// Kills the child and all processes that it started, if they are still running, removes its directory, and returns
    /// its status.
    fn stop(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        let mut ended = matches!(crate::sys::has_ended(&mut self.process), Ok(true));
        if !ended && crate::sys::ask_to_end(&self.process) {
            ended = self.ends_within(STOPPING);
        }
        // The process is not reaped yet, so its id cannot belong to another process.
        crate::sys::kill_group(&self.process);
        let _ = self.process.kill();
        if !self.ends_within(KILLING) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let status = self.process.wait()?;
        self.status = Some(status);
        if !ended || crate::sys::was_killed(status) {
            // The guardian did not kill the others.
            crate::sys::kill_marked(&self.start.variable());
        }
        self.directory = None;
        Ok(status)
    }

    /// Kills it, and returns its status after all of its output was read.
    pub(super) fn end(&mut self) -> Result<ExitStatus, Error> {
        let status = self.stop().map_err(|source| self.cannot_wait(source))?;
        let until = Instant::now() + LATE_OUTPUT;
        while !self.said.ended {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (!self.listen(left) && !self.said.ended) {
                let late = io::ErrorKind::TimedOut.into();
                self.said.wrong.get_or_insert(Wrong::Output(late));
                break;
            }
        }
        Ok(status)
    }

    /// What is known about it after its end.
    pub(super) fn ended(&mut self, outcome: Outcome) -> Ended {
        Ended {
            outcome,
            notes: self.take_notes(),
            stderr: self.stderr(),
            left_behind: self.said.left_behind,
        }
    }

    fn stderr(&self) -> Vec<u8> {
        if self.plan.stderr_limit.is_none() {
            return Vec::new();
        }
        self.from_stderr.recv_timeout(LATE_OUTPUT).unwrap_or_default()
    }

    /// Waits for the greeting.
    pub(super) fn greeted(&mut self, program: &Path) -> Result<(), Error> {
        let greeting = match self.events.recv_timeout(self.plan.handshake) {
            Ok(Event::Greeting(greeting)) => Some(greeting),
            Ok(Event::Read(_)) | Err(_) => None,
        };
        if let Some(Greeting::Right) = greeting {
            self.greeted = Instant::now();
            return Ok(());
        }
        let waited = self.started.elapsed();
        // The output before the greeting is everything that is known.
        self.said.ended = greeting.is_some();
        // Its output ended, so it has exited or is about to.
        let ended = match greeting {
            Some(Greeting::None(_)) => self.ends_within(LATE_OUTPUT),
            _ => matches!(crate::sys::has_ended(&mut self.process), Ok(true)),
        };
        let late = greeting.is_none();
        self.said.ended = true;
        let status = self.stop();
        // After it is killed it writes nothing more, and its earlier output can be read.
        let greeting = match late {
            true => match self.events.recv_timeout(LATE_OUTPUT) {
                Ok(Event::Greeting(greeting)) => Some(greeting),
                Ok(Event::Read(_)) | Err(_) => None,
            },
            false => greeting,
        };
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
            program: program.to_owned(),
            role: self.plan.role.clone(),
            instead: Box::new(instead),
            waited,
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // If this fails, nothing else can be tried.
        let _ = self.stop();
        self.input = None;
    }
}

fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

/// Writes the data, and holds the pipe open until the child is dropped.
fn write_all(mut input: ChildStdin, to_write: &Receiver<Vec<u8>>) {
    while let Ok(bytes) = to_write.recv() {
        // A child that does not read any longer has ended or will be killed. Until then its lifeline stays open.
        let _ = input.write_all(&bytes).and_then(|()| input.flush());
    }
}

fn listen(output: impl Read, limit: u64, mark: u64, events: &SyncSender<Event>) {
    let mut output = BufReader::new(output);
    let greeting = wire::read_greeting(&mut output);
    let mut more = matches!(greeting, Greeting::Right);
    // If nobody waits for the child any longer, its output is discarded.
    let mut heard = events.send(Event::Greeting(greeting)).is_ok();
    while more && heard {
        let read = wire::read_frame(&mut output, limit, mark);
        more = matches!(read, Ok(Received::Frame(_)));
        heard = events.send(Event::Read(read)).is_ok();
    }
}

/// How a process without a value ended.
pub(super) fn ending(status: ExitStatus) -> Outcome {
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
