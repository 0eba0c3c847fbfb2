//! The child's side.

use super::wire::{self, FrameOf, Header};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The environment variable that holds a child's role.
pub(super) const ROLE: &str = "TOLLGATE_CHILD";
/// The environment variable with the other start parameters of a child, as [`Start`] encodes them.
pub(super) const START: &str = "TOLLGATE_CHILD_START";
/// The environment variable with the process id of the guardian that started a child.
pub(crate) const GUARDIAN: &str = "TOLLGATE_CHILD_GUARDIAN";
/// The environment variable with the child's own directory, for its guardian.
pub(crate) const DIRECTORY: &str = "TOLLGATE_CHILD_DIRECTORY";

/// The exit code of a child whose lifeline was closed, or which could not start its task.
pub(crate) const ABANDONED: i32 = 125;

/// The process whose lifeline thread waits in a read, or 0. A forked process does not have this thread, and has another
/// id.
static LIFELINE_WAITS: AtomicU32 = AtomicU32::new(0);

/// The state of an accepted child, from its greeting on.
static ACCEPTED: OnceLock<Accepted> = OnceLock::new();

/// The destination of the child's frames.
static PARENT: Mutex<Option<Box<dyn Write + Send>>> = Mutex::new(None);

/// The requests of the parent, in order.
static REQUESTS: Mutex<Option<Receiver<Request>>> = Mutex::new(None);

/// Whether [`fork::run`](crate::fork::run) or the stepper forked this process, or an ancestor.
static FORKED: AtomicBool = AtomicBool::new(false);

struct Accepted {
    role: String,
    start: Start,
    /// The only process that may answer.
    process: u32,
}

struct Request {
    number: u64,
    bytes: Vec<u8>,
}

/// The task of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its role.
    pub role: String,
    /// The request that was given to the parent's builder.
    pub request: Vec<u8>,
}

impl Task {
    /// Answers the requests of a [`Session`](super::Session), one after the other, until the parent ends the session.
    /// In a child that is not in a session there are no requests, and this waits for the parent's end, which ends this
    /// process.
    ///
    /// If `work` forks and both processes return, the copy is ended here and the parent is told: it gets
    /// [`Error::TwoProcesses`](super::Error::TwoProcesses) instead of a second reply.
    ///
    /// # Errors
    /// The parent is gone, or the requests were already taken.
    pub fn serve(&self, mut work: impl FnMut(&[u8]) -> Vec<u8>) -> io::Result<()> {
        let requests = lock(&REQUESTS).take().ok_or(io::ErrorKind::NotConnected)?;
        while let Ok(request) = requests.recv() {
            let reply = work(&request.bytes);
            send(FrameOf::Reply(request.number), &reply)?;
        }
        Ok(())
    }
}

/// The start parameters of a child besides its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// Ends each of its frames, so that invalid frames are detected. It is also in the environment of all processes
    /// that it starts.
    pub(crate) mark: u64,
    /// The nesting depth, including the child itself.
    pub(crate) depth: u32,
    /// The limit of processes and threads, including all that it starts.
    pub(crate) processes: u64,
}

impl Start {
    pub(super) fn encode(&self) -> String {
        format!("{:016x}-{}-{}", self.mark, self.depth, self.processes)
    }

