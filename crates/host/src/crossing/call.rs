//! A call, as passed over a boundary.

use tollgate_abi::Block;

/// One call: the operation's index in the manifest, and its input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) operation: u32,
    pub(crate) input: &'a Block<'a>,
}
