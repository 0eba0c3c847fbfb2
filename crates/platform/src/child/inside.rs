//! The child's side.

use super::wire;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The environment variable that holds a child's role.
pub(super) const ROLE: &str = "TOLLGATE_CHILD";

/// What a child ends with when its lifeline did, or when it could not begin.
const ABANDONED: i32 = 125;

static LIFELINE_WATCHED: AtomicBool = AtomicBool::new(false);

/// Where the child's frames go, once it has greeted.
static PARENT: Mutex<Option<Box<dyn Write + Send>>> = Mutex::new(None);

/// What a child is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its role.
    pub role: String,
    /// What the parent's builder was given as the request.
    pub request: Vec<u8>,
}

/// The role of this process, or `None` in a process that is no child. Asking is not greeting: see [`accept`].
pub fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// In a child whose role is wanted: greets the parent, takes the limits and the request, and begins to watch the lifeline.
/// In any other process, or when it was called before: `None`, and nothing happens.
///
/// It belongs first in `main`: until it is called, what the program writes on standard output comes before the greeting,
/// and nothing ends the process when its parent is gone. From then on a thread waits in a read for the parent's end; it
/// does nothing else and holds no lock, and [`step`](crate::step) knows it.
///
/// A child that cannot begin (a limit cannot be set, a thread cannot be started) says so to its parent and ends with code
/// 125.
pub fn accept(wanted: impl FnOnce(&str) -> bool) -> Option<Task> {
    let role = role().filter(|role| wanted(role))?;
    if parent().is_some() {
        return None;
    }
    match begin() {
        Ok(Some(request)) => Some(Task { role, request }),
        // The parent is gone.
        Ok(None) => crate::sys::exit_now(ABANDONED),
        Err(problem) => {
            // A parent that cannot be told learns it from the exit code.
            let _ = send(wire::REFUSED, problem.as_bytes());
            crate::sys::exit_now(ABANDONED)
        }
    }
}

fn begin() -> Result<Option<Vec<u8>>, String> {
    let (mut from_parent, mut to_parent) =
        crate::sys::take_streams().map_err(|error| format!("its standard streams cannot be set aside: {error}"))?;
    let greeted = to_parent.write_all(&wire::greeting()).and_then(|()| to_parent.flush());
    *parent() = Some(to_parent);
    greeted.map_err(|error| format!("it cannot greet: {error}"))?;
    let request =
        wire::read_request(&mut from_parent).map_err(|error| format!("its request cannot be read: {error}"))?;
    let Some((limits, request)) = request else {
        return Ok(None);
    };
    // The thread first: a limit of memory may leave no room for its stack.
    watch(from_parent)
        .map_err(|error| format!("a thread that watches for the parent's end cannot be started: {error}"))?;
    crate::sys::set_limits(&limits).map_err(|error| format!("the limits cannot be set: {error}"))?;
    Ok(Some(request))
}

fn watch(mut lifeline: Box<dyn Read + Send>) -> io::Result<()> {
    LIFELINE_WATCHED.store(true, Ordering::SeqCst);
    let thread = std::thread::Builder::new().name("lifeline".to_owned());
    let started = thread.spawn(move || {
        let mut bytes = [0; 64];
        loop {
            match lifeline.read(&mut bytes) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        crate::sys::end_group_now(ABANDONED)
    });
    started.map(drop)
}

pub(crate) fn lifeline_is_watched() -> bool {
    LIFELINE_WATCHED.load(Ordering::SeqCst)
}

fn parent() -> std::sync::MutexGuard<'static, Option<Box<dyn Write + Send>>> {
    PARENT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(kind: u8, bytes: &[u8]) -> io::Result<()> {
    let mut parent = parent();
    let to_parent = parent.as_mut().ok_or(io::ErrorKind::NotConnected)?;
    to_parent.write_all(&wire::frame(kind, bytes))?;
    to_parent.flush()
}

/// Sends the parent a note, which it has also when this process crashes or hangs later.
///
/// # Errors
/// The parent is gone, or this process did not [`accept`].
pub fn note(bytes: &[u8]) -> io::Result<()> {
    send(wire::NOTE, bytes)
}

/// Hands the child's value to its parent and goes on. It counts if the process then exits with code 0.
///
/// # Errors
/// The parent is gone, or this process did not [`accept`].
pub fn deliver(value: &[u8]) -> io::Result<()> {
    send(wire::VALUE, value)
}

/// Hands the child's value to its parent and ends this process at once, without running what is registered for its end:
/// with code 0, or with 1 if the value could not be written.
pub fn answer(value: &[u8]) -> ! {
    crate::sys::exit_now(i32::from(deliver(value).is_err()))
}
