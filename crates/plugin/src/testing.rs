//! For an author's unit tests: runs an operation without a host, and returns what it committed.
//!
//! A unit test is in the plugin's own crate, so it can create an instance directly and call the operation as a method.
//! In addition it needs a sink:
//!
//! ```
//! # use tollgate_plugin::{Block, Config, Result, Sink, operations};
//! # #[derive(Config)]
//! # pub struct Gain { factor: f32 }
//! # #[operations]
//! # impl Gain {
//! #     #[operation(takes = [f32], gives = f32)]
//! #     fn scale(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
//! #         let samples = input.as_slice::<f32>()?;
//! #         let scaled = output.reserve::<f32>(samples.len())?;
//! #         for (to, from) in scaled.iter_mut().zip(samples) { *to = from * self.factor; }
//! #         output.commit_like(input)
//! #     }
//! # }
//! use tollgate_plugin::testing;
//!
//! let mut gain = Gain { factor: 2.0 };
//! let input = Block::of(&[0.5_f32, -1.0], &[2], &[])?;
//! let given = testing::collect(|output| gain.scale(&input, output))?;
//! assert_eq!(given[0].as_slice::<f32>()?, [1.0, -2.0]);
//! # Ok::<(), tollgate_plugin::Error>(())
//! ```
//!
//! `tollgate plugin validate` tests the whole file, including the manifest, the configuration and edge cases of the
//! contract.

use crate::{Result, Sink};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use tollgate_abi::{Block, BlockError, Element, Fault, Level, Scalar, Status, Text, Value, texts};

/// Has the alignment of the memory that a sink reserves.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "it is read as bytes")] [u8; LINE]);

const LINE: usize = tollgate_abi::ROOM_ALIGNMENT;
const _: () = assert!(align_of::<Line>() == LINE && size_of::<Line>() == LINE);

/// A block that an operation committed, or one column of its table.
pub struct Committed {
    element: Element,
    shape: Vec<u64>,
    attributes: Vec<(String, Held)>,
    room: Vec<Line>,
    bytes: usize,
}

/// An attribute's value, with its memory.
enum Held {
    Absent,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Committed {
    /// The element type.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The number of elements along each axis.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The elements in C order.
    ///
    /// # Errors
    /// They have another type.
    pub fn as_slice<T: Scalar>(&self) -> std::result::Result<&[T], BlockError> {
        Block::new(self.element, self.as_bytes(), &self.shape, &[])?.as_slice()
    }

    /// The bytes of the elements in C order.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: the lines are live and initialised, as bytes they have no padding, and the slice covers them exactly.
        let room = unsafe { std::slice::from_raw_parts(self.room.as_ptr().cast::<u8>(), size_of_val(&self.room[..])) };
        &room[..self.bytes]
    }

    /// The texts of a text column, or `None` if it is not one, or not UTF-8.
    pub fn texts(&self) -> Option<Vec<&str>> {
        let list = (self.element == Element::TEXT).then(|| str::from_utf8(self.as_bytes()).ok())??;
        Some(texts(list).collect())
    }

    /// The value of the attribute `key`, if it has it.
    pub fn attribute(&self, key: &str) -> Option<Value<'_>> {
        let (_, held) = self.attributes.iter().find(|(name, _)| name == key)?;
        Some(match held {
            Held::Absent => Value::Absent,
            Held::Integer(integer) => Value::Integer(*integer),
            Held::Real(real) => Value::Real(*real),
            Held::Text(text) => Value::Text(text),
        })
    }
}

