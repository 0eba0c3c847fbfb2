//! The host's side of the sink.

use crate::{Error, Output};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr;
use tollgate_abi::{Block, Fault, Level, ROOM_ALIGNMENT, Sink, Status, Text};

/// What a plugin said about its failure.
#[derive(Debug)]
pub(crate) struct Said {
    message: String,
    file: String,
    line: u32,
}

impl Said {
    /// What the host says of a call of the sink that it refuses.
    fn by_host(message: String) -> Self {
        Self {
            message,
            file: String::new(),
            line: 0,
        }
    }
}

/// A sink that is used for one call after the other, so that its functions are written down once.
pub(crate) struct ReusedSink(Sink<'static>);

// SAFETY: between calls the sink's pointers are read by nobody: `with` writes them anew before each call, and during a
// call it borrows the sink mutably.
unsafe impl Send for ReusedSink {}

impl ReusedSink {
    pub(crate) fn new() -> Self {
        Self(Sink {
            size: size_of::<Sink<'_>>() as u32,
            reserved: 0,
            capacity: 0,
            data: ptr::null_mut(),
            context: ptr::null_mut(),
            reserve,
            commit,
            fail,
            log,
            life: PhantomData,
        })
    }

    /// Runs `body` with the sink, which writes to `output`: that is what its `context` points to. What the plugin says
    /// of a failure stands in the output afterwards.
    #[inline]
    pub(crate) fn with<R>(&mut self, output: &mut Output, body: impl FnOnce(&mut Sink<'_>) -> R) -> R {
        let sink = &mut self.0;
        (sink.data, sink.capacity) = room(output);
        sink.context = ptr::from_mut(output).cast();
        body(sink)
    }
}

/// The error for a status and what was said about it.
#[cold]
pub(crate) fn failure(plugin: &str, operation: &str, status: Status, said: Option<Said>) -> Error {
    let mut said = said.unwrap_or_else(|| Said::by_host(String::new()));
    if said.message.is_empty() {
        said.message = status.text().to_owned();
    }
    Error::Failed {
        plugin: plugin.to_owned(),
        operation: operation.to_owned(),
        status,
        message: said.message,
        file: said.file,
        line: said.line,
    }
}

/// The room of the part that is being written: its address, aligned even where there is none, and its bytes.
#[inline]
fn room(output: &mut Output) -> (*mut u8, u64) {
    match output.current() {
        Some(array) => {
            let room = array.whole_room();
            (room.as_mut_ptr(), room.len() as u64)
        }
        None => (ptr::without_provenance_mut(ROOM_ALIGNMENT), 0),
    }
}

/// # Safety
/// `sink` points to a sink that `ReusedSink` lends, during its call and on its thread.
unsafe fn output<'a>(sink: *mut Sink<'_>) -> &'a mut Output {
    // SAFETY: the caller promises a live sink.
    let context: *mut c_void = unsafe { (*sink).context };
    // SAFETY: `ReusedSink::with` put a pointer to an Output there, which lives through the call and which it does not touch
    // meanwhile; the callbacks run one at a time, on the call's thread, and keep no reference.
    unsafe { &mut *context.cast() }
}

/// Tells the plugin where its room is now.
///
/// # Safety
/// `sink` points to a sink that `ReusedSink` lends, during its call and on its thread; nothing else refers to it.
unsafe fn show_room(sink: *mut Sink<'_>, output: &mut Output) {
    let (data, capacity) = room(output);
    // SAFETY: the caller promises a live sink that nothing else refers to.
    let sink = unsafe { &mut *sink };
    (sink.data, sink.capacity) = (data, capacity);
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread.
unsafe extern "C" fn reserve(sink: *mut Sink<'_>, bytes: u64) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let output = unsafe { output(sink) };
    let made = output.current_or_new().room(bytes).map(drop);
    // SAFETY: the plugin passes the sink that it was given, and refers to it by the pointer alone.
    unsafe { show_room(sink, output) };
    match made {
        Ok(()) => Status::OK,
        Err(error) => {
            output.say(Said::by_host(error.to_string()));
            Status::ROOM
        }
    }
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live block.
unsafe extern "C" fn commit(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let output = unsafe { output(sink) };
    // SAFETY: the plugin passes a live block that keeps the contract.
    let block = unsafe { &*block };
    let status = match described(output, block) {
        Ok(()) => {
            output.commit();
            Status::OK
        }
        Err(message) => {
            output.say(Said::by_host(message));
            Status::COMMIT
        }
    };
    // After a refusal too: whatever the plugin knew of its room may be out of date.
    // SAFETY: the plugin passes the sink that it was given, and refers to it by the pointer alone.
    unsafe { show_room(sink, output) };
    status
}

fn described(output: &mut Output, block: &Block<'_>) -> Result<(), String> {
    // Compared as numbers: the block's data is the room itself, of which no second reference may be made.
    let (data, bytes) = block.data();
    let array = output.current_or_new();
    let (room, capacity) = {
        let room = array.whole_room();
        (room.as_ptr(), room.len() as u64)
    };
    if bytes > 0 && (data != room || bytes > capacity) {
        return Err("the committed block's data is not the sink's, or reaches past its room".to_owned());
    }
    if block.strides().is_some() {
        return Err("a committed block is in C order, without strides".to_owned());
    }
    match array.describe(block.element(), block.shape(), block.attributes()) {
        Ok(needed) if needed == bytes => Ok(()),
        Ok(needed) => Err(format!(
            "the committed block says {bytes} bytes, and its element type and shape take {needed}"
        )),
        Err(error) => Err(format!("the committed block does not fit: {error}")),
    }
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live fault.
unsafe extern "C" fn fail(sink: *mut Sink<'_>, fault: *const Fault<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let output = unsafe { output(sink) };
    // SAFETY: the plugin passes a live fault, of which this version knows every field.
    let fault = unsafe { &*fault };
    let text = |text: Text<'_>| String::from_utf8_lossy(text.as_bytes()).into_owned();
    let mut said = Said {
        message: text(fault.message),
        file: text(fault.file),
        line: fault.line,
    };
    // Without a message it adds the place to what the host itself said when it refused room or a commit.
    if said.message.is_empty()
        && let Some(host) = output.take_said()
    {
        said.message = host.message;
    }
    output.say(said);
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live text.
unsafe extern "C" fn log(sink: *mut Sink<'_>, level: Level, message: *const Text<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let output = unsafe { output(sink) };
    // SAFETY: the plugin passes a live text.
    let message = unsafe { *message };
    let (plugin, message) = (output.plugin(), String::from_utf8_lossy(message.as_bytes()));
    match level {
        Level(0..=3) => tracing::error!(plugin, "{message}"),
        Level::WARN => tracing::warn!(plugin, "{message}"),
        Level(5 | 6) => tracing::info!(plugin, "{message}"),
        _ => tracing::debug!(plugin, "{message}"),
    }
}
