//! The child's side.

use super::wire::{self, FrameOf, Header};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The environment variable that holds a child's role.
pub(super) const ROLE: &str = "TOLLGATE_CHILD";
/// The one that holds what a child is started with besides, as [`Start`] writes it.
pub(super) const START: &str = "TOLLGATE_CHILD_START";
/// The one that holds the process number of the guardian that started a child.
pub(crate) const GUARDIAN: &str = "TOLLGATE_CHILD_GUARDIAN";
/// The one that holds the directory that a child has to itself, for its guardian.
pub(crate) const DIRECTORY: &str = "TOLLGATE_CHILD_DIRECTORY";

/// What a child ends with when its lifeline did, or when it could not begin.
pub(crate) const ABANDONED: i32 = 125;

/// The process whose lifeline's thread waits in a read, or 0. A forked process has no such thread, and another number.
static LIFELINE_WAITS: AtomicU32 = AtomicU32::new(0);

/// What the accepted child is, from its greeting on.
static ACCEPTED: OnceLock<Accepted> = OnceLock::new();

/// Where the child's frames go.
static PARENT: Mutex<Option<Box<dyn Write + Send>>> = Mutex::new(None);

/// What the parent asks, one after the other.
static REQUESTS: Mutex<Option<Receiver<Request>>> = Mutex::new(None);

/// Whether [`fork::run`](crate::fork::run) or the stepper forked this process, or one above it.
static FORKED: AtomicBool = AtomicBool::new(false);

struct Accepted {
    role: String,
    start: Start,
    /// The one process that may answer.
    process: u32,
}

struct Request {
    number: u64,
    bytes: Vec<u8>,
}

/// What a child is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its role.
    pub role: String,
    /// What the parent's builder was given as the request.
    pub request: Vec<u8>,
}

impl Task {
    /// Answers the requests of a [`Session`](super::Session), one after the other, until the parent ends the session.
    /// In a child that was started otherwise there are none, and it waits for the parent's end, which ends this
    /// process.
    ///
    /// If `work` forks and both processes return, the copy is ended here and the parent is told: its answer is
    /// [`Error::TwoProcesses`](super::Error::TwoProcesses) and not a second reply.
    ///
    /// # Errors
    /// The parent is gone, or the requests were taken before.
    pub fn serve(&self, mut work: impl FnMut(&[u8]) -> Vec<u8>) -> io::Result<()> {
        let requests = lock(&REQUESTS).take().ok_or(io::ErrorKind::NotConnected)?;
        while let Ok(request) = requests.recv() {
            let reply = work(&request.bytes);
            send(FrameOf::Reply(request.number), &reply)?;
        }
        Ok(())
    }
}

/// What a child is started with besides its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// Ends each of its frames, so that what is none is seen; and is found in the environment of all that it starts.
    pub(crate) mark: u64,
    /// How many children stand above it, itself included.
    pub(crate) depth: u32,
    /// Processes and threads that it may have, with all that it starts.
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

    /// As it is found in the environment of the child and of all that it starts.
    pub(super) fn variable(&self) -> String {
        format!("{START}={}", self.encode())
    }
}

/// The role of this process, or `None` in a process that is no child. Asking is not greeting: see [`accept`].
///
/// A program that a child's code starts is no child, although it inherits the environment of one: on Linux that is told
/// from who started it.
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

/// The role of a child that did not greet yet: it must not start children.
pub(super) fn role_to_accept() -> Option<String> {
    if ACCEPTED.get().is_some() { None } else { role() }
}

/// How many children stand above this process, itself included.
pub(super) fn depth() -> u32 {
    ACCEPTED.get().map_or(0, |accepted| accepted.start.depth)
}

