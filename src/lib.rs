//! The parts of the command that tests and benchmarks call too: the bundled C library, and the plugins that are
//! linked into the command. A program that embeds the host uses the crate `tollgate`, which has none of this.

#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod parts;
#[allow(unsafe_code, reason = "the binding to C")]
pub mod sigkit;
