//! Builds what the matrix runs: sources with a patch, a compiler and a profile.

use super::Error;
use crate::typed;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

/// The workspace's directory.
pub(super) fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).unwrap_or(Path::new(".")).to_owned()
}

/// The crates that hosts and plugins consist of, from the workspace's directory.
const CRATES: [&str; 8] = [
    "crates/abi",
    "crates/plugin",
    "crates/plugin-macros",
    "crates/platform",
    "crates/block",
    "crates/host",
    "tests/matrix/plugin",
    "tests/matrix/host",
];

/// A Rust compiler.
pub(super) struct Compiler {
    /// The version that it prints: `rustc 1.95.0 (…)`.
    pub(super) version: String,
    program: PathBuf,
    /// The name of its builds in the file system.
    label: String,
}

impl Compiler {
    /// The compiler in use, an installed nightly, and those that were named.
    pub(super) fn find(named: &[PathBuf]) -> Result<Vec<Self>, Error> {
        let in_use = typed::found(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let in_use = in_use.map_err(io("find", Path::new("rustc")))?;
        let mut programs = vec![in_use];
        match nightly() {
            Some(nightly) => programs.push(nightly),
            None => eprintln!("no nightly toolchain found: its cells are skipped"),
        }
        programs.extend(named.iter().cloned());
        let found = programs.into_iter().enumerate().map(|(index, program)| {
            let output = output(Command::new(&program).arg("--version"))?;
            Ok(Self {
                version: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
                program,
                label: format!("rustc{index}"),
            })
        });
        found.collect()
    }
}

/// The compiler of an installed nightly toolchain, if rustup has one.
fn nightly() -> Option<PathBuf> {
    let output = Command::new("rustup")
        .args(["which", "--toolchain", "nightly", "rustc"])
        // Asking for a toolchain that is not installed would download it.
        .env("RUSTUP_AUTO_INSTALL", "0")
        .output()
        .ok()?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    (output.status.success() && path.is_file()).then_some(path)
}

/// A plugin that was built.
pub(super) struct Plugin {
    /// Its minor version, or what is wrong with it.
    pub(super) kind: String,
    pub(super) compiler: String,
    pub(super) release: bool,
    pub(super) file: PathBuf,
}

/// The sources, a copy for each patch.
pub(super) struct Sources {
    directory: PathBuf,
}

impl Sources {
    pub(super) fn prepare() -> Result<Self, Error> {
        let directory = root().join("target/matrix");
        let sources = directory.join("sources");
        if sources.exists() {
            fs::remove_dir_all(&sources).map_err(io("remove", &sources))?;
        }
        Ok(Self { directory })
    }

    /// The host of a minor version, by a compiler, optimised.
    pub(super) fn host(&self, minor: &str, compiler: &Compiler) -> Result<PathBuf, Error> {
        let name = format!("matrix-host{}", std::env::consts::EXE_SUFFIX);
        self.build(minor, "matrix-host", &name, compiler, true)
    }

    /// The plugin of a minor version, or one that must be refused.
    pub(super) fn plugin(&self, kind: &str, compiler: &Compiler, release: bool) -> Result<Plugin, Error> {
        let name = format!(
            "{}matrix_plugin{}",
            std::env::consts::DLL_PREFIX,
            std::env::consts::DLL_SUFFIX
        );
        Ok(Plugin {
            kind: kind.to_owned(),
            compiler: compiler.version.clone(),
            release,
            file: self.build(kind, "matrix-plugin", &name, compiler, release)?,
        })
    }

    /// Builds a package of the sources with this patch, and gives a copy of the artifact that the next build leaves
    /// alone.
    fn build(
        &self,
        kind: &str,
        package: &str,
        artifact: &str,
        compiler: &Compiler,
        release: bool,
    ) -> Result<PathBuf, Error> {
        let sources = self.patched(kind)?;
        // Kinds share a target directory, for what they depend on is the same; cargo tells their own crates apart by
        // the times of their files alone.
        for member in CRATES {
            touch(&sources.join(member))?;
        }
        let target = self.directory.join(&compiler.label);
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--quiet", "--package", package, "--target-dir"])
            .arg(&target)
            .current_dir(&sources)
            .env("RUSTC", &compiler.program)
            // Those of the build that runs this chore are not meant for this one.
            .env_remove("RUSTFLAGS")
            .env_remove("RUSTC_WRAPPER")
            .env_remove("RUSTC_WORKSPACE_WRAPPER");
        if release {
            cargo.arg("--release");
        }
        if kind == "panic-abort" {
            cargo.env("CARGO_PROFILE_RELEASE_PANIC", "abort");
        }
        output(&mut cargo)?;
        let profile = if release { "release" } else { "debug" };
        let kept = self
            .directory
            .join("built")
            .join(&compiler.label)
            .join(profile)
            .join(kind);
        fs::create_dir_all(&kept).map_err(io("make", &kept))?;
        let (from, to) = (target.join(profile).join(artifact), kept.join(artifact));
        fs::copy(&from, &to).map_err(io("copy", &from))?;
        Ok(to)
    }