/// In a child whose role is wanted: greets the parent, takes the limits and the request, and begins to watch the
/// lifeline. In any other process, or when it was called before: `None`, and nothing happens.
///
/// It belongs first in `main`: until it is called, what the program writes on standard output comes before the
/// greeting, and nothing ends the process when its parent is gone. From then on a thread waits in a read for the
/// parent's end; it does nothing else but hand over what the parent of a session asks, and [`step`](crate::step) knows
/// it.
///
/// On Linux the process that the parent started becomes the guardian here and does not return: it starts the program
/// once more, with the same arguments and streams, and that process is the child. What `main` does before it calls this
/// is done in both.
///
/// A child that cannot begin (a limit cannot be set, a thread cannot be started) says so to its parent and ends with
/// code
/// 125.
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
            // Where there are no guardians.
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
            // A parent that cannot be told learns it from the exit code.
            let _ = send(FrameOf::Refused, problem.as_bytes());
            crate::sys::exit_now(ABANDONED)
        }
    }
}

/// Says on standard output, which is still the parent's, why this process is no child, and ends it.
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
    // The thread first: a limit of memory may leave no room for its stack.
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
                        // A child that serves no more has no use for it; its parent learns that from its end.
                        let _ = asked.send(Request { number, bytes });
                    }
                }
                Ok(Some(wire::END)) => asked = None,
                Ok(Some(_) | None) | Err(_) => break,
            }
        }
        // A guardian would do it when all have ended; without one, this is the last that is left to do it.
        if std::env::var_os(GUARDIAN).is_none()
            && let Some(directory) = std::env::var_os(DIRECTORY)
        {
            super::directory::remove(Path::new(&directory));
        }
        crate::sys::end_group_now(ABANDONED)
    });
    started.map(drop)
}

/// Whether this process has a lifeline's thread that waits in a read, and so holds no lock.
pub(crate) fn lifeline_waits() -> bool {
    LIFELINE_WAITS.load(Ordering::SeqCst) == std::process::id()
}

/// Told by a process that was forked with this program's own means: it has no parent to speak to.
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
        // Foreign code forked, and both processes returned from it. This one is the copy.
        let frame = wire::frame(FrameOf::Copied, own, b"", mark);
        let _ = to_parent.write_all(&frame).and_then(|()| to_parent.flush());
        crate::sys::exit_now(ABANDONED)
    }
    to_parent.write_all(&wire::frame(kind, own, bytes, mark))?;
    to_parent.flush()
}

/// A guardian's frame: so many processes had to be killed when the child had ended.
#[allow(dead_code, reason = "for the one platform that has guardians")]
pub(crate) fn left_behind(start: &Start, count: u64) -> Vec<u8> {
    wire::frame(FrameOf::LeftBehind(count), std::process::id(), b"", start.mark)
}

/// A guardian's frame: the child had more processes and threads than it may.
#[allow(dead_code, reason = "for the one platform that has guardians")]
pub(crate) fn too_many(start: &Start, count: u64) -> Vec<u8> {
    wire::frame(FrameOf::TooMany(count), std::process::id(), b"", start.mark)
}

/// Sends the parent a note, which it has also when this process crashes or hangs later.
///
/// In a copy of the child that foreign code forked, this and the other functions that speak to the parent tell it so
/// and end the copy.
///
/// # Errors
/// The parent is gone, or this process did not [`accept`], or [`fork::run`](crate::fork::run) forked it.
pub fn note(bytes: &[u8]) -> io::Result<()> {
    send(FrameOf::Note, bytes)
}

/// Hands the child's value to its parent and goes on. It counts if the process then exits with code 0.
///
/// # Errors
/// As [`note`].
pub fn deliver(value: &[u8]) -> io::Result<()> {
    send(FrameOf::Value, value)
}

/// Hands the child's value to its parent and ends this process at once, without running what is registered for its end:
/// with code 0, or with 1 if the value could not be written.
pub fn answer(value: &[u8]) -> ! {
    crate::sys::exit_now(i32::from(deliver(value).is_err()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_is_started_with_crosses_as_it_is() {
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
