//! What of the command its tests and benchmarks call as well: the C library that it bundles, and the plugins that are
//! linked into it. A program that embeds the host imports the crate `tollgate`, which has none of this.

#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod parts;
#[allow(unsafe_code, reason = "the one module that may: it is the binding to C")]
pub mod sigkit;
