//! The extension that hands a block over together with its memory.

use crate::contract::contract;
use crate::{Block, Grows, Sink, Status};
use core::ffi::{CStr, c_void};

/// The id of [`OwnedFunctions`], the plugin's side of taking and giving blocks that own their memory.
pub const OWNED: &CStr = c"tollgate.owned/1";

contract! {
    /// A block and whoever owns its memory: the one thing beside an instance that is handed over and not borrowed.
    ///
    /// Whoever holds it may read the block, from any thread, until it hands it on or calls `release`, which it does
    /// once. Nobody changes the block's bytes meanwhile. Handing it on copies these fields and forgets them. Whoever is
    /// handed a block checks it again: rank, sizes, alignment, and that truth values are 0 or 1.
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct OwnedBlock as "owned_block" {
        /// Bytes of this structure, as its maker knows it.
        pub size: u32,
        /// 0.
        pub reserved: u32,
        /// The block, which lives as long as its owner.
        pub block: *const Block<'static>,
        /// The giver's own.
        pub owner: *mut c_void,
        /// Ends block and owner. Any thread.
        pub release: unsafe extern "C" fn(owner: *mut c_void),
    }
}

contract! {
    /// The plugin's side of [`OWNED`].
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct OwnedFunctions as "owned" {
        /// Bytes of this structure, as the plugin knows it.
        pub size: u32,
        /// 0.
        pub reserved: u32,
        /// Runs the operation with that index as `call` of the entry does, on a block that is the plugin's from now on,
        /// whatever this returns: it may keep it, hand it back, or release it. On OK it has written what it gives to
        /// *output, which is 0 but for `size`, the bytes that may be written there: a block that is the host's from
        /// then on. What operations take and give is as the manifest has it. The sink is for errors and log lines
        /// alone. One thread at a time for one instance. Any status.
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
