//! This program's own panic hook. It belongs to the whole process, so it is put in once, and before any plugin that is
//! a part of this program puts its own before it.

use std::panic;
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};

/// What it saw: on which thread, and the message.
static SEEN: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

/// Puts the hook in. It passes each panic on to the standard one.
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

/// How many panics it saw on this thread whose message begins so.
pub(crate) fn seen(beginning: &str) -> usize {
    let this = thread::current().id();
    let seen = SEEN.lock().unwrap();
    seen.iter()
        .filter(|(thread, message)| *thread == this && message.starts_with(beginning))
        .count()
}
