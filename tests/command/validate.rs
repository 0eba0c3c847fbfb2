//! `tollgate plugin validate`: each planted fault fails its check, the plugins of this workspace pass all checks, and a
//! failure is repeated by its seed.

use crate::support::compiler::{Compiler, fixture};
use crate::support::{document, library, refusal, tollgate, tollgate_with};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use tollgate_inspect::validate::checks;
use tollgate_platform::{Status, facilities};

/// The faults planted into `tests/c_plugin/faulty.c` and the checks that they fail, the intended one first.
const FAULTS: [(&str, &[&str]); 26] = [
    ("NO_INSTANCE", &["load"]),
    ("NEVER_WORKS", &["ordinary"]),
    ("OTHER_ELEMENT", &["output"]),
    ("READS_EMPTY", &["empty", "output", "faults", "stateless"]),
    ("COUNTS_BELOW_ZERO", &["single", "output", "bounds"]),
    ("STACK", &["large"]),
    ("LOOPS_ON_NAN", &["values"]),
    ("WANTS_64", &["alignment", "bounds"]),
    ("TRUSTS_ELEMENT", &["element-type"]),
    ("WANTS_ATTRIBUTES", &["attributes", "faults"]),
    ("IGNORES_STRIDES", &["strides"]),
    ("READS_PAST_END", &["bounds", "output", "empty", "faults", "stateless"]),
    ("WRITES_PAST_ROOM", &["bounds"]),
    ("WRITES_INPUT", &["input"]),
    ("IGNORES_REFUSAL", &["sink"]),
    ("SAYS_NOTHING", &["faults"]),
    ("FEARS_ZERO", &["configuration"]),
    ("SIXTEEN_INSTANCES", &["instances"]),
    (
        "CLOCK",
        &["deterministic", "instances", "stateless", "threads", "concurrent"],
    ),
    ("REMEMBERS", &["stateless"]),
    ("THREAD_LOCAL", &["threads"]),
    ("SHARED", &["concurrent"]),
    ("LEAKS", &["leaks"]),
    ("FORGETS_STATE", &["state"]),
    ("TRUSTS_STATE", &["state"]),
    ("CRASHES_AT_EXIT", &["exit", "leaks"]),
];

/// Faults that are found only if the platform has the facility.
fn is_supported(facility: &str) -> bool {
    let facilities = facilities();
    let found = facilities.iter().find(|other| other.name == facility);
    found.is_some_and(|found| found.status == Status::Supported)
}

fn validate(file: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["plugin", "validate", file.to_str().unwrap(), "--json"];
    arguments.extend(more);
    tollgate(arguments)
}

