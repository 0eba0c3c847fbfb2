//! Panics: caught in the plugin, told to the host.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// A panic that was caught: what it said, and where.
pub(crate) struct Caught {
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// What the hook saw last on this thread, until the guard claims it.
///
/// A panic on a thread of the plugin's own is claimed by nobody. Then it is printed, as the standard hook would have:
/// when the next panic takes its place, or when the thread ends. To tell such threads at once would take a thread-local
/// flag around every call, which costs 3 ns a call.
struct Unclaimed(Option<Caught>);

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(caught) = &self.0
            && !CHAINED.load(Ordering::Relaxed)
        {
            eprintln!(
                "a thread of a plugin panicked at {}:{}:\n{}",
                caught.file, caught.line, caught.message
            );
        }
    }
}

thread_local! {
    static LAST: RefCell<Unclaimed> = const { RefCell::new(Unclaimed(None)) };
}

/// Whether the program's own hook says what nobody claims.
static CHAINED: AtomicBool = AtomicBool::new(false);

/// One of the two hooks stands in this copy of the standard library.
static HOOK: Once = Once::new();

/// Puts the hook into this copy of the standard library, once. In a `cdylib` that copy is the plugin's alone.
pub(crate) fn install_hook() {
    HOOK.call_once(|| panic::set_hook(Box::new(record)));
}

/// Keeps what a panic says, for the guard.
fn record(info: &PanicHookInfo<'_>) {
    let caught = Caught {
        message: message(info.payload()).to_owned(),
        file: info
            .location()
            .map_or_else(String::new, |place| place.file().to_owned()),
        line: info.location().map_or(0, panic::Location::line),
    };
    // A thread that is ending may have no thread-locals any more; the guard then has the payload alone.
    let _ = LAST.try_with(|last| *last.borrow_mut() = Unclaimed(Some(caught)));
}

/// Puts the hook before the program's own, once: for a plugin that shares the program's standard library.
pub(crate) fn chain_hook() {
    HOOK.call_once(|| {
        CHAINED.store(true, Ordering::Relaxed);
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            record(info);
            before(info);
        }));
    });
}

/// Runs `body` and catches its panic. Where the hook saw it, file and line are known.
#[inline]
pub(crate) fn guard<R>(body: impl FnOnce() -> R) -> Result<R, Box<Caught>> {
    // The state that `body` may have left half-changed is the instance, which the host never calls again after a panic.
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(claim)
}

#[cold]
fn claim(payload: Box<dyn Any + Send>) -> Box<Caught> {
    let seen = LAST.try_with(|last| last.borrow_mut().0.take()).ok().flatten();
    let caught = seen.unwrap_or_else(|| Caught {
        message: message(&*payload).to_owned(),
        file: String::new(),
        line: 0,
    });
    // A payload may panic when it is dropped, and there is no one left to catch that.
    if panic::catch_unwind(AssertUnwindSafe(|| drop(payload))).is_err() {
        let _ = LAST.try_with(|last| last.borrow_mut().0.take());
    }
    Box::new(caught)
}

fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic without a message"
    }
}
