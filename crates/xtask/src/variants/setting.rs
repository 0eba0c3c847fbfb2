//! How cargo is called for a variant.

use super::Error;
use super::targets::Variant;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The directory of builds for other targets or with other flags.
const BUILT: &str = "target/variants";

/// The directory of logs, a file for each variant: commands and their output.
const LOGS: &str = "target/variants-logs";

/// The directories.
pub(crate) struct Builder {
    pub(crate) workspace: PathBuf,
    pub(crate) toolchains: PathBuf,
    /// Whether to keep builds for other targets.
    pub(crate) keep: bool,
}

/// How cargo is called for a variant.
pub(crate) struct Setting {
    pub(crate) environment: Vec<(String, String)>,
    target_directory: PathBuf,
    /// Cargo's arguments for the target; none for an ordinary build for this machine.
    target: Option<&'static str>,
    pub(crate) runner: Option<String>,
}

impl Setting {
    /// The directory of the programs and libraries.
    pub(crate) fn built(&self) -> PathBuf {
        let target = self.target.map(|target| self.target_directory.join(target));
        target.unwrap_or_else(|| self.target_directory.clone()).join("debug")
    }

    /// Why a program cannot start itself again there, as the probe and tests of child processes do.
    pub(crate) fn starts_no_children(&self) -> Option<&'static str> {
        // By its name without a directory: programs under the qemu in .ci/cross's directory can.
        let plain = self.runner.as_deref()?.starts_with("qemu-");
        plain.then_some("a program that qemu runs cannot start itself again")
    }
}

