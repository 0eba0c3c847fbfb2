//! The host's side of the sink: the functions that a plugin calls, generic over the receiver of its output.

use crate::crossing::output::Output;
use crate::fault::Said;
use std::any::Any;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::{mem, ptr};
use tollgate_abi::{Block, Fault, Level, ROOM_ALIGNMENT, Sink, Status, Text};

/// Receives what a plugin commits and reports during a call.
///
/// Its functions run inside the plugin's call, which no panic may cross: a panic that leaves one of them ends the
/// process. A receiver that runs the program's own code must catch its panics.
///
/// # Safety
/// The room that [`room`](Receiver::room) tells is as many initialised bytes at an alignment of [`ROOM_ALIGNMENT`],
/// which nobody else reads or writes until another function of this trait is called.
pub unsafe trait Receiver {
    /// The room for the part that is being written: its address, aligned even where there is none, and its bytes.
    fn room(&mut self) -> (*mut u8, u64);

    /// Makes room for at least `bytes` bytes.
    fn reserve(&mut self, bytes: u64) -> Status;

    /// Commits what was written, as the block describes it. If the plugin keeps the contract, the block's data is the
    /// room itself: the addresses must be compared before a reference is made to it.
    fn commit(&mut self, block: &Block<'_>) -> Status;

    /// Receives the plugin's report of its failure.
    fn fail(&mut self, fault: &Fault<'_>);

    /// Receives a log line.
    fn log(&mut self, level: Level, message: Text<'_>);
}

/// A live sink of one call, lent by [`ReusedSink::with`].
///
/// No two have the same type: the lifetime `'call` belongs to one call and is invariant. Therefore safe code cannot
/// swap two of them, which would leave each with the other's functions and receiver:
///
/// ```compile_fail
/// use tollgate_host::Output;
/// use tollgate_host::tools::ReusedSink;
/// let (mut one, mut other) = (ReusedSink::new(), ReusedSink::new());
/// let (mut outer, mut inner) = (Output::new(), Output::new());
/// one.with(&mut outer, |a| other.with(&mut inner, |b| std::mem::swap(a, b)));
/// ```
#[repr(transparent)]
pub struct Lent<'call>(Sink<'static>, PhantomData<fn(&'call ()) -> &'call ()>);

impl Lent<'_> {
    /// For the functions of the contract.
    #[inline]
    pub(super) fn as_ptr(&mut self) -> *mut Sink<'static> {
        &raw mut self.0
    }
}

/// A sink that is reused between calls, so that its functions are set only once.
pub struct ReusedSink<R> {
    sink: Sink<'static>,
    receiver: PhantomData<fn(&mut R)>,
}

// SAFETY: between calls the sink's pointers are read by nobody: `with` writes them anew before each call, and during a
// call it borrows the sink mutably.
unsafe impl<R> Send for ReusedSink<R> {}

impl<R: Receiver> Default for ReusedSink<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Receiver> ReusedSink<R> {
    /// A sink for receivers of this type.
    pub fn new() -> Self {
        Self {
            sink: Sink {
                size: size_of::<Sink<'_>>() as u32,
                reserved: 0,
                capacity: 0,
                data: ptr::null_mut(),
                context: ptr::null_mut(),
                reserve: reserve::<R>,
                commit: commit::<R>,
                fail: fail::<R>,
                log: log::<R>,
                life: PhantomData,
            },
            receiver: PhantomData,
        }
    }

    /// Runs `body` with the sink, whose functions work on `receiver`.
    #[inline]
    pub fn with<T>(&mut self, receiver: &mut R, body: impl for<'call> FnOnce(&mut Lent<'call>) -> T) -> T {
        let sink = &mut self.sink;
        (sink.data, sink.capacity) = receiver.room();
        sink.context = ptr::from_mut(receiver).cast();
        // SAFETY: a Lent is a sink and nothing else (`repr(transparent)`), and `sink` is borrowed for as long as it.
        body(unsafe { &mut *ptr::from_mut(sink).cast::<Lent<'_>>() })
    }
}

/// # Safety
/// `sink` points to a sink that `ReusedSink<R>` lends, during its call and on its thread.
unsafe fn receiver<'a, R: Receiver>(sink: *mut Sink<'_>) -> &'a mut R {
    // SAFETY: the caller promises a live sink.
    let context: *mut c_void = unsafe { (*sink).context };
    // SAFETY: `ReusedSink::with` put a pointer to an R there, which lives through the call and which it does not touch
    // meanwhile; the callbacks run one at a time, on the call's thread, and keep no reference.
    unsafe { &mut *context.cast() }
}

/// Updates the plugin's view of its room.
///
/// # Safety
/// `sink` points to a sink that `ReusedSink` lends, during its call and on its thread; nothing else refers to it.
unsafe fn show_room<R: Receiver>(sink: *mut Sink<'_>, receiver: &mut R) {
    let (data, capacity) = receiver.room();
    // SAFETY: the caller promises a live sink that nothing else refers to.
    let sink = unsafe { &mut *sink };
    (sink.data, sink.capacity) = (data, capacity);
}

/// Runs the program's own code. The error is the text of its panic.
fn guarded<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    // A panic can leave only the program's own values inconsistent, and the current call returns an error.
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(panic_message)
}

