//! What a program uses: a plugin behind a boundary, and handles to its operations.

pub(crate) mod operation;
pub(crate) mod plugin;
mod pool;
