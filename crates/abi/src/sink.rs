//! The sink: receives a plugin's output, errors and log lines. It belongs to the host.

use crate::contract::{codes, contract};
use crate::{Block, Status, Text};
use core::ffi::c_void;
use core::marker::PhantomData;

codes! {
    /// The severity of a log line: four of syslog's numbers.
    #[repr(transparent)]
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Level(pub u32) {
        /// An error.
        ERROR = 3,
        /// A warning.
        WARN = 4,
        /// Information.
        INFO = 6,
        /// Details for debugging.
        DEBUG = 7,
    }
}

contract! {
    /// The reason why a call fails. `fail` copies its texts.
    #[repr(C)]
    #[derive(Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Fault<'a> as "fault" {
        /// The size of this structure in bytes, as known to the side that created it.
        pub size: u32,
        /// The status that the function will return.
        pub status: Status,
        /// The line in `file`, or 0.
        pub line: u32,
        /// Reserved, 0.
        pub reserved: u32,
        /// The message, one sentence.
        pub message: Text<'a>,
        /// The source file, or empty.
        pub file: Text<'a>,
    }
}

contract! {
    /// Receives output, errors and log lines of a plugin. It belongs to the host and is borrowed for one call. Its
    /// functions may be called only during that call, and only by that call's thread.
    ///
    /// `data` points to `capacity` bytes of memory, with an alignment of [`ROOM_ALIGNMENT`](crate::ROOM_ALIGNMENT),
    /// initialised to unspecified values. `capacity` may be 0. If it is enough, write there. Otherwise call `reserve`,
    /// which sets new values of `data` and `capacity`. Then call `commit` with a block that describes what was written:
    /// its `data` is the sink's `data` (ignored for an empty block), its `strides` are null, and its `bytes` are at
    /// most `capacity`. Any other block is refused with COMMIT, and nothing is committed. `commit` copies the shape and
    /// the attributes, so they may be on the stack or belong to the input. The data is not moved. After a commit `data`
    /// and `capacity` have new values again.
    ///
    /// An operation that gives a block commits once. An operation that gives a table commits each column, in the
    /// manifest's order, as a block of one axis. All columns have the same number of rows. If a call returns any status
    /// but OK, everything that it committed is discarded.
    #[repr(C)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Sink<'a> as "sink" {
        /// The size of this structure in bytes, as known to the host.
        pub size: u32,
        /// Reserved, 0.
        pub reserved: u32,
        /// Bytes at `data`.
        pub capacity: u64,
        /// The memory to write to.
        pub data: *mut u8,
        /// Private data of the host.
        pub context: *mut c_void,
        /// Reserves at least `bytes` bytes. Data that was written since the last commit is lost. OK or ROOM.
        pub reserve: unsafe extern "C" fn(sink: *mut Sink<'_>, bytes: u64) -> Status,
        /// Commits one block, or one column of a table. OK or COMMIT.
        pub commit: unsafe extern "C" fn(sink: *mut Sink<'_>, block: *const Block<'_>) -> Status,
        /// Reports why the call will fail. The last report counts. Return its status afterwards.
        pub fail: unsafe extern "C" fn(sink: *mut Sink<'_>, fault: *const Fault<'_>),
        /// Writes a log line.
        pub log: unsafe extern "C" fn(sink: *mut Sink<'_>, level: Level, message: *const Text<'_>),
    } + {
        /// The lifetime of what `context` points to.
        pub life: PhantomData<&'a mut ()>,
    }
}