/// The text of a panic. Dropping the payload may panic too; that second payload is forgotten.
fn panic_message(payload: Box<dyn Any + Send>) -> String {
    let message = if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    };
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
    message
}

/// # Safety
/// As in the contract: `sink` is a live sink of this call, on its thread.
unsafe extern "C" fn reserve<R: Receiver>(sink: *mut Sink<'_>, bytes: u64) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let receiver = unsafe { receiver::<R>(sink) };
    let status = receiver.reserve(bytes);
    // SAFETY: the plugin passes the sink that it was given, and refers to it by the pointer alone.
    unsafe { show_room(sink, receiver) };
    status
}

/// # Safety
/// As in the contract: a live sink of this call, on its thread, and a live block.
unsafe extern "C" fn commit<R: Receiver>(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let receiver = unsafe { receiver::<R>(sink) };
    // SAFETY: the plugin passes a live block that keeps the contract.
    let block = unsafe { &*block };
    let status = receiver.commit(block);
    // Also after a refusal: the plugin's view of its room may be out of date.
    // SAFETY: the plugin passes the sink that it was given, and refers to it by the pointer alone.
    unsafe { show_room(sink, receiver) };
    status
}

/// # Safety
/// As in the contract: a live sink of this call, on its thread, and a live fault.
unsafe extern "C" fn fail<R: Receiver>(sink: *mut Sink<'_>, fault: *const Fault<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let receiver = unsafe { receiver::<R>(sink) };
    // SAFETY: the plugin passes a live fault, of which this version knows every field.
    let fault = unsafe { &*fault };
    receiver.fail(fault);
}

/// # Safety
/// As in the contract: a live sink of this call, on its thread, and a live text.
unsafe extern "C" fn log<R: Receiver>(sink: *mut Sink<'_>, level: Level, message: *const Text<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let receiver = unsafe { receiver::<R>(sink) };
    // SAFETY: the plugin passes a live text.
    let message = unsafe { *message };
    receiver.log(level, message);
}

// SAFETY: the room is an Array's own, which is initialised and aligned to ROOM_ALIGNMENT; nobody else has it while the
// output is borrowed mutably for the call.
unsafe impl Receiver for Output {
    #[inline]
    fn room(&mut self) -> (*mut u8, u64) {
        match self.current() {
            Some(array) => {
                let room = array.whole_room();
                (room.as_mut_ptr(), room.len() as u64)
            }
            None => (ptr::without_provenance_mut(ROOM_ALIGNMENT), 0),
        }
    }

    fn reserve(&mut self, bytes: u64) -> Status {
        let made = if self.is_born_on_the_heap() {
            self.make_room(bytes)
        } else {
            // An arena is the program's own code.
            match guarded(|| self.make_room(bytes)) {
                Ok(made) => made,
                Err(message) => {
                    Output::panicked(self, message);
                    return Status::ROOM;
                }
            }
        };
        match made {
            Ok(()) => Status::OK,
            Err(error) => {
                self.refuse(error.to_string());
                Status::ROOM
            }
        }
    }

    fn commit(&mut self, block: &Block<'_>) -> Status {
        match described(self, block) {
            Ok(()) => {
                Output::commit(self);
                Status::OK
            }
            Err(message) => {
                self.refuse(message);
                Status::COMMIT
            }
        }
    }

    fn fail(&mut self, fault: &Fault<'_>) {
        let text = |text: Text<'_>| String::from_utf8_lossy(text.as_bytes()).into_owned();
        self.say(Said {
            message: text(fault.message),
            file: text(fault.file),
            line: fault.line,
        });
    }

    fn log(&mut self, level: Level, message: Text<'_>) {
        let (plugin, message) = (self.plugin(), String::from_utf8_lossy(message.as_bytes()));
        // The subscriber is the program's own code.
        let logged = guarded(|| match level {
            Level(0..=3) => tracing::error!(plugin, "{message}"),
            Level::WARN => tracing::warn!(plugin, "{message}"),
            Level(5 | 6) => tracing::info!(plugin, "{message}"),
            _ => tracing::debug!(plugin, "{message}"),
        });
        if let Err(message) = logged {
            self.panicked(message);
        }
    }
}

/// Checks the description of a committed block. Until then it is foreign: its address, its size, and the values of
/// element types that have invalid bytes.
fn described(output: &mut Output, block: &Block<'_>) -> Result<(), String> {
    // Compared as numbers: the block's data is the room itself, to which no second reference may be made.
    let (data, bytes) = block.data();
    let array = output.current_or_new();
    let (room, capacity) = {
        let room = array.whole_room();
        (room.as_ptr(), room.len() as u64)
    };
    if bytes > 0 && (data != room || bytes > capacity) {
        return Err("the committed block's data is not in the sink's room".to_owned());
    }
    if block.strides().is_some() {
        return Err("the committed block has strides; expected C order without strides".to_owned());
    }
    match array.describe(block.element(), block.shape(), block.attributes()) {
        Ok(needed) if needed == bytes => Ok(()),
        Ok(needed) => Err(format!(
            "the committed block has {bytes} bytes, but its element type and shape need {needed}"
        )),
        Err(error) => Err(format!("the committed block is invalid: {error}")),
    }
}
