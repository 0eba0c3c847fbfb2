//! The extension that hands over a block together with its memory.

use crate::contract::contract;
use crate::{Block, Grows, Sink, Status};
use core::ffi::{CStr, c_void};

/// The id of [`OwnedFunctions`]: the plugin's functions that take and give blocks that own their memory.
pub const OWNED: &CStr = c"tollgate.owned/1";

contract! {
    /// A block together with the owner of its memory. Besides instances, it is the only thing that is handed over
    /// instead of borrowed.
    ///
    /// The holder may read the block, from any thread, until it hands the block on or calls `release`, which it does
    /// once. Nobody changes the block's bytes during that time. Handing the block on copies these fields and then
    /// ignores them. The receiver checks the block again: rank, sizes, alignment, and that bool elements are 0 or 1.
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct OwnedBlock as "owned_block" {
        /// The size of this structure in bytes, as known to the side that created it.
        pub size: u32,
        /// Reserved, 0.
        pub reserved: u32,
        /// The block. It lives as long as its owner.
        pub block: *const Block<'static>,
        /// Private data of the side that gave the block.
        pub owner: *mut c_void,
        /// Releases the block and its owner. Any thread.
        pub release: unsafe extern "C" fn(owner: *mut c_void),
    }
}

contract! {
    /// The plugin's functions for [`OWNED`].
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct OwnedFunctions as "owned" {
        /// The size of this structure in bytes, as known to the plugin.
        pub size: u32,
        /// Reserved, 0.
        pub reserved: u32,
        /// Runs the operation with this index, like `call` of the entry, on a block that belongs to the plugin from now
        /// on, whatever this function returns: the plugin may keep it, hand it back, or release it. On OK it has
        /// written its output to *output, as a block that belongs to the host from then on. Before the call *output is
        /// 0 except for `size`, the number of bytes that may be written there. The manifest says what operations take
        /// and give. The sink is only for errors and log lines. One thread at a time for one instance. Any status.
        pub call: unsafe extern "C" fn(
            instance: *mut c_void,
            operation: u32,
            input: *const OwnedBlock,
            output: *mut OwnedBlock,
            sink: *mut Sink<'_>,
        ) -> Status,
    }
}

// SAFETY: its first field is `size`.
unsafe impl Grows for OwnedBlock {}
// SAFETY: its first field is `size`.
unsafe impl Grows for OwnedFunctions {}
