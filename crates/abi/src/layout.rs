//! The layout, asserted for every target at compile time; `tests/contract_header.rs` of the root package compares it with C's.
//!
//! Fixed-width fields come first and pointers after them, so that no structure has padding inside on any target. Then the
//! offsets follow from the width of a pointer alone, and only the size is rounded up to the alignment.

use crate::{Attribute, Block, Entry, Fault, HostInfo, Sink, Text};

const P: usize = size_of::<usize>();

const fn rounded(bytes: usize, alignment: usize) -> usize {
    bytes.div_ceil(alignment) * alignment
}

/// The size and alignment of one of the contract's structures, on this target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Its name in `tollgate.h`.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// Its alignment in bytes.
    pub alignment: usize,
}

/// The layout of every structure that crosses the contract, in the order of `tollgate.h`.
pub const LAYOUTS: [Layout; 7] = [
    Layout::of::<Text<'_>>("tollgate_text"),
    Layout::of::<Attribute<'_>>("tollgate_attribute"),
    Layout::of::<Block<'_>>("tollgate_block"),
    Layout::of::<Fault<'_>>("tollgate_fault"),
    Layout::of::<Sink<'_>>("tollgate_sink"),
    Layout::of::<HostInfo>("tollgate_host"),
    Layout::of::<Entry>("tollgate_entry"),
];

impl Layout {
    const fn of<T>(name: &'static str) -> Self {
        Self {
            name,
            size: size_of::<T>(),
            alignment: align_of::<T>(),
        }
    }
}

macro_rules! layout {
    ($type:ty, $bytes:expr, { $($field:ident: $offset:expr),* $(,)? }) => {
        const _: () = assert!(size_of::<$type>() == rounded($bytes, align_of::<$type>()));
        $(const _: () = assert!(core::mem::offset_of!($type, $field) == $offset);)*
    };
}

const TEXT: usize = size_of::<Text<'_>>();

layout!(Text<'_>, 8 + P, { length: 0, data: 8 });
layout!(Attribute<'_>, 24 + 2 * TEXT, {
    integer: 0,
    real: 8,
    key: 16,
    text: 16 + TEXT,
    kind: 16 + 2 * TEXT,
    reserved: 20 + 2 * TEXT,
});
layout!(Block<'_>, 24 + 4 * P, {
    size: 0,
    element: 4,
    bytes: 8,
    rank: 16,
    attribute_count: 20,
    data: 24,
    shape: 24 + P,
    strides: 24 + 2 * P,
    attributes: 24 + 3 * P,
});
layout!(Fault<'_>, 16 + 2 * TEXT, {
    size: 0,
    status: 4,
    line: 8,
    reserved: 12,
    message: 16,
    file: 16 + TEXT,
});
layout!(Sink<'_>, 16 + 6 * P, {
    size: 0,
    reserved: 4,
    capacity: 8,
    data: 16,
    context: 16 + P,
    reserve: 16 + 2 * P,
    commit: 16 + 3 * P,
    fail: 16 + 4 * P,
    log: 16 + 5 * P,
});
layout!(HostInfo, 8 + 2 * TEXT + P, {
    size: 0,
    abi: 4,
    name: 8,
    version: 8 + TEXT,
    extension: 8 + 2 * TEXT,
});
layout!(Entry, 8 + 4 * P, {
    size: 0,
    abi: 4,
    create: 8,
    call: 8 + P,
    destroy: 8 + 2 * P,
    extension: 8 + 3 * P,
});
