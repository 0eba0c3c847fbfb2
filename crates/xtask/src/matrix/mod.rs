//! `cargo xtask matrix`: hosts and plugins of other minor versions, other compilers and other profiles, behind both
//! tiers.
//!
//! A minor version is the workspace's own sources with a patch of `tests/matrix`: `newer` adds a trailing field to
//! either side's structure and an extension to both sides, `older` takes the first extension away. Patches of another
//! kind make plugins that every host must refuse. Everything is built under `target/matrix`. Each cell runs a host in a
//! separate process and compares its output with what this table expects.

mod build;
mod table;

use crate::matrix::build::{Compiler, Plugin, Sources};
use crate::matrix::table::Cell;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The document with the table.
const DOCUMENT: &str = "docs/MATRIX.md";

/// Why the matrix could not be made, or which check failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{action} failed: {problem}")]
    Tool { action: String, problem: String },
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0} cells are not as expected; they are marked in the table above")]
    Cells(usize),
    #[error(
        "found {found} compilers, but TOLLGATE_REQUIRE_ALL requires three: the one in use, an installed nightly, and \
            one given by --rustc"
    )]
    Compilers { found: usize },
    #[error("{DOCUMENT} is stale: write it with `cargo xtask matrix --write`")]
    Stale,
}

/// What to do with the table.
pub(crate) struct Options {
    /// Compilers besides the one in use and an installed nightly.
    pub(crate) compilers: Vec<PathBuf>,
    /// Whether to write the document.
    pub(crate) write: bool,
}

/// The minor versions, as hosts and as plugins.
const MINORS: [&str; 3] = ["older", "this", "newer"];

const TIERS: [&str; 2] = ["c-abi", "stable-abi"];

/// What must be refused: the patch or the profile's setting, the code, and the tiers.
const REFUSED: [(&str, &str); 4] = [
    ("another-major", "contract-version"),
    ("changed-field", "layout"),
    ("removed-field", "layout"),
    ("panic-abort", "panic-aborts"),
];

pub(crate) fn run(options: &Options) -> Result<(), Error> {
    let compilers = Compiler::find(&options.compilers)?;
    if std::env::var_os("TOLLGATE_REQUIRE_ALL").is_some_and(|value| value == "1") && compilers.len() < 3 {
        return Err(Error::Compilers { found: compilers.len() });
    }
    let sources = Sources::prepare()?;
    let in_use = &compilers[0];
    let mut hosts = Vec::new();
    for minor in MINORS {
        eprintln!("building the {minor} host");
        hosts.push((minor, sources.host(minor, in_use)?));
    }
    let mut cells = Vec::new();
    for compiler in &compilers {
        for release in [false, true] {
            for minor in MINORS {
                let plugin = sources.plugin(minor, compiler, release)?;
                eprintln!("built the {minor} plugin by {}", plugin.compiler);
                for (host, program) in &hosts {
                    for tier in TIERS {
                        let seen = see(program, &plugin.file, tier)?;
                        cells.push(Cell::works(&plugin, tier, &expected(host, minor), seen));
                    }
                }
            }
        }
    }
    for (kind, code) in REFUSED {
        let plugin = sources.plugin(kind, in_use, true)?;
        eprintln!("built the plugin with {kind}");
        for tier in TIERS {
            let (_, this) = &hosts[1];
            cells.push(Cell::refused(&plugin, tier, code, see(this, &plugin.file, tier)?));
        }
    }
    let text = table::document(&compilers, &cells);
    print!("{text}");
    let wrong = cells.iter().filter(|cell| !cell.holds).count();
    if wrong > 0 {
        return Err(Error::Cells(wrong));
    }
    let path = build::root().join(DOCUMENT);
    if options.write {
        return std::fs::write(&path, text).map_err(|source| Error::Io {
            action: "write",
            path,
            source,
        });
    }
    let written = std::fs::read_to_string(&path).map_err(|source| Error::Io {
        action: "read",
        path,
        source,
    })?;
    // The compilers may be others here, or fewer; the cells may not.
    let written = table::cells_of(&written);
    if table::cells_of(&text).iter().any(|cells| !written.contains(cells)) {
        return Err(Error::Stale);
    }
    Ok(())
}

/// What a host and a plugin of these minor versions see of each other.
fn expected(host: &str, plugin: &str) -> Value {
    let newer = |side: &str| side == "newer";
    let count = if host == "older" || plugin == "older" {
        json!("absent")
    } else {
        json!(3)
    };
    json!({
        "plugin_saw": if newer(host) { [77, 78] } else { [-1, -1] },
        "host_saw": if newer(plugin) { [55, 56] } else { [-1, -1] },
        "count_goes_on_at": count,
    })
}

/// Runs one host with one plugin, and returns what it printed.
fn see(host: &Path, plugin: &Path, tier: &str) -> Result<Value, Error> {
    let action = || format!("{} {} {tier}", host.display(), plugin.display());
    let failed = |problem: String| Error::Tool {
        action: action(),
        problem,
    };
    let output = Command::new(host)
        .arg(plugin)
        .arg(tier)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        // A host that crashed is a result for the table, not an error.
        return Ok(json!({ "died": output.status.to_string(), "said": String::from_utf8_lossy(&output.stderr) }));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(format!("it printed no JSON: {error}")))
}

impl Plugin {
    /// The profile: debug or release.
    fn profile(&self) -> &'static str {
        if self.release { "release" } else { "debug" }
    }
}
