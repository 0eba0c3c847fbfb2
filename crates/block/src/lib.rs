//! The memory of blocks: aligned buffers, arrays that own their bytes, blocks that are handed over, and Arrow arrays.
//!
//! A [`Block`](tollgate_abi::Block) is borrowed; what it borrows from is of this crate. An [`Array`] is filled again
//! and again without allocating; an [`Owned`] block may be handed to somebody else together with its memory.
//!
//! ```
//! use tollgate_abi::Element;
//! use tollgate_block::Array;
//!
//! let mut array = Array::new();
//! array.room(16)?[..8].copy_from_slice(&1.5_f64.to_ne_bytes());
//! array.describe(Element::F64, &[2], &[])?;
//! assert_eq!(array.block().as_slice::<f64>()?, [1.5, 0.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where memory lies
//! A [`Room`] says who else can reach a block's memory: nobody beside this process ([`Heap`]), another process, which
//! can map it for reading ([`Shared`](Room::Shared)), or whoever gave it ([`Foreign`](Room::Foreign)). An [`Arena`]
//! says where memory is born: an [`Array`] of a [`SharedArena`] lies where a worker can map it, from its first byte on.
//!
//! # What this crate will not do
//! It reads no file and converts no element: `tollgate-view` does.

mod array;
pub mod arrow;
mod attributes;
mod buffer;
mod memory;
mod owned;
mod shared;

pub use array::Array;
pub use attributes::Attributes;
pub use buffer::Buffer;
pub use memory::{Arena, BufferError, Heap, Memory, Region, Room};
pub use owned::{HandOverError, Holds, Owned};
pub use shared::SharedArena;