    fn decode(text: &str) -> Option<Start> {
        let mut parts = text.split('-');
        let start = Start {
            mark: u64::from_str_radix(parts.next()?, 16).ok()?,
            depth: parts.next()?.parse().ok()?,
            processes: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(start)
    }

    /// The form in the environment of the child and of all processes that it starts.
    pub(super) fn variable(&self) -> String {
        format!("{START}={}", self.encode())
    }
}

/// The role of this process, or `None` if it is not a child. This does not greet the parent: see [`accept`].
///
/// A program that a child's code starts is not a child, although it inherits the environment of one. On Linux this is
/// detected by its parent process.
pub fn role() -> Option<String> {
    if let Some(accepted) = ACCEPTED.get() {
        return Some(accepted.role.clone());
    }
    let guardian = std::env::var(GUARDIAN).ok();
    if guardian.is_some_and(|guardian| crate::sys::parent_id().is_some_and(|parent| parent.to_string() != guardian)) {
        return None;
    }
    std::env::var(ROLE).ok()
}

/// The role of a child that has not greeted yet: it must not start children.
pub(super) fn role_to_accept() -> Option<String> {
    if ACCEPTED.get().is_some() { None } else { role() }
}

/// The nesting depth of this process, including itself.
pub(super) fn depth() -> u32 {
    ACCEPTED.get().map_or(0, |accepted| accepted.start.depth)
}

/// In a child with this role: greets the parent, receives the limits and the request, and begins to watch the lifeline.
/// In any other process, or if it was called before, it returns `None` and does nothing.
///
/// Call it first in `main`: before it is called, the program's standard output precedes the greeting, and nothing ends
/// the process when its parent is gone. After that a thread waits in a read for the parent's end. It does nothing else
/// except passing on the requests of a session, and [`step`](crate::step) ignores it.
///
/// On Linux the process that the parent started becomes the guardian here, and this call does not return in it. The
/// guardian starts the program again, with the same arguments and streams, and that process is the child. Code in
/// `main` before this call therefore runs in both.
///
/// A child that cannot start its task (a limit cannot be set, a thread cannot be started) reports this to its parent
/// and exits with code 125.
pub fn accept(wanted: impl FnOnce(&str) -> bool) -> Option<Task> {
    let role = role_to_accept().filter(|role| wanted(role))?;
    let Some(start) = std::env::var(START).ok().as_deref().and_then(Start::decode) else {
        refuse(
            0,
            &format!("the variable {START} does not have the form that a parent of this version sets"),
        )
    };
    let mark = start.mark;
    if std::env::var_os(GUARDIAN).is_none() {
        match crate::sys::guard(&start) {
            // On systems without guardians.
            Ok(()) => {}
            Err(error) => refuse(mark, &format!("its guardian process could not start it: {error}")),
        }
    } else if let Err(error) = crate::sys::end_with_guardian() {
        refuse(mark, &format!("it could not be bound to its guardian process: {error}"))
    }
    let process = std::process::id();
    let accepted = Accepted {
        role: role.clone(),
        start,
        process,
    };
    if ACCEPTED.set(accepted).is_err() {
        return None;
    }
    match begin() {
        Ok(Some(request)) => Some(Task { role, request }),
        // The parent is gone.
        Ok(None) => crate::sys::exit_now(ABANDONED),
        Err(problem) => {
            // If the parent cannot be told, it learns it from the exit code.
            let _ = send(FrameOf::Refused, problem.as_bytes());
            crate::sys::exit_now(ABANDONED)
        }
    }
}

/// Reports on standard output, which is still the parent's, why this process cannot be a child, and exits.
fn refuse(mark: u64, problem: &str) -> ! {
    let frame = wire::frame(FrameOf::Refused, std::process::id(), problem.as_bytes(), mark);
    let mut output = io::stdout().lock();
    let _ = output
        .write_all(&wire::greeting())
        .and_then(|()| output.write_all(&frame))
        .and_then(|()| output.flush());
    crate::sys::exit_now(ABANDONED)
}

fn begin() -> Result<Option<Vec<u8>>, String> {
    let (from_parent, mut to_parent) =
        crate::sys::take_streams().map_err(|error| format!("its standard streams could not be redirected: {error}"))?;
    let greeted = to_parent.write_all(&wire::greeting()).and_then(|()| to_parent.flush());
    *lock(&PARENT) = Some(to_parent);
    greeted.map_err(|error| format!("its greeting could not be sent: {error}"))?;
    send(FrameOf::Hello, b"").map_err(|error| format!("its process id could not be sent: {error}"))?;
    let mut from_parent = BufReader::new(from_parent);
    let header =
        wire::read_header(&mut from_parent).map_err(|error| format!("its request could not be read: {error}"))?;
    let Some(Header { limits, request }) = header else {
        return Ok(None);
    };
    // Start the thread first: a memory limit may leave no room for its stack.
    watch(from_parent).map_err(|error| format!("the thread that watches the parent could not be started: {error}"))?;
    crate::sys::set_limits(&limits).map_err(|error| format!("the limits could not be set: {error}"))?;
    Ok(Some(request))
}

fn watch(mut lifeline: BufReader<Box<dyn Read + Send>>) -> io::Result<()> {
    let (asked, requests) = channel();
    *lock(&REQUESTS) = Some(requests);
    let thread = std::thread::Builder::new().name("lifeline".to_owned());
    let process = std::process::id();
    let started = thread.spawn(move || {
        let mut asked: Option<Sender<Request>> = Some(asked);
        loop {
            LIFELINE_WAITS.store(process, Ordering::SeqCst);
            let kind = wire::read_kind(&mut lifeline);
            LIFELINE_WAITS.store(0, Ordering::SeqCst);
            match kind {
                Ok(Some(wire::REQUEST)) => {
                    let Ok(Some((number, bytes))) = wire::read_request(&mut lifeline) else {
                        break;
                    };
                    if let Some(asked) = &asked {
                        // A child that does not serve any longer ignores it; its parent learns that from its end.
                        let _ = asked.send(Request { number, bytes });
                    }
                }
                Ok(Some(wire::END)) => asked = None,
                Ok(Some(_) | None) | Err(_) => break,
            }
        }
        // A guardian would do it after all processes have ended. Without a guardian, this process is the last one that
        // can.
        if std::env::var_os(GUARDIAN).is_none()
            && let Some(directory) = std::env::var_os(DIRECTORY)
        {
            super::directory::remove(Path::new(&directory));
        }
        crate::sys::end_group_now(ABANDONED)
    });
    started.map(drop)
}

/// Whether this process has a lifeline thread that waits in a read, and therefore holds no lock.
pub(crate) fn lifeline_waits() -> bool {
    LIFELINE_WAITS.load(Ordering::SeqCst) == std::process::id()
}

/// Called in a process that this program itself forked: it has no parent to write to.
#[allow(dead_code, reason = "for the platforms that fork")]
pub(crate) fn be_forked() {
    FORKED.store(true, Ordering::SeqCst);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(kind: FrameOf, bytes: &[u8]) -> io::Result<()> {
    let accepted = ACCEPTED.get().ok_or(io::ErrorKind::NotConnected)?;
    let own = std::process::id();
    if FORKED.load(Ordering::SeqCst) {
        return Err(io::ErrorKind::NotConnected.into());
    }
    let mut parent = lock(&PARENT);
    let to_parent = parent.as_mut().ok_or(io::ErrorKind::NotConnected)?;
    let mark = accepted.start.mark;
    if own != accepted.process {
        // Foreign code forked, and both processes returned. This one is the copy.
        let frame = wire::frame(FrameOf::Copied, own, b"", mark);
        let _ = to_parent.write_all(&frame).and_then(|()| to_parent.flush());
        crate::sys::exit_now(ABANDONED)
    }
    to_parent.write_all(&wire::frame(kind, own, bytes, mark))?;
    to_parent.flush()
}

/// A frame of the guardian: this many processes were killed after the child's end.
#[allow(dead_code, reason = "for the one platform that has guardians")]
pub(crate) fn left_behind(start: &Start, count: u64) -> Vec<u8> {
    wire::frame(FrameOf::LeftBehind(count), std::process::id(), b"", start.mark)
}

/// A frame of the guardian: the child had more processes and threads than its limit.
#[allow(dead_code, reason = "for the one platform that has guardians")]
pub(crate) fn too_many(start: &Start, count: u64) -> Vec<u8> {
    wire::frame(FrameOf::TooMany(count), std::process::id(), b"", start.mark)
}

/// Sends the parent a note, which is kept even if this process crashes or hangs later.
///
/// In a copy of the child that foreign code forked, this function and the others that write to the parent report the
/// copy and end it.
///
/// # Errors
/// The parent is gone, or this process has not [accepted](accept) a role, or [`fork::run`](crate::fork::run) forked it.
pub fn note(bytes: &[u8]) -> io::Result<()> {
    send(FrameOf::Note, bytes)
}

/// Sends the child's value to its parent and returns. The value counts if the process then exits with code 0.
///
/// # Errors
/// As [`note`].
pub fn deliver(value: &[u8]) -> io::Result<()> {
    send(FrameOf::Value, value)
}

/// Sends the child's value to its parent and exits immediately, without running exit handlers: with code 0, or with 1
/// if the value could not be written.
pub fn answer(value: &[u8]) -> ! {
    crate::sys::exit_now(i32::from(deliver(value).is_err()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_parameters_are_the_same_after_encoding_and_decoding() {
        let start = Start {
            mark: 0x0123_4567_89ab_cdef,
            depth: 3,
            processes: u64::MAX,
        };
        assert_eq!(Start::decode(&start.encode()), Some(start));
        for text in ["", "1", "1-2", "x-1-1", "1-2-3-4", "1--3"] {
            assert_eq!(Start::decode(text), None, "{text}");
        }
    }
}
