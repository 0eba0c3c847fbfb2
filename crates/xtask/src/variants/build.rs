//! Builds one variant, runs it, and notes what it says of itself.

use super::Error;
use super::targets::{Expected, Plugins, Variant};
use object::{Object, ObjectSymbol};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What is tested of a variant that is run: the crates that differ between targets, and the command's library with what C and
/// Rust must agree on.
const TESTED: &[&str] = &[
    "-p",
    "tollgate-abi",
    "-p",
    "tollgate-platform",
    "-p",
    "tollgate-view",
    "-p",
    "tollgate-host",
];
const TESTED_OF_THE_COMMAND: &[&str] = &[
    "-p",
    "tollgate",
    "--lib",
    "--test",
    "contract_header",
    "--test",
    "sigkit_layout",
    "--test",
    "sigkit_crc32c",
    "--test",
    "sigkit_golden",
];

/// What the command is asked to run, to see whether plugins load.
const PLUGIN: &str = "stats";

pub(crate) struct Builder {
    pub(crate) workspace: PathBuf,
    pub(crate) toolchains: PathBuf,
}

/// What the test programs of one run printed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tests {
    pub(crate) passed: usize,
    pub(crate) failed: Vec<String>,
    /// Sentences of what was skipped.
    pub(crate) skipped: Vec<String>,
}

/// What became of a variant.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) variant: &'static Variant,
    pub(crate) backend: Option<String>,
    /// Facilities that are not fully supported, with their status.
    pub(crate) facilities: Vec<(String, String)>,
    pub(crate) reached: Option<Expected>,
    pub(crate) tests: Vec<(String, Tests)>,
    /// What became of a plugin behind each tier.
    pub(crate) plugins: BTreeMap<&'static str, String>,
    pub(crate) runner: Option<String>,
    pub(crate) took: Duration,
    /// What went wrong first.
    pub(crate) problem: Option<String>,
}

impl Outcome {
    /// One word, or what went wrong.
    pub(crate) fn state(&self) -> String {
        match (&self.problem, self.reached) {
            (Some(problem), _) => problem.clone(),
            (None, Some(reached)) => reached.name().to_owned(),
            (None, None) => "nothing was done".to_owned(),
        }
    }

    /// Why it is not as expected.
    pub(crate) fn broken(&self) -> Option<String> {
        let problem = match (&self.problem, self.reached == Some(self.variant.expected)) {
            (None, true) if self.backend.as_deref() != Some(self.variant.backend) => {
                format!(
                    "its back end is {:?}, and {} was expected",
                    self.backend, self.variant.backend
                )
            }
            (None, true) => return None,
            (Some(problem), _) => problem.clone(),
            (None, false) => format!("it was to be {}", self.variant.expected.name()),
        };
        Some(format!("{}: {problem}", self.variant.name))
    }
}

/// How cargo is called for a variant.
struct Setting {
    environment: Vec<(String, String)>,
    target_directory: PathBuf,
    runner: Option<String>,
}

impl Builder {
    pub(crate) fn outcome(&self, variant: &'static Variant) -> Outcome {
        let began = Instant::now();
        let mut outcome = Outcome {
            variant,
            backend: None,
            facilities: Vec::new(),
            reached: None,
            tests: Vec::new(),
            plugins: BTreeMap::new(),
            runner: None,
            took: Duration::ZERO,
            problem: None,
        };
        if let Err(error) = self.fill(&mut outcome) {
            outcome.problem = Some(error.to_string());
        }
        outcome.took = began.elapsed();
        outcome
    }

    fn fill(&self, outcome: &mut Outcome) -> Result<(), Error> {
        let variant = outcome.variant;
        let setting = self.setting(variant)?;
        outcome.runner.clone_from(&setting.runner);
        match variant.expected {
            Expected::Checked => self.check(&setting, outcome),
            Expected::Linked => self.link(&setting, outcome),
            Expected::Ran => {
                for extra in variant.runs {
                    let tests = self.tests(variant, &setting, extra)?;
                    let label = match extra.is_empty() {
                        true => String::new(),
                        false => (*extra).to_owned(),
                    };
                    if let Some(failed) = tests.failed.first() {
                        return Err(tool(
                            "a test",
                            &format!("{failed}, and {} more", tests.failed.len() - 1),
                        ));
                    }
                    if tests.passed == 0 {
                        return Err(tool("testing", &"the runner ran no test"));
                    }
                    outcome.tests.push((label, tests));
                }
                self.ask(&setting, outcome)?;
                outcome.reached = Some(Expected::Ran);
                Ok(())
            }
        }
    }