    /// The directory with the sources of this kind; made when it is asked for first.
    fn patched(&self, kind: &str) -> Result<PathBuf, Error> {
        let root = root();
        let sources = self.directory.join("sources").join(kind);
        if sources.exists() {
            return Ok(sources);
        }
        for member in CRATES {
            copy_directory(&root.join(member), &sources.join(member))?;
        }
        let manifest = root.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(io("read", &manifest))?;
        let manifest = sources.join("Cargo.toml");
        fs::write(&manifest, workspace(&text)?).map_err(io("write", &manifest))?;
        let lock = root.join("Cargo.lock");
        fs::copy(&lock, sources.join("Cargo.lock")).map_err(io("copy", &lock))?;
        let patch = root.join("tests/matrix").join(format!("{kind}.patch"));
        if patch.exists() {
            let mut git = Command::new("git");
            git.arg("apply").arg(&patch).current_dir(&sources);
            // Outside of any repository, so that the patch is applied to these files and not to the workspace's.
            git.env("GIT_CEILING_DIRECTORIES", self.directory.join("sources"));
            output(&mut git)?;
        } else if !["this", "panic-abort"].contains(&kind) {
            return Err(Error::Tool {
                action: format!("patching the sources of {kind}"),
                problem: format!("{} not found", patch.display()),
            });
        }
        Ok(sources)
    }
}

/// The workspace's own manifest without its root package, and with these crates as members.
fn workspace(manifest: &str) -> Result<String, Error> {
    let mut table: toml::Table = manifest.parse().map_err(|error: toml::de::Error| Error::Tool {
        action: "reading the workspace's Cargo.toml".to_owned(),
        problem: error.to_string(),
    })?;
    table.retain(|key, _| key == "workspace" || key == "profile");
    if let Some(toml::Value::Table(workspace)) = table.get_mut("workspace") {
        workspace.remove("default-members");
        workspace.remove("exclude");
        let members = CRATES.map(toml::Value::from);
        workspace.insert("members".to_owned(), toml::Value::Array(members.into()));
    }
    Ok(table.to_string())
}

fn copy_directory(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(io("make", to))?;
    for entry in fs::read_dir(from).map_err(io("read", from))? {
        let entry = entry.map_err(io("read", from))?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_directory(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).map_err(io("copy", &path))?;
        }
    }
    Ok(())
}

/// Makes every file below new.
fn touch(directory: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(directory).map_err(io("read", directory))? {
        let path = entry.map_err(io("read", directory))?.path();
        if path.is_dir() {
            touch(&path)?;
        } else {
            let file = fs::File::options()
                .append(true)
                .open(&path)
                .map_err(io("open", &path))?;
            file.set_modified(SystemTime::now()).map_err(io("touch", &path))?;
        }
    }
    Ok(())
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}

/// Runs a program that must succeed.
fn output(command: &mut Command) -> Result<Output, Error> {
    let problem = match command.output() {
        Ok(output) if output.status.success() => return Ok(output),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    Err(Error::Tool {
        action: format!("{command:?}"),
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_patch_applies_to_the_sources_as_they_are() -> Result<(), Box<dyn std::error::Error>> {
        let mut patches = 0;
        for entry in fs::read_dir(root().join("tests/matrix"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "patch") {
                output(
                    Command::new("git")
                        .args(["apply", "--check"])
                        .arg(path)
                        .current_dir(root()),
                )?;
                patches += 1;
            }
        }
        assert_eq!(patches, 5, "one for each kind of sources but this");
        Ok(())
    }
}
