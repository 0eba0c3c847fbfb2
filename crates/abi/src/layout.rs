//! The layout, asserted for every target at compile time; `tests/contract_header.rs` of the root package compares it with C's.
//!
//! Fixed-width fields come first and pointers after them, so that no structure has padding inside on any target. Then the
//! offsets follow from the width of a pointer alone, and only the size is rounded up to the alignment.

use crate::{Attribute, Block, Entry, Fault, HostInfo, Sink, StateFunctions, Text};
use core::mem::offset_of;

const P: usize = size_of::<usize>();
const TEXT: usize = size_of::<Text<'_>>();

const fn rounded(bytes: usize, alignment: usize) -> usize {
    bytes.div_ceil(alignment) * alignment
}

/// How one of the contract's structures lies in memory, on this target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Its name in `tollgate.h`, without the prefix `tollgate_`.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// Its alignment in bytes.
    pub alignment: usize,
    /// Its fields, in the order of their offsets.
    pub fields: &'static [Field],
}

/// A field of a structure of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Where it begins, in bytes from the structure's beginning.
    pub offset: usize,
}

/// Asserts a layout, and gives it.
macro_rules! layout {
    ($name:literal, $type:ty, $bytes:expr, { $($field:ident: $offset:expr),* $(,)? }) => {{
        const _: () = assert!(size_of::<$type>() == rounded($bytes, align_of::<$type>()));
        $(const _: () = assert!(offset_of!($type, $field) == $offset);)*
        Layout {
            name: $name,
            size: size_of::<$type>(),
            alignment: align_of::<$type>(),
            fields: &[$(Field { name: stringify!($field), offset: $offset }),*],
        }
    }};
}

/// The layout of every structure that crosses the contract, in the order of `tollgate.h`.
pub const LAYOUTS: [Layout; 8] = [
    layout!("text", Text<'_>, 8 + P, { length: 0, data: 8 }),
    layout!("attribute", Attribute<'_>, 24 + 2 * TEXT, {
        integer: 0,
        real: 8,
        key: 16,
        text: 16 + TEXT,
        kind: 16 + 2 * TEXT,
        reserved: 20 + 2 * TEXT,
    }),
    layout!("block", Block<'_>, 24 + 4 * P, {
        size: 0,
        element: 4,
        bytes: 8,
        rank: 16,
        attribute_count: 20,
        data: 24,
        shape: 24 + P,
        strides: 24 + 2 * P,
        attributes: 24 + 3 * P,
    }),
    layout!("fault", Fault<'_>, 16 + 2 * TEXT, {
        size: 0,
        status: 4,
        line: 8,
        reserved: 12,
        message: 16,
        file: 16 + TEXT,
    }),
    layout!("sink", Sink<'_>, 16 + 6 * P, {
        size: 0,
        reserved: 4,
        capacity: 8,
        data: 16,
        context: 16 + P,
        reserve: 16 + 2 * P,
        commit: 16 + 3 * P,
        fail: 16 + 4 * P,
        log: 16 + 5 * P,
    }),
    layout!("host", HostInfo, 8 + 2 * TEXT + P, {
        size: 0,
        abi: 4,
        name: 8,
        version: 8 + TEXT,
        extension: 8 + 2 * TEXT,
    }),
    layout!("entry", Entry, 8 + 4 * P, {
        size: 0,
        abi: 4,
        create: 8,
        call: 8 + P,
        destroy: 8 + 2 * P,
        extension: 8 + 3 * P,
    }),
    layout!("state", StateFunctions, 8 + 2 * P, { size: 0, reserved: 4, save: 8, restore: 8 + P }),
];