    /// Lays out what the target needs, where the installed toolchain lacks it, and reads how cargo is to be called.
    fn setting(&self, variant: &Variant) -> Result<Setting, Error> {
        let mut environment = Vec::new();
        let mut runner = variant.runner.map(str::to_owned);
        let by_ours = !variant.is_native() && !self.is_installed(variant.target);
        if by_ours || runner.is_some() {
            let mut command = Command::new("bash");
            command
                .arg(self.workspace.join(".ci/cross"))
                .arg(&self.toolchains)
                .arg(variant.target);
            let output = command
                .stderr(Stdio::inherit())
                .output()
                .map_err(|error| tool("running .ci/cross", &error))?;
            if !output.status.success() {
                return Err(tool(".ci/cross", &output.status));
            }
        }
        if by_ours {
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
        let target_directory = match (variant.is_native(), variant.rustflags.is_empty()) {
            (true, true) => "target",
            (true, false) => "target/fallback",
            (false, _) => "target/cross",
        };
        Ok(Setting {
            environment,
            target_directory: self.workspace.join(target_directory),
            runner,
        })
    }

    /// Whether the toolchain in use has the target's standard library.
    fn is_installed(&self, target: &str) -> bool {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(["--print", "sysroot"]).output();
        output.is_ok_and(|output| {
            let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            Path::new(&sysroot)
                .join("lib/rustlib")
                .join(target)
                .join("lib")
                .is_dir()
        })
    }

    fn cargo(&self, variant: &Variant, setting: &Setting, arguments: &[&str], extra: &str) -> Result<Output, Error> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments)
            .args(variant.features)
            .current_dir(&self.workspace);
        command.arg("--target-dir").arg(&setting.target_directory);
        command.args(["--target", variant.target]);
        command.envs(setting.environment.iter().map(|(name, value)| (name, value)));
        if let Some(runner) = &setting.runner {
            let name = variant.target.to_uppercase().replace('-', "_");
            command.env(format!("CARGO_TARGET_{name}_RUNNER"), with(runner, extra));
            // A program that is run so is no program to the system: it cannot start itself.
            command.env("TOLLGATE_RUNNER", runner);
        }
        command.env_remove("TOLLGATE_REQUIRE_ALL");
        command
            .output()
            .map_err(|error| tool(&format!("cargo {}", arguments.join(" ")), &error))
    }

    fn tests(&self, variant: &Variant, setting: &Setting, extra: &str) -> Result<Tests, Error> {
        let mut all = Tests::default();
        for selection in [TESTED, TESTED_OF_THE_COMMAND] {
            let mut arguments = vec!["test", "--no-fail-fast"];
            if selection == TESTED {
                arguments.extend(["--lib", "--tests"]);
            }
            arguments.extend(selection);
            let output = self.cargo(variant, setting, &arguments, extra)?;
            let tests = Tests::read(&output);
            if !output.status.success() && tests.failed.is_empty() {
                return Err(tool(&format!("cargo {}", arguments.join(" ")), &tail(&output)));
            }
            all.passed += tests.passed;
            all.failed.extend(tests.failed);
            all.skipped.extend(tests.skipped);
        }
        Ok(all)
    }

    /// Asks the command what it is, and has it load a plugin behind both tiers.
    fn ask(&self, setting: &Setting, outcome: &mut Outcome) -> Result<(), Error> {
        let variant = outcome.variant;
        let mut arguments = vec!["build", "-p", "tollgate", "--bin", "tollgate"];
        if variant.plugins == Plugins::Load {
            arguments.extend(["-p", "tollgate-stats"]);
        }
        let output = self.cargo(variant, setting, &arguments, "")?;
        if !output.status.success() {
            return Err(tool("building the command", &tail(&output)));
        }
        let said = self.command(variant, setting, &["platform", "--json"])?;
        let said: Value = serde_json::from_slice(&said.stdout)
            .map_err(|error| tool("tollgate platform --json", &format!("{error}: {}", tail(&said))))?;
        outcome.backend = said["variant"]["backend"].as_str().map(str::to_owned);
        for facility in said["facilities"].as_array().into_iter().flatten() {
            let text = |key: &str| facility[key].as_str().unwrap_or_default().to_owned();
            if text("status") != "supported" {
                outcome.facilities.push((text("name"), text("status")));
            }
        }
        for tier in ["c-abi", "stable-abi"] {
            let wanted = format!("{PLUGIN}/describe@{tier}");
            let run = self.command(variant, setting, &["run", "samples/nile.npy", "-p", &wanted, "--json"])?;
            let said = match run.status.success() {
                true => "loaded".to_owned(),
                false => {
                    let error: Value = serde_json::from_slice(&run.stderr).unwrap_or_default();
                    error["error"]["message"]
                        .as_str()
                        .map_or_else(|| tail(&run), str::to_owned)
                }
            };
            let as_expected = match variant.plugins {
                Plugins::Load => run.status.success(),
                Plugins::Refused => said.contains("no shared libraries"),
                Plugins::NotTried => true,
            };
            if !as_expected {
                return Err(tool(&format!("{PLUGIN} behind {tier}"), &said));
            }
            outcome.plugins.insert(tier, said);
        }
        Ok(())
    }

    /// Runs the command that was built.
    fn command(&self, variant: &Variant, setting: &Setting, arguments: &[&str]) -> Result<Output, Error> {
        let built = setting.target_directory.join(variant.target).join("debug");
        let name = match variant.target {
            target if target.contains("windows") => "tollgate.exe",
            target if target.starts_with("wasm") => "tollgate.wasm",
            _ => "tollgate",
        };
        let program = built.join(name);
        let mut words = setting.runner.as_deref().unwrap_or_default().split_whitespace();
        let mut command = match words.next() {
            Some(runner) => {
                let mut command = Command::new(runner);
                command.args(words).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        command.args(arguments).current_dir(&self.workspace);
        command.envs(setting.environment.iter().map(|(name, value)| (name, value)));
        command.env_remove("RUSTFLAGS");
        command
            .output()
            .map_err(|error| tool(&program.display().to_string(), &error))
    }

    /// Links the command and a plugin, and reads from the files what they are.
    fn link(&self, setting: &Setting, outcome: &mut Outcome) -> Result<(), Error> {
        let variant = outcome.variant;
        let arguments = ["build", "-p", "tollgate", "--bin", "tollgate", "-p", "tollgate-stats"];
        let output = self.cargo(variant, setting, &arguments, "")?;
        if !output.status.success() {
            return Err(tool("linking the command and a plugin", &tail(&output)));
        }
        let built = setting.target_directory.join(variant.target).join("debug");
        let plugin = match variant.target.contains("apple") {
            true => "libstats.dylib",
            false => "libstats.so",
        };
        let read = |name: &str| {
            let path = built.join(name);
            std::fs::read(&path).map_err(|source| Error::Io {
                action: "read",
                path,
                source,
            })
        };
        let (command, plugin) = (read("tollgate")?, read(plugin)?);
        outcome.backend = backend_in(&command);
        let exports = |name: &str| {
            // Mach-O puts an underscore before each name.
            object::File::parse(&*plugin).is_ok_and(|file| {
                let dynamic = file.dynamic_symbols().filter(|symbol| symbol.is_definition());
                let all = file
                    .symbols()
                    .filter(|symbol| symbol.is_definition() && symbol.is_global());
                dynamic.chain(all).any(|symbol| {
                    symbol
                        .name()
                        .is_ok_and(|found| found.trim_start_matches('_').starts_with(name))
                })
            })
        };
        // The stable tier is a symbol that abi_stable mangles.
        for (tier, symbol) in [("c-abi", "tollgate_entry"), ("stable-abi", "1as_0lib_1header_0root")] {
            let said = match exports(symbol) {
                true => "exported, not loaded",
                false => "not exported",
            };
            outcome.plugins.insert(tier, said.to_owned());
        }
        if !exports("tollgate_entry") {
            return Err(tool("linking a plugin", &"it exports no tollgate_entry"));
        }
        outcome.reached = Some(Expected::Linked);
        Ok(())
    }

    /// Checks what has no C in it, and reads the back end from the list of files that the compiler read.
    fn check(&self, setting: &Setting, outcome: &mut Outcome) -> Result<(), Error> {
        let variant = outcome.variant;
        let output = self.cargo(
            variant,
            setting,
            &[
                "check",
                "-p",
                "tollgate-abi",
                "-p",
                "tollgate-platform",
                "-p",
                "tollgate-view",
                "-p",
                "tollgate-host",
                "-p",
                "tollgate-plugin",
            ],
            "",
        )?;
        if !output.status.success() {
            return Err(tool("checking", &tail(&output)));
        }
        let directory = setting.target_directory.join(variant.target).join("debug/deps");
        let entries = std::fs::read_dir(&directory).map_err(|source| Error::Io {
            action: "list",
            path: directory.clone(),
            source,
        })?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("tollgate_platform-")
                && name.ends_with(".d")
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                let read = |backend: &str| text.contains(&format!("sys/{backend}.rs"));
                let backends = ["linux", "macos", "bsd", "windows", "wasi", "fallback"];
                outcome.backend = backends.into_iter().find(|backend| read(backend)).map(str::to_owned);
            }
        }
        outcome.reached = Some(Expected::Checked);
        Ok(())
    }

    /// Runs the test program in which an error is planted.
    pub(crate) fn planted(&self, variant: &Variant, planted: &str) -> Result<Tests, Error> {
        let mut setting = self.setting(variant)?;
        setting
            .environment
            .push(("TOLLGATE_PLANTED".to_owned(), planted.to_owned()));
        let arguments = ["test", "--no-fail-fast", "-p", "tollgate-abi", "--test", "planted"];
        let output = self.cargo(variant, &setting, &arguments, "")?;
        let tests = Tests::read(&output);
        match tests.passed + tests.failed.len() {
            0 => Err(tool("testing with a planted error", &tail(&output))),
            _ => Ok(tests),
        }
    }
}

