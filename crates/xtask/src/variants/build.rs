//! Builds one variant, runs it, and notes what it says of itself.

use super::Error;
use super::outcome::{Dispatch, Facility, Outcome, Tests};
use super::setting::{Builder, Setting, tail, tool, with};
use super::targets::{Expected, Plugins, Variant};
use serde_json::Value;
use std::process::{Command, Output};
use std::time::Instant;

/// What is tested of a variant that is run: the crates that differ between targets, all of them, and the command's
/// library with what C and Rust must agree on. One call of cargo, since each choice of packages has features of its
/// own, and all would be compiled again.
const CRATES: [&str; 6] = ["abi", "platform", "block", "view", "host", "inspect"];
const TESTS_OF_THE_COMMAND: [&str; 1] = ["agreement"];

/// What the command is asked to run, to see whether plugins load, and what must come of it: the mean flow of the Nile,
/// and how many years it was measured.
const PLUGIN: &str = "stats";
const INPUT: &str = "samples/nile.npy";
const MEAN: f64 = 919.35;
const COUNT: u64 = 100;

impl Builder {
    pub(crate) fn outcome(&self, variant: &Variant) -> Outcome {
        let began = Instant::now();
        let mut outcome = Outcome::new(variant);
        let filled = self.begin_log(variant).and_then(|()| self.fill(variant, &mut outcome));
        if let Err(error) = filled {
            outcome.problem = Some(error.to_string());
        }
        outcome.seconds = began.elapsed().as_secs();
        outcome
    }

    fn fill(&self, variant: &Variant, outcome: &mut Outcome) -> Result<(), Error> {
        let setting = self.setting(variant)?;
        outcome.runner = setting.runner.as_deref().map(|runner| shown(variant, runner));
        let result = match variant.expected {
            Expected::Checked => self.check(variant, &setting, outcome),
            Expected::Linked => self.link(variant, &setting, outcome),
            Expected::Ran => self.run(variant, &setting, outcome),
        };
        self.remove(&setting);
        result
    }

    fn run(&self, variant: &Variant, setting: &Setting, outcome: &mut Outcome) -> Result<(), Error> {
        for extra in variant.runs {
            let tests = self.tests(variant, setting, extra)?;
            if !tests.failed.is_empty() {
                return Err(tool("testing", &tests.failed.join(", ")));
            }
            if tests.passed == 0 {
                return Err(tool("testing", &"the runner ran no test"));
            }
            outcome.tests.push(tests);
        }
        self.ask(variant, setting, outcome)?;
        outcome.reached = Some(Expected::Ran);
        Ok(())
    }

    fn tests(&self, variant: &Variant, setting: &Setting, extra: &str) -> Result<Tests, Error> {
        let packages: Vec<String> = CRATES.iter().map(|name| format!("tollgate-{name}")).collect();
        let programs = self.test_programs()?;
        let mut arguments = vec!["test", "--no-fail-fast", "--lib", "-p", "tollgate-cli"];
        arguments.extend(packages.iter().flat_map(|package| ["-p", package]));
        arguments.extend(programs.iter().flat_map(|program| ["--test", program]));
        // Tests that pass say what they skipped only so.
        arguments.extend(["--", "--show-output"]);
        let output = self.cargo(variant, setting, &arguments, extra)?;
        let tests = Tests::read(&output);
        match output.status.success() || !tests.failed.is_empty() {
            true => Ok(Tests {
                run: extra.to_owned(),
                ..tests
            }),
            false => Err(tool("cargo test", &tail(&output))),
        }
    }

