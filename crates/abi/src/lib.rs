//! The contract between a host and a plugin: the types that cross, their layout, and who may do what with them.
//!
//! This crate is the Rust side of `include/tollgate.h`. `cargo xtask codegen` generates the header from these types,
//! and a test compiles the header and compares every size, alignment and offset. The crate is `no_std` and has no
//! dependencies, unless the feature `stable` adds the stable tier. Plugin authors use `tollgate-plugin`, and programs
//! that load plugins use `tollgate-host`. Both build on these types.
//!
//! # The shape of the contract
//! A plugin's file exports two symbols:
//! - [`MANIFEST_SYMBOL`], data: a `u64` length and that many bytes of JSON. The host reads it from the file without
//!   running any code of the plugin.
//! - [`ENTRY_SYMBOL`], a function that returns an [`Entry`]: `size` and `abi` first, then create, call, destroy, and
//!   `extension` for later additions.
//!
//! # Rules
//! - **Version.** `abi` is [`ABI`], a major number; a host refuses any other. The structures are frozen. A structure
//!   that begins with `size` may be longer on the other side, if that side has a newer minor version. Only [`later`]
//!   reads the fields behind the frozen ones. [`Text`] and [`Attribute`] never grow, because they are elements of
//!   arrays.
//! - **Extensions.** Every other addition is an extension. It is requested by an id that contains a version, such as
//!   [`STATE`]. A side that does not know the id returns null, so an old host works with a new plugin, and a new host
//!   with an old one.
//! - **Ownership.** Everything that crosses is borrowed for the call, except blocks that the extension [`OWNED`] hands
//!   over. The only other memory that a plugin hands over is its instance, which is returned to it through `destroy`.
//!   Output is written into the host's memory through the [`Sink`], so no allocator crosses.
//! - **Threads.** An instance is called by one thread at a time, and may move between threads. `create` and `extension`
//!   may be called by several threads at once.
//! - **Unwinding.** No panic and no exception may leave a function of the contract.
//! - **Numbers** are native-endian. Text is UTF-8 with a length. A list of texts is one text in which each item ends
//!   with a NUL.

#![no_std]

mod attribute;
mod block;
mod contract;
mod element;
mod entry;
mod extension;
mod layout;
mod owned;
mod registration;
mod sink;
#[cfg(feature = "stable")]
pub mod stable;

/// The exported data that is a plugin's header in the stable tier. The name is abi_stable's.
pub const STABLE_SYMBOL: &str = "_1as_0lib_1header_0root_bmodule_bloader";
mod text;
mod values;

pub use attribute::{Attribute, Kind, Value};
pub use block::{Block, BlockError, MAX_RANK, bytes_of};
pub use contract::{Code, Codes, Docs, Field, Layout};
pub use element::{Element, Scalar};
pub use entry::{Entry, EntryFn, HostInfo, Manifest, Status};
pub use extension::{Grows, STATE, StateFunctions, later};
pub use layout::{CODES, LAYOUTS};
pub use owned::{OWNED, OwnedBlock, OwnedFunctions};
pub use registration::Registration;
pub use sink::{Fault, Level, Sink};
pub use text::{Text, texts};

/// The contract's version: a major number, refused unless equal. Version 1 is frozen: additions are made by extensions
/// and by trailing fields.
pub const ABI: u32 = 1;

/// The exported function that returns the [`Entry`]. Its type is [`EntryFn`].
pub const ENTRY_SYMBOL: &str = "tollgate_entry";

/// The exported data of type [`Manifest`].
pub const MANIFEST_SYMBOL: &str = "tollgate_manifest";

/// The alignment in bytes of the memory that [`Sink`] reserves: one cache line, which is enough for every vector
/// register.
pub const ROOM_ALIGNMENT: usize = 64;

/// The key of the attribute that names a block's columns: the names of the last axis, as a list of texts.
pub const COLUMNS: &str = "columns";

/// The key of the attribute that gives a block's sample rate in hertz, a real number.
pub const SAMPLE_RATE: &str = "sample_rate";
