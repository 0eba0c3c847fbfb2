//! Extensions: how the contract grows after its first version.
//!
//! The structures of version 1 are frozen. Additions are made in two ways, and either side may be the older one:
//! - an **extension**, requested by an id that contains a version (`tollgate.state/1`). A side that does not know the
//!   id returns null.
//! - a **trailing field** behind the frozen ones. `size` tells whether it is present, and [`later`] reads it.

use crate::contract::contract;
use crate::{Block, Entry, Fault, HostInfo, Sink, Status};
use core::ffi::{CStr, c_void};

/// The id of [`StateFunctions`]: the plugin's functions that save and restore an instance's state.
pub const STATE: &CStr = c"tollgate.state/1";

contract! {
    /// The plugin's functions for [`STATE`]. They save and restore what an instance keeps between calls, without its
    /// configuration. Another instance of the same plugin, created with the same configuration, restores the state and
    /// continues where the first one stopped.
    ///
    /// # In Rust
    /// A plugin that has an operation with the state `saved` provides it.
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct StateFunctions as "state" {
        /// The size of this structure in bytes, as known to the plugin.
        pub size: u32,
        /// Reserved, 0.
        pub reserved: u32,
        /// Commits the state as one block. The plugin chooses its element type and shape. The instance is not changed.
        /// One thread at a time for one instance. OK, FAILED, PANICKED, or the status of a function of the sink.
        pub save: unsafe extern "C" fn(instance: *mut c_void, output: *mut Sink<'_>) -> Status,
        /// Restores the state from a block that `save` committed, in this version of the plugin or an older one. A
        /// block that does not match is refused with INPUT, and the instance is not changed. The sink is only for
        /// errors and log lines. One thread at a time for one instance. OK, INPUT, FAILED or PANICKED.
        pub restore:
            unsafe extern "C" fn(instance: *mut c_void, state: *const Block<'_>, sink: *mut Sink<'_>) -> Status,
    }
}

/// A structure of the contract that may be longer on the other side.
///
/// # Safety
/// The type is `repr(C)`, and its first field is its `size` in bytes as a `u32`, written by the side that created the
/// structure.
pub unsafe trait Grows {}

// SAFETY: its first field is `size`.
unsafe impl Grows for Block<'_> {}
// SAFETY: its first field is `size`.
unsafe impl Grows for Entry {}
// SAFETY: its first field is `size`.
unsafe impl Grows for Fault<'_> {}
// SAFETY: its first field is `size`.
unsafe impl Grows for HostInfo {}
// SAFETY: its first field is `size`.
unsafe impl Grows for Sink<'_> {}
// SAFETY: its first field is `size`.
unsafe impl Grows for StateFunctions {}

/// Reads the field at `offset`, which a later minor version added behind the frozen fields. Returns `None` if the
/// structure was created by an older side and does not have the field.
///
/// The function takes the pointer that crossed the contract, because a reference to this side's type covers only the
/// frozen fields.
///
/// # Safety
/// `structure` points to a live structure of the contract that nobody changes during the call. `size` bytes of it can
/// be read through this pointer. If it has a field at `offset`, that field is a valid, aligned `F`.
pub unsafe fn later<S: Grows, F: Copy>(structure: *const S, offset: usize) -> Option<F> {
    // SAFETY: the caller promises a live structure, whose first field is its size (`Grows`).
    let size = unsafe { structure.cast::<u32>().read() } as usize;
    let end = offset.checked_add(size_of::<F>())?;
    if offset < size_of::<S>() || end > size {
        return None;
    }
    // SAFETY: the field ends inside the structure, of which `size` bytes may be read.
    let field = unsafe { structure.byte_add(offset) };
    // SAFETY: the caller promises a valid, aligned `F` there.
    Some(unsafe { field.cast::<F>().read() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ABI, Text};
    use core::ffi::c_char;
    use core::mem::offset_of;
    use core::ptr;

    unsafe extern "C" fn no_extension(_id: *const c_char) -> *const c_void {
        ptr::null()
    }

    #[repr(C)]
    struct Newer {
        frozen: HostInfo,
        ticks: u64,
    }

    fn host(size: usize) -> Newer {
        Newer {
            frozen: HostInfo {
                size: size as u32,
                abi: ABI,
                name: Text::new("newer"),
                version: Text::new("1"),
                extension: no_extension,
            },
            ticks: 7,
        }
    }

    #[test]
    fn a_trailing_field_is_read_where_the_size_says_that_it_is_there() {
        let at = offset_of!(Newer, ticks);
        let newer = host(size_of::<Newer>());
        // SAFETY: the structure lives, and has a u64 at that offset.
        let ticks = unsafe { later::<HostInfo, u64>((&raw const newer).cast(), at) };
        assert_eq!(ticks, Some(7));
        let older = host(size_of::<HostInfo>());
        // SAFETY: the structure lives; its size says that there is nothing at that offset.
        let absent = unsafe { later::<HostInfo, u64>((&raw const older).cast(), at) };
        assert_eq!(absent, None);
        // SAFETY: as above, and the end of the field does not even fit in an address.
        let absent = unsafe { later::<HostInfo, u64>((&raw const newer).cast(), usize::MAX - 3) };
        assert_eq!(absent, None);
    }
}
