//! The plugin under test, called directly, with a sink that records its output, can refuse requests, and can end its
//! room at unwritable memory.

use super::handles::Handles;
use super::told::{Part, Told};
use std::path::Path;
use std::ptr::{self, NonNull};
use tollgate_abi::{Block, Fault, Level, MAX_RANK, ROOM_ALIGNMENT, Status, Text, bytes_of};
use tollgate_host::tools::{Candidate, Functions, Lent, Raw, Receiver, ReusedSink};
use tollgate_host::{Boundary, Error, Host, Manifest, Plugin, Refusal, Settings};
use tollgate_platform::guarded::Guarded;

/// The plugin under test, in the child process.
pub(super) struct Subject {
    pub(super) plugin: Plugin,
    pub(super) manifest: Manifest,
    pub(super) settings: Settings,
    /// The tier under test.
    pub(super) tier: Tier,
    /// The stable tier, if the file has one besides the tier under test.
    pub(super) stable_tier: Option<Tier>,
}

/// How instances are created and called.
#[derive(Clone, Copy)]
pub(super) enum Tier {
    /// With the functions of a tier and the validator's own sink.
    Functions(Functions),
    /// With the host's handles, behind the boundary under test.
    Handles,
}

impl Subject {
    /// Loads the file, which must have this hash, and parses the configuration.
    pub(super) fn load(file: &Path, hash: &str, config: &str, boundary: Boundary) -> Result<Self, Error> {
        let refused = |problem: &str| Error::Refused {
            file: file.to_owned(),
            refusal: Refusal::EntryMismatch {
                problem: problem.to_owned(),
            },
        };
        let changed = || refused("the file changed after validation began");
        if Candidate::read(file, true)?.hash() != hash {
            return Err(changed());
        }
        // The parent checked whether others can change the file; the hash shows that it is the same one.
        let builder = Host::builder().allow_writable(true);
        // SAFETY: this is a child process that was started to run this plugin's code, and that ends after it: what is
        // not sound about that code ends with it.
        let host = unsafe { builder.trust_in_process() }.build();
        let plugin = host.open_file(file)?.behind(boundary)?.config(config)?;
        if plugin.hash().as_deref() != Some(hash) {
            return Err(changed());
        }
        let functions = |plugin: &Plugin| plugin.functions().map(Tier::Functions);
        let stable = match boundary {
            Boundary::CAbi => plugin.clone().behind(Boundary::StableAbi).ok(),
            _ => None,
        };
        Ok(Self {
            manifest: plugin.manifest().clone(),
            settings: Settings::parse(plugin.manifest(), config)?,
            tier: functions(&plugin).unwrap_or(Tier::Handles),
            stable_tier: stable.as_ref().and_then(functions),
            plugin,
        })
    }

    /// Whether the sink is the validator's own and can be hostile.
    pub(super) fn has_own_sink(&self) -> bool {
        matches!(self.tier, Tier::Functions(_))
    }

    /// Creates an instance.
    pub(super) fn create(&self, tier: Tier, settings: &Settings) -> Result<Live, Told> {
        let functions = match tier {
            Tier::Functions(functions) => functions,
            Tier::Handles => {
                let plugin = self.plugin.clone().with_settings(settings);
                return Ok(Live::Handles(Handles::new(plugin)?));
            }
        };
        let attributes = settings.attributes();
        let mut recorder = Recorder::new(Room::default());
        let made = recorder.with(|sink| {
            // SAFETY: the settings are of this plugin's schema (`Settings::parse`, `Settings::with`).
            unsafe { functions.create(&attributes, sink) }
        });
        match made {
            Ok(Some(raw)) => Ok(Live::Raw(raw)),
            Ok(None) => Err(Told {
                message: "create returned OK without an instance".to_owned(),
                ..recorder.told(Status::OK)
            }),
            Err(status) => Err(recorder.told(status)),
        }
    }
}

/// An instance.
pub(super) enum Live {
    Raw(Raw),
    Handles(Handles),
}

impl Live {
    /// Calls an operation, and returns what it committed and reported.
    pub(super) fn call(&mut self, operation: u32, block: &Block<'_>, room: Room) -> Told {
        let raw = match self {
            Live::Raw(raw) => raw,
            Live::Handles(handles) => return handles.call(operation, block),
        };
        let mut recorder = Recorder::new(room);
        // SAFETY: the index is one of the manifest's. Blocks of other element types are passed to see what the plugin
        // does, in this process, which was started for that.
        let status = recorder.with(|sink| unsafe { raw.call(operation, block, sink) });
        recorder.told(status)
    }

    /// Saves the state.
    pub(super) fn save(&mut self) -> Told {
        let raw = match self {
            Live::Raw(raw) => raw,
            Live::Handles(handles) => return handles.save(),
        };
        let mut recorder = Recorder::new(Room::default());
        let status = recorder.with(|sink| raw.save(sink));
        recorder.told(status)
    }

