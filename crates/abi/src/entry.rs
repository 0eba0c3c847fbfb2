//! The entry: what a plugin exports.

use crate::{Attribute, Block, Sink, Text};
use core::ffi::{c_char, c_void};
use core::fmt;

/// What a function of the contract returns: an open code, 0 for success. Any other value comes with a
/// [`Fault`](crate::Fault) through the sink, or the host takes the code's own text.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
pub struct Status(pub i32);

impl Status {
    /// It worked.
    pub const OK: Self = Self(0);
    /// It failed for a reason of the plugin's own.
    pub const FAILED: Self = Self(1);
    /// The plugin panicked. The instance must be destroyed and not called again.
    pub const PANICKED: Self = Self(2);
    /// The configuration does not fit.
    pub const CONFIG: Self = Self(3);
    /// The input does not fit: element type, shape, layout or a missing attribute.
    pub const INPUT: Self = Self(4);
    /// There is no such operation.
    pub const OPERATION: Self = Self(5);
    /// The host has no more room.
    pub const ROOM: Self = Self(6);
    /// What was committed does not fit what the sink handed out.
    pub const COMMIT: Self = Self(7);

    /// The text for this code.
    pub const fn text(self) -> &'static str {
        match self {
            Self::OK => "ok",
            Self::FAILED => "the operation failed",
            Self::PANICKED => "the plugin panicked",
            Self::CONFIG => "the configuration does not fit",
            Self::INPUT => "the input does not fit",
            Self::OPERATION => "there is no such operation",
            Self::ROOM => "there is no more room for output",
            Self::COMMIT => "the committed block does not fit the room that was reserved",
            _ => "the plugin returned a status that this contract does not know",
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.text())
    }
}

/// Who the host is. Valid for the life of the process.
#[repr(C)]
#[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
pub struct HostInfo {
    /// Bytes of this structure, as the host knows it.
    pub size: u32,
    /// The contract's version that the host speaks.
    pub abi: u32,
    /// The host's name.
    pub name: Text<'static>,
    /// The host's version.
    pub version: Text<'static>,
    /// The host's side of the extension `id` (a C string, with its version at the end, such as `tollgate.state/1`), or
    /// null where it has none. Any thread.
    pub extension: unsafe extern "C" fn(id: *const c_char) -> *const c_void,
}

/// What the exported entry returns: a plugin's functions. Valid and unchanged for the life of the process.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
pub struct Entry {
    /// Bytes of this structure, as the plugin knows it.
    pub size: u32,
    /// The contract's version that the plugin speaks: [`ABI`](crate::ABI).
    pub abi: u32,
    /// Makes an instance from a configuration, and writes it to `*instance`. `config` has every key of the manifest's
    /// schema once, in the schema's order and with the schema's type, defaults filled in; what may be left out and was
    /// is [`Kind::ABSENT`](crate::Kind::ABSENT). On failure nothing is written. Any thread, several at once.
    pub create: unsafe extern "C" fn(
        host: *const HostInfo,
        config: *const Attribute<'_>,
        count: u64,
        sink: *mut Sink<'_>,
        instance: *mut *mut c_void,
    ) -> Status,
    /// Runs the operation with that index in the manifest. One thread at a time for one instance.
    pub call: unsafe extern "C" fn(
        instance: *mut c_void,
        operation: u32,
        input: *const Block<'_>,
        output: *mut Sink<'_>,
    ) -> Status,
    /// Ends an instance; null is ignored. One thread, after the last call.
    pub destroy: unsafe extern "C" fn(instance: *mut c_void),
    /// The plugin's side of the extension `id` (a C string with its version at the end), or null. Any thread.
    pub extension: unsafe extern "C" fn(id: *const c_char) -> *const c_void,
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