/// Runs `operation` with a new sink, and returns what it committed: one block, or each column of a table.
///
/// Log lines are printed to standard output after the call, which the test harness shows if the test fails.
///
/// # Errors
/// The operation's own error.
pub fn collect(operation: impl FnOnce(&mut Sink<'_>) -> Result<()>) -> Result<Vec<Committed>> {
    let mut collector = Collector::default();
    let mut raw = tollgate_abi::Sink {
        size: size_of::<tollgate_abi::Sink<'_>>() as u32,
        reserved: 0,
        capacity: 0,
        data: ptr::null_mut(),
        context: (&raw mut collector).cast(),
        reserve,
        commit,
        fail,
        log,
        life: PhantomData,
    };
    // SAFETY: the functions above satisfy the contract. The collector that they reach through the context lives until
    // after the call, and nothing else uses the sink or the collector during the call.
    let mut sink = unsafe { Sink::from_raw(NonNull::from(&mut raw)) };
    let result = operation(&mut sink);
    // Not in `log`: a panic there, as of a closed standard output, would leave a C function and end the process.
    for line in collector.logged {
        println!("{line}");
    }
    result.map(|()| collector.committed)
}

#[derive(Default)]
struct Collector {
    room: Vec<Line>,
    logged: Vec<String>,
    committed: Vec<Committed>,
}

impl Collector {
    /// # Safety
    /// `sink` is the live sink of a call of [`collect`], and nothing else uses its collector.
    unsafe fn of<'a>(sink: *mut tollgate_abi::Sink<'_>) -> &'a mut Self {
        // SAFETY: the sink is live.
        let context = unsafe { (*sink).context };
        // SAFETY: `collect` made the context from its collector, which outlives the sink; nothing else uses it now.
        unsafe { &mut *context.cast() }
    }

    /// Sets the sink's memory to the collector's current memory.
    ///
    /// # Safety
    /// `sink` is live, and nothing else uses it.
    unsafe fn show(&mut self, sink: *mut tollgate_abi::Sink<'_>) {
        // SAFETY: the caller's promise.
        let sink = unsafe { &mut *sink };
        (sink.data, sink.capacity) = (self.room.as_mut_ptr().cast(), size_of_val(&self.room[..]) as u64);
    }
}

unsafe extern "C" fn reserve(sink: *mut tollgate_abi::Sink<'_>, bytes: u64) -> Status {
    // SAFETY: an operation's Sink passes the sink that `collect` made it from.
    let collector = unsafe { Collector::of(sink) };
    let lines = usize::try_from(bytes.div_ceil(LINE as u64)).unwrap_or(usize::MAX);
    let mut room = Vec::new();
    let status = match room.try_reserve_exact(lines) {
        Ok(()) => {
            // Unspecified content, with values that a test cannot mistake for a result.
            room.resize(lines, Line([0xA5; LINE]));
            Status::OK
        }
        Err(_) => Status::ROOM,
    };
    collector.room = room;
    // SAFETY: as above.
    unsafe { collector.show(sink) };
    status
}

unsafe extern "C" fn commit(sink: *mut tollgate_abi::Sink<'_>, block: *const Block<'_>) -> Status {
    // SAFETY: an operation's Sink passes the sink that `collect` made it from.
    let collector = unsafe { Collector::of(sink) };
    // SAFETY: it passes a live block, whose data is the room and whose bytes are no more than that has.
    let block = unsafe { &*block };
    let (_, bytes) = block.data();
    let held = |value| match value {
        Value::Integer(integer) => Held::Integer(integer),
        Value::Real(real) => Held::Real(real),
        Value::Text(text) => Held::Text(text.to_owned()),
        _ => Held::Absent,
    };
    let attributes = block.attributes().iter();
    collector.committed.push(Committed {
        element: block.element(),
        shape: block.shape().to_vec(),
        attributes: attributes
            .filter_map(|attribute| Some((attribute.key().to_owned(), held(attribute.value()?))))
            .collect(),
        room: std::mem::take(&mut collector.room),
        bytes: bytes as usize,
    });
    // SAFETY: as above.
    unsafe { collector.show(sink) };
    Status::OK
}

/// Nothing to store: `collect` returns the operation's own error.
unsafe extern "C" fn fail(_sink: *mut tollgate_abi::Sink<'_>, _fault: *const Fault<'_>) {}

unsafe extern "C" fn log(sink: *mut tollgate_abi::Sink<'_>, level: Level, message: *const Text<'_>) {
    // SAFETY: an operation's Sink passes the sink that `collect` made it from.
    let collector = unsafe { Collector::of(sink) };
    // SAFETY: an operation's Sink passes a live text.
    let message = unsafe { *message };
    let level = match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        _ => "debug",
    };
    let message = message.as_str().unwrap_or("a log line that is invalid UTF-8");
    collector.logged.push(format!("{level}: {message}"));
}
