//! Plugins in C that are linked into this program: what runs behind `static-c`.
//!
//! Each is an unchanged plugin source, compiled a second time with its two symbols renamed.

use std::slice;
use tollgate_abi::{Entry, EntryFn, Registration};

unsafe extern "C" {
    // They have no preconditions: they return the addresses of constants.
    safe fn crc32c_tollgate_entry() -> *const Entry;
    safe fn probe_tollgate_entry() -> *const Entry;
    safe fn tollgate_part_manifest(part: u32) -> *const u8;
}

/// `plugins/crc32c`, linked statically.
pub fn crc32c() -> Registration {
    part(crc32c_tollgate_entry, 0)
}

/// `c-src/plugins/probe.c`: `plugins/probe` in C. It does as little as a plugin can.
pub fn probe() -> Registration {
    part(probe_tollgate_entry, 1)
}

fn part(entry: EntryFn, part: u32) -> Registration {
    let manifest = tollgate_part_manifest(part);
    // SAFETY: TOLLGATE_MANIFEST defined both parts' manifests, which begin with a u64, aligned as one.
    let length = unsafe { manifest.cast::<u64>().read() };
    // SAFETY: the text follows the length in the same constant.
    let text = unsafe { manifest.add(size_of::<u64>()) };
    // SAFETY: the constant has this many bytes of text, which TOLLGATE_MANIFEST counted.
    let json = unsafe { slice::from_raw_parts(text, length as usize) };
    // SAFETY: both are this repository's own plugins, and tests check that they keep the contract.
    unsafe { Registration::new(entry, json) }
}
