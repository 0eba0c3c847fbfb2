//! Help pages, as a new user reads them on a terminal of 80 columns.

use crate::support::tollgate_with;

/// Every command that has a page of its own.
const PAGES: &[&str] = &[
    "",
    "demo",
    "run",
    "view",
    "plugin",
    "plugin list",
    "plugin inspect",
    "plugin diff",
    "plugin pin",
    "plugin validate",
    "plugin new",
    "bench",
    "bench check",
    "platform",
    "completions",
    "man",
];

fn page(command: &str) -> String {
    let words = command.split_whitespace().chain(["--help"]);
    let output = tollgate_with(&[("COLUMNS", "80")], words);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn no_line_is_longer_than_a_terminal_and_no_example_is_broken_over_lines() {
    for command in PAGES {
        let text = page(command);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
        // An example that was wrapped would go on at the left edge.
        let examples = text.split("\nExamples:\n").nth(1).unwrap_or_default();
        for line in examples.lines() {
            assert!(line.starts_with("  "), "{command}: {line}");
        }
    }
}

#[test]
fn each_command_has_an_example_whose_command_exists() {
    for command in PAGES.iter().filter(|command| !matches!(**command, "" | "platform")) {
        let text = page(command);
        let examples = text.split("\nExample").nth(1).unwrap_or_default();
        assert!(examples.contains(&format!("tollgate {command}")), "{command}: {text}");
    }
}

#[test]
fn commands_are_listed_in_the_order_in_which_a_new_user_needs_them() {
    let text = page("");
    let places = [
        "demo",
        "run",
        "view",
        "plugin",
        "bench",
        "platform",
        "completions",
        "man",
    ]
    .map(|name| {
        text.find(&format!("\n  {name} "))
            .unwrap_or_else(|| panic!("{name}: {text}"))
    });
    assert!(places.is_sorted(), "{text}");
}
