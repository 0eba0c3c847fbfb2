//! A wrong command line, as one sentence: what is wrong, what was probably meant, and whose help explains it.

use super::Cli;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use tollgate_host::tools::nearest;

/// The message of clap's error.
pub(crate) fn message(error: &clap::Error) -> String {
    // clap's first paragraph is the error. Its tips are taken from its context instead.
    let rendered = error.render().to_string();
    let paragraph = rendered.split("\n\n").next().unwrap_or_default();
    let sentence: Vec<&str> = paragraph.trim_start_matches("error: ").split_whitespace().collect();
    let mut tool = Cli::command();
    // Gives each subcommand the options of every command.
    tool.build();
    // An argument that is not UTF-8 names no subcommand.
    let arguments = std::env::args_os()
        .skip(1)
        .filter_map(|argument| argument.into_string().ok());
    let (command, named) = used(&tool, arguments);
    let sentence = sentence.join(" ");
    match similar(error, command).or_else(|| suggested(error)) {
        Some(meant) => format!("{sentence}; did you mean {meant}? See `{named} --help`"),
        None if sentence.ends_with('?') => format!("{sentence} See `{named} --help`"),
        None => format!("{sentence}; see `{named} --help`"),
    }
}

/// The subcommand that the command line names, as far as its names are known, and how it is called.
fn used(tool: &Command, arguments: impl Iterator<Item = String>) -> (&Command, String) {
    let (mut command, mut named) = (tool, tool.get_name().to_owned());
    for argument in arguments {
        if let Some(next) = command.find_subcommand(&argument) {
            command = next;
            named.push(' ');
            named.push_str(&argument);
        }
    }
    (command, named)
}

/// What clap suggests.
fn suggested(error: &clap::Error) -> Option<String> {
    let kinds = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(meant) => Some(meant.clone()),
        ContextValue::Strings(meant) => meant.first().cloned(),
        _ => None,
    })
}

/// The name of the subcommand or the flag that is nearest to the unknown one.
fn similar(error: &clap::Error, command: &Command) -> Option<String> {
    let unknown = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    if let Some(word) = unknown(ContextKind::InvalidSubcommand) {
        let names = command.get_subcommands().map(Command::get_name);
        return nearest(word, names).map(str::to_owned);
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let word = unknown(ContextKind::InvalidArg)?;
    let flag = word.strip_prefix("--")?.split('=').next()?;
    let flags = command.get_arguments().filter_map(|argument| argument.get_long());
    nearest(flag, flags).map(|flag| format!("--{flag}"))
}
