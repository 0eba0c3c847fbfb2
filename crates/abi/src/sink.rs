//! The sink: where a plugin puts its output, its errors and its log lines. It is the host's.

use crate::{Block, Status, Text};
use core::ffi::c_void;
use core::marker::PhantomData;

/// How much a log line matters: the numbers of syslog, of which four are used.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
pub struct Level(pub u32);

impl Level {
    /// Something failed.
    pub const ERROR: Self = Self(3);
    /// Something is odd.
    pub const WARN: Self = Self(4);
    /// Something worth knowing happened.
    pub const INFO: Self = Self(6);
    /// For whoever looks for a fault.
    pub const DEBUG: Self = Self(7);
}

/// Why a call failed.
#[repr(C)]
#[derive(Debug)]
#[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
pub struct Fault<'a> {
    /// Bytes of this structure, as its maker knows it.
    pub size: u32,
    /// The status that the function is going to return.
    pub status: Status,
    /// The line in `file`, or 0 where it is not known.
    pub line: u32,
    /// 0.
    pub reserved: u32,
    /// What went wrong, in a sentence.
    pub message: Text<'a>,
    /// The source file where it went wrong, or empty.
    pub file: Text<'a>,
}

/// The host's sink, borrowed by the plugin for one call.
///
/// Room for output is at `data`: `capacity` bytes, at the alignment [`ROOM_ALIGNMENT`](crate::ROOM_ALIGNMENT),
/// initialised to no particular value. A plugin that needs more calls `reserve`, after which `data` and `capacity` are
/// new. Having written, it calls `commit`, with a block that describes what it wrote; its data must be the sink's. A
/// table is committed column by column, in the order of the manifest. All four functions may be called only during the
/// call, by its thread.
#[repr(C)]
#[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
pub struct Sink<'a> {
    /// Bytes of this structure, as the host knows it.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Bytes of room at `data`.
    pub capacity: u64,
    /// The room.
    pub data: *mut u8,
    /// The host's own.
    pub context: *mut c_void,
    /// Makes room for at least so many bytes; what was written since the last commit is lost.
    pub reserve: unsafe extern "C" fn(sink: *mut Sink<'_>, bytes: u64) -> Status,
    /// Ends one block, or one column of a table.
    pub commit: unsafe extern "C" fn(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status,
    /// Says why the call is going to fail. The last one counts.
    pub fail: unsafe extern "C" fn(sink: *mut Sink<'_>, fault: *const Fault<'_>),
    /// Writes a log line.
    pub log: unsafe extern "C" fn(sink: *mut Sink<'_>, level: Level, message: *const Text<'_>),
    /// The borrow of what `context` points to.
    pub life: PhantomData<&'a mut ()>,
}
