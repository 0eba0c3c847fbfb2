//! This program's own panic hook. It belongs to the whole process, so it is installed once, before any plugin that is
//! linked into this program installs its own in front of it.

use std::panic;
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};

/// The panics that it saw: the thread, and the message.
static SEEN: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

/// Installs the hook. It passes each panic on to the standard hook.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let message = info.payload_as_str().unwrap_or_default().to_owned();
            SEEN.lock().unwrap().push((thread::current().id(), message));
            before(info);
        }));
    });
}

/// The number of panics on this thread whose message begins with this text.
pub(crate) fn seen(beginning: &str) -> usize {
    let this = thread::current().id();
    let seen = SEEN.lock().unwrap();
    seen.iter()
        .filter(|(thread, message)| *thread == this && message.starts_with(beginning))
        .count()
}
