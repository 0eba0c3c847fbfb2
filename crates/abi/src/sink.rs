//! The sink: where a plugin puts its output, its errors and its log lines. It is the host's.

use crate::contract::{codes, contract};
use crate::{Block, Status, Text};
use core::ffi::c_void;
use core::marker::PhantomData;

codes! {
    /// How much a log line matters: syslog's numbers, of which four are used.
    #[repr(transparent)]
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Level(pub u32) {
        /// Something failed.
        ERROR = 3,
        /// Something is odd.
        WARN = 4,
        /// Something worth knowing happened.
        INFO = 6,
        /// For whoever looks for a fault.
        DEBUG = 7,
    }
}

contract! {
    /// Why a call fails. Its texts are copied by `fail`.
    #[repr(C)]
    #[derive(Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Fault<'a> as "fault" {
        /// Bytes of this structure, as its maker knows it.
        pub size: u32,
        /// What the function is going to return.
        pub status: Status,
        /// In `file`, or 0.
        pub line: u32,
        /// 0.
        pub reserved: u32,
        /// One sentence.
        pub message: Text<'a>,
        /// The source file, or empty.
        pub file: Text<'a>,
    }
}

contract! {
    /// Where a plugin puts output, errors and log lines. It is the host's, and borrowed for one call; its functions may
    /// be called during that call only, by that call's thread.
    ///
    /// `data` is room of `capacity` bytes, at an alignment of [`ROOM_ALIGNMENT`](crate::ROOM_ALIGNMENT) and initialised
    /// to no particular value; there may be none yet. If it is enough, write there; otherwise call `reserve`, after
    /// which `data` and `capacity` are new. Then call `commit` with a block that describes what was written: its `data`
    /// is the sink's `data` (of an empty block it is not looked at), its `strides` are null, and its `bytes` are at
    /// most `capacity`. Anything else is refused with COMMIT, and commits nothing. `commit` copies shape and
    /// attributes, so they may lie on the stack or be the input's own; the data stays where it is. After a commit
    /// `data` and `capacity` are new again.
    ///
    /// An operation that gives a block commits once; one that gives a table commits each column, in the manifest's
    /// order, as a block of one axis, each with as many rows. A call that returns anything but OK gives nothing,
    /// whatever it committed.
    #[repr(C)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Sink<'a> as "sink" {
        /// Bytes of this structure, as the host knows it.
        pub size: u32,
        /// 0.
        pub reserved: u32,
        /// Bytes at `data`.
        pub capacity: u64,
        /// The room.
        pub data: *mut u8,
        /// The host's own.
        pub context: *mut c_void,
        /// Makes room for at least `bytes` bytes. What was written since the last commit is lost. OK or ROOM.
        pub reserve: unsafe extern "C" fn(sink: *mut Sink<'_>, bytes: u64) -> Status,
        /// Ends one block, or one column of a table. OK or COMMIT.
        pub commit: unsafe extern "C" fn(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status,
        /// Says why the call is going to fail; the last one counts. Return its status afterwards.
        pub fail: unsafe extern "C" fn(sink: *mut Sink<'_>, fault: *const Fault<'_>),
        /// Writes a log line.
        pub log: unsafe extern "C" fn(sink: *mut Sink<'_>, level: Level, message: *const Text<'_>),
    } + {
        /// The borrow of what `context` points to.
        pub life: PhantomData<&'a mut ()>,
    }
}
