//! The memory of blocks: aligned buffers, arrays that own their bytes, blocks that are handed over, and Arrow arrays.
//!
//! A [`Block`](tollgate_abi::Block) is borrowed. This crate provides the memory that it borrows from. An [`Input`]
//! makes a block of the program's own numbers. An [`Array`] can be filled repeatedly without allocating. An [`Owned`]
//! block can be handed over together with its memory.
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
//! # Where memory is
//! A [`Room`] tells who else can access a block's memory: only this process ([`Heap`]), another process, which can map
//! it for reading ([`Shared`](Room::Shared)), or the foreign owner ([`Foreign`](Room::Foreign)). An [`Arena`]
//! determines where memory is allocated. An [`Array`] of a [`SharedArena`] is in memory that a worker can map, from its
//! first byte on.
//!
//! # What this crate will not do
//! It reads no file and converts no element: `tollgate-view` does.

mod array;
pub mod arrow;
mod as_block;
mod attributes;
mod buffer;
mod input;
mod memory;
mod owned;
mod shared;

pub use array::Array;
pub use as_block::AsBlock;
pub use attributes::Attributes;
pub use buffer::Buffer;
pub use input::{CopyReason, Input, InputError};
pub use memory::{Arena, BufferError, Heap, Memory, Region, Room};
pub use owned::{HandOverError, Holds, Owned};
pub use shared::SharedArena;
