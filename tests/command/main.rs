//! The command as its users meet it.

#[path = "../support/mod.rs"]
mod support;

mod bench_check;
mod bench_command;
mod bench_report;
mod documents;
mod files;
mod foreign;
mod inspect;
mod new_plugin;
mod trust;
mod validate;
