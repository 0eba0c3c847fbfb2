//! The result of an operation on a block that it took ownership of.

use tollgate_block::Owned;

/// The result of an operation on a block that it took ownership of.
#[derive(Debug)]
pub struct HandedBack {
    /// The block, with its memory. It may be the block that was handed over.
    pub block: Owned<'static>,
    /// The bytes of it that lie outside the memory that was handed over, so they were copied or computed. Bytes inside
    /// that memory were not copied.
    pub copied_bytes: u64,
}
