//! `tollgate completions` and `tollgate man`: what a shell and `man` know about the command line.

use super::failure::Failure;
use super::{Cli, Report};
use clap::CommandFactory;
use clap_complete::aot::{Shell, generate};
use clap_mangen::Man;
use serde_json::json;
use std::path::{Path, PathBuf};

const COMPLETIONS: &str = "\
Write the script to where the shell looks for it:
  bash        ~/.local/share/bash-completion/completions/tollgate
  zsh         _tollgate in a directory of $fpath
  fish        ~/.config/fish/completions/tollgate.fish
  elvish      at the end of ~/.config/elvish/rc.elv
  powershell  at the end of the file that $PROFILE names

Examples:
  tollgate completions fish > ~/.config/fish/completions/tollgate.fish
  source <(tollgate completions bash)";

const MAN: &str = "\
Examples:
  tollgate man | man -l -
  tollgate man --dir ~/.local/share/man/man1
  man tollgate-run";

#[derive(clap::Args)]
#[command(after_help = COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell that the script is for
    #[arg(value_enum)]
    shell: Shell,
}

/// The script as the report's text.
pub(crate) fn completions(arguments: &Completions) -> Report {
    let mut script = Vec::new();
    let shell = arguments.shell;
    generate(shell, &mut Cli::command(), "tollgate", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let document = json!({ "shell": shell.to_string(), "script": script });
    Report::new(script, document)
}

#[derive(clap::Args)]
#[command(after_help = MAN)]
pub(crate) struct Pages {
    /// Write one page for each command into this directory, which is created if needed, instead of printing the page
    /// of tollgate
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn pages(arguments: &Pages) -> Result<Report, Failure> {
    let Some(directory) = &arguments.dir else {
        let page = page(whole())?;
        let document = json!({ "page": page, "directory": null, "files": null });
        return Ok(Report::new(page, document));
    };
    std::fs::create_dir_all(directory)
        .map_err(|error| Failure::io(format!("make the directory {}", directory.display()), error))?;
    let mut files = Vec::new();
    write(whole(), directory, &mut files)?;
    let text = format!("{} pages written to {}\n", files.len(), directory.display());
    let document = json!({ "page": null, "directory": directory.display().to_string(), "files": files });
    Ok(Report::new(text, document))
}

/// The command line, complete: each subcommand has its full name and the options of every command.
fn whole() -> clap::Command {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    command
}

fn page(command: clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    Man::new(command)
        .source(concat!("tollgate ", env!("CARGO_PKG_VERSION")))
        .manual("Tollgate")
        .render(&mut page)
        .map_err(|error| Failure::io("format the manual page", error))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Writes the pages of a command and its subcommands, and adds the names of their files.
fn write(command: clap::Command, directory: &Path, files: &mut Vec<String>) -> Result<(), Failure> {
    let name = Man::new(command.clone()).get_filename();
    let subcommands: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    let path = directory.join(&name);
    std::fs::write(&path, page(command)?).map_err(|error| Failure::io(format!("write {}", path.display()), error))?;
    files.push(name);
    for subcommand in subcommands {
        write(subcommand, directory, files)?;
    }
    Ok(())
}
