//! Tollgate: put a plugin behind any boundary, see what each crossing costs, and switch by one line of configuration.
//!
//! This is the facade that a program with plugins imports.
//!
//! ```no_run
//! use tollgate::{Boundary, Host, view};
//!
//! let host = Host::builder().plugin_path("plugins").build();
//! let mut describe = host.open("stats")?.behind(Boundary::CAbi)?.operation("describe")?;
//! let sunspots = view::read("samples/sunspots.npy")?;
//! let table = describe.call(&sunspots.block()?)?;
//! for (column, values) in table.columns().expect("stats gives a table") {
//!     println!("{}: {values:?}", column.name);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(unsafe_code)]

pub use tollgate_abi::{BlockError, COLUMNS, SAMPLE_RATE, Scalar, texts};
pub use tollgate_host::{
    Attribute, Block, Boundary, Column, Configuration, Diff, Difference, Effect, Element, Error, Found, Gives,
    HandedBack, Host, HostBuilder, Inspection, Key, KeyType, Lock, Manifest, Operation, OperationInfo, Output, Pin,
    PinMismatch, Plugin, Probe, Refusal, Registration, Settings, Stage, State, Status, StructureLayout, Value, Verdict,
    diff, inspect, validate, worker,
};
pub use tollgate_platform as platform;
pub use tollgate_view as view;

#[allow(unsafe_code)]
pub mod parts;
#[allow(unsafe_code, reason = "the one module that may: it is the binding to C")]
pub mod sigkit;
