//! What an operation gives for a block that was handed over to it with its memory.

use tollgate_block::Owned;

/// What an operation gave for a block that was handed over to it.
#[derive(Debug)]
pub struct HandedBack {
    /// The block, with its memory. It may be the very block that was handed over.
    pub block: Owned<'static>,
    /// Bytes of it that do not lie in the memory that was handed over, and so were copied or made anew. A plugin cannot
    /// copy from memory that it has released, so what lies there was not copied.
    pub copied_bytes: u64,
}
