//! The matrix as a document.

use super::build::{Compiler, Plugin};
use super::{MINORS, TIERS};
use serde_json::Value;
use std::fmt::Write;

/// A host with a plugin behind a tier.
pub(super) struct Cell {
    plugin: String,
    compiler: String,
    profile: &'static str,
    tier: &'static str,
    /// The cell's text.
    text: String,
    /// Whether it is as expected.
    pub(super) holds: bool,
}

impl Cell {
    /// A cell that must work.
    pub(super) fn works(plugin: &Plugin, tier: &'static str, expected: &Value, seen: Value) -> Self {
        let holds = *expected == seen;
        Self {
            plugin: plugin.kind.clone(),
            compiler: plugin.compiler.clone(),
            profile: plugin.profile(),
            tier,
            text: if holds {
                "works".to_owned()
            } else {
                format!("**saw {seen}, expected {expected}**")
            },
            holds,
        }
    }

    /// A cell that must be refused with this code.
    pub(super) fn refused(plugin: &Plugin, tier: &'static str, code: &str, seen: Value) -> Self {
        let holds = seen["code"] == code;
        Self {
            plugin: plugin.kind.clone(),
            compiler: plugin.compiler.clone(),
            profile: plugin.profile(),
            tier,
            text: if holds {
                format!("`{code}`: {}", seen["message"].as_str().unwrap_or_default())
            } else {
                format!("**saw {seen}, expected the code {code}**")
            },
            holds,
        }
    }

    fn is_refusal(&self) -> bool {
        !MINORS.contains(&self.plugin.as_str())
    }
}

/// The document with the tables.
pub(super) fn document(compilers: &[Compiler], cells: &[Cell]) -> String {
    let mut text = String::from(
        "# The matrix of versions\n\n\
         Written by `cargo xtask matrix --write`. CI makes the table again and compares the cells.\n\n\
         `this` is the contract as it is. `newer` is the same sources with `tests/matrix/newer.patch`, like a later \
         minor version: a\n\
         trailing field in the structure of each side, and one more extension on both sides. `older` lacks the \
         extension\n\
         `tollgate.state/1`. Each cell runs a whole host (release, built by the first compiler). It opens a plugin's \
         file, calls both\n\
         operations, reads the trailing fields, asks for the extensions, and lets a second instance continue from the \
         state of the\n\
         first. It *works* if each side found what the other has and treated as absent what it lacks. Plugins were \
         built by\n\n",
    );
    for compiler in compilers {
        let _ = writeln!(text, "- {}", compiler.version);
    }
    text.push_str("\n| plugin | built by | profile |");
    for host in MINORS {
        for tier in TIERS {
            let _ = write!(text, " {host} host, {tier} |");
        }
    }
    text.push_str("\n| --- | --- | --- |");
    text.push_str(&" --- |".repeat(MINORS.len() * TIERS.len()));
    text.push('\n');
    for row in cells
        .iter()
        .filter(|cell| !cell.is_refusal())
        .collect::<Vec<_>>()
        .chunks(MINORS.len() * TIERS.len())
    {
        let first = row[0];
        let version = first.compiler.split(" (").next().unwrap_or_default();
        let _ = write!(text, "| {} | {version} | {} |", first.plugin, first.profile);
        for cell in row {
            let _ = write!(text, " {} |", cell.text);
        }
        text.push('\n');
    }
    text.push_str(
        "\nPlugins that every host must refuse, and the refusal of this host:\n\n| plugin | behind | refusal |\n| --- \
            | --- | --- |\n",
    );
    for cell in cells.iter().filter(|cell| cell.is_refusal()) {
        let _ = writeln!(text, "| {} | {} | {} |", cell.plugin, cell.tier, cell.text);
    }
    let holds = cells.iter().filter(|cell| cell.holds).count();
    let _ = writeln!(text, "\n{holds} of {} cells are as expected.", cells.len());
    text
}

/// The rows of the tables without the compilers' versions, which differ between machines.
pub(super) fn cells_of(document: &str) -> Vec<String> {
    let row = |line: &str| {
        let cells = line.split('|').filter(|cell| !cell.trim().starts_with("rustc "));
        cells.map(str::trim).collect::<Vec<_>>().join("|")
    };
    document.lines().filter(|line| line.starts_with('|')).map(row).collect()
}
