//! The entry: what a plugin exports.

use crate::contract::{codes, contract};
use crate::{Attribute, Block, Sink, Text};
use core::ffi::{c_char, c_void};
use core::fmt;

codes! {
    /// The status that a function returns: an open code. Every status but OK is reported with a fault through the sink.
    ///
    /// # In Rust
    /// If there is no [`Fault`](crate::Fault), the host uses the text of the code.
    #[repr(transparent)]
    #[derive(Clone, Copy, PartialEq, Eq)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Status(pub i32) {
        /// Success.
        OK = 0,
        /// The operation failed, for a reason of the plugin's own.
        FAILED = 1,
        /// The plugin panicked. The instance must be destroyed and not called again.
        PANICKED = 2,
        /// The configuration is not accepted.
        CONFIG = 3,
        /// The input is not accepted: element type, shape, layout, a missing attribute.
        INPUT = 4,
        /// Unknown operation.
        OPERATION = 5,
        /// The host is out of memory for the output.
        ROOM = 6,
        /// The committed block does not match the reserved memory.
        COMMIT = 7,
    }
}

impl Status {
    /// The text for this code.
    pub const fn text(self) -> &'static str {
        match self {
            Self::OK => "ok",
            Self::FAILED => "the operation failed",
            Self::PANICKED => "the plugin panicked",
            Self::CONFIG => "the configuration does not fit",
            Self::INPUT => "the input does not fit",
            Self::OPERATION => "unknown operation",
            Self::ROOM => "out of memory for the output",
            Self::COMMIT => "the committed block does not fit the room that was reserved",
            _ => "the plugin returned an unknown status",
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.text())
    }
}

contract! {
    /// Identifies the host. Valid for the life of the process.
    #[repr(C)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct HostInfo as "host" {
        /// The size of this structure in bytes, as known to the host.
        pub size: u32,
        /// The version of the contract that the host uses.
        pub abi: u32,
        /// The host's name.
        pub name: Text<'static>,
        /// The host's version.
        pub version: Text<'static>,
        /// The host's side of an extension, named with its version such as "tollgate.state/1", or null. Any thread.
        pub extension: unsafe extern "C" fn(id: *const c_char) -> *const c_void,
    }
}

contract! {
    /// A plugin's functions: a static constant. Valid and unchanged for the life of the process.
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Entry as "entry" {
        /// The size of this structure in bytes, as known to the plugin.
        pub size: u32,
        /// [`ABI`](crate::ABI).
        pub abi: u32,
        /// Creates an instance from a configuration and writes it to *instance. `config` has each key of the manifest's
        /// schema once, in the schema's order and with the schema's type, including defaults. The instance must not be
        /// null. On failure nothing is written. OK, CONFIG, FAILED or PANICKED. Any thread, several at once.
        pub create: unsafe extern "C" fn(
            host: *const HostInfo,
            config: *const Attribute<'_>,
            count: u64,
            sink: *mut Sink<'_>,
            instance: *mut *mut c_void,
        ) -> Status,
        /// Runs the operation with this index in the manifest. The input's element type is one of its `takes`. One
        /// thread at a time for one instance. Any status.
        pub call: unsafe extern "C" fn(
            instance: *mut c_void,
            operation: u32,
            input: *const Block<'_>,
            output: *mut Sink<'_>,
        ) -> Status,
        /// Destroys an instance made by `create`, after its last call. Null is ignored. Any thread.
        pub destroy: unsafe extern "C" fn(instance: *mut c_void),
        /// The plugin's side of an extension, or null. Any thread. A plugin without extensions returns null.
        pub extension: unsafe extern "C" fn(id: *const c_char) -> *const c_void,
    }
}

/// The type of the exported function [`ENTRY_SYMBOL`](crate::ENTRY_SYMBOL).
pub type EntryFn = unsafe extern "C" fn() -> *const Entry;

/// The exported data [`MANIFEST_SYMBOL`](crate::MANIFEST_SYMBOL): the length, then `N` bytes of JSON.
#[repr(C)]
pub struct Manifest<const N: usize> {
    /// Bytes of JSON.
    pub length: u64,
    /// UTF-8 JSON, without a terminator.
    pub json: [u8; N],
}
