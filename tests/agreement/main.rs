//! Tests of what C and Rust must agree on. They load no plugin. `cargo xtask variants` runs them on every target that
//! can run here.

#[path = "../support/mod.rs"]
mod support;

mod contract_header;
mod sigkit_crc32c;
mod sigkit_golden;
mod sigkit_layout;
