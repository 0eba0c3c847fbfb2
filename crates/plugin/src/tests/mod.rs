//! Plugins as authors write them, called through the contract by a small host.

mod config;
mod panics;
mod sink;
mod small_host;
mod testing;