    /// The names of the test programs.
    fn test_programs(&self) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = TESTS_OF_THE_COMMAND.map(str::to_owned).into();
        for name in CRATES {
            let path = self.workspace.join("crates").join(name).join("tests");
            // A crate's tests may all stand beside what they test.
            for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
                // A program in one file, or in a folder of its own.
                let file = entry.path();
                if file.extension().is_some_and(|extension| extension == "rs") || file.join("main.rs").is_file() {
                    names.extend(file.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
                }
            }
        }
        names.sort();
        match names.len() > TESTS_OF_THE_COMMAND.len() {
            true => Ok(names),
            false => Err(tool("looking for test programs", &"the crates have none")),
        }
    }

    /// Asks the command, which was built for its tests, what it is, and has it load a plugin behind both tiers.
    fn ask(&self, variant: &Variant, setting: &Setting, outcome: &mut Outcome) -> Result<(), Error> {
        for tests in &mut outcome.tests {
            let said = self.platform(variant, setting, &tests.run)?;
            tests.page_size = said["page_size"].as_u64();
            if let Some(wanted) = tests.run.strip_prefix("-p ")
                && tests.page_size.map(|size| size.to_string()).as_deref() != Some(wanted)
            {
                let found = format!(
                    "pages of {wanted} bytes were asked for, and {} are seen",
                    said["page_size"]
                );
                return Err(tool("tollgate platform", &found));
            }
        }
        let said = self.platform(variant, setting, "")?;
        outcome.compiler = said["build"]["rustc"].as_str().unwrap_or_default().to_owned();
        outcome.backend = said["variant"]["backend"].as_str().map(str::to_owned);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        for facility in list(&said["facilities"]) {
            if text(&facility["status"]) != "supported" {
                outcome.facilities.push(Facility {
                    name: text(&facility["name"]),
                    status: text(&facility["status"]),
                    reason: text(&facility["reason"]),
                });
            }
        }
        for dispatch in list(&said["dispatch"]) {
            outcome.dispatch.push(Dispatch {
                name: text(&dispatch["name"]),
                chosen: text(&dispatch["chosen"]),
                available: list(&dispatch["available"]).iter().map(text).collect(),
            });
        }
        for tier in ["c-abi", "stable-abi"] {
            let said = self.load(variant, setting, tier)?;
            outcome.plugins.insert(tier.to_owned(), said);
        }
        Ok(())
    }

    /// What `tollgate platform` says.
    fn platform(&self, variant: &Variant, setting: &Setting, extra: &str) -> Result<Value, Error> {
        let said = self.command(variant, setting, &["platform", "--json"], extra)?;
        serde_json::from_slice(&said.stdout)
            .map_err(|error| tool("tollgate platform --json", &format!("{error}: {}", tail(&said))))
    }

    /// Has the command load a plugin behind this tier and run it, and gives what became of it.
    fn load(&self, variant: &Variant, setting: &Setting, tier: &str) -> Result<String, Error> {
        let wanted = format!("{PLUGIN}/describe@{tier}");
        // Where cargo puts the plugins that tests need.
        let plugins = setting.built().join("deps");
        let plugins = plugins.to_string_lossy();
        let mut arguments = vec!["run", INPUT, "-p", &wanted, "--json", "--plugin-path", &plugins];
        let no_probe = setting.starts_no_children();
        arguments.extend(no_probe.map(|_| "--no-probe"));
        let run = self.command(variant, setting, &arguments, "")?;
        let said = match (run.status.success(), no_probe) {
            (true, None) => "loaded".to_owned(),
            (true, Some(reason)) => format!("loaded, not probed: {reason}"),
            (false, _) => {
                let error: Value = serde_json::from_slice(&run.stderr).unwrap_or_default();
                let message = error["error"]["message"].as_str();
                message.map_or_else(|| tail(&run), str::to_owned)
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
        if run.status.success() {
            let document: Value = serde_json::from_slice(&run.stdout).unwrap_or_default();
            let column = &document["chain"][0]["result"]["columns"][1];
            let near = column["mean"].as_f64().is_some_and(|mean| (mean - MEAN).abs() < 1e-9);
            if !near || column["count"] != COUNT {
                let found = format!("{COUNT} elements with a mean of {MEAN} were expected, and it gives {column}");
                return Err(tool(&format!("{PLUGIN} behind {tier}"), &found));
            }
        }
        Ok(said)
    }

    /// Runs the command that was built.
    fn command(&self, variant: &Variant, setting: &Setting, arguments: &[&str], extra: &str) -> Result<Output, Error> {
        let name = match variant.target {
            target if target.contains("windows") => "tollgate.exe",
            target if target.starts_with("wasm") => "tollgate.wasm",
            _ => "tollgate",
        };
        let program = setting.built().join(name);
        let runner = with(setting.runner.as_deref().unwrap_or_default(), extra);
        let mut words = runner.split_whitespace();
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
        let output = command
            .output()
            .map_err(|error| tool(&program.display().to_string(), &error))?;
        self.note(variant, &command, &output)?;
        Ok(output)
    }

    /// Runs the test program in which an error is planted.
    pub(crate) fn planted(&self, variant: &Variant, planted: &str) -> Result<Tests, Error> {
        self.begin_log(variant)?;
        let mut setting = self.setting(variant)?;
        setting
            .environment
            .push(("TOLLGATE_PLANTED".to_owned(), planted.to_owned()));
        let arguments = ["test", "--no-fail-fast", "-p", "tollgate-abi", "--test", "planted"];
        let output = self.cargo(variant, &setting, &arguments, "")?;
        self.remove(&setting);
        let tests = Tests::read(&output);
        match tests.passed + tests.failed.len() {
            0 => Err(tool("testing with a planted error", &tail(&output))),
            _ => Ok(tests),
        }
    }
}

/// A runner without the paths of this machine.
fn shown(variant: &Variant, runner: &str) -> String {
    let first = runner.split_whitespace().next().unwrap_or_default();
    let name = first.rsplit('/').next().unwrap_or_default();
    variant.runner.unwrap_or(name).to_owned()
}
