//! The entry: what a plugin exports.

use crate::contract::{codes, contract};
use crate::{Attribute, Block, Sink, Text};
use core::ffi::{c_char, c_void};
use core::fmt;

codes! {
    /// What a function returns: an open code. Anything but OK comes with a fault through the sink.
    ///
    /// # In Rust
    /// Where there is no [`Fault`](crate::Fault), the host takes the code's own text.
    #[repr(transparent)]
    #[derive(Clone, Copy, PartialEq, Eq)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Status(pub i32) {
        /// It worked.
        OK = 0,
        /// For a reason of the plugin's own.
        FAILED = 1,
        /// The instance must be destroyed and not called again.
        PANICKED = 2,
        /// The configuration does not fit.
        CONFIG = 3,
        /// The input does not fit: element type, shape, layout, a missing attribute.
        INPUT = 4,
        /// There is no such operation.
        OPERATION = 5,
        /// The host has no more room.
        ROOM = 6,
        /// What was committed does not fit what was reserved.
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
    /// Who the host is. Valid for the life of the process.
    #[repr(C)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct HostInfo as "host" {
        /// Bytes of this structure, as the host knows it.
        pub size: u32,
        /// The contract's version that the host speaks.
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
        /// Bytes of this structure, as the plugin knows it.
        pub size: u32,
        /// [`ABI`](crate::ABI).
        pub abi: u32,
        /// Makes an instance from a configuration and writes it to *instance. `config` has each key of the manifest's
        /// schema once, in the schema's order and with the schema's type, defaults filled in. The instance is not null.
        /// On failure nothing is written. OK, CONFIG, FAILED or PANICKED. Any thread, several at once.
        pub create: unsafe extern "C" fn(
            host: *const HostInfo,
            config: *const Attribute<'_>,
            count: u64,
            sink: *mut Sink<'_>,
            instance: *mut *mut c_void,
        ) -> Status,
        /// Runs the operation with that index in the manifest, whose `takes` has the input's element type. One thread
        /// at a time for one instance. Any status.
        pub call: unsafe extern "C" fn(
            instance: *mut c_void,
            operation: u32,
            input: *const Block<'_>,
            output: *mut Sink<'_>,
        ) -> Status,
        /// Ends an instance that `create` made, after its last call, on any thread; null is ignored.
        pub destroy: unsafe extern "C" fn(instance: *mut c_void),
        /// The plugin's side of an extension, or null. Any thread. A plugin without extensions returns null.
        pub extension: unsafe extern "C" fn(id: *const c_char) -> *const c_void,
    }
}

/// The type of the exported function [`ENTRY_SYMBOL`](crate::ENTRY_SYMBOL).
pub type EntryFn = unsafe extern "C" fn() -> *const Entry;

/// The exported data [`MANIFEST_SYMBOL`](crate::MANIFEST_SYMBOL): JSON of `N` bytes behind its length.
#[repr(C)]
pub struct Manifest<const N: usize> {
    /// Bytes of JSON.
    pub length: u64,
    /// UTF-8 JSON, without a terminator.
    pub json: [u8; N],
}