    /// Restores a state.
    pub(super) fn restore(&mut self, state: &Block<'_>) -> Told {
        let raw = match self {
            Live::Raw(raw) => raw,
            Live::Handles(handles) => return handles.restore(state),
        };
        let mut recorder = Recorder::new(Room::default());
        let status = recorder.with(|sink| raw.restore(state, sink));
        recorder.told(status)
    }
}

/// How the sink handles requests.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    /// The room ends at unwritable memory.
    pub(super) tight: bool,
    /// The index of the request for room that is refused, from 0.
    pub(super) refuse_room: Option<u32>,
    /// The index of the commit that is refused, from 0.
    pub(super) refuse_commit: Option<u32>,
}

/// More than any operation gives on these inputs. Larger requests are refused, as by a host that is out of memory.
const MOST: u64 = 1 << 30;

/// A sink and its record.
struct Recorder {
    sink: ReusedSink<Kept>,
    kept: Kept,
}

struct Kept {
    plan: Room,
    room: Option<Guarded>,
    /// The requested bytes of the room; it may have more.
    capacity: u64,
    requests: u32,
    commits: u32,
    told: Told,
}

impl Recorder {
    fn new(plan: Room) -> Self {
        Self {
            sink: ReusedSink::new(),
            kept: Kept {
                plan,
                room: None,
                capacity: 0,
                requests: 0,
                commits: 0,
                told: Told::default(),
            },
        }
    }

    fn with<T>(&mut self, body: impl FnOnce(&mut Lent<'_>) -> T) -> T {
        self.sink.with(&mut self.kept, body)
    }

    fn told(mut self, status: Status) -> Told {
        self.kept.check_around_room();
        self.kept.told.status = status;
        self.kept.told
    }
}

impl Kept {
    /// Checks whether something was written outside the room.
    fn check_around_room(&mut self) {
        let intact = self.room.as_ref().is_none_or(Guarded::is_intact);
        if self.plan.tight && !intact {
            self.told
                .misuse
                .push("it wrote outside the room that it reserved".to_owned());
        }
    }

    fn part(&self, block: &Block<'_>) -> Result<Part, String> {
        let (data, bytes) = block.data();
        let start = self.room.as_ref().map(Guarded::as_ptr);
        if bytes > 0 && start.map(NonNull::as_ptr) != Some(data.cast_mut()) {
            return Err("it committed a block whose data is not the sink's room".to_owned());
        }
        if bytes > self.capacity {
            return Err(format!("it committed {bytes} bytes, but reserved {}", self.capacity));
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
                    "it committed {bytes} bytes as {} {shape:?}, which needs {needed}",
                    block.element()
                ));
            }
            Err(error) => return Err(format!("it committed an invalid block: {error}")),
        }
        let room = self.room.as_ref().map_or(&[][..], Guarded::as_slice);
        let written = &room[..bytes as usize];
        if let Err(error) = Block::new(block.element(), written, shape, &[]) {
            return Err(format!("it committed an invalid block: {error}"));
        }
        Ok(Part::new(block, written))
    }
}

// SAFETY: the room is a Guarded's, as long as was requested at least, whose data begins at an alignment of
// ROOM_ALIGNMENT and is initialised; nobody else has it.
unsafe impl Receiver for Kept {
    fn room(&mut self) -> (*mut u8, u64) {
        match &self.room {
            Some(room) => (room.as_ptr().as_ptr(), self.capacity),
            None => (ptr::without_provenance_mut(ROOM_ALIGNMENT), 0),
        }
    }

    fn reserve(&mut self, bytes: u64) -> Status {
        let refuse = self.plan.refuse_room == Some(self.requests);
        self.requests += 1;
        self.check_around_room();
        (self.room, self.capacity) = (None, 0);
        if refuse || bytes > MOST {
            self.told.refused += 1;
            return Status::ROOM;
        }
        // At most MOST, which fits every address space. A tight room ends at unwritable memory, as far as its alignment
        // allows.
        let bytes_here = bytes as usize;
        let room = Guarded::new(if self.plan.tight { bytes_here } else { bytes_here + 8192 }, 0);
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
                self.check_around_room();
                (self.room, self.capacity) = (None, 0);
                Status::OK
            }
            Err(problem) => {
                self.told.misuse.push(problem);
                Status::COMMIT
            }
        }
    }

    fn fail(&mut self, fault: &Fault<'_>) {
        let text = |text: Text<'_>| String::from_utf8_lossy(text.as_bytes()).into_owned();
        if fault.message.as_str().is_none() {
            self.told.misuse.push("its fault's message is not UTF-8".to_owned());
        }
        self.told.fault = Some(fault.status);
        let (message, file) = (text(fault.message), text(fault.file));
        if !message.is_empty() {
            self.told.message = match (file.as_str(), fault.line) {
                ("", _) => message,
                (file, line) => format!("{message} ({file}:{line})"),
            };
        }
    }

    fn log(&mut self, _level: Level, message: Text<'_>) {
        if message.as_str().is_none() {
            self.told.misuse.push("its log line is not UTF-8".to_owned());
        }
    }
}