/// The checks of a result, and the names of those that failed.
fn failed(output: &Output) -> (Json, BTreeSet<String>) {
    let document: Json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let checks = document["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["result"] == "failed");
    let names: BTreeSet<String> = failed.map(|check| check["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(document["failed"], names.len());
    assert_eq!(output.status.code(), Some(i32::from(!names.is_empty())));
    (document, names)
}

fn flags(fault: &str) -> Vec<String> {
    let mut flags = ["-Wno-vla", "-O0", "-D_GNU_SOURCE"].map(str::to_owned).to_vec();
    flags.push(format!("-DFAULT={fault}"));
    if fault.ends_with("_STATE") {
        flags.push("-DSTATEFUL".to_owned());
    }
    flags
}

fn faulty(compiler: &Compiler, fault: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let flags = flags(fault);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    fixture(compiler, "faulty.c", &flags)
}

#[test]
fn each_planted_fault_fails_its_check_and_no_unrelated_one() {
    let Some(compiler) = Compiler::c() else { return };
    if ["child", "guarded-memory", "heap-in-use"]
        .iter()
        .any(|facility| !is_supported(facility))
    {
        return eprintln!("This platform lacks what some of the checks stand on: planted faults are skipped.");
    }
    let mut wrong = Vec::new();
    for (fault, expected) in FAULTS {
        let (_directory, file) = faulty(&compiler, fault);
        // A hang lasts until the deadline.
        let deadline = if fault == "LOOPS_ON_NAN" { "5" } else { "60" };
        let (document, names) = failed(&validate(&file, &["--seed", "1", "--deadline", deadline]));
        let expected: BTreeSet<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        if names != expected {
            wrong.push(format!(
                "{fault}: expected {expected:?}, failed {names:?}: {document:#}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_planted_fault() {
    let planted: BTreeSet<&str> = FAULTS.iter().map(|(_, checks)| checks[0]).collect();
    let all: BTreeSet<&str> = checks().map(|(name, _)| name).collect();
    // These two have separate tests below.
    let others = BTreeSet::from(["gate", "tiers"]);
    assert_eq!(&planted | &others, all);
}

#[test]
fn without_a_fault_no_check_fails() {
    let Some(compiler) = Compiler::c() else { return };
    for fault in ["NONE", "NO_STATE"] {
        let mut flags = flags("NONE");
        if fault == "NO_STATE" {
            flags.push("-DSTATEFUL".to_owned());
        }
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let (_directory, file) = fixture(&compiler, "faulty.c", &flags);
        let (document, names) = failed(&validate(&file, &["--deadline", "60"]));
        assert!(names.is_empty(), "{document:#}");
    }
}

#[test]
fn the_plugins_of_this_workspace_pass_all_checks() {
    for plugin in ["stats", "convert", "biquad", "crc32c", "probe"] {
        let (document, names) = failed(&validate(&library(plugin), &["--deadline", "120"]));
        assert!(names.is_empty(), "{plugin}: {document:#}");
    }
}

#[test]
fn tiers_that_differ_are_reported() {
    let (document, names) = failed(&validate(&library("two_faced"), &["--check", "tiers"]));
    assert_eq!(names, BTreeSet::from(["tiers".to_owned()]), "{document:#}");
    let problem = document["checks"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("behind this tier it fails"), "{problem}");
}

#[test]
fn a_file_that_the_gate_refuses_fails_there_and_the_rest_is_skipped() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "version_0.c", &[]);
    let (document, names) = failed(&validate(&file, &[]));
    assert_eq!(names, BTreeSet::from(["gate".to_owned()]));
    let skipped = document["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["result"] == "skipped");
    assert_eq!(skipped.count(), checks().count() - 1);
}

#[test]
fn a_crash_is_reported_with_signal_operation_and_input_and_repeated_by_the_seed() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = faulty(&compiler, "WANTS_64");
    let alone = ["--check", "alignment", "--seed", "77"];
    let [one, other] = [(); 2].map(|()| failed(&validate(&file, &alone)).0);
    assert_eq!(one, other);
    let check = &one["checks"][0];
    assert_eq!(
        (&check["operation"], &check["input"]),
        (&"scale".into(), &"f64 [1000]".into())
    );
    if is_supported("child") {
        assert_eq!(check["problem"], "the process was killed by signal 11 (SIGSEGV)");
    }
    let text = tollgate([
        "plugin",
        "validate",
        file.to_str().unwrap(),
        "--seed",
        "77",
        "--deadline",
        "60",
    ]);
    assert_eq!(text.status.code(), Some(1));
    let text = String::from_utf8(text.stdout).unwrap();
    let again = format!(
        "tollgate plugin validate {} --check alignment --seed 77\n",
        file.display()
    );
    assert!(text.contains(&again), "{text}");
}

#[test]
fn usage_errors_are_refused() {
    let (code, name, message) = refusal(&validate(&library("stats"), &["--check", "alignmnt"]));
    assert_eq!((code, name.as_str()), (2, "unknown-check"));
    assert!(message.contains("alignment"), "{message}");
    let (code, name, _) = refusal(&validate(&library("biquad"), &["--config", "cutof=3"]));
    assert_eq!((code, name.as_str()), (2, "config"));
    let good = document(&validate(
        &library("biquad"),
        &["--config", "cutoff=3", "--check", "load"],
    ));
    assert_eq!(good["failed"], 0);
}

/// Runs one check of `tests/c_plugin/escapes.c`, with a marker in the environment of every started process and a
/// directory for temporary files. Returns the result of the check after checking that no process and no file is left.
#[cfg(target_os = "linux")]
fn escaped(fault: &str, deadline: &str) -> Option<String> {
    let compiler = Compiler::c()?;
    if let Some(reason) = tollgate_platform::child::containment_status().reason() {
        eprintln!("{fault} was skipped: {reason}");
        return None;
    }
    let define = format!("-DFAULT={fault}");
    let (_directory, file) = fixture(&compiler, "escapes.c", &["-D_GNU_SOURCE", &define]);
    let directory = tempfile::tempdir().unwrap();
    let mark = format!("{}-{fault}", std::process::id());
    let variables = [
        ("TMPDIR", directory.path().to_str().unwrap()),
        ("VALIDATE_TEST_MARK", &mark),
    ];
    let words = ["plugin", "validate", file.to_str().unwrap(), "--json", "--seed", "1"];
    let output = tollgate_with(
        &variables,
        words.iter().chain(&["--check", "ordinary", "--deadline", deadline]),
    );
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert!(left.is_empty(), "{fault} left files: {left:?}");
    let variable = format!("VALIDATE_TEST_MARK={mark}");
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        assert!(
            variables.all(|found| found != variable.as_bytes()),
            "{fault} left a process: {process:?}"
        );
    }
    let (document, names) = failed(&output);
    assert_eq!(names, BTreeSet::from(["ordinary".to_owned()]), "{document:#}");
    Some(document["checks"].to_string())
}

#[cfg(target_os = "linux")]
#[test]
fn a_plugin_that_returns_twice_or_leaves_processes_fails_and_leaves_nothing() {
    let (twice, on) = ("returned in two processes", "left processes running, which were killed");
    let Some(found) = escaped("TWICE", "60") else { return };
    // The system decides which of the two is seen first.
    assert!(found.contains(twice) || found.contains(on), "{found}");
    let found = escaped("LEAVES", "60").unwrap();
    assert!(found.contains(on), "{found}");
    let found = escaped("ALL", "3").unwrap();
    assert!(found.contains("was still running after 3 s and was killed"), "{found}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_whose_plugin_returns_in_two_processes_prints_one_document() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "escapes.c", &["-D_GNU_SOURCE", "-DFAULT=TWICE"]);
    let sample = crate::support::sample("nile.npy");
    let words = [
        "run",
        sample.to_str().unwrap(),
        "--json",
        "--plugin",
        file.to_str().unwrap(),
    ];
    let output = tollgate(words);
    let documents: Vec<Json> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(documents.len(), 1, "{output:?}");
}
