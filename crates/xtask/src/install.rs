//! `cargo xtask install`: installs what users, plugin authors and embedding programs need under a relocatable prefix.
//!
//! `tests/command/new_plugin.rs` of the root package includes this module too and installs what cargo built for it.

use super::typed;
use serde_json::Value as Json;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};
use toml::{Table, Value};

/// The crates that a Rust plugin is built with, and those of a program that embeds the host, by their directories
/// under `crates`.
const CRATES: [&str; 9] = [
    "abi",
    "block",
    "host",
    "platform",
    "plugin",
    "plugin-macros",
    "tollgate",
    "view",
    "view-macros",
];

/// The documents of `docs`, which link to each other.
const DOCUMENTS: [&str; 2] = ["PLUGINS.md", "REFUSALS.md"];

/// Their directory under the prefix.
const DOCUMENTATION: &str = "share/doc/tollgate";

/// The header in the checkout, as the documents link to it, and in the prefix.
const HEADER: [&str; 2] = ["../crates/abi/include/tollgate.h", "../../../include/tollgate.h"];

/// The crates' directory under the prefix.
const RUST: &str = "share/tollgate/rust";

/// The pkg-config file of the header. It does not contain the prefix, so the prefix can be moved.
const PKG_CONFIG: &str = "\
prefix=${pcfiledir}/../..
includedir=${prefix}/include
plugindir=${prefix}/lib/tollgate
command=${prefix}/bin/tollgate

Name: tollgate
Description: The contract between a Tollgate host and its plugins: one header, and nothing to link
Version: VERSION
Cflags: -I${includedir}
";

/// What to install, and where.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory to install under. Files of an earlier installation are replaced one by one
    #[arg(long, value_name = "DIR", value_parser = typed::path())]
    pub(crate) prefix: PathBuf,
    /// Install the command and the plugins from this directory instead of building them
    #[arg(long, value_name = "DIR", value_parser = typed::path())]
    pub(crate) built: Option<PathBuf>,
}

/// Why the installation failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file could not be read or written.
    #[error("cannot {tried} {}: {source}", path.display())]
    File {
        /// What was attempted.
        tried: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// cargo could not be run.
    #[error("cannot run {}: {source}", cargo.display())]
    Cargo {
        /// The program.
        cargo: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The build failed; cargo printed the reason.
    #[error("`cargo build --release` failed: see its messages above")]
    Build,
    /// A manifest of this workspace cannot be used.
    #[error("{}: {problem}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// Installs everything from the checkout at `root` under the prefix. It says on standard error what it builds and
/// copies, and prints what to do next.
///
/// # Errors
/// [`Error`]; files that were written before it are complete.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<(), Error> {
    let built = match &arguments.built {
        Some(directory) => directory.clone(),
        None => {
            eprintln!("building the command and the plugins: cargo build --release");
            build(root)?
        }
    };
    let prefix = Prefix(&arguments.prefix);
    let command = format!("tollgate{EXE_SUFFIX}");
    prefix.says("the command", "bin");
    prefix.copy(&built.join(&command), &format!("bin/{command}"))?;
    let plugins = directories(&root.join("plugins"))?;
    prefix.says(&format!("{} plugins", plugins.len()), "lib/tollgate");
    for plugin in plugins {
        let library = format!("{DLL_PREFIX}{plugin}{DLL_SUFFIX}");
        prefix.copy(&built.join(&library), &format!("lib/tollgate/{library}"))?;
    }
    prefix.says("the header for plugins in C", "include");
    prefix.copy(&root.join("crates/abi/include/tollgate.h"), "include/tollgate.h")?;
    prefix.says("its pkg-config file", "lib/pkgconfig");
    let version = env!("CARGO_PKG_VERSION");
    prefix.write(&PKG_CONFIG.replace("VERSION", version), "lib/pkgconfig/tollgate.pc")?;
    prefix.says(
        &format!("{} crates for plugins in Rust and for embedding programs", CRATES.len()),
        RUST,
    );
    install_crates(root, &prefix)?;
    prefix.says("the documents and licences", DOCUMENTATION);
    for document in DOCUMENTS {
        let path = root.join("docs").join(document);
        let text = fs::read_to_string(&path).map_err(|source| failed("read", &path, source))?;
        prefix.write(&with_own_links(&text), &format!("{DOCUMENTATION}/{document}"))?;
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        prefix.copy(&root.join(licence), &format!("{DOCUMENTATION}/{licence}"))?;
    }
    print!("{}", next_steps(&arguments.prefix, &command));
    Ok(())
}

/// What a user can do with the installation, as commands to be copied.
fn next_steps(prefix: &Path, command: &str) -> String {
    let tollgate = quoted(&prefix.join("bin").join(command));
    let facade = quoted(&prefix.join(RUST).join("tollgate"));
    let documents = prefix.join(DOCUMENTATION);
    format!(
        "Tollgate {version} is installed in {prefix}. Next:\n\n\
         # see the tour\n\
         {tollgate} demo\n\
         # write a plugin; --lang c for one in C\n\
         {tollgate} plugin new louder\n\
         # embed the host, in the directory of your program\n\
         cargo add tollgate --path {facade}\n\n\
         {documents} has the guide to plugins.\n",
        version = env!("CARGO_PKG_VERSION"),
        prefix = prefix.display(),
        documents = documents.display(),
    )
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/\\:._-+".contains(letter);
    if text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A document in which links to files that are not installed are replaced by their text.
fn with_own_links(text: &str) -> String {
    let mut parts = text.split("](");
    let mut document = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, after) = part.split_once(')').unwrap_or((part, ""));
        let (file, _) = target.split_once('#').unwrap_or((target, ""));
        let elsewhere = file.contains("://") || file.is_empty();
        if elsewhere || DOCUMENTS.contains(&file) {
            document.push_str("](");
            document.push_str(part);
        } else if file == HEADER[0] {
            document.push_str(&format!("]({}){after}", HEADER[1]));
        } else {
            if let Some(opening) = document.rfind('[') {
                document.remove(opening);
            }
            document.push_str(after);
        }
    }
    document
}

