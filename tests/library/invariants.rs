//! The rules of docs/ARCHITECTURE.md that can be checked in the source text.

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust source file of the workspace, by its path from the root.
fn sources() -> Vec<(String, String)> {
    fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("build.rs")];
    for directory in ["src", "crates", "plugins", "tests", "benches"] {
        walk(&root.join(directory), &mut files);
    }
    let mut sources: Vec<(String, String)> = files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(&file).unwrap())
        })
        .collect();
    sources.sort();
    assert!(sources.len() > 50, "the walk found the sources");
    sources
}

/// The lines of a source file without comments and string literals, with their numbers.
fn code(source: &str) -> impl Iterator<Item = (usize, String)> {
    source.lines().enumerate().map(|(index, line)| {
        let mut code = String::new();
        let mut quoted = false;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' if quoted => {
                    characters.next();
                }
                '"' => quoted = !quoted,
                '/' if !quoted && characters.peek() == Some(&'/') => break,
                _ if !quoted => code.push(character),
                _ => {}
            }
        }
        (index + 1, code)
    })
}

/// Whether `text` contains `word` as a whole word.
fn has_word(text: &str, word: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

#[test]
fn unsafe_code_stands_only_where_it_may() {
    let allowed = [
        "crates/abi/",
        "crates/block/",
        "crates/plugin/src/",
        "crates/view/src/",
        "crates/view-macros/src/", // writes it, with what it rests on
        "crates/platform/",
        "crates/meter/",
        "crates/host/src/",
        "crates/inspect/src/validate/", // its sink is hostile
        "crates/tollgate/examples/",    // vouch for the plugins that they load
        "plugins/crc32c/src/lib.rs",    // exports what C defines
        "src/parts.rs",                 // links plugins in C
        "src/sigkit/",
        "src/cli/input.rs",                 // maps a user's file
        "src/cli/policy.rs",                // runs what the user names
        "src/cli/bench/",                   // calls C and loaded functions, to price them
        "crates/xtask/src/torture/host.rs", // loads mutated plugins, in a child process
        "tests/",
        "benches/",
    ];
    for (file, source) in sources() {
        if allowed.iter().any(|prefix| file.starts_with(prefix)) {
            continue;
        }
        for (line, code) in code(&source) {
            assert!(
                !has_word(&code, "unsafe"),
                "{file}:{line}: unsafe code does not belong here"
            );
        }
    }
}

#[test]
fn crates_without_unsafe_code_forbid_it() {
    for root in [
        "crates/plugin-macros/src/lib.rs",
        "crates/tollgate/src/lib.rs",
        "crates/view-macros/src/lib.rs",
        "plugins/biquad/src/lib.rs",
        "plugins/convert/src/lib.rs",
        "plugins/stats/src/lib.rs",
        "tests/fixtures/misbehaves/src/lib.rs",
    ] {
        let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(root)).unwrap();
        assert!(source.contains("#![forbid(unsafe_code)]"), "{root}");
    }
}

#[test]
fn choices_by_operating_system_stand_only_in_the_platform_crate() {
    for (file, source) in sources() {
        if file.starts_with("crates/platform/") || file.starts_with("tests/") {
            continue;
        }
        for (line, code) in code(&source) {
            let choice = code.contains("cfg") || code.contains("if #[");
            let by_system = ["target_os", "target_family", "target_env", "unix", "windows"];
            assert!(
                !(choice && by_system.iter().any(|word| has_word(&code, word))),
                "{file}:{line}: a choice by operating system belongs in crates/platform"
            );
        }
    }
}

#[test]
fn choices_by_processor_stand_only_in_modules_named_arch() {
    for (file, source) in sources() {
        if file.contains("/arch/") || file.contains("tests/") {
            continue;
        }
        for (line, code) in code(&source) {
            assert!(
                !(code.contains("cfg") && has_word(&code, "target_arch")),
                "{file}:{line}: a choice by processor belongs in a module named arch"
            );
        }
    }
}

#[test]
fn the_scanner_sees_code_and_not_comments_or_text() {
    let source = "let x = \"unsafe // no\"; // unsafe\nunsafe { call() } // why\n#![deny(unsafe_code)]";
    let lines: Vec<usize> = code(source)
        .filter(|(_, code)| has_word(code, "unsafe"))
        .map(|(line, _)| line)
        .collect();
    assert_eq!(lines, [2]);
}

/// Tables and code have the width that they need; a string in a macro is wrapped by hand where it can be.
#[test]
fn comments_and_prose_have_at_most_120_columns() {
    const WIDTH: usize = 120;
    let table = |line: &str| line.trim_start_matches(['/', '!', ' ']).starts_with('|');
    let mut wide = Vec::new();
    for (file, source) in sources() {
        for (number, line) in (1..).zip(source.lines()) {
            let comment = line.trim_start().starts_with("//");
            let example = line.trim_start().starts_with("/// #");
            if comment && !example && !table(line) && line.chars().count() > WIDTH {
                wide.push(format!("{file}:{number}"));
            }
        }
    }
    // The other documents are generated.
    for file in [
        "README",
        "CHANGELOG",
        "docs/ARCHITECTURE",
        "docs/METHOD",
        "docs/PLUGINS",
        "docs/VIEWS",
    ] {
        let file = format!("{file}.md");
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap();
        let mut code = false;
        for (number, line) in (1..).zip(text.lines()) {
            code ^= line.trim_start().starts_with("```");
            if !code && !table(line) && line.chars().count() > WIDTH {
                wide.push(format!("{file}:{number}"));
            }
        }
    }
    assert!(wide.is_empty(), "{wide:#?}");
}
