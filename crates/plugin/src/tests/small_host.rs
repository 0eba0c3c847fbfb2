//! A small host that is as difficult as the contract allows, and records everything that a plugin tells it.

use crate::Plugin;
use crate::glue::entry;
use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::ptr;
use tollgate_abi::{ABI, Attribute, Block, Element, Entry, Fault, HostInfo, Level, Sink, Status, Text};

/// 64 bytes with the alignment of a sink's memory.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code)] [u8; 64]);

/// A plugin's report of its failure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// A committed block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Committed {
    pub(crate) element: Element,
    pub(crate) shape: Vec<u64>,
    pub(crate) bytes: Vec<u8>,
}

/// The host, with everything that it was told.
#[derive(Default)]
pub(crate) struct SmallHost {
    room: Vec<Line>,
    /// The maximum number of bytes. It frees the old memory before it refuses more.
    pub(crate) most: u64,
    /// It refuses every commit.
    pub(crate) refuses: bool,
    /// It reports a successful reservation without making one.
    pub(crate) lies: bool,
    /// It frees its memory when it receives a log line.
    pub(crate) takes_back: bool,
    pub(crate) committed: Vec<Committed>,
    pub(crate) said: Vec<Said>,
    /// Blocks that it received that are not in its memory.
    pub(crate) broken: Vec<String>,
}

impl SmallHost {
    /// A host with one page of memory.
    pub(crate) fn new() -> Self {
        Self {
            most: 4096,
            ..Self::default()
        }
    }

    /// Creates an instance.
    pub(crate) fn create<P: Plugin>(&mut self, config: &[Attribute<'_>]) -> Result<Instance, Status> {
        let entry = entry::<P>();
        let info = HostInfo {
            size: size_of::<HostInfo>() as u32,
            abi: ABI,
            name: Text::new("small"),
            version: Text::new("1"),
            extension: no_extension,
        };
        let mut instance = ptr::null_mut();
        let mut sink = self.sink();
        // SAFETY: every pointer is to a live value of the contract's type, and `instance` may be written.
        let status = unsafe { (entry.create)(&info, config.as_ptr(), config.len() as u64, &mut sink, &mut instance) };
        match status {
            Status::OK => Ok(Instance { entry, instance }),
            status => Err(status),
        }
    }

    /// Creates an instance without a configuration, and calls its first operation.
    pub(crate) fn run<P: Plugin>(&mut self) -> Status {
        let instance = self.create::<P>(&[]).expect("the plugin has no configuration");
        instance.call(self, 0)
    }

    fn sink(&mut self) -> Sink<'_> {
        Sink {
            size: size_of::<Sink<'_>>() as u32,
            reserved: 0,
            capacity: 0,
            // An empty reservation may have any address.
            data: ptr::null_mut(),
            context: ptr::from_mut(self).cast(),
            reserve,
            commit,
            fail,
            log,
            life: PhantomData,
        }
    }
}

/// An instance of a plugin.
pub(crate) struct Instance {
    entry: Entry,
    instance: *mut c_void,
}

impl Instance {
    /// Calls an operation on three values.
    pub(crate) fn call(&self, host: &mut SmallHost, operation: u32) -> Status {
        let input = Block::of(&[1.0_f64, 2.0, 3.0], &[3], &[]).expect("the shape is the values'");
        let mut sink = host.sink();
        // SAFETY: the instance is `create`'s, and the block and the sink are live and this call's own.
        unsafe { (self.entry.call)(self.instance, operation, &input, &mut sink) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the instance is `create`'s, and ended once.
        unsafe { (self.entry.destroy)(self.instance) };
    }
}

unsafe extern "C" fn no_extension(_id: *const c_char) -> *const c_void {
    ptr::null()
}

/// # Safety
/// `sink` is a live sink that a `SmallHost` made.
unsafe fn host<'a>(sink: *mut Sink<'_>) -> &'a mut SmallHost {
    // SAFETY: the sink is live.
    let context = unsafe { (*sink).context };
    // SAFETY: the context is the host, which lives through the call and which nothing else refers to meanwhile.
    unsafe { &mut *context.cast() }
}

unsafe extern "C" fn reserve(sink: *mut Sink<'_>, bytes: u64) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let host = unsafe { host(sink) };
    // SAFETY: the sink is live, and nothing else refers to it.
    let sink = unsafe { &mut *sink };
    host.room = Vec::new();
    (sink.data, sink.capacity) = (ptr::null_mut(), 0);
    if host.lies {
        return Status::OK;
    }
    if bytes > host.most {
        return Status::ROOM;
    }
    host.room = vec![Line([0; 64]); (bytes as usize).div_ceil(64)];
    (sink.data, sink.capacity) = (host.room.as_mut_ptr().cast(), host.room.len() as u64 * 64);
    Status::OK
}

unsafe extern "C" fn commit(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let host = unsafe { host(sink) };
    // SAFETY: the plugin passes a live block.
    let block = unsafe { &*block };
    let (data, bytes) = block.data();
    if bytes > 0 && (!ptr::eq(data, host.room.as_ptr().cast()) || bytes > host.room.len() as u64 * 64) {
        host.broken.push(format!("{bytes} bytes that are not of the room"));
        return Status::COMMIT;
    }
    if host.refuses {
        return Status::COMMIT;
    }
    host.committed.push(Committed {
        element: block.element(),
        shape: block.shape().to_vec(),
        bytes: block.as_bytes().to_vec(),
    });
    Status::OK
}

unsafe extern "C" fn fail(sink: *mut Sink<'_>, fault: *const Fault<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let host = unsafe { host(sink) };
    // SAFETY: the plugin passes a live fault.
    let fault = unsafe { &*fault };
    let text = |text: Text<'_>| text.as_str().expect("a plugin says UTF-8").to_owned();
    host.said.push(Said {
        status: fault.status,
        message: text(fault.message),
        file: text(fault.file),
        line: fault.line,
    });
}

unsafe extern "C" fn log(sink: *mut Sink<'_>, _level: Level, _message: *const Text<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let host = unsafe { host(sink) };
    if host.takes_back {
        host.room = Vec::new();
        // SAFETY: the sink is live, and nothing else refers to it.
        let sink = unsafe { &mut *sink };
        (sink.data, sink.capacity) = (ptr::null_mut(), 0);
    }
}

/// The only line of this source that ends with `text`.
pub(crate) fn line_of(source: &str, text: &str) -> u32 {
    let found: Vec<u32> = (1..)
        .zip(source.lines())
        .filter(|(_, line)| line.ends_with(text))
        .map(|(number, _)| number)
        .collect();
    match found[..] {
        [line] => line,
        _ => panic!("{text:?} stands in the lines {found:?}"),
    }
}

/// A plugin whose one operation is this body.
macro_rules! plugin {
    ($name:ident, |$output:ident| $body:block) => {
        #[derive(crate::Config)]
        struct $name;

        #[crate::operations]
        impl $name {
            #[operation(takes = [f64], gives = any)]
            fn run(&mut self, _input: &crate::Block<'_>, $output: &mut crate::Sink<'_>) -> crate::Result<()> $body
        }
    };
}

pub(crate) use plugin;
