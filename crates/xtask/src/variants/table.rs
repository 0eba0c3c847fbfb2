//! The table of variants, as text, Markdown and JSON.

use super::outcome::Outcome;
use super::targets::{VARIANTS, Variant};
use serde_json::json;
use std::collections::BTreeMap;

/// The document's schema.
const SCHEMA: &str = "tollgate/variants/1";

/// The schema of the list.
const LIST_SCHEMA: &str = "tollgate/variants-list/1";

const HEAD: [&str; 10] = [
    "variant",
    "back end",
    "not fully supported",
    "paths chosen",
    "state",
    "tests passed",
    "runner",
    "c-abi plugin",
    "stable-abi plugin",
    "seconds",
];

/// The list of variants and what is expected of each.
pub(crate) fn list(variants: &[&'static Variant], as_json: bool) -> String {
    if as_json {
        return format!("{:#}\n", json!({ "schema": LIST_SCHEMA, "variants": variants }));
    }
    let line = |cells: [&str; 5]| {
        let [name, target, backend, expected, shows] = cells;
        format!("{name:30} {target:30} {backend:9} {expected:9} {shows}\n")
    };
    let head = line(["name", "target", "back end", "expected", "purpose"]);
    let rows = variants.iter().map(|variant| {
        let words = [variant.runner.unwrap_or_default(), variant.rustflags];
        let words = words.into_iter().chain(variant.features.iter().copied());
        let how: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let shows = match how.is_empty() {
            true => variant.shows.to_owned(),
            false => format!("{} ({})", variant.shows, how.join(" ")),
        };
        line([
            variant.name,
            variant.target,
            variant.backend,
            variant.expected.name(),
            &shows,
        ])
    });
    std::iter::once(head).chain(rows).collect()
}

/// The outcomes as one JSON document, which [`rows`] reads.
pub(crate) fn json(outcomes: &[Outcome]) -> String {
    // Outcomes are texts and numbers: serialising them cannot fail.
    let document = json!({ "schema": SCHEMA, "variants": outcomes });
    format!("{document:#}\n")
}

/// The outcomes in a JSON document of [`json()`].
pub(crate) fn rows(document: &str) -> Result<Vec<Outcome>, serde_json::Error> {
    let mut document: serde_json::Value = serde_json::from_str(document)?;
    if document["schema"] != SCHEMA {
        return Err(serde::de::Error::custom(format!("its schema is not {SCHEMA:?}")));
    }
    serde_json::from_value(document["variants"].take())
}

/// The outcomes of `old` and `new` in the list's order; for a variant in both, that of `new`.
pub(crate) fn merged(old: Vec<Outcome>, new: &[Outcome]) -> Vec<Outcome> {
    let mut by_name: BTreeMap<String, Outcome> = old.into_iter().map(|row| (row.name.clone(), row)).collect();
    by_name.extend(new.iter().map(|row| (row.name.clone(), row.clone())));
    VARIANTS
        .iter()
        .filter_map(|variant| by_name.remove(variant.name))
        .collect()
}

fn cells(outcome: &Outcome) -> [String; 10] {
    let list = |words: Vec<String>| match words.is_empty() {
        true => "–".to_owned(),
        false => words.join(", "),
    };
    let or_none = |text: Option<&String>| text.cloned().unwrap_or_else(|| "–".to_owned());
    // A reason can be long: it is printed below the table.
    let plugin = |tier: &str| {
        let said = outcome.plugins.get(tier).map(String::as_str).unwrap_or("–");
        match said.split_once(": ") {
            Some((loaded, _)) if loaded.starts_with("loaded") => loaded,
            Some(_) => "refused",
            None => said,
        }
        .to_owned()
    };
    [
        format!("`{}`", outcome.name),
        or_none(outcome.backend.as_ref()),
        list(
            outcome
                .facilities
                .iter()
                .map(|facility| format!("{} {}", facility.name, facility.status))
                .collect(),
        ),
        list(
            outcome
                .dispatch
                .iter()
                .map(|loops| format!("{}: {}", loops.name, loops.chosen))
                .collect(),
        ),
        outcome.state().to_owned(),
        list(
            outcome
                .tests
                .iter()
                .map(|tests| match tests.run.is_empty() {
                    true => tests.passed.to_string(),
                    false => format!(
                        "{} ({}: pages of {} bytes)",
                        tests.passed,
                        tests.run,
                        tests.page_size.unwrap_or_default()
                    ),
                })
                .collect(),
        ),
        match (&outcome.runner, outcome.tests.is_empty()) {
            (Some(runner), _) => runner.clone(),
            (None, true) => "–".to_owned(),
            (None, false) => "the system".to_owned(),
        },
        plugin("c-abi"),
        plugin("stable-abi"),
        outcome.seconds.to_string(),
    ]
}

/// The table.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!("| {} |\n|{}\n", HEAD.join(" | "), " --- |".repeat(HEAD.len()));
    for outcome in outcomes {
        text.push_str(&format!("| {} |\n", cells(outcome).join(" | ")));
    }
    text
}

/// Messages, each with the variants that it is about.
fn said(outcomes: &[Outcome], sentences: impl Fn(&Outcome) -> Vec<String>) -> String {
    let mut by_sentence: Vec<(String, Vec<&str>)> = Vec::new();
    for outcome in outcomes {
        for sentence in sentences(outcome) {
            match by_sentence.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, names)) if names.contains(&outcome.name.as_str()) => {}
                Some((_, names)) => names.push(&outcome.name),
                None => by_sentence.push((sentence, vec![&outcome.name])),
            }
        }
    }
    by_sentence
        .iter()
        .map(|(sentence, names)| format!("- {sentence} (`{}`)\n", names.join("`, `")))
        .collect()
}

