//! The result of a variant, as stored in docs/variants.json and shown in the table.

use super::targets::{Expected, Variant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::Output;

/// The result of a variant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) target: String,
    /// The compiler, as the command reports it; for a variant that is not run, as the compiler does.
    #[serde(default)]
    pub(crate) compiler: String,
    /// The platform module that was chosen, according to the command or its file.
    pub(crate) backend: Option<String>,
    /// Facilities that are not fully supported.
    pub(crate) facilities: Vec<Facility>,
    /// For each loop with several variants: the one that the command chose, and those that it could choose.
    pub(crate) dispatch: Vec<Dispatch>,
    pub(crate) reached: Option<Expected>,
    pub(crate) tests: Vec<Tests>,
    /// The result of a plugin behind each tier.
    pub(crate) plugins: BTreeMap<String, String>,
    /// What ran the programs, if not the system itself.
    pub(crate) runner: Option<String>,
    pub(crate) seconds: u64,
    /// The first error.
    pub(crate) problem: Option<String>,
}

/// A facility that is not fully supported, as the command reports it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Facility {
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) reason: String,
}

/// The variants of one loop, as the command reports them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dispatch {
    pub(crate) name: String,
    pub(crate) chosen: String,
    pub(crate) available: Vec<String>,
}

/// The results of the test programs of one run.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Tests {
    /// The runner's additional arguments in this run.
    pub(crate) run: String,
    /// The page size that the command sees in this run, in bytes.
    pub(crate) page_size: Option<u64>,
    pub(crate) passed: usize,
    pub(crate) failed: Vec<String>,
    /// Messages about what was skipped.
    pub(crate) skipped: Vec<String>,
}

impl Outcome {
    pub(crate) fn new(variant: &Variant) -> Outcome {
        Outcome {
            name: variant.name.to_owned(),
            target: variant.target.to_owned(),
            compiler: String::new(),
            backend: None,
            facilities: Vec::new(),
            dispatch: Vec::new(),
            reached: None,
            tests: Vec::new(),
            plugins: BTreeMap::new(),
            runner: None,
            seconds: 0,
            problem: None,
        }
    }

    /// As one word.
    pub(crate) fn state(&self) -> &'static str {
        match (&self.problem, self.reached) {
            (None, Some(reached)) => reached.name(),
            _ => "failed",
        }
    }

    /// Why it is not as expected.
    pub(crate) fn broken(&self, variant: &Variant) -> Option<String> {
        let problem = match (&self.problem, self.reached == Some(variant.expected)) {
            (Some(problem), _) => problem.clone(),
            (None, false) => format!("expected: {}", variant.expected.name()),
            (None, true) if self.backend.as_deref() != Some(variant.backend) => format!(
                "its back end is {}, but {} was expected",
                self.backend.as_deref().unwrap_or("unknown"),
                variant.backend
            ),
            (None, true) => return None,
        };
        Some(format!("{}: {problem}", self.name))
    }
}

impl Tests {
    /// Parses what test programs print, with libtest's harness or, one line for each test, without one.
    pub(crate) fn read(output: &Output) -> Tests {
        let mut tests = Tests::default();
        let text = String::from_utf8_lossy(&output.stdout);
        for line in text.lines() {
            if let Some(test) = line.strip_prefix("test ") {
                match test.rsplit_once(" ... ") {
                    Some((_, "ok")) => tests.passed += 1,
                    Some((name, "FAILED")) => tests.failed.push(name.to_owned()),
                    _ => {}
                }
            }
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        // What a test of the harness's printed stands below its name; one of a program without a harness has none.
        let mut test = None;
        for line in text.lines().chain(errors.lines()) {
            let heading = line
                .strip_prefix("---- ")
                .and_then(|rest| rest.strip_suffix(" stdout ----"));
            match (heading, line) {
                (Some(name), _) => test = Some(name.to_owned()),
                (None, "") | (None, "successes:") => test = None,
                _ => {}
            }
            let sentence = match line.strip_prefix("skipped: ") {
                Some(sentence) => sentence,
                None if line.ends_with("what needs it is skipped.") => line.trim_end_matches('.'),
                None => continue,
            };
            let skipped = match &test {
                Some(name) => format!("{sentence}: {name}"),
                None => sentence.to_owned(),
            };
            if !tests.skipped.contains(&skipped) {
                tests.skipped.push(skipped);
            }
        }
        // A program without a harness ends at its first failure, and a killed one prints nothing: cargo reports it.
        // Cargo reports a build script in the same way, which is not a test.
        for line in errors.lines() {
            let ended = line.contains("process didn't exit successfully") && line.replace('\\', "/").contains("/deps/");
            let failed = line.contains("panicked at ") && tests.passed > 0 || ended;
            if failed && tests.failed.is_empty() && !output.status.success() {
                tests.failed.push(line.trim().to_owned());
            }
        }
        tests
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// What a program printed that did not end well.
    fn read(stdout: &str, stderr: &str) -> Tests {
        let status = Command::new("false").status().unwrap();
        let (stdout, stderr) = (stdout.into(), stderr.into());
        Tests::read(&Output { status, stdout, stderr })
    }

    #[test]
    fn tests_are_counted_and_what_they_skip_is_told_with_their_names() {
        let tests = read(
            "test plain ... ok\ntest page::asked ... ok\ntest wrong ... FAILED\n\nsuccesses:\n\n---- page::asked \
                stdout ----\n\
             skipped: nobody knows\n\nsuccesses:\n    plain\n\nskipped: no harness here\n",
            "There is no python3 with numpy: what needs it is skipped.\n",
        );
        assert_eq!((tests.passed, tests.failed), (2, vec!["wrong".to_owned()]));
        assert_eq!(
            tests.skipped,
            [
                "nobody knows: page::asked",
                "no harness here",
                "There is no python3 with numpy: what needs it is skipped"
            ]
        );
    }

    #[test]
    fn a_build_script_that_fails_is_no_failed_test_and_a_program_that_is_killed_is_one() {
        let ended = |program: &str| {
            let line = format!("  process didn't exit successfully: `{program}` (signal: 11)");
            read("", &line).failed.len()
        };
        assert_eq!(ended("/w/target/debug/build/tollgate-1f/build-script-build"), 0);
        assert_eq!(ended("/w/target/debug/deps/child-1f --show-output"), 1);
        assert_eq!(ended("wine C:\\w\\target\\debug\\deps\\child-1f.exe"), 1);
    }
}
