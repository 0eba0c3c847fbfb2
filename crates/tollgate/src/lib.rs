//! Tollgate: put a plugin behind any boundary, see what each crossing costs, and switch by one line of configuration.
//!
//! This is the facade that a program with plugins imports.
//!
//! ```no_run
//! use tollgate::{Block, Boundary, Host};
//!
//! // SAFETY: plugins/ holds this project's own plugins, which its build wrote, and nobody else can write there.
//! let host = unsafe { Host::builder().plugin_path("plugins").trust_in_process() }.build();
//! let mut describe = host.open("stats")?.behind(Boundary::CAbi)?.operation("describe")?;
//! let values = [1.0, 2.0, 4.0];
//! let table = describe.call(&Block::of(&values, &[3], &[])?)?;
//! for (column, values) in table.columns().expect("stats gives a table") {
//!     println!("{}: {values:?}", column.name);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//! | feature | what it adds |
//! | --- | --- |
//! | `stable` (default) | the boundary `stable-abi`; without it, its file is refused by name |
//! | `serde` | `Serialize` and `Deserialize` for [`Manifest`], as the JSON in a plugin's file |
//! | `view` | the module `view`: `.npy`, `.npz`, `.wav` and `.safetensors` files as checked blocks |
//!
//! # What this crate will not do
//! It needs no C compiler, reads no file format unless asked for, and writes no plugins: their authors import
//! `tollgate-plugin`. A program that links its own Rust plugins in for the boundary `inline` depends on that crate too,
//! for its macro `inline!`, and gives what that makes to [`Host::register`].

#![forbid(unsafe_code)]

pub use tollgate_abi::{BlockError, COLUMNS, SAMPLE_RATE, Scalar, texts};
pub use tollgate_block as block;
pub use tollgate_host::{
    Artifact, Attribute, Block, Boundary, Chosen, Column, Configuration, Element, Error, Gives, HandedBack, Host,
    HostBuilder, Key, KeyType, Lock, Lost, Manifest, Operation, OperationInfo, Output, Pin, PinMismatch, Plugin, Probe,
    Refusal, Registration, SetBy, Settings, Stage, State, Status, StructureLayout, UnknownBoundary, Value, worker,
};
#[cfg(feature = "view")]
pub use tollgate_view as view;
