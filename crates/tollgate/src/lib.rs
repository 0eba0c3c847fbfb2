//! Tollgate: put a plugin behind any boundary, see what each crossing costs, and switch by one line of configuration.
//!
//! This is the crate that a program with plugins imports. This page leads from a `Vec` to a printed table, and from
//! there to boundaries, errors and threads. Each section has a runnable example in `crates/tollgate/examples`.
//!
//! # From a `Vec` to a printed table
//! A [`Host`] finds plugins by name. An [`Operation`] is a handle to one of a plugin's operations, and is called with
//! the program's own numbers. Nothing is copied on the way in, and the result is read in place:
//!
//! ```no_run
//! use tollgate::Host;
//!
//! // SAFETY: plugins/ holds this project's own plugins, which its build wrote, and nobody else can write there.
//! let host = unsafe { Host::builder().plugin_path("plugins").trust_in_process() }.build();
//! let mut describe = host.open("stats")?.operation("describe")?;
//!
//! let values = vec![1.0, 2.0, 4.0, 5.0];
//! let table = describe.call(&values)?;
//! println!("{table}");
//! // name  count  nan_count  mean      std  min  max
//! // c0        4          0     3  1.58114    1    5
//! assert_eq!(table.column::<f64>("mean")?, [3.0]);
//! assert_eq!(table.texts("name")?, ["c0"]);
//! # Ok::<(), tollgate::Error>(())
//! ```
//!
//! A plugin's code runs with all rights of the process that loads it, so the program promises once, in
//! [`HostBuilder::trust_in_process`], that it trusts the files that the host will find.
//!
//! # Numbers with a shape
//! [`Input`] gives numbers a shape, strides, the names of columns and other attributes. It borrows a slice and takes
//! over a `Vec`:
//!
//! ```
//! use tollgate::Input;
//!
//! let matrix = [1700.0, 5.0, 1701.0, 11.0, 1702.0, 16.0];
//! let rows = Input::shaped(&matrix, &[3, 2])?.with_columns(&["year", "sunspots"])?;
//! // Every second element, and a matrix whose first axis varies fastest: both in place.
//! let years = Input::strided(&matrix, &[3], &[2])?;
//! let fortran = Input::column_major(&matrix, &[2, 3])?;
//! assert_eq!((rows.copied_bytes(), years.copied_bytes(), fortran.copied_bytes()), (0, 0, 0));
//! // What the contract cannot express is copied, and the copy is counted.
//! let reversed = Input::strided(&matrix, &[3], &[-2])?;
//! assert_eq!(reversed.copied_bytes(), 24);
//! println!("copied because {}", reversed.copy_reason().unwrap());
//! # Ok::<(), tollgate::InputError>(())
//! ```
//!
//! Most operations read C order only and refuse a block with strides. [`Input::in_c_order`] copies where that is
//! needed. The table at [`Input`] says how arrays of `ndarray` and matrices of `nalgebra` are passed. A file is passed
//! as `&view::read("file.npy")?.block()?` (feature `view`).
//!
//! # Boundaries
//! A [`Boundary`] is the way in which a call reaches a plugin. The handle is the same behind each, so that a program
//! changes one line to compare them or to switch:
//!
//! ```no_run
//! # use tollgate::{Boundary, Host};
//! # let host = Host::builder().build();
//! let mut describe = host.open("stats")?.behind(Boundary::StableAbi)?.operation("describe")?;
//! # Ok::<(), tollgate::Error>(())
//! ```
//!
//! | boundary | what it is | needs |
//! | --- | --- | --- |
//! | `inline`, `static-c` | the plugin is part of the program, in Rust or in C | [`Host::register`] |
//! | `c-abi` | a shared library behind C functions | `trust_in_process` |
//! | `stable-abi` | the same file behind types of abi_stable | `trust_in_process`, feature `stable` |
//!
//! A plugin in Rust is linked into the program with the macro `inline!` of the crate `tollgate-plugin`, and needs no
//! promise: see the example `registered`. [`Plugin::config`] sets a plugin's configuration, as in
//! `host.open("biquad")?.config("cutoff=1000")?`.
//!
//! # Errors
//! Every failure is an [`Error`] with a message of one sentence and a [`code`](Error::code) that stays the same. A
//! plugin that panics is such an error as well, with its file and line; the next call works.
//!
//! ```no_run
//! # use tollgate::{Error, Host};
//! # let host = Host::builder().build();
//! # let mut describe = host.open("stats")?.operation("describe")?;
//! match describe.call(&[1.0, 2.0]) {
//!     Ok(table) => println!("{table}"),
//!     // The plugin takes no f64: nothing is converted silently.
//!     Err(error @ Error::ElementNotTaken { .. }) => eprintln!("{error}"),
//!     // Another process or machine was lost, and the same call may succeed.
//!     Err(error) if error.is_retryable() => eprintln!("call again: {error}"),
//!     Err(error) => return Err(error),
//! }
//! # Ok::<(), Error>(())
//! ```
//!
//! `docs/REFUSALS.md` lists every code with its cause and its cure.
//!
//! # Threads
//! [`Host`] and [`Plugin`] are cloned and shared freely. A handle is called by one thread at a time, without a lock;
//! threads that call at the same time take a handle each:
//!
//! ```no_run
//! # use tollgate::Host;
//! # let host = Host::builder().build();
//! let stats = host.open("stats")?;
//! std::thread::scope(|scope| {
//!     for values in [[1.0, 2.0], [3.0, 4.0]] {
//!         let stats = &stats;
//!         scope.spawn(move || stats.operation("describe")?.call(&values).map(|table| println!("{table}")));
//!     }
//! });
//! # Ok::<(), tollgate::Error>(())
//! ```
//!
//! A loop calls [`Operation::call_into`], which reuses an [`Output`] and then allocates nothing. An output owns its
//! memory and outlives the handle, the plugin and the host.
//!
//! # Features
//! | feature | what it adds |
//! | --- | --- |
//! | `stable` (default) | the boundary `stable-abi`; without it, 23 packages less are built, and its file is refused by name |
//! | `serde` | `Serialize` for [`Output`]; `Serialize` and `Deserialize` for [`Manifest`], as the JSON in a plugin's file |
//! | `view` | the module `view`: `.npy`, `.npz`, `.wav` and `.safetensors` files as checked blocks |
//!
//! # What this crate will not do
//! - It is no sandbox: a plugin that is loaded in process can do whatever the process can.
//! - It converts no element types, and copies nothing unless it says so.
//! - It unloads no library, since no check can find what a library has left behind.
//! - It needs no C compiler, reads no file format unless asked for, and writes no plugins: their authors import
//!   `tollgate-plugin`.

#![forbid(unsafe_code)]

pub use tollgate_abi::{BlockError, COLUMNS, SAMPLE_RATE, Scalar, texts};
pub use tollgate_block as block;
pub use tollgate_block::{CopyReason, Input, InputError};
pub use tollgate_host::{
    Artifact, AsBlock, Attribute, Block, Boundary, Chosen, Column, Configuration, Element, Error, Gives, HandedBack,
    Host, HostBuilder, Key, KeyType, Lock, Lost, Manifest, Operation, OperationInfo, Output, Pin, PinMismatch, Plugin,
    Probe, Refusal, Registration, SetBy, Settings, Stage, State, Status, StructureLayout, UnknownBoundary, Value,
    worker,
};
#[cfg(feature = "view")]
pub use tollgate_view as view;
