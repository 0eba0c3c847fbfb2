//! Completions and manual pages: they know every command, and need neither plugins nor a sound configuration.

use crate::support::{document, refusal, skip, tollgate};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The commands below `tollgate`, by the names that help gives them.
fn subcommands(of: &[&str]) -> Vec<String> {
    let text = String::from_utf8(tollgate(of.iter().chain(&["--help"])).stdout).unwrap();
    let list = text.split("\nCommands:\n").nth(1).unwrap_or_default();
    let list = list.split("\n\n").next().unwrap_or_default();
    let names = list.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    });
    names.collect()
}

/// Runs the command in this directory, with nothing that would help it to find plugins.
fn run(here: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.args(arguments).current_dir(here).output().unwrap()
}

/// Whether a program accepts this text on its standard input; nothing if there is no such program.
fn accepts(program: &str, arguments: &[&str], text: &[u8]) -> Option<Output> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("text");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::from(std::fs::File::open(&file).unwrap()));
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            skip(program, error);
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

#[test]
fn each_shell_s_completions_name_every_command() {
    let commands = [subcommands(&[]), subcommands(&["plugin"])].concat();
    assert!(commands.len() >= 14, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = tollgate(["completions", shell]);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let script = String::from_utf8(output.stdout).unwrap();
        for word in commands
            .iter()
            .map(String::as_str)
            .chain(["check", "baseline", "plugin-path"])
        {
            assert!(script.contains(word), "{shell}: {word}");
        }
        let document = document(&tollgate(["completions", shell, "--json"]));
        assert_eq!(document["shell"], shell);
        assert_eq!(document["script"], script);
    }
}

#[test]
fn shells_accept_their_completions() {
    for (shell, arguments) in [
        ("bash", &["-n"][..]),
        ("zsh", &["-n"]),
        ("fish", &["--no-execute", "/dev/stdin"]),
    ] {
        let script = tollgate(["completions", shell]).stdout;
        if let Some(output) = accepts(shell, arguments, &script) {
            assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        }
    }
}

#[test]
fn an_unknown_shell_is_answered_with_those_that_exist() {
    let (exit, code, message) = refusal(&tollgate(["completions", "bsh", "--json"]));
    assert_eq!((exit, code.as_str()), (2, "usage"));
    assert!(message.contains("did you mean bash?"), "{message}");
}

#[test]
fn every_command_has_a_manual_page_that_groff_accepts() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("share/man1");
    let written = document(&tollgate(["man", "--dir", pages.to_str().unwrap(), "--json"]));
    let mut expected = BTreeSet::from(["tollgate.1".to_owned(), "tollgate-bench-check.1".to_owned()]);
    expected.extend(subcommands(&[]).iter().map(|name| format!("tollgate-{name}.1")));
    expected.extend(
        subcommands(&["plugin"])
            .iter()
            .map(|name| format!("tollgate-plugin-{name}.1")),
    );
    let listed: BTreeSet<String> = serde_json::from_value(written["files"].clone()).unwrap();
    let found = std::fs::read_dir(&pages).unwrap();
    let found: BTreeSet<String> = found
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(listed, expected);
    assert_eq!(found, expected);
    for name in found {
        let page = std::fs::read(pages.join(&name)).unwrap();
        let text = String::from_utf8_lossy(&page);
        assert!(text.contains(".SH NAME") && text.contains(".SH OPTIONS"), "{name}");
        // -ww: every warning. Standard output is the formatted page.
        if let Some(output) = accepts("groff", &["-man", "-ww", "-Tutf8", "-Kutf8"], &page) {
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{name}: {output:?}"
            );
            assert!(!output.stdout.is_empty(), "{name}");
        }
    }
}

#[test]
fn the_page_of_tollgate_is_printed() {
    let output = tollgate(["man"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains(".TH tollgate 1"), "{page}");
    assert_eq!(document(&tollgate(["man", "--json"]))["page"], page);
}

#[test]
fn they_work_where_the_configuration_is_broken() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("tollgate.toml"), "boundary = [").unwrap();
    assert_eq!(run(directory.path(), &["plugin", "list"]).status.code(), Some(2));
    for arguments in [&["completions", "bash"][..], &["man"]] {
        let output = run(directory.path(), arguments);
        assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("man1");
    let (exit, code, message) = refusal(&tollgate(["man", "--dir", below.to_str().unwrap(), "--json"]));
    assert_eq!((exit, code.as_str()), (1, "io"));
    assert!(message.starts_with("cannot make the directory"), "{message}");
}
