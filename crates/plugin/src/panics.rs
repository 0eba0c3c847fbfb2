//! Panics: caught in the plugin, told to the host.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::io::{self, Write};
use std::mem;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// A panic that was caught: what it said, and where.
pub(crate) struct Caught {
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// A panic as the hook saw it.
struct Seen {
    /// The type of what was panicked with: `&str`, `String`, or what an author gave to `panic_any`.
    payload: TypeId,
    caught: Caught,
}

impl Seen {
    /// Whether this is the panic that `payload` came with, as far as can be told. `resume_unwind` runs no hook, so what
    /// the hook saw last may be another panic, which the plugin caught by itself.
    fn came_with(&self, payload: &(dyn Any + Send)) -> bool {
        self.payload == payload.type_id() && self.caught.message == message(payload)
    }
}

/// What the hook saw last on this thread, until the guard claims it.
///
/// Two kinds of panic are claimed by nobody: one on a thread of the plugin's own, and one that the plugin caught by
/// itself. Such a one is printed, as the standard hook would have: when the next panic takes its place, or when the
/// thread ends. To tell them at once would take a thread-local flag around every call, which costs 3 ns a call.
struct Unclaimed(Option<Seen>);

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(Seen { caught, .. }) = &self.0
            && !CHAINED.load(Ordering::Relaxed)
        {
            print("a panic in a plugin, not reported by any call", caught);
        }
    }
}

thread_local! {
    static LAST: Cell<Unclaimed> = const { Cell::new(Unclaimed(None)) };
}

/// Takes what the hook saw last. A thread that is ending may have no thread-locals any more.
fn take_last() -> Unclaimed {
    LAST.try_with(|last| last.replace(Unclaimed(None)))
        .unwrap_or(Unclaimed(None))
}

/// Writes a panic to standard error, for which there is no host. `eprintln!` would panic where standard error is closed
/// or full, and so end the process: this stands in a hook, in the drop of a thread-local, and in a function of the
/// contract.
pub(crate) fn print(what: &str, caught: &Caught) {
    let Caught { message, file, line } = caught;
    let _ = match file.as_str() {
        "" => writeln!(io::stderr(), "{what}: {message}"),
        file => writeln!(io::stderr(), "{what}, at {file}:{line}: {message}"),
    };
}

/// One of the two hooks stands in this copy of the standard library.
static HOOK: Once = Once::new();

/// Whether the program's own hook runs as well, and says what nobody claims.
static CHAINED: AtomicBool = AtomicBool::new(false);

/// Puts the hook into this copy of the standard library, once. In a `cdylib` that copy is the plugin's alone.
pub(crate) fn install_hook() {
    HOOK.call_once(|| panic::set_hook(Box::new(record)));
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

/// Keeps what a panic says, for the guard.
fn record(info: &PanicHookInfo<'_>) {
    let seen = Seen {
        payload: info.payload().type_id(),
        caught: Caught {
            message: message(info.payload()).to_owned(),
            file: info
                .location()
                .map_or_else(String::new, |place| place.file().to_owned()),
            line: info.location().map_or(0, panic::Location::line),
        },
    };
    // Without thread-locals, the guard has the payload alone. What was there before is printed.
    let _ = LAST.try_with(|last| drop(last.replace(Unclaimed(Some(seen)))));
}

/// Runs `body` and catches its panic. Where the hook saw it, file and line are known.
#[inline]
pub(crate) fn guard<R>(body: impl FnOnce() -> R) -> Result<R, Box<Caught>> {
    // The state that `body` may have left half-changed is the instance, which the host never calls again after a panic.
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(claim)
}

#[cold]
fn claim(payload: Box<dyn Any + Send>) -> Box<Caught> {
    let mut last = take_last();
    let caught = match last.0.take() {
        Some(seen) if seen.came_with(&*payload) => seen.caught,
        other => {
            // Another panic, if there was one, is nobody's: it is printed when `last` is dropped.
            last.0 = other;
            Caught {
                message: message(&*payload).to_owned(),
                file: String::new(),
                line: 0,
            }
        }
    };
    drop(last);
    // A payload may panic when it is dropped, with a payload that does so too: the second one is never dropped.
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
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
