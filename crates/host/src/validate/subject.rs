//! The plugin that is tried, called directly: with a sink that keeps what it is given, can refuse it, and has room that ends
//! where nothing may be written.

use super::input::Held;
use crate::gate::Copy;
use crate::host::Registry;
use crate::{Error, Manifest, Plugin, Settings};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use tollgate_abi::{
    Attribute, Block, Element, Fault, HostInfo, Level, MAX_RANK, ROOM_ALIGNMENT, Sink, StateFunctions, Status, Text,
    bytes_of,
};
use tollgate_platform::guarded::Guarded;

type Create =
    unsafe extern "C" fn(*const HostInfo, *const Attribute<'_>, u64, *mut Sink<'_>, *mut *mut c_void) -> Status;
type Call = unsafe extern "C" fn(*mut c_void, u32, *const Block<'_>, *mut Sink<'_>) -> Status;
type Destroy = unsafe extern "C" fn(*mut c_void);

/// The functions of one tier.
#[derive(Clone, Copy)]
pub(super) struct Tier {
    create: Create,
    call: Call,
    destroy: Destroy,
}

/// The plugin that is tried, in the process that tries it.
pub(super) struct Subject {
    pub(super) plugin: Plugin,
    pub(super) manifest: Manifest,
    pub(super) settings: Settings,
    pub(super) c_abi: Tier,
    pub(super) stable_abi: Option<Tier>,
}

impl Subject {
    /// Loads the file, whose bytes must have this hash, and reads the configuration.
    pub(super) fn load(file: &Path, hash: &str, config: &str) -> Result<Self, Error> {
        // Whether others may change it the parent looked at; the hash says that it is the same file.
        let copy = Copy::read(file, true, &|_| {})?;
        if copy.hash.to_hex().as_str() != hash {
            return Err(Error::refused(
                file,
                crate::Refusal::EntryMismatch {
                    problem: "it is another file than at the beginning of the validation".to_owned(),
                },
            ));
        }
        let checked = copy.check().map_err(|refusal| Error::refused(file, refusal))?;
        let generation = Arc::new(copy.load(checked, 1, &|_| {})?);
        let plugin = Plugin::new(generation, Registry::default()).config(config)?;
        let (entry, root) = plugin.bare();
        Ok(Self {
            manifest: plugin.manifest().clone(),
            settings: Settings::parse(plugin.manifest(), config)?,
            c_abi: Tier {
                create: entry.create,
                call: entry.call,
                destroy: entry.destroy,
            },
            stable_abi: root.map(|root| Tier {
                create: root.create(),
                call: root.call(),
                destroy: root.destroy(),
            }),
            plugin,
        })
    }

    /// Makes an instance by a tier's functions.
    pub(super) fn create(&self, tier: Tier, settings: &Settings) -> Result<Live, Told> {
        let attributes = settings.attributes();
        let mut recorder = Recorder::new(Room::default());
        let mut instance = ptr::null_mut();
        let status = recorder.with(|sink| {
            // SAFETY: all pointers are live for the call and the sink is this call's own; that the function keeps the
            // contract is what is being tried, in a process of its own.
            unsafe {
                (tier.create)(
                    crate::extension::host(),
                    attributes.as_ptr(),
                    attributes.len() as u64,
                    sink,
                    &mut instance,
                )
            }
        });
        let told = recorder.told(status);
        match NonNull::new(instance) {
            Some(instance) if status == Status::OK => Ok(Live { tier, instance }),
            None if status == Status::OK => Err(Told {
                message: "create returned OK and gave no instance".to_owned(),
                ..told
            }),
            _ => Err(told),
        }
    }
}

/// An instance.
pub(super) struct Live {
    tier: Tier,
    instance: NonNull<c_void>,
}

// SAFETY: the contract lets an instance move between threads, as long as one at a time uses it; `call` takes `&mut self`.
unsafe impl Send for Live {}

impl Live {
    /// Calls an operation, and gives what it committed and said.
    pub(super) fn call(&mut self, operation: u32, block: &Block<'_>, room: Room) -> Told {
        let mut recorder = Recorder::new(room);
        let status = recorder.with(|sink| {
            // SAFETY: `create` gave the instance and nobody destroyed it; `&mut self` keeps other threads out; block and
            // sink are live.
            unsafe { (self.tier.call)(self.instance.as_ptr(), operation, block, sink) }
        });
        recorder.told(status)
    }

    /// Saves the state.
    pub(super) fn save(&mut self, functions: &StateFunctions) -> Told {
        let mut recorder = Recorder::new(Room::default());
        let status = recorder.with(|sink| {
            // SAFETY: as in `call`.
            unsafe { (functions.save)(self.instance.as_ptr(), sink) }
        });
        recorder.told(status)
    }

