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

/// What the sink's `context` points to.
struct Context<'a> {
    output: Option<&'a mut Output>,
    said: Option<Box<Said>>,
    plugin: &'a str,
}

/// Runs `body` with a sink whose room is `output`'s.
#[inline]
pub(crate) fn with_output(
    plugin: &str,
    output: &mut Output,
    body: impl FnOnce(&mut Sink<'_>) -> Status,
) -> (Status, Option<Box<Said>>) {
    run(plugin, Some(output), body)
}

/// Runs `body` with a sink that takes errors and log lines only.
pub(crate) fn without_output<R>(
    plugin: &str,
    body: impl FnOnce(&mut Sink<'_>) -> Result<R, Status>,
) -> Result<R, Error> {
    let mut made = Err(Status::FAILED);
    let (_, said) = run(plugin, None, |sink| {
        made = body(sink);
        Status::OK
    });
    made.map_err(|status| failure(plugin, "create", status, said))
}

#[inline]
fn run(
    plugin: &str,
    output: Option<&mut Output>,
    body: impl FnOnce(&mut Sink<'_>) -> Status,
) -> (Status, Option<Box<Said>>) {
    let mut context = Context {
        output,
        said: None,
        plugin,
    };
    let (data, capacity) = room(&mut context);
    let mut sink = Sink {
        size: size_of::<Sink<'_>>() as u32,
        reserved: 0,
        capacity,
        data,
        context: (&raw mut context).cast(),
        reserve,
        commit,
        fail,
        log,
        life: PhantomData,
    };
    let status = body(&mut sink);
    (status, context.said)
}

/// The error for a status and what was said about it.
#[cold]
pub(crate) fn failure(plugin: &str, operation: &str, status: Status, said: Option<Box<Said>>) -> Error {
    let said = said.map_or_else(
        || Said {
            message: status.text().to_owned(),
            file: String::new(),
            line: 0,
        },
        |said| *said,
    );
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
fn room(context: &mut Context<'_>) -> (*mut u8, u64) {
    match context.output.as_mut().and_then(|output| output.current()) {
        Some(array) => {
            let room = array.whole_room();
            (room.as_mut_ptr(), room.len() as u64)
        }
        None => (ptr::without_provenance_mut(ROOM_ALIGNMENT), 0),
    }
}

/// # Safety
/// `sink` points to a sink that `run` made, during its call and on its thread.
unsafe fn context<'a>(sink: *mut Sink<'_>) -> &'a mut Context<'a> {
    // SAFETY: the caller promises a live sink.
    let context: *mut c_void = unsafe { (*sink).context };
    // SAFETY: `run` put a pointer to its Context there, which lives through the call, and touches the Context only
    // before and after it; the callbacks run one at a time, on the call's thread, and keep no reference.
    unsafe { &mut *context.cast() }
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread.
unsafe extern "C" fn reserve(sink: *mut Sink<'_>, bytes: u64) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let context = unsafe { context(sink) };
    let Some(output) = &mut context.output else {
        return Status::ROOM;
    };
    let made = output.current_or_new().room(bytes).is_ok();
    let (data, capacity) = room(context);
    // SAFETY: the plugin passes the sink that it was given, and nothing else refers to it during the call.
    let sink = unsafe { &mut *sink };
    (sink.data, sink.capacity) = (data, capacity);
    if made { Status::OK } else { Status::ROOM }
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live block.
unsafe extern "C" fn commit(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let context = unsafe { context(sink) };
    // SAFETY: the plugin passes a live block that keeps the contract.
    let block = unsafe { &*block };
    let Some(output) = &mut context.output else {
        return Status::COMMIT;
    };
    let problem = described(output, block);
    if let Err(problem) = problem {
        context.said = Some(Box::new(Said {
            message: problem,
            file: String::new(),
            line: 0,
        }));
        return Status::COMMIT;
    }
    output.commit();
    let (data, capacity) = room(context);
    // SAFETY: the plugin passes the sink that it was given, and nothing else refers to it during the call.
    let sink = unsafe { &mut *sink };
    (sink.data, sink.capacity) = (data, capacity);
    Status::OK
}

fn described(output: &mut Output, block: &Block<'_>) -> Result<(), String> {
    let bytes = block.as_bytes();
    let array = output.current_or_new();
    let room = array.whole_room();
    if !bytes.is_empty() && (bytes.as_ptr() != room.as_ptr() || bytes.len() > room.len()) {
        return Err("the committed block's data is not the sink's, or reaches past its room".to_owned());
    }
    if block.strides().is_some() {
        return Err("a committed block is in C order, without strides".to_owned());
    }
    array
        .describe(block.element(), block.shape(), block.attributes())
        .map_err(|error| format!("the committed block does not fit: {error}"))
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live fault.
unsafe extern "C" fn fail(sink: *mut Sink<'_>, fault: *const Fault<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let context = unsafe { context(sink) };
    // SAFETY: the plugin passes a live fault, of which this version knows every field.
    let fault = unsafe { &*fault };
    let text = |text: Text<'_>| String::from_utf8_lossy(text.as_bytes()).into_owned();
    context.said = Some(Box::new(Said {
        message: text(fault.message),
        file: text(fault.file),
        line: fault.line,
    }));
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live text.
unsafe extern "C" fn log(sink: *mut Sink<'_>, level: Level, message: *const Text<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let plugin = unsafe { context(sink) }.plugin;
    // SAFETY: the plugin passes a live text.
    let message = unsafe { *message };
    let message = String::from_utf8_lossy(message.as_bytes());
    match level {
        Level(0..=3) => tracing::error!(plugin, "{message}"),
        Level::WARN => tracing::warn!(plugin, "{message}"),
        Level(5 | 6) => tracing::info!(plugin, "{message}"),
        _ => tracing::debug!(plugin, "{message}"),
    }
}