/// The document that holds the table.
pub(crate) fn document(outcomes: &[Outcome]) -> String {
    let mut text = "# Variants\n\n\
        The same workspace, built for other targets. `cargo xtask variants --write` writes this document and \
        `variants.json` beside\n\
        it. With `--target NAME` it updates only that row.\n\n\
        It needs Debian or a derivative on x86-64. With `.ci/cross` it installs C compilers, qemu, Wine and node with \
        apt-get, as root,\n\
        and puts under `target/cross-toolchains` Debian's Rust compiler, the standard library compiled for each \
        target, and zig from\n\
        PyPI. A target that rustup installed is built with that instead. If a program under qemu can start itself \
        again, it does so in\n\
        a separate namespace. Nothing is registered on the machine.\n\n\
        - **ran**: the tests of `abi`, `platform`, `view` and `host`, of the command's library, and of what C and \
        Rust must agree on\n\
        \x20 passed there. The command that was built printed its properties (`tollgate platform`) and ran a plugin \
        behind both tiers.\n\
        - **linked**: the command and a plugin were linked. The back end is read from the file.\n\
        - **checked**: the compiler accepted the five crates without C. The back end is one of the files that it \
        read.\n\n\
        Back ends, facilities, chosen paths and numbers of tests are what the programs printed. A test that is \
        skipped, in whole or in\n\
        part, is listed below and counts as passed. Numbers differ because some tests are compiled only for some \
        targets. Seconds are\n\
        of a shared machine with 2 cores, and include what had to be compiled or installed first.\n\n"
        .to_owned();
    text.push_str(&table(outcomes));
    text.push_str("\n## What is expected of each\n\n");
    for variant in VARIANTS {
        let missing = match outcomes.iter().any(|outcome| outcome.name == variant.name) {
            true => "",
            false => " (not in the table yet)",
        };
        text.push_str(&format!(
            "- `{}`: {}, back end {}; purpose: {}{missing}.\n",
            variant.name,
            variant.expected.name(),
            variant.backend,
            variant.shows
        ));
    }
    text.push('\n');
    text.push_str(&sections(outcomes));
    text.push_str(
        "\n## Planted errors\n\n\
         `cargo xtask variants --self-check` plants an endianness error and a wrong layout in a test program\n\
         (`crates/abi/tests/planted.rs`), and fails unless s390x finds the first, i686 the second, and a native build \
         neither.\n",
    );
    text
}

/// The details that do not fit into the table, each under a heading.
pub(crate) fn sections(outcomes: &[Outcome]) -> String {
    let sections = [
        (
            "What is not fully supported, and why",
            said(outcomes, |outcome| {
                let facilities = outcome.facilities.iter();
                facilities
                    .map(|facility| format!("{} {}: {}", facility.name, facility.status, facility.reason))
                    .collect()
            })
            .split_inclusive('\n')
            // Groups the lines of one facility.
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
        ),
        (
            "The variants of each loop, all of which are tested, and the one that is chosen",
            said(outcomes, |outcome| {
                let loops = outcome.dispatch.iter();
                loops
                    .map(|loops| {
                        format!(
                            "{}: {}; {} is chosen",
                            loops.name,
                            loops.available.join(", "),
                            loops.chosen
                        )
                    })
                    .collect()
            }),
        ),
        (
            "Plugins that are not loaded, or not probed",
            said(outcomes, |outcome| {
                let plugins = outcome.plugins.iter().filter(|(_, said)| *said != "loaded");
                plugins.map(|(tier, said)| format!("{tier}: {said}")).collect()
            }),
        ),
        (
            "What tests skipped, as they print it",
            said(outcomes, |outcome| {
                let tests = outcome.tests.iter().flat_map(|tests| &tests.skipped);
                tests.cloned().collect()
            }),
        ),
        (
            "The compilers",
            said(outcomes, |outcome| vec![outcome.compiler.clone()]),
        ),
    ];
    let shown = sections.iter().filter(|(_, said)| !said.is_empty());
    let shown: Vec<String> = shown.map(|(title, said)| format!("## {title}\n\n{said}")).collect();
    shown.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(file: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file)).unwrap()
    }

    #[test]
    fn the_document_is_what_the_rows_beside_it_give_and_each_row_is_as_expected() {
        let rows = rows(&read("variants.json")).unwrap();
        assert_eq!(document(&rows), read("VARIANTS.md"));
        for row in rows {
            let variant = VARIANTS.iter().find(|variant| variant.name == row.name).unwrap();
            assert_eq!(row.broken(variant), None);
            assert_eq!(row.target, variant.target);
        }
    }

    #[test]
    fn a_row_is_renewed_in_its_place_and_the_others_stay() {
        let row = |index: usize, seconds| Outcome {
            seconds,
            ..Outcome::new(&VARIANTS[index])
        };
        let rows = merged(vec![row(2, 1), row(0, 1)], &[row(2, 5), row(1, 5)]);
        let seen: Vec<(&str, u64)> = rows.iter().map(|row| (row.name.as_str(), row.seconds)).collect();
        let named = |index: usize| VARIANTS[index].name;
        assert_eq!(seen, [(named(0), 1), (named(1), 5), (named(2), 5)]);
    }
}