    /// Restores a state.
    pub(super) fn restore(&mut self, functions: &StateFunctions, state: &Block<'_>) -> Told {
        let mut recorder = Recorder::new(Room::default());
        let status = recorder.with(|sink| {
            // SAFETY: as in `call`.
            unsafe { (functions.restore)(self.instance.as_ptr(), state, sink) }
        });
        recorder.told(status)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // SAFETY: `create` gave the instance, nobody uses it any more, and it is given back this once.
        unsafe { (self.tier.destroy)(self.instance.as_ptr()) }
    }
}

/// A block that was committed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) element: Element,
    pub(super) shape: Vec<u64>,
    pub(super) bytes: Vec<u8>,
    pub(super) attributes: Vec<(String, Held)>,
}

/// What a call gave and said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) status: Status,
    /// The status in the last fault, where there was one.
    pub(super) fault: Option<Status>,
    /// The last fault's message and place.
    pub(super) message: String,
    pub(super) parts: Vec<Part>,
    /// What it did with the sink that the contract forbids.
    pub(super) misuse: Vec<String>,
    /// How often room or a commit was refused to it.
    pub(super) refused: u32,
}

impl Told {
    /// The sentence of a call that panicked.
    pub(super) fn panic(&self) -> Result<(), String> {
        match self.status {
            Status::PANICKED => Err(format!("it panicked: {}", self.message)),
            _ => Ok(()),
        }
    }

    /// The status and what was said with it.
    pub(super) fn text(&self) -> String {
        match (self.status, self.message.as_str()) {
            (Status::OK, _) => "OK".to_owned(),
            (status, "") => format!("{status:?}"),
            (status, message) => format!("{status:?}: {message}"),
        }
    }
}

/// What the sink does with requests.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    /// The room ends where nothing may be written.
    pub(super) tight: bool,
    /// The request for room that is refused, from 0.
    pub(super) refuse_room: Option<u32>,
    /// The commit that is refused, from 0.
    pub(super) refuse_commit: Option<u32>,
}

/// More than any operation on these inputs gives: what is requested beyond is refused as by a host without memory.
const MOST: u64 = 1 << 30;

/// A sink, and what was put into it.
struct Recorder {
    sink: Sink<'static>,
    kept: Kept,
}

struct Kept {
    plan: Room,
    room: Option<Guarded>,
    /// Bytes that were requested of the room; it may have more.
    capacity: u64,
    requests: u32,
    commits: u32,
    told: Told,
}

impl Recorder {
    fn new(plan: Room) -> Self {
        Self {
            sink: Sink {
                size: size_of::<Sink<'_>>() as u32,
                reserved: 0,
                capacity: 0,
                data: ptr::without_provenance_mut(ROOM_ALIGNMENT),
                context: ptr::null_mut(),
                reserve,
                commit,
                fail,
                log,
                life: PhantomData,
            },
            kept: Kept {
                plan,
                room: None,
                capacity: 0,
                requests: 0,
                commits: 0,
                told: Told {
                    status: Status::OK,
                    fault: None,
                    message: String::new(),
                    parts: Vec::new(),
                    misuse: Vec::new(),
                    refused: 0,
                },
            },
        }
    }

    fn with(&mut self, body: impl FnOnce(&mut Sink<'_>) -> Status) -> Status {
        self.sink.context = ptr::from_mut(&mut self.kept).cast();
        body(&mut self.sink)
    }

    fn told(mut self, status: Status) -> Told {
        self.kept.look_around_room();
        self.kept.told.status = status;
        self.kept.told
    }
}

impl Kept {
    /// Whether something was written beside the room.
    fn look_around_room(&mut self) {
        let intact = self.room.as_ref().is_none_or(Guarded::is_intact);
        if self.plan.tight && !intact {
            self.told
                .misuse
                .push("it wrote outside of the room that it had reserved".to_owned());
        }
    }

    fn reserve(&mut self, bytes: u64) -> Status {
        let refuse = self.plan.refuse_room == Some(self.requests);
        self.requests += 1;
        self.look_around_room();
        (self.room, self.capacity) = (None, 0);
        if refuse || bytes > MOST {
            self.told.refused += 1;
            return Status::ROOM;
        }
        let bytes_here = bytes as usize;
        let room = if self.plan.tight {
            // The last bytes of the room are the last that can be written, as far as its alignment allows.
            Guarded::new(bytes_here, 0)
        } else {
            Guarded::new(bytes_here + 8192, 0)
        };
        match room {
            Ok(room) => {
                (self.room, self.capacity) = (Some(room), bytes);
                Status::OK
            }
            Err(_) => {
                self.told.refused += 1;
                Status::ROOM
            }
        }
    }

    fn commit(&mut self, block: &Block<'_>) -> Status {
        let refuse = self.plan.refuse_commit == Some(self.commits);
        self.commits += 1;
        if refuse {
            self.told.refused += 1;
            return Status::COMMIT;
        }
        match self.part(block) {
            Ok(part) => {
                self.told.parts.push(part);
                self.look_around_room();
                (self.room, self.capacity) = (None, 0);
                Status::OK
            }
            Err(problem) => {
                self.told.misuse.push(problem);
                Status::COMMIT
            }
        }
    }

