//! Loads plugins through the gate, and calls them behind a boundary.
//!
//! ```no_run
//! use tollgate_host::{Boundary, Host};
//! use tollgate_abi::Block;
//!
//! let host = Host::builder().plugin_path("plugins").build();
//! let mut describe = host.open("stats")?.behind(Boundary::CAbi)?.operation("describe")?;
//! let table = describe.call(&Block::of(&[1700.0, 5.0, 1701.0, 11.0], &[2, 2], &[])?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What happens to a file
//! 1. It is read once, where nobody else can write it, and hashed; from then on only the bytes that were read count: they are
//!    written to a private directory and loaded from there, so that nobody can exchange the file between check and load, and a
//!    rebuilt plugin never overwrites code that runs.
//! 2. The gate looks at the bytes: format, architecture, parts that end inside the file, both symbols, the manifest, and the
//!    pin. None of the plugin's code runs in this.
//! 3. Where [`HostBuilder::probe`] asks for it, a child process loads a copy first, in which it may crash, exit or hang. A passed
//!    probe proves nothing about later calls.
//! 4. The file is opened with every import resolved at once, the contract's version and the manifest are compared, and an
//!    instance is made.
//!
//! Each refusal is one sentence, and has a code.
//!
//! # What stays
//! Nothing that was opened is ever closed: a library may have left thread-locals, threads and pointers behind, and no
//! check can tell. What was loaded is a *generation*; a changed file becomes the next one beside it. Results own their
//! memory, so they outlive handle, plugin and host.
//!
//! # What the gate cannot do
//! A plugin that is loaded in process can do whatever the process can. The gate keeps out what cannot work, and what its
//! author would regret; it is no sandbox.

mod boundary;
mod c_abi;
mod config;
mod configuration;
mod diff;
#[cfg(feature = "stable")]
mod difference;
mod error;
mod extension;
mod gate;
mod host;
mod lock;
mod manifest;
mod operation;
mod output;
mod owned;
mod plugin;
mod preflight;
mod probe;
mod schema;
mod search;
mod sink;
#[cfg(feature = "stable")]
mod stable_abi;
#[cfg(not(feature = "stable"))]
#[path = "without_stable_abi.rs"]
mod stable_abi;
pub mod validate;
pub mod worker;

pub use boundary::Boundary;
pub use config::Settings;
pub use configuration::Configuration;
pub use diff::{Diff, Difference, Effect, diff};
pub use error::{Error, Refusal};
pub use gate::{Inspection, Verdict, inspect};
pub use host::{Found, Host, HostBuilder};
pub use lock::{Lock, Pin, PinMismatch};
pub use manifest::{Column, Gives, Key, KeyType, Manifest, OperationInfo, State, StructureLayout};
pub use operation::Operation;
pub use output::Output;
pub use owned::HandedBack;
pub use plugin::Plugin;
pub use probe::{Probe, Stage};
#[doc(hidden)]
pub use stable_abi::RootRef;
pub use tollgate_abi::{Attribute, Block, Element, Registration, Status, Value};
