//! The command line: one file for each subcommand, and what they share.

mod bench;
mod colour;
mod demo;
mod draw;
mod failure;
mod inlined;
mod input;
mod manual;
mod misused;
mod number;
mod platform;
mod plugin;
mod policy;
mod progress;
mod result;
mod run;
mod samples;
mod spec;
mod view;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};
use failure::Failure;
use policy::Policy;
use progress::Progress;
use serde_json::Value as Json;
use std::io::Write;
use std::process::ExitCode;
use tollgate::{Boundary, Host};

const EXIT_CODES: &str = "\
Start with `tollgate demo`: it runs every part on bundled sample files.
Exit codes: 0 success; 1 the work failed; 2 usage error (in the command line,
the operation or the configuration).";

fn after_help() -> String {
    format!("{}\n\n{EXIT_CODES}", boundaries())
}

/// What each boundary is, for help.
pub(crate) fn boundaries() -> String {
    let mut text = "A boundary is what a call crosses to reach a plugin:".to_owned();
    for boundary in Boundary::ALL {
        text.push_str(&format!("\n  {:12}", boundary.name()));
        let mut column = 14;
        for word in boundary.description().split_whitespace() {
            // Lines of at most 80 columns, the further ones below the first word.
            if column + 1 + word.len() > 80 {
                text.push_str(&format!("\n{:14}", ""));
                column = 14;
            } else if column > 14 {
                text.push(' ');
                column += 1;
            }
            text.push_str(word);
            column += word.len();
        }
    }
    text
}

/// Put a plugin behind any boundary, see what each crossing costs on your machine, and switch by one line of
/// configuration
#[derive(Parser)]
#[command(name = "tollgate", version, after_help = after_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
#[command(next_help_heading = "Options of every command")]
struct Common {
    /// Print one JSON document instead of text; errors are JSON on standard error
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    policy: Policy,
    /// Log to standard error: -v for each step, -vv for details. With --json, warnings too are logged only with it
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Subcommand)]
enum Command {
    /// Take a tour of all features on bundled sample files
    Demo(demo::Arguments),
    /// Pass a file through a plugin, or through a chain of plugins
    Run(run::Arguments),
    /// Show the type, layout and values of a file, and whether it can be used without a copy
    View(view::Arguments),
    /// List, inspect, test, compare, pin and create plugins
    #[command(subcommand, after_help = plugin::EXAMPLES)]
    Plugin(plugin::Command),
    /// Measure what each way to call costs on this machine: the price list
    Bench(Box<bench::Arguments>),
    /// Show what this binary was built for and which facilities work on this machine
    Platform,
    /// Print the script with which a shell completes commands and options
    Completions(manual::Completions),
    /// Print the manual page, or write the pages of all commands to a directory
    Man(manual::Pages),
}

/// The result of a command: text for people and a document for programs. One of them is printed.
struct Report {
    text: String,
    json: Json,
    /// Set if the command did its work and the result is a failure.
    failure: Option<Failure>,
}

impl Report {
    fn new(text: String, json: Json) -> Self {
        Self {
            text,
            json,
            failure: None,
        }
    }
}

/// Parses the command line, runs the command, prints the result and returns the exit code.
pub(crate) fn main() -> ExitCode {
    tollgate_inspect::run_if_worker();
    bench::measure_if_asked();
    let process = std::process::id();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    log(cli.common.verbose, cli.common.json);
    let report = cli.run();
    if std::process::id() != process {
        // A plugin forked during its call, and the call returned in this process too. The document is the first one's.
        return Failure::Work {
            code: "two-processes",
            message: "a plugin forked, and its call returned in two processes: this one ends".to_owned(),
        }
        .tell(cli.common.json);
    }
    match report {
        Ok(report) => {
            let printed = print(&cli.common, &report);
            match (report.failure, printed) {
                (Some(failure), _) => failure.tell(cli.common.json),
                (None, Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    Failure::io("write to standard output", error).tell(cli.common.json)
                }
                _ => ExitCode::SUCCESS,
            }
        }
        Err(failure) => failure.tell(cli.common.json),
    }
}

impl Cli {
    fn run(&self) -> Result<Report, Failure> {
        // What opens no plugin needs no host, and so works whatever the configuration in this directory says.
        let host = || self.common.host();
        match &self.command {
            Command::Demo(arguments) => demo::run(&host()?, arguments),
            Command::Run(arguments) => run::run(&host()?, arguments),
            Command::View(arguments) => view::run(arguments),
            Command::Plugin(command) => plugin::run(&host()?, command),
            Command::Bench(arguments) => bench::run(&host()?, arguments),
            Command::Platform => Ok(platform::run()),
            Command::Completions(arguments) => Ok(manual::completions(arguments)),
            Command::Man(arguments) => manual::pages(arguments),
        }
    }
}

impl Common {
    /// A host with the search path and with the plugins that are part of this program.
    fn host(&self) -> Result<Host, Failure> {
        let host = self.policy.host()?;
        inlined::register(&host)?;
        Ok(host)
    }
}

/// The schema of every document that the command prints or writes.
const SCHEMA: u64 = 1;

/// A command's document as text, the schema first.
fn document(fields: &Json) -> String {
    let mut document = serde_json::Map::new();
    document.insert("schema".to_owned(), SCHEMA.into());
    if let Json::Object(fields) = fields {
        document.extend(fields.clone());
    }
    format!("{:#}\n", Json::Object(document))
}

fn print(common: &Common, report: &Report) -> std::io::Result<()> {
    if !common.json {
        return colour::print_report(&report.text);
    }
    let mut out = std::io::stdout().lock();
    out.write_all(document(&report.json).as_bytes())?;
    out.flush()
}

/// Prints usage errors. clap reports `--help` and `--version` as errors too.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // A closed pipe after `--help` is not an error.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let as_json = std::env::args_os().any(|argument| argument == "--json");
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        if as_json {
            return Failure::usage("no command given; `tollgate --help` lists the commands").tell(true);
        }
        let _ = error.print();
        return ExitCode::from(2);
    }
    Failure::usage(misused::message(error)).tell(as_json)
}

/// The log goes to standard error. With --json there is a log only if the user asked for it, because standard error
/// then holds a JSON document too.
fn log(verbose: u8, as_json: bool) {
    let level = match (verbose, as_json) {
        (0, true) => return,
        (0, false) => tracing::Level::WARN,
        (1, _) => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .with_ansi(false)
        .init();
}
