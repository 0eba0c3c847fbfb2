//! The table of variants, as text, Markdown and JSON.

use super::build::Outcome;
use super::targets::Variant;
use serde_json::{Value, json};

const HEAD: [&str; 9] = [
    "variant",
    "back end",
    "less than supported",
    "state",
    "tests passed",
    "runner",
    "c-abi plugin",
    "stable-abi plugin",
    "seconds",
];

/// What there is, and what is expected of each.
pub(crate) fn list(variants: &[&'static Variant], as_json: bool) -> String {
    if as_json {
        return format!("{}\n", json!({ "schema": "tollgate/variants/1", "variants": variants }));
    }
    variants
        .iter()
        .map(|variant| {
            format!(
                "{:30} {:8} {:8} {}\n",
                variant.name,
                variant.backend,
                variant.expected.name(),
                variant.shows
            )
        })
        .collect()
}

fn cells(outcome: &Outcome) -> [String; 9] {
    let facilities: Vec<String> = outcome
        .facilities
        .iter()
        .map(|(name, status)| format!("{name} {status}"))
        .collect();
    let tests: Vec<String> = outcome
        .tests
        .iter()
        .map(|(run, tests)| match run.is_empty() {
            true => tests.passed.to_string(),
            false => format!("{} ({run})", tests.passed),
        })
        .collect();
    let or_none = |text: Option<&str>| text.unwrap_or("–").to_owned();
    // A path to a runner is this machine's own.
    let runner = outcome.runner.as_deref().map(|runner| {
        let words = runner.split_whitespace();
        let first = words.clone().next().unwrap_or_default();
        let first = first.rsplit('/').next().unwrap_or_default();
        match outcome.variant.runner {
            Some(whole) => whole.to_owned(),
            None => first.to_owned(),
        }
    });
    [
        outcome.variant.name.to_owned(),
        or_none(outcome.backend.as_deref()),
        if facilities.is_empty() {
            "–".to_owned()
        } else {
            facilities.join(", ")
        },
        outcome.state(),
        if tests.is_empty() {
            "–".to_owned()
        } else {
            tests.join(", ")
        },
        match (&runner, outcome.tests.is_empty()) {
            (Some(runner), _) => runner.clone(),
            (None, true) => "–".to_owned(),
            (None, false) => "the system".to_owned(),
        },
        or_none(outcome.plugins.get("c-abi").map(String::as_str)),
        or_none(outcome.plugins.get("stable-abi").map(String::as_str)),
        outcome.took.as_secs().to_string(),
    ]
}

/// The table.
pub(crate) fn table(outcomes: &[Outcome], as_json: bool) -> String {
    if as_json {
        let variants: Vec<Value> = outcomes.iter().map(document_of).collect();
        return format!("{}\n", json!({ "schema": "tollgate/variants/1", "variants": variants }));
    }
    let mut text = format!("| {} |\n|{}\n", HEAD.join(" | "), " --- |".repeat(HEAD.len()));
    for outcome in outcomes {
        text.push_str(&format!("| {} |\n", cells(outcome).join(" | ")));
    }
    text
}

fn document_of(outcome: &Outcome) -> Value {
    json!({
        "name": outcome.variant.name,
        "target": outcome.variant.target,
        "expected": outcome.variant.expected,
        "backend": outcome.backend,
        "facilities": outcome.facilities.iter().map(|(name, status)| json!({ "name": name, "status": status })).collect::<Vec<_>>(),
        "reached": outcome.reached,
        "as_expected": outcome.broken().is_none(),
        "problem": outcome.problem,
        "tests": outcome.tests.iter().map(|(run, tests)| json!({
            "run": run,
            "passed": tests.passed,
            "skipped": tests.skipped,
        })).collect::<Vec<_>>(),
        "runner": outcome.runner,
        "plugins": outcome.plugins,
        "seconds": outcome.took.as_secs_f64(),
    })
}

/// The document that holds the table.
pub(crate) fn document(outcomes: &[Outcome]) -> String {
    let mut text = "# Variants\n\n\
        The same workspace, built for other targets. `cargo xtask variants --write` made this table: it lays out what each\n\
        target needs (`.ci/cross`: Debian's Rust compiler, the standard library compiled for the target, C compilers, runners),\n\
        builds, runs the tests of `abi`, `platform`, `view`, `host` and of what C and Rust must agree on, asks the command that\n\
        was built what it is (`tollgate platform`), and has it load a plugin behind both tiers. Back ends, facilities and numbers\n\
        of tests are what the programs that ran printed; where nothing here runs a program, the back end is read from the file,\n\
        and of what is only checked from the compiler's list of the files that it read. Seconds are of a shared machine with 2\n\
        cores, emulated where there is a runner, and mean no more than that.\n\n"
        .to_owned();
    text.push_str(&table(outcomes, false));
    text.push('\n');
    for outcome in outcomes {
        text.push_str(&format!("- `{}`: {}.\n", outcome.variant.name, outcome.variant.shows));
    }
    let skipped: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| {
            let mut sentences: Vec<&String> = outcome.tests.iter().flat_map(|(_, tests)| &tests.skipped).collect();
            sentences.sort();
            sentences.dedup();
            sentences
                .into_iter()
                .map(|sentence| format!("- `{}`: {sentence}\n", outcome.variant.name))
                .collect::<Vec<_>>()
        })
        .collect();
    if !skipped.is_empty() {
        text.push_str("\n## What was skipped, in the tests' own words\n\n");
        text.push_str(&skipped.concat());
    }
    text.push_str(
        "\n`cargo xtask variants --self-check` plants an endianness error and a wrong layout in a test program, and fails unless\n\
         s390x finds the one, i686 the other, and a native build neither.\n",
    );
    text
}
