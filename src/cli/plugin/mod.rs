//! `tollgate plugin`: one file for each of its commands.

mod diff;
mod inspect;
mod list;
mod new;
mod pin;
mod validate;

use super::Report;
use super::failure::Failure;
use serde_json::{Value as Json, json};
use tollgate::Host;
use tollgate_inspect::Verdict;

pub(crate) use inspect::inspect;
pub(crate) use list::list;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the plugins in the search path; nothing of them runs
    List,
    /// Show what a plugin's file says of itself, and whether the gate would let it in; nothing of it runs
    Inspect(inspect::Arguments),
    /// Compare two versions of a plugin, field by field, and say who still goes together with which; nothing of them
    /// runs
    #[command(after_help = "Exit code 1 where something that worked with OLD does not work with NEW.")]
    Diff(diff::Arguments),
    /// Write to tollgate.lock which bytes these plugins' names stand for, so that others are refused
    Pin(pin::Arguments),
    /// Try a plugin with ordinary and hostile blocks, in child processes, and say what it does wrong
    #[command(after_help = "Exit code 1 where a check fails; the report says how to repeat it.")]
    Validate(validate::Arguments),
    /// Make a project for a new plugin: it builds, has a test, and says what to edit
    New(new::Arguments),
}

pub(crate) fn run(host: &Host, command: &Command) -> Result<Report, Failure> {
    match command {
        Command::List => Ok(list(host)),
        Command::Inspect(arguments) => inspect::run(host, arguments),
        Command::Diff(arguments) => diff::run(host, arguments),
        Command::Pin(arguments) => pin::run(host, arguments),
        Command::Validate(arguments) => validate::run(host, arguments),
        Command::New(arguments) => new::run(arguments),
    }
}

fn verdict_json(verdict: &Verdict) -> Json {
    let code = match verdict {
        Verdict::Passes => "ok",
        Verdict::Refused(refusal) => refusal.code(),
    };
    json!({ "code": code, "message": verdict_text(verdict) })
}

fn verdict_text(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passes => "it passes the gate".to_owned(),
        Verdict::Refused(refusal) => refusal.to_string(),
    }
}