/// Builds the command and the plugins, and returns their directory.
fn build(root: &Path) -> Result<PathBuf, Error> {
    let cargo = PathBuf::from(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    let mut command = Command::new(&cargo);
    command
        .args(["build", "--release", "--message-format=json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit());
    let target = typed::target_directory().map_err(|source| failed("find", Path::new("CARGO_TARGET_DIR"), source))?;
    if let Some(target) = target {
        command.arg("--target-dir").arg(target);
    }
    let output = command.output().map_err(|source| Error::Cargo { cargo, source })?;
    if !output.status.success() {
        return Err(Error::Build);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter(|message| message["target"]["name"] == "tollgate")
        .find_map(|message| Some(Path::new(message["executable"].as_str()?).parent()?.to_owned()))
        .ok_or(Error::Build)
}

/// The crates as a separate workspace, with only the keys that they inherit.
fn install_crates(root: &Path, prefix: &Prefix<'_>) -> Result<(), Error> {
    let mut inherited = Vec::new();
    for name in CRATES {
        let from = root.join("crates").join(name);
        let mut manifest = read_manifest(&from.join("Cargo.toml"))?;
        // Tests, examples and dev-dependencies are not installed.
        for table in ["bench", "example", "test"] {
            manifest.remove(table);
        }
        keep_needed(&mut manifest, &mut inherited);
        if let Some(Value::Table(targets)) = manifest.get_mut("target") {
            for (_, target) in targets.iter_mut() {
                if let Value::Table(target) = target {
                    keep_needed(target, &mut inherited);
                }
            }
        }
        prefix.write(&manifest.to_string(), &format!("{RUST}/{name}/Cargo.toml"))?;
        for part in ["build.rs", "src", "include"] {
            for file in files(&from.join(part))? {
                let relative = file.strip_prefix(&from).unwrap_or(&file);
                if !relative.iter().any(|part| part == "tests" || part == "tests.rs") {
                    prefix.copy(&file, &format!("{RUST}/{name}/{}", relative.display()))?;
                }
            }
        }
    }
    let workspace = workspace(root, &inherited)?;
    prefix.write(&workspace, &format!("{RUST}/Cargo.toml"))?;
    // The versions that these crates were tested with; a new project starts with them.
    prefix.copy(&root.join("Cargo.lock"), &format!("{RUST}/Cargo.lock"))
}

/// Removes the dev-dependencies of a crate or of a target of it, and adds the names of the other dependencies.
fn keep_needed(tables: &mut Table, inherited: &mut Vec<String>) {
    tables.remove("dev-dependencies");
    for table in ["dependencies", "build-dependencies"] {
        if let Some(Value::Table(table)) = tables.get(table) {
            inherited.extend(table.keys().cloned());
        }
    }
}

/// The workspace's manifest with the keys that the crates inherit.
fn workspace(root: &Path, inherited: &[String]) -> Result<String, Error> {
    let path = root.join("Cargo.toml");
    let mut manifest = read_manifest(&path)?;
    let missing = |what: &str| Error::Manifest {
        path: path.clone(),
        problem: format!("it has no {what}"),
    };
    manifest.retain(|table, _| table == "workspace");
    let Some(Value::Table(workspace)) = manifest.get_mut("workspace") else {
        return Err(missing("[workspace]"));
    };
    for key in ["exclude", "default-members"] {
        workspace.remove(key);
    }
    workspace.insert("members".to_owned(), CRATES.to_vec().into());
    let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") else {
        return Err(missing("[workspace.dependencies]"));
    };
    dependencies.retain(|name, _| inherited.iter().any(|needed| needed == name));
    for (_, dependency) in dependencies.iter_mut() {
        if let Some(place) = dependency.get_mut("path") {
            let moved = place
                .as_str()
                .and_then(|place| place.strip_prefix("crates/"))
                .map(str::to_owned);
            *place = moved
                .ok_or_else(|| missing("path under crates/ for a crate of the workspace"))?
                .into();
        }
    }
    Ok(format!(
        "# The crates of plugins and embedding programs, as `cargo xtask install` installed them.\n{manifest}"
    ))
}

fn read_manifest(path: &Path) -> Result<Table, Error> {
    let text = fs::read_to_string(path).map_err(|source| failed("read", path, source))?;
    text.parse().map_err(|error: toml::de::Error| Error::Manifest {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

/// The names of the directories in `directory`, in order.
fn directories(directory: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for path in entries(directory)? {
        if let (true, Some(name)) = (path.is_dir(), path.file_name()) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// The files at and under `path`, in order; none if it does not exist.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(path.is_file().then(|| path.to_owned()).into_iter().collect());
    }
    let mut found = Vec::new();
    for path in entries(path)? {
        found.extend(files(&path)?);
    }
    Ok(found)
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<PathBuf> = entries
        .map_err(|source| failed("list", directory, source))?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    Ok(paths)
}

fn failed(tried: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File {
        tried,
        path: path.to_owned(),
        source,
    }
}

/// The prefix. Each file is written completely and then renamed into place: a program that uses an earlier one
/// keeps it, and an interruption leaves no partial file.
struct Prefix<'a>(&'a Path);

impl Prefix<'_> {
    /// Says what is copied next.
    fn says(&self, what: &str, to: &str) {
        eprintln!("copying {what} to {}", self.0.join(to).display());
    }

    /// Copies a file, with its permissions.
    fn copy(&self, from: &Path, to: &str) -> Result<(), Error> {
        if !from.is_file() {
            return Err(failed("find", from, io::ErrorKind::NotFound.into()));
        }
        self.place(to, |new| fs::copy(from, new).map(|_| ()))
    }

    fn write(&self, text: &str, to: &str) -> Result<(), Error> {
        self.place(to, |new| fs::write(new, text))
    }

    fn place(&self, to: &str, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Error> {
        let file = self.0.join(to);
        let directory = file.parent().unwrap_or(self.0);
        fs::create_dir_all(directory).map_err(|source| failed("make", directory, source))?;
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".new-{}", std::process::id()));
        let new = directory.join(name);
        let placed = make(&new).and_then(|()| fs::rename(&new, &file));
        if placed.is_err() {
            // Removes a partial file. An error of the removal is ignored, because the first error is the one to report.
            let _ = fs::remove_file(&new);
        }
        placed.map_err(|source| failed("write", &file, source))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{next_steps, with_own_links};
    use std::path::Path;

    #[test]
    fn links_to_what_is_not_installed_become_text() {
        let text = "see [`a.h`](../x/a.h), [B](REFUSALS.md#b), [c](../c), [D](MATRIX.md#d), [e](#e), [f](https://f)";
        assert_eq!(
            with_own_links(text),
            "see `a.h`, [B](REFUSALS.md#b), c, D, [e](#e), [f](https://f)"
        );
        assert_eq!(
            with_own_links("[h](../crates/abi/include/tollgate.h)"),
            "[h](../../../include/tollgate.h)"
        );
    }

    #[test]
    fn the_next_steps_can_be_copied_into_a_shell() {
        let steps = next_steps(Path::new("/home/a user/it's"), "tollgate");
        assert!(
            steps.contains("\n'/home/a user/it'\\''s/bin/tollgate' demo\n"),
            "{steps}"
        );
        assert!(steps.contains("is installed in /home/a user/it's. Next:"), "{steps}");
        let steps = next_steps(Path::new("/opt/tollgate-0.1"), "tollgate");
        assert!(
            steps.contains("\n/opt/tollgate-0.1/bin/tollgate plugin new louder\n"),
            "{steps}"
        );
    }
}
