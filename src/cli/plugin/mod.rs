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
    /// List the plugins in the search path, without running their code
    List,
    /// Show a plugin's manifest and whether its file passes the gate, without running its code
    Inspect(inspect::Arguments),
    /// Compare two versions of a plugin and show what is compatible in each direction, without running their code
    #[command(after_help = "Exit code 1 if something that worked with OLD does not work with NEW.")]
    Diff(diff::Arguments),
    /// Record the hashes of these plugins' files in tollgate.lock, so that other files are refused
    Pin(pin::Arguments),
    /// Test a plugin with ordinary and hostile blocks, in child processes, and report what fails
    #[command(after_help = "Exit code 1 if a check fails; the report says how to repeat it.")]
    Validate(validate::Arguments),
    /// Create a project for a new plugin. It builds, has a test, and marks what to edit
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
