//! `tollgate plugin inspect`: everything that a file declares, without running its code.

use crate::support::compiler::Compiler;
use crate::support::{document, host, library, python_has, refusal, tollgate};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tollgate_abi::LAYOUTS;

fn inspect(plugin: &str) -> Json {
    document(&tollgate(["plugin", "inspect", plugin, "--json"]))
}

#[test]
fn the_document_has_the_manifest_and_facts_about_the_file() {
    let biquad = inspect("biquad");
    let bytes = fs::read(library("biquad")).unwrap();
    assert_eq!(biquad["size"], bytes.len());
    assert_eq!(biquad["verdict"]["code"], "ok");
    assert_eq!(biquad["boundaries"], json!(["c-abi", "stable-abi"]));
    assert_eq!(
        biquad["manifest"]["operations"][0]["takes"],
        json!(["f64", "f32", "i16"])
    );
    assert_eq!(biquad["manifest"]["abi"], tollgate_abi::ABI);
    let compiler = biquad["manifest"]["compiler"].as_str().unwrap();
    assert!(compiler.starts_with("rustc "), "{compiler}");
    let list = |key: &str| biquad[key].as_array().unwrap().len();
    assert!(list("symbols") == 3 && list("needed") >= 1, "{biquad}");
    assert_eq!(biquad["config_schema"]["required"], json!(["cutoff"]));
    assert_eq!(inspect("crc32c")["boundaries"], json!(["c-abi"]));
}

#[test]
fn layouts_are_listed_by_field_with_whether_the_file_was_built_with_them() {
    let layouts = inspect("stats")["layouts"].clone();
    assert_eq!(layouts.as_array().unwrap().len(), LAYOUTS.len());
    for (found, layout) in layouts.as_array().unwrap().iter().zip(LAYOUTS) {
        assert_eq!(found["type"], format!("tollgate_{}_t", layout.name));
        assert_eq!(
            (&found["size"], &found["alignment"]),
            (&layout.size.into(), &layout.alignment.into())
        );
        assert_eq!(found["as_built"], true, "{found}");
        assert!(!found["description"].as_str().unwrap().is_empty(), "{found}");
        let fields = found["fields"].as_array().unwrap();
        assert_eq!(fields.len(), layout.fields.len());
        for (found, field) in fields.iter().zip(layout.fields) {
            assert_eq!(
                (&found["name"], &found["offset"]),
                (&field.name.into(), &field.offset.into())
            );
        }
    }
    let block = &layouts[2]["fields"];
    assert_eq!(
        block[3],
        json!({"name": "rank", "type": "u32", "offset": 16, "description": "Axes, at most MAX_RANK."})
    );
    assert_eq!(
        inspect("crc32c")["layouts"][0]["as_built"],
        Json::Null,
        "a manifest in C does not say"
    );
}

