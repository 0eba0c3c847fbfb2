//! Panics: caught in the plugin, and reported to the host.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::io::{self, Write};
use std::mem;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// A caught panic: its message and its position.
pub(crate) struct Caught {
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// A panic as the hook saw it.
struct Seen {
    /// The type of the payload: `&str`, `String`, or another type passed to `panic_any`.
    payload: TypeId,
    caught: Caught,
}

impl Seen {
    /// Whether this is the panic with this `payload`, as far as can be determined. `resume_unwind` runs no hook, so the
    /// hook may last have seen another panic, which the plugin caught itself.
    fn came_with(&self, payload: &(dyn Any + Send)) -> bool {
        self.payload == payload.type_id() && self.caught.message == message(payload)
    }
}

/// The last panic that the hook saw on this thread, until the guard takes it.
///
/// The guard does not see two kinds of panic: a panic on a thread of the plugin's own, and a panic that the plugin
/// caught itself. Such a panic is printed, as the standard hook would do, when the next panic replaces it or when the
/// thread ends. Printing it immediately would need a thread-local flag around every call, which costs 3 ns per call.
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

/// Takes the last panic that the hook saw. On a thread that is ending, the thread-local may already be destroyed.
fn take_last() -> Unclaimed {
    LAST.try_with(|last| last.replace(Unclaimed(None)))
        .unwrap_or(Unclaimed(None))
}

/// Writes a panic to standard error, if there is no host to report it to. `eprintln!` would panic if standard error is
/// closed or full, and so abort the process: this function runs in a hook, in the drop of a thread-local, and in a
/// function of the contract.
pub(crate) fn print(what: &str, caught: &Caught) {
    let Caught { message, file, line } = caught;
    let _ = match file.as_str() {
        "" => writeln!(io::stderr(), "{what}: {message}"),
        file => writeln!(io::stderr(), "{what}, at {file}:{line}: {message}"),
    };
}

/// Whether one of the two hooks is installed in this copy of the standard library.
static HOOK: Once = Once::new();

/// Whether the program's own hook runs as well. It then prints the panics that the guard does not see.
static CHAINED: AtomicBool = AtomicBool::new(false);

/// Installs the hook in this copy of the standard library, once. In a `cdylib` that copy belongs only to the plugin.
pub(crate) fn install_hook() {
    HOOK.call_once(|| panic::set_hook(Box::new(record)));
}

/// Installs the hook in front of the program's own, once, for a plugin that shares the program's standard library.
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

/// Stores the panic for the guard.
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
    // Without the thread-local, the guard only has the payload. The previous panic is printed.
    let _ = LAST.try_with(|last| drop(last.replace(Unclaimed(Some(seen)))));
}

/// Runs `body` and catches its panic. The file and line are known if the hook saw the panic.
#[inline]
pub(crate) fn guard<R>(body: impl FnOnce() -> R) -> Result<R, Box<Caught>> {
    // `body` may leave the instance in an inconsistent state, but the host never calls an instance again after a panic.
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(claim)
}

#[cold]
fn claim(payload: Box<dyn Any + Send>) -> Box<Caught> {
    let mut last = take_last();
    let caught = match last.0.take() {
        Some(seen) if seen.came_with(&*payload) => seen.caught,
        other => {
            // If it is another panic, it is printed when `last` is dropped.
            last.0 = other;
            Caught {
                message: message(&*payload).to_owned(),
                file: String::new(),
                line: 0,
            }
        }
    };
    drop(last);
    // Dropping a payload may panic, with a payload whose drop panics too: the second one is never dropped.
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
