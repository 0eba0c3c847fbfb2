//! Tests of the command as a user sees it.

#[path = "../support/mod.rs"]
mod support;

mod bench_check;
mod bench_command;
mod bench_plugin;
mod bench_report;
mod bench_schema;
mod demo;
mod documents;
mod files;
mod foreign;
mod help;
mod inspect;
mod manual;
// It builds plugins by cargo, whatever this program's build. .ci/first-hour does the same with the optimised command.
#[cfg(debug_assertions)]
mod new_plugin;
mod stdin;
mod terminal;
mod trust;
mod typos;
mod validate;
mod via;