/// Plugins often write `1.000000` and the like.
#[test]
fn units_are_shown_and_numbers_are_in_shortest_form() {
    let Some(compiler) = Compiler::c() else { return };
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("units.c");
    let plugin = include_str!("../../src/cli/plugin/new/c/plugin.c").replace("NAME", "units");
    let block = r#"\"gives\":{\"kind\":\"block\",\"element\":\"same\"}"#;
    let table = r#"\"gives\":{\"kind\":\"table\",\"rows\":\"calls\",\"columns\":[
        {\"name\":\"name\",\"element\":\"text\"},
        {\"name\":\"latency\",\"element\":\"f64\",\"unit\":\"ns\"}]}"#;
    let table: Vec<&str> = table.lines().map(str::trim).collect();
    let key = r#"\"default\":1.0"#;
    let limited = r#"\"default\":1.000000,\"minimum\":0.10,\"maximum\":1e3"#;
    assert!(plugin.contains(block) && plugin.contains(key));
    let plugin = plugin.replace(block, &table.concat()).replace(key, limited);
    fs::write(&source, plugin).unwrap();
    let file = compiler.build(&source, directory.path(), "units", &[]);
    let file = file.to_str().unwrap();
    let output = tollgate(["plugin", "inspect", file]);
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "    takes f32, f64; gives a table of calls: name: text, latency: f64 (ns); stateless",
        "  factor: number from 0.1 to 1000, default 1: What each sample is multiplied by.",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let (_, _, problem) = refusal(&tollgate([
        "run",
        "samples/nile.npy",
        "--plugin",
        &format!("{file}:factor=0"),
        "--json",
    ]));
    assert!(problem.contains("expected a number from 0.1 to 1000"), "{problem}");
}

#[test]
fn a_plugin_is_described_by_its_type_s_documentation() {
    let described = |name: &str| inspect(name)["manifest"]["description"].as_str().unwrap().to_owned();
    assert_eq!(described("stats"), "Descriptive statistics of a block's columns.");
    assert!(described("probe").starts_with("Does as little as a plugin can"));
    // The documentation of biquad's struct has a second paragraph.
    assert!(described("biquad").ends_with("peaking, shelves."));
}

#[test]
fn no_code_of_the_file_runs() {
    let Some(compiler) = Compiler::c() else { return };
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("exits.c");
    let plugin = include_str!("../../src/cli/plugin/new/c/plugin.c").replace("NAME", "exits");
    let constructor = "\n__attribute__((constructor)) static void leave(void) { exit(7); }\n";
    fs::write(&source, plugin + constructor).unwrap();
    let file = compiler.build(&source, directory.path(), "exits", &[]);
    let file = file.to_str().unwrap();
    // Loading it would end the process.
    let run = tollgate(["run", "samples/nile.npy", "--plugin", file]);
    assert!(!run.status.success(), "{run:?}");
    for arguments in [
        &["plugin", "inspect", file, "--json"][..],
        &["plugin", "inspect", file, "--schema", "--json"],
    ] {
        assert!(document(&tollgate(arguments))["config_schema"]["properties"]["factor"].is_object());
    }
    assert!(tollgate(["plugin", "inspect", file]).status.success());
}

#[test]
fn a_refused_file_has_no_schema() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("libcut.so");
    fs::write(&file, &fs::read(library("stats")).unwrap()[..4096]).unwrap();
    let output = tollgate(["plugin", "inspect", file.to_str().unwrap(), "--schema", "--json"]);
    let (exit, code, text) = refusal(&output);
    assert_eq!(exit, 1, "{text}");
    assert!(["truncated", "damaged"].contains(&code.as_str()), "{code}");
}

/// Configurations as an object and as on the command line, and whether they are valid.
const CONFIGURATIONS: &[(&str, &str, &str, bool)] = &[
    ("biquad", r#"{"cutoff": 1000}"#, "cutoff=1000", true),
    (
        "biquad",
        r#"{"cutoff": 1000, "kind": "notch", "q": 0.5, "gain": -3}"#,
        "cutoff=1000,kind=notch,q=0.5,gain=-3",
        true,
    ),
    ("biquad", r"{}", "", false),
    ("biquad", r#"{"cutoff": -1}"#, "cutoff=-1", false),
    ("biquad", r#"{"cutoff": "high"}"#, "cutoff=high", false),
    (
        "biquad",
        r#"{"cutoff": 1, "kind": "Notch"}"#,
        "cutoff=1,kind=Notch",
        false,
    ),
    ("biquad", r#"{"cutoff": 1, "order": 2}"#, "cutoff=1,order=2", false),
    ("crc32c", r"{}", "", true),
    ("crc32c", r#"{"init": 4294967295}"#, "init=4294967295", true),
    ("crc32c", r#"{"init": 4294967296}"#, "init=4294967296", false),
    ("crc32c", r#"{"init": 0.5}"#, "init=0.5", false),
    ("convert", r#"{"to": "f32"}"#, "to=f32", true),
    ("convert", r#"{"to": "f31"}"#, "to=f31", false),
    ("stats", r"{}", "", true),
    ("stats", r#"{"ddof": 1}"#, "ddof=1", false),
];

/// Prints, for each schema and instance that it reads, whether the instance is valid; it exits at an invalid schema.
const VALIDATOR: &str = "
import json, sys
from jsonschema import Draft202012Validator as Validator
answers = []
for case in json.load(sys.stdin):
    Validator.check_schema(case['schema'])
    answers.append(Validator(case['schema']).is_valid(case['instance']))
json.dump(answers, sys.stdout)
";

#[test]
fn a_json_schema_validator_and_the_host_agree_on_every_configuration() {
    let mut schemas = BTreeMap::new();
    for (plugin, _, text, fits) in CONFIGURATIONS {
        let opened = host().open(plugin).unwrap();
        assert_eq!(opened.config(text).is_ok(), *fits, "the host, on {plugin}:{text}");
        schemas.entry(*plugin).or_insert_with(|| {
            let output = tollgate(["plugin", "inspect", plugin, "--schema"]);
            serde_json::from_slice::<Json>(&output.stdout).expect("--schema prints one document")
        });
    }
    let case = |(plugin, instance, _, _): &(&str, &str, &str, bool)| json!({"schema": schemas[plugin], "instance": serde_json::from_str::<Json>(instance).unwrap()});
    let cases: Json = CONFIGURATIONS.iter().map(case).collect();
    let Some(answers) = validated(&cases) else { return };
    let fit: Vec<bool> = CONFIGURATIONS.iter().map(|(_, _, _, fits)| *fits).collect();
    assert_eq!(answers, json!(fit));
}

/// The validator's answer, or nothing if no validator is installed.
fn validated(cases: &Json) -> Option<Json> {
    if !python_has("jsonschema") {
        return None;
    }
    let mut python = Command::new("python3")
        .args(["-c", VALIDATOR])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    input.write_all(cases.to_string().as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
