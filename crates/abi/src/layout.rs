//! The layout of version 1, frozen. It is asserted for every target at compile time against the types' own
//! descriptions. `tests/agreement/contract_header.rs` of the root package compares it with C's.
//!
//! Fixed-width fields come first and pointers after them, so that no structure has padding inside on any target. The
//! offsets then depend only on the width of a pointer, and only the size is rounded up to the alignment.

use crate::{
    Attribute, Block, Codes, Element, Entry, Fault, HostInfo, Kind, Layout, Level, OwnedBlock, OwnedFunctions, Sink,
    StateFunctions, Status, Text,
};

const P: usize = size_of::<usize>();
const TEXT: usize = size_of::<Text<'_>>();

const fn rounded(bytes: usize, alignment: usize) -> usize {
    bytes.div_ceil(alignment) * alignment
}

/// Every structure that crosses the contract, in the order of `tollgate.h`.
pub const LAYOUTS: &[Layout] = &[
    Text::LAYOUT,
    Attribute::LAYOUT,
    Block::LAYOUT,
    Fault::LAYOUT,
    Sink::LAYOUT,
    HostInfo::LAYOUT,
    Entry::LAYOUT,
    StateFunctions::LAYOUT,
    OwnedBlock::LAYOUT,
    OwnedFunctions::LAYOUT,
];

/// Every open code of the contract, in the order of `tollgate.h`.
pub const CODES: &[Codes] = &[Kind::CODES, Element::CODES, Status::CODES, Level::CODES];

/// Asserts that a structure has exactly these fields at these offsets.
macro_rules! frozen {
    ($type:ty, $bytes:expr, { $($field:ident: $offset:expr),* $(,)? }) => {
        const _: () = {
            assert!(size_of::<$type>() == rounded($bytes, align_of::<$type>()));
            let fields = <$type>::LAYOUT.fields;
            let frozen = [$((stringify!($field), $offset)),*];
            assert!(fields.len() == frozen.len());
            let mut index = 0;
            while index < frozen.len() {
                let (name, offset) = frozen[index];
                assert!(same(fields[index].name, name) && fields[index].offset == offset);
                index += 1;
            }
        };
    };
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

frozen!(Text<'_>, 8 + P, { length: 0, data: 8 });
frozen!(Attribute<'_>, 24 + 2 * TEXT, {
    integer: 0,
    real: 8,
    key: 16,
    text: 16 + TEXT,
    kind: 16 + 2 * TEXT,
    reserved: 20 + 2 * TEXT,
});
frozen!(Block<'_>, 24 + 4 * P, {
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
frozen!(Fault<'_>, 16 + 2 * TEXT, {
    size: 0,
    status: 4,
    line: 8,
    reserved: 12,
    message: 16,
    file: 16 + TEXT,
});
frozen!(Sink<'_>, 16 + 6 * P, {
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
frozen!(HostInfo, 8 + 2 * TEXT + P, {
    size: 0,
    abi: 4,
    name: 8,
    version: 8 + TEXT,
    extension: 8 + 2 * TEXT,
});
frozen!(Entry, 8 + 4 * P, {
    size: 0,
    abi: 4,
    create: 8,
    call: 8 + P,
    destroy: 8 + 2 * P,
    extension: 8 + 3 * P,
});
frozen!(StateFunctions, 8 + 2 * P, { size: 0, reserved: 4, save: 8, restore: 8 + P });
frozen!(OwnedBlock, 8 + 3 * P, { size: 0, reserved: 4, block: 8, owner: 8 + P, release: 8 + 2 * P });
frozen!(OwnedFunctions, 8 + P, { size: 0, reserved: 4, call: 8 });
