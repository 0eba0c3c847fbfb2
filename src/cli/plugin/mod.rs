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

pub(crate) const EXAMPLES: &str = "\
Examples:
  tollgate plugin list
  tollgate plugin inspect stats
  tollgate plugin new gain";

const LIST: &str = "\
Examples:
  tollgate plugin list
  tollgate plugin list --plugin-path target/release";

const INSPECT: &str = "\
Examples:
  tollgate plugin inspect stats
  tollgate plugin inspect ./libgain.so --schema";

const DIFF: &str = "\
Exit code 1 if something that worked with OLD does not work with NEW.

Example:
  tollgate plugin diff gain ./libgain.so";

const PIN: &str = "\
Example:
  tollgate plugin pin stats biquad
  tollgate run samples/ecg.npy --plugin stats --locked";

const VALIDATE: &str = "\
Exit code 1 if a check fails; the report says how to repeat it.

Example:
  tollgate plugin validate ./libgain.so --config factor=0.5";

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the plugins in the search path, without running their code
    #[command(after_help = LIST)]
    List,
    /// Show a plugin's manifest and whether its file passes the gate, without running its code
    #[command(after_help = INSPECT)]
    Inspect(inspect::Arguments),
    /// Compare two versions of a plugin and show what is compatible in each direction, without running their code
    #[command(after_help = DIFF)]
    Diff(diff::Arguments),
    /// Record the hashes of these plugins' files in tollgate.lock, so that other files are refused
    #[command(after_help = PIN)]
    Pin(pin::Arguments),
    /// Test a plugin with ordinary and hostile blocks, in child processes, and report what fails
    #[command(after_help = VALIDATE)]
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