impl Tests {
    /// From what test programs print, with libtest's harness or, a line for each test, without one.
    fn read(output: &Output) -> Tests {
        let mut tests = Tests::default();
        let text = String::from_utf8_lossy(&output.stdout);
        for line in text.lines() {
            if let Some(test) = line.strip_prefix("test ") {
                match test.rsplit_once(" ... ") {
                    Some((_, "ok")) => tests.passed += 1,
                    Some((name, "FAILED")) => tests.failed.push(name.to_owned()),
                    _ => {}
                }
            } else if line.starts_with("skipped: ") {
                tests.skipped.push(line.to_owned());
            }
        }
        // One without a harness ends at its first failure.
        let errors = String::from_utf8_lossy(&output.stderr);
        for line in errors.lines() {
            if let Some(at) = line.find("panicked at ")
                && tests.failed.is_empty()
                && !output.status.success()
            {
                tests.failed.push(line[at..].to_owned());
            }
        }
        tests
    }
}

/// The mark that the platform's crate leaves in a program.
fn backend_in(program: &[u8]) -> Option<String> {
    let mark = tollgate_platform::BACKEND_MARK.as_bytes();
    let at = program.windows(mark.len()).position(|part| part == mark)? + mark.len();
    let rest = &program[at..];
    let end = rest.iter().position(|byte| *byte == b';')?;
    String::from_utf8(rest[..end].to_vec()).ok()
}

fn with(runner: &str, extra: &str) -> String {
    match (runner.split_once(' '), extra.is_empty()) {
        (_, true) => runner.to_owned(),
        (Some((program, rest)), false) => format!("{program} {extra} {rest}"),
        (None, false) => format!("{runner} {extra}"),
    }
}

/// The last lines of what was printed, on one line.
fn tail(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    if text.trim().is_empty() {
        text = String::from_utf8_lossy(&output.stdout).into_owned();
    }
    let errors: Vec<&str> = text.lines().filter(|line| line.contains("error")).take(3).collect();
    let lines: Vec<&str> = match errors.is_empty() {
        true => text.lines().rev().take(3).collect(),
        false => errors,
    };
    format!("{}: {}", output.status, lines.join(" / "))
}

fn tool(action: &str, problem: &dyn std::fmt::Display) -> Error {
    Error::Tool {
        action: action.to_owned(),
        problem: problem.to_string(),
    }
}
