//! What C and Rust must agree on. It loads no plugin, and `cargo xtask variants` runs it on every target that something
//! here runs.

#[path = "../support/mod.rs"]
mod support;

mod contract_header;
mod sigkit_crc32c;
mod sigkit_golden;
mod sigkit_layout;
