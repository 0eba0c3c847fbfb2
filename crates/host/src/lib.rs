//! Loads plugins through the gate, and calls them behind a boundary.
//!
//! ```no_run
//! use tollgate_host::{Boundary, Host};
//! use tollgate_abi::Block;
//!
//! // SAFETY: plugins/ holds this project's own plugins, which its build wrote, and nobody else can write there.
//! let host = unsafe { Host::builder().plugin_path("plugins").trust_in_process() }.build();
//! let mut describe = host.open("stats")?.behind(Boundary::CAbi)?.operation("describe")?;
//! let table = describe.call(&Block::of(&[1700.0, 5.0, 1701.0, 11.0], &[2, 2], &[])?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What happens to a file
//! 1. It is read once, where nobody else can write it, and hashed; from then on only the bytes that were read count:
//!    they are written to a private directory and loaded from there, so that nobody can exchange the file between check
//!    and load, and a rebuilt plugin never overwrites code that runs.
//! 2. The gate looks at the bytes: format, architecture, parts that end inside the file, both symbols, the manifest,
//!    and the pin. None of the plugin's code runs in this.
//! 3. Where [`HostBuilder::probe`] asks for it, a child process loads a copy first, in which it may crash, exit or
//!    hang. A passed probe proves nothing about later calls.
//! 4. The file is opened with every import resolved at once, the contract's version and the manifest are compared, and
//!    an instance is made.
//!
//! Each refusal is one sentence, and has a code.
//!
//! # What stays
//! Nothing that was opened is ever closed: a library may have left thread-locals, threads and pointers behind, and no
//! check can tell. What was loaded is a *generation*; a changed file becomes the next one beside it. Results own their
//! memory, so they outlive handle, plugin and host.
//!
//! # What the gate cannot do
//! A plugin that is loaded in process can do whatever the process can. The gate keeps out what cannot work, and what
//! its author would regret; it is no sandbox.

mod boundary;
mod call;
mod crossing;
mod error;
mod fault;
mod gate;
mod generation;
mod host;
mod kind;
mod manifest;
mod offered;
mod policy;
mod refusal;
mod registry;
mod shared;
pub mod worker;

pub use boundary::probe::Probe;
pub use call::operation::Operation;
pub use call::plugin::Plugin;
pub use crossing::handed::HandedBack;
pub use crossing::output::Output;
pub use error::Error;
pub use fault::Lost;
pub use gate::Artifact;
pub use gate::pin::{Lock, Pin};
pub use host::{Host, HostBuilder};
pub use kind::{Boundary, UnknownBoundary};
pub use manifest::settings::Settings;
pub use manifest::{Column, Gives, Key, KeyType, Manifest, OperationInfo, State, StructureLayout};
pub use policy::Configuration;
pub use refusal::{PinMismatch, Refusal, Stage};
pub use tollgate_abi::{Attribute, Block, Element, Registration, Status, Value};

/// What tools for plugins' authors are made of: `tollgate-inspect`, and the measurements of the command. Not for
/// programs that embed a host, and without promises.
#[doc(hidden)]
pub mod tools {
    pub use crate::boundary::sink::{Lent, Receiver, ReusedSink};
    pub use crate::boundary::table::{Call, Create, Destroy, Functions, Raw};
    pub use crate::gate::candidate::{Candidate, Seen};
}