    fn part(&self, block: &Block<'_>) -> Result<Part, String> {
        let (data, bytes) = block.data();
        let start = self.room.as_ref().map(Guarded::as_ptr);
        if bytes > 0 && start.map(NonNull::as_ptr) != Some(data.cast_mut()) {
            return Err("it committed a block whose data is not the sink's".to_owned());
        }
        if bytes > self.capacity {
            return Err(format!("it committed {bytes} bytes of a room of {}", self.capacity));
        }
        if block.strides().is_some() {
            return Err("it committed a block with strides".to_owned());
        }
        let shape = block.shape();
        if shape.len() > MAX_RANK {
            return Err(format!("it committed a block of {} axes", shape.len()));
        }
        match bytes_of(block.element(), shape) {
            Ok(needed) if needed == bytes => {}
            Ok(needed) => {
                return Err(format!(
                    "it committed {bytes} bytes as {} {shape:?}, which takes {needed}",
                    block.element()
                ));
            }
            Err(error) => return Err(format!("it committed what is no block: {error}")),
        }
        let room = self.room.as_ref().map_or(&[][..], Guarded::as_slice);
        let written = &room[..bytes as usize];
        if let Err(error) = Block::new(block.element(), written, shape, &[]) {
            return Err(format!("it committed what is no block: {error}"));
        }
        Ok(Part {
            element: block.element(),
            shape: shape.to_vec(),
            bytes: written.to_vec(),
            attributes: block
                .attributes()
                .iter()
                .filter_map(|attribute| Some((attribute.key().to_owned(), Held::of(attribute.value())?)))
                .collect(),
        })
    }

    /// The room as the sink shows it.
    fn shown(&self) -> (*mut u8, u64) {
        match &self.room {
            Some(room) => (room.as_ptr().as_ptr(), self.capacity),
            None => (ptr::without_provenance_mut(ROOM_ALIGNMENT), 0),
        }
    }
}

/// # Safety
/// `sink` points to a sink that a [`Recorder`] lends, during its call and on its thread.
unsafe fn kept<'a>(sink: *mut Sink<'_>) -> &'a mut Kept {
    // SAFETY: the caller promises a live sink.
    let context = unsafe { (*sink).context };
    // SAFETY: `with` put a pointer to the Kept there, which lives through the call and which nobody else touches meanwhile;
    // the callbacks run one at a time and keep no reference.
    unsafe { &mut *context.cast() }
}

/// # Safety
/// As in [`kept`]; nothing else refers to the sink.
unsafe fn show(sink: *mut Sink<'_>, kept: &Kept) {
    let (data, capacity) = kept.shown();
    // SAFETY: the caller promises a live sink that nothing else refers to.
    let sink = unsafe { &mut *sink };
    (sink.data, sink.capacity) = (data, capacity);
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread.
unsafe extern "C" fn reserve(sink: *mut Sink<'_>, bytes: u64) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let kept = unsafe { kept(sink) };
    let status = kept.reserve(bytes);
    // SAFETY: the plugin passes the sink that it was given, and refers to it by the pointer alone.
    unsafe { show(sink, kept) };
    status
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live block.
unsafe extern "C" fn commit(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status {
    // SAFETY: the plugin passes the sink that it was given.
    let kept = unsafe { kept(sink) };
    // SAFETY: the plugin passes a live block.
    let status = kept.commit(unsafe { &*block });
    // SAFETY: the plugin passes the sink that it was given, and refers to it by the pointer alone.
    unsafe { show(sink, kept) };
    status
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live fault.
unsafe extern "C" fn fail(sink: *mut Sink<'_>, fault: *const Fault<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let kept = unsafe { kept(sink) };
    // SAFETY: the plugin passes a live fault, of which this version knows every field.
    let fault = unsafe { &*fault };
    let text = |text: Text<'_>| String::from_utf8_lossy(text.as_bytes()).into_owned();
    if fault.message.as_str().is_none() {
        kept.told.misuse.push("its fault's message is not UTF-8".to_owned());
    }
    kept.told.fault = Some(fault.status);
    let (message, file) = (text(fault.message), text(fault.file));
    if !message.is_empty() {
        kept.told.message = match (file.as_str(), fault.line) {
            ("", _) => message,
            (file, line) => format!("{message} ({file}:{line})"),
        };
    }
}

/// # Safety
/// As the contract has it: a live sink of this call's, on its thread, and a live text.
unsafe extern "C" fn log(sink: *mut Sink<'_>, _level: Level, message: *const Text<'_>) {
    // SAFETY: the plugin passes the sink that it was given.
    let kept = unsafe { kept(sink) };
    // SAFETY: the plugin passes a live text.
    let message = unsafe { *message };
    if message.as_str().is_none() {
        kept.told.misuse.push("its log line is not UTF-8".to_owned());
    }
}
