//! How a child is described and started.

use super::directory::Directory;
use super::inside::{DIRECTORY, GUARDIAN, ROLE, START, Start, depth, role_to_accept};
use super::process::Process;
use super::{Child, Error, Limits, Session};
use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// So many children may stand above one another.
const DEEPEST: u32 = 8;

/// A child that is still to be started.
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
            silence: Duration::MAX,
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

    /// Sets how long the child may run: one that is [spawned](Builder::spawn) from its greeting, a
    /// [session](Builder::start) from its start. What stops it takes up to some seconds more.
    pub fn deadline(mut self, deadline: Duration) -> Builder {
        self.deadline = deadline;
        self
    }

    /// Sets how long a child that was spawned may run without a note or a value; else only its deadline ends it.
    pub fn silence(mut self, silence: Duration) -> Builder {
        self.silence = silence;
        self
    }

    /// Sets how many bytes the child may hand over: one that is spawned in notes and value together, a session in each
    /// reply, and in the notes that were not taken yet.
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
    /// [`Error::Recursion`] in a process that is a child and did not ask for its role, or above which too many stand;
    /// [`Error::Program`] and [`Error::Spawn`] where the program cannot be executed; [`Error::NoGreeting`] where it
    /// does not ask for its role; [`Error::LimitsUnsupported`] where there are limits and the platform cannot set them.
    pub fn spawn(&self) -> Result<Child, Error> {
        self.greeted_process().map(Child::new)
    }

    /// Starts the child for a session, and waits until it is ready for requests.
    ///
    /// # Errors
    /// As [`spawn`](Builder::spawn), and [`Error::Refused`] where the child cannot begin.
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
            // From the system's randomness, by way of the standard library's hash keys.
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
        // A directory of its own comes before what the builder was given, which may name another.
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

    /// The program's file, for people.
    fn named(&self, program: &Path) -> PathBuf {
        match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().unwrap_or_else(|_| program.to_owned()),
        }
    }
}
