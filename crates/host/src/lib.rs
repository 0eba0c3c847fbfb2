//! Loads plugins through the gate, and calls them behind a boundary.
//!
//! ```no_run
//! use tollgate_host::{Boundary, Host};
//!
//! // SAFETY: plugins/ holds this project's own plugins, which its build wrote, and nobody else can write there.
//! let host = unsafe { Host::builder().plugin_path("plugins").trust_in_process() }.build();
//! let mut describe = host.open("stats")?.behind(Boundary::CAbi)?.operation("describe")?;
//! let table = describe.call(&[1700.0, 1701.0, 1702.0])?;
//! println!("{table}");
//! assert_eq!(table.column::<f64>("mean")?, [1701.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What happens to a file
//! 1. The file is read once and hashed; nobody else may have write access to it. From then on only these bytes are
//!    used: they are written to a private directory and loaded from there. So nobody can replace the file between check
//!    and load, and rebuilding a plugin never overwrites running code.
//! 2. The gate checks the bytes: format, architecture, that no part is truncated, both symbols, the manifest, and the
//!    pin. None of the plugin's code runs here.
//! 3. If [`HostBuilder::probe`] is set, a child process loads a copy first, where it may crash, exit or hang. A passed
//!    probe proves nothing about later calls.
//! 4. The copy is opened with all imports resolved immediately, the contract version and the manifest are compared, and
//!    an instance is created.
//!
//! Each refusal has a code and a message of one sentence.
//!
//! # What stays loaded
//! A library is never closed: it may have left thread-locals, threads and pointers behind, and no check can find them.
//! Each loaded copy is a *generation*; a changed file becomes the next one. Results own their memory, so they outlive
//! the handle, the plugin and the host.
//!
//! # What the gate cannot do
//! A plugin that is loaded in process can do whatever the process can. The gate refuses files that cannot work; it is
//! not a sandbox.

mod boundary;
mod call;
mod choice;
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
mod suggest;
pub mod worker;

pub use boundary::probe::Probe;
pub use call::operation::Operation;
pub use call::plugin::Plugin;
pub use choice::{Chosen, SetBy};
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
pub use tollgate_block::AsBlock;

/// Internals for the tools of plugin authors: `tollgate-inspect`, and the measurements of the command. They are not for
/// programs that embed a host, and may change at any time.
#[doc(hidden)]
pub mod tools {
    pub use crate::boundary::sink::{Lent, Receiver, ReusedSink};
    pub use crate::boundary::table::{Call, Create, Destroy, Functions, Raw};
    pub use crate::crossing::cell::significant;
    pub use crate::gate::candidate::{Candidate, Seen};
    pub use crate::manifest::settings::shortest;
    pub use crate::suggest::nearest;
}
