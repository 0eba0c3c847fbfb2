//! Describes and starts a child.

use super::directory::Directory;
use super::inside::{DIRECTORY, GUARDIAN, ROLE, START, Start, depth, role_to_accept};
use super::process::Process;
use super::{Child, Error, Limits, Session};
use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The maximum nesting depth of children.
const DEEPEST: u32 = 8;

/// A child that is not started yet.
#[derive(Debug, Clone)]
pub struct Builder {
    program: Option<PathBuf>,
    pub(super) role: String,
    pub(super) request: Vec<u8>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    pub(super) limits: Limits,
    pub(super) handshake: Duration,
    pub(super) deadline: Duration,
    pub(super) silence: Duration,
    pub(super) output_limit: u64,
    pub(super) stderr_limit: Option<u64>,
}

impl Builder {
    /// This program, without arguments, in a role. The defaults: ten seconds to greet, a deadline of one minute, an
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
            silence: Duration::MAX,
            output_limit: 64 << 20,
            stderr_limit: None,
        }
    }

    /// Like [`this_program`](Builder::this_program), but with another program, whose `main` must also begin with
    /// [`accept`](super::accept).
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

    /// Sets an environment variable of the child, which otherwise inherits this process's environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Builder {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets the request bytes in the child's [`Task`](super::Task).
    pub fn request(mut self, request: impl Into<Vec<u8>>) -> Builder {
        self.request = request.into();
        self
    }

    /// Sets the child's resource limits.
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.limits = limits;
        self
    }

    /// Sets the time in which the child must greet, from its start.
    pub fn handshake(mut self, time: Duration) -> Builder {
        self.handshake = time;
        self
    }

    /// Sets the total time of the child: of a [spawned](Builder::spawn) child from its greeting, of a
    /// [session](Builder::start) from its start. Killing it may take some seconds more.
    pub fn deadline(mut self, deadline: Duration) -> Builder {
        self.deadline = deadline;
        self
    }

    /// Sets how long a spawned child may run without a note or a value. Without this only its deadline ends it.
    pub fn silence(mut self, silence: Duration) -> Builder {
        self.silence = silence;
        self
    }

    /// Sets how many bytes the child may send: a spawned child in its notes and value together, a session in each
    /// reply, and in the notes that were not taken yet.
    pub fn output_limit(mut self, bytes: u64) -> Builder {
        self.output_limit = bytes;
        self
    }

    /// Captures the child's standard error: the first `bytes` bytes are kept, the rest is discarded.
    pub fn capture_stderr(mut self, bytes: u64) -> Builder {
        self.stderr_limit = Some(bytes);
        self
    }

    /// Starts the child, and waits until it has greeted.
    ///
    /// # Errors
    /// [`Error::Recursion`] in a process that is a child and has not asked for its role, or that is nested too deep;
    /// [`Error::Program`] and [`Error::Spawn`] if the program cannot be executed; [`Error::NoGreeting`] if it does not
    /// ask for its role; [`Error::LimitsUnsupported`] if limits are set and the platform does not support them.
    pub fn spawn(&self) -> Result<Child, Error> {
        self.greeted_process().map(Child::new)
    }

    /// Starts the child for a session, and waits until it is ready for requests.
    ///
    /// # Errors
    /// As [`spawn`](Builder::spawn), and [`Error::Refused`] if the child cannot start its task.
    pub fn start(&self) -> Result<Session, Error> {
        Session::new(self.greeted_process()?)
    }

    fn greeted_process(&self) -> Result<Process, Error> {
        if let Some(role) = role_to_accept() {
            return Err(Error::Recursion { role });
        }
        let depth = depth() + 1;
        if depth > DEEPEST {
            return Err(Error::TooDeep { deepest: DEEPEST });
        }
        if self.limits != Limits::default()
            && let crate::Status::Unsupported(reason) = Limits::status()
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
        let start = Start {
            // Random, from the system, through the standard library's hash keys.
            mark: RandomState::new().hash_one(std::process::id()),
            depth,
            processes: self.limits.processes.unwrap_or(Limits::MOST_PROCESSES),
        };
        let directory = Directory::new();
        let command = self.command(&program, &start, directory.as_ref());
        let mut process = Process::start(command, self, start, directory).map_err(|source| Error::Spawn {
            program: self.named(&program),
            role: self.role.clone(),
            source,
        })?;
        process.greeted(&self.named(&program))?;
        Ok(process)
    }

    fn command(&self, program: &Path, start: &Start, directory: Option<&Directory>) -> Command {
        let mut command = Command::new(program);
        // Set the directory first: the builder's own variables may override it.
        match directory {
            Some(directory) => {
                let variables = crate::sys::TEMPORARY_VARIABLES.iter();
                command.envs(variables.map(|variable| (variable, directory.path())));
                command.env(DIRECTORY, directory.path());
            }
            None => {
                command.env_remove(DIRECTORY);
            }
        }
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env(ROLE, &self.role)
            .env(START, start.encode())
            .env_remove(GUARDIAN)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if self.stderr_limit.is_some() {
            command.stderr(Stdio::piped());
        }
        crate::sys::in_a_group(&mut command);
        command
    }

    /// The program's file, for messages.
    fn named(&self, program: &Path) -> PathBuf {
        match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().unwrap_or_else(|_| program.to_owned()),
        }
    }
}