impl Builder {
    /// Installs what the target needs and the installed toolchain lacks, and reads how to call cargo.
    pub(crate) fn setting(&self, variant: &Variant) -> Result<Setting, Error> {
        let mut environment = Vec::new();
        let mut runner = variant.runner.map(str::to_owned);
        if !variant.is_native() || runner.is_some() {
            let mut command = Command::new("bash");
            command.arg(self.workspace.join(".ci/cross"));
            if self.is_installed(variant.target) {
                command.arg("--tools");
            }
            let output = command
                .arg(&self.toolchains)
                .arg(variant.target)
                .stderr(Stdio::inherit())
                .output()
                .map_err(|error| tool("running .ci/cross", &error))?;
            if !output.status.success() {
                let problem = format!("{}; see its messages above", output.status);
                return Err(tool(&format!(".ci/cross {}", self.toolchains.display()), &problem));
            }
        }
        if !variant.is_native() {
            let path = self.toolchains.join("env").join(variant.target);
            let text = std::fs::read_to_string(&path).map_err(|source| Error::Io {
                action: "read",
                path,
                source,
            })?;
            for line in text.lines() {
                if let Some((name, value)) = line.split_once('=') {
                    if name.ends_with("_RUNNER") {
                        runner = Some(value.to_owned());
                    }
                    environment.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        if !variant.rustflags.is_empty() {
            environment.push(("RUSTFLAGS".to_owned(), variant.rustflags.to_owned()));
        }
        // Ordinary builds use the usual directory. The others are built once and rarely debugged.
        let as_ever = variant.is_native() && variant.rustflags.is_empty();
        if !as_ever {
            environment.push(("CARGO_INCREMENTAL".to_owned(), "0".to_owned()));
            environment.push(("CARGO_PROFILE_DEV_DEBUG".to_owned(), "none".to_owned()));
        }
        let built = self.workspace.join(BUILT);
        let target_directory = match (as_ever, variant.is_native()) {
            (true, _) => self.workspace.join("target"),
            (false, true) => built.join("native"),
            (false, false) => built.join("foreign"),
        };
        Ok(Setting {
            environment,
            target_directory,
            target: (!as_ever).then_some(variant.target),
            runner,
        })
    }

    /// Whether the toolchain in use has the target's standard library.
    fn is_installed(&self, target: &str) -> bool {
        let output = Command::new(rustc()).args(["--print", "sysroot"]).output();
        output.is_ok_and(|output| {
            let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            Path::new(&sysroot)
                .join("lib/rustlib")
                .join(target)
                .join("lib")
                .is_dir()
        })
    }

    /// The compiler's version.
    pub(crate) fn compiler(&self, setting: &Setting) -> String {
        let own = setting.environment.iter().find(|(name, _)| name == "RUSTC");
        let rustc = own.map_or_else(rustc, |(_, path)| path.into());
        let output = Command::new(rustc).arg("--version").output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    }

    /// Runs cargo; `extra` are additional arguments of the runner.
    pub(crate) fn cargo(
        &self,
        variant: &Variant,
        setting: &Setting,
        arguments: &[&str],
        extra: &str,
    ) -> Result<Output, Error> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let (subcommand, rest) = arguments.split_first().unwrap_or((&"build", &[]));
        command.arg(subcommand).current_dir(&self.workspace);
        command.arg("--target-dir").arg(&setting.target_directory);
        if let Some(target) = setting.target {
            command.args(["--target", target]);
            if setting.runner.is_some() {
                // Its tests compute much, and an emulator is ten times slower.
                command.args(["--config", "profile.dev.package.tollgate-view.opt-level=1"]);
            }
        }
        command.args(variant.features).args(rest);
        // Flags from the environment are not inherited.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.envs(setting.environment.iter().map(|(name, value)| (name, value)));
        if let Some(runner) = &setting.runner {
            let name = variant.target.to_uppercase().replace('-', "_");
            command.env(format!("CARGO_TARGET_{name}_RUNNER"), with(runner, extra));
            // The system cannot execute a program that needs a runner: such a program cannot start itself.
            command.env("TOLLGATE_RUNNER", runner);
        }
        command.env_remove("TOLLGATE_REQUIRE_ALL");
        let output = command
            .output()
            .map_err(|error| tool(&format!("cargo {}", arguments.join(" ")), &error))?;
        self.note(variant, &command, &output)?;
        Ok(output)
    }

    /// The path of a variant's log.
    pub(crate) fn log(&self, variant: &Variant) -> PathBuf {
        self.workspace.join(LOGS).join(format!("{}.txt", variant.name))
    }

    /// Starts a variant's log.
    pub(crate) fn begin_log(&self, variant: &Variant) -> Result<(), Error> {
        let path = self.log(variant);
        let directory = path.parent().unwrap_or(&self.workspace);
        let made = std::fs::create_dir_all(directory).and_then(|()| std::fs::write(&path, ""));
        made.map_err(|source| Error::Io {
            action: "write",
            path,
            source,
        })
    }

    /// Adds a command, quoted for a shell, and its output to the log.
    pub(crate) fn note(&self, variant: &Variant, command: &Command, output: &Output) -> Result<(), Error> {
        let quoted = |text: &OsStr| format!("'{}'", text.to_string_lossy().replace('\'', "'\\''"));
        let mut text = format!("$ cd {} && env", quoted(self.workspace.as_os_str()));
        // Removed variables come first: env expects its options before its values.
        for (name, _) in command.get_envs().filter(|(_, value)| value.is_none()) {
            text.push_str(&format!(" -u {}", name.to_string_lossy()));
        }
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                text.push_str(&format!(" {}={}", name.to_string_lossy(), quoted(value)));
            }
        }
        for word in std::iter::once(command.get_program()).chain(command.get_args()) {
            text.push_str(&format!(" {}", quoted(word)));
        }
        text.push('\n');
        let path = self.log(variant);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path);
        for part in [text.as_bytes(), &output.stdout, &output.stderr] {
            file = file.and_then(|mut file| file.write_all(part).map(|()| file));
        }
        file.map(drop).map_err(|source| Error::Io {
            action: "write",
            path,
            source,
        })
    }

    /// Removes builds for other targets or with other flags.
    pub(crate) fn remove(&self, setting: &Setting) {
        if let Some(target) = setting.target.filter(|_| !self.keep) {
            let _ = std::fs::remove_dir_all(setting.target_directory.join(target));
        }
    }

    /// Also removes what was built for this machine in the process.
    pub(crate) fn remove_all(&self) {
        if !self.keep {
            let _ = std::fs::remove_dir_all(self.workspace.join(BUILT));
        }
    }
}

/// The compiler in use.
fn rustc() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// The runner with these additional arguments.
pub(crate) fn with(runner: &str, extra: &str) -> String {
    match (runner.split_once(' '), extra.is_empty()) {
        (_, true) => runner.to_owned(),
        (Some((program, rest)), false) => format!("{program} {extra} {rest}"),
        (None, false) => format!("{runner} {extra}"),
    }
}

/// The first errors of an output, or else its last lines, as one line.
pub(crate) fn tail(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    if text.trim().is_empty() {
        text = String::from_utf8_lossy(&output.stdout).into_owned();
    }
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error")).take(3).collect();
    let lines: Vec<&str> = match errors.is_empty() {
        true => {
            let all: Vec<&str> = text.lines().collect();
            all[all.len().saturating_sub(3)..].to_vec()
        }
        false => errors,
    };
    format!("{}: {}", output.status, lines.join(" / "))
}

pub(crate) fn tool(action: &str, problem: &dyn std::fmt::Display) -> Error {
    Error::Tool {
        action: action.to_owned(),
        problem: problem.to_string(),
    }
}
