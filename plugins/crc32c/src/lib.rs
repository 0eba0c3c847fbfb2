//! CRC-32C of a block's bytes: a plugin whose logic is all in `crc32c.c`, which includes only `tollgate.h`.
//!
//! With this crate cargo builds the plugin beside the others. `docs/PLUGINS.md` has the
//! command that builds the same source without cargo.

use tollgate_abi::{Entry, Manifest};

const JSON: &[u8; include_bytes!(concat!(env!("OUT_DIR"), "/manifest.json")).len()] =
    include_bytes!(concat!(env!("OUT_DIR"), "/manifest.json"));

unsafe extern "C" {
    /// C's entry, renamed by `build.rs`. It has no preconditions: it returns the address of a
    /// constant.
    safe fn crc32c_tollgate_entry() -> *const Entry;
}

/// The contract's entry: that of the C source.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_entry() -> *const Entry {
    crc32c_tollgate_entry()
}

/// The contract's manifest: the text of the C source.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static tollgate_manifest: Manifest<{ JSON.len() }> = Manifest {
    length: JSON.len() as u64,
    json: *JSON,
};
