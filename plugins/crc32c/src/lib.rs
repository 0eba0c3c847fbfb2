//! CRC-32C of a block's bytes: a plugin whose every line of logic is in `crc32c.c`, against `tollgate.h` alone.
//!
//! This crate gives cargo something to build, so that the plugin lies beside the others; `docs/PLUGINS.md` has the
//! command that builds the same source without it.

use tollgate_abi::{Entry, Manifest};

const JSON: &[u8; include_bytes!(concat!(env!("OUT_DIR"), "/manifest.json")).len()] =
    include_bytes!(concat!(env!("OUT_DIR"), "/manifest.json"));

unsafe extern "C" {
    /// C's entry, under the name that `build.rs` gave it. It has no preconditions: it returns the address of a
    /// constant.
    safe fn crc32c_tollgate_entry() -> *const Entry;
}

/// The contract's entry, which is C's.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_entry() -> *const Entry {
    crc32c_tollgate_entry()
}

/// The contract's manifest, with the text of C's.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static tollgate_manifest: Manifest<{ JSON.len() }> = Manifest {
    length: JSON.len() as u64,
    json: *JSON,
};
