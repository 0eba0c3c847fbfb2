//! docs/bench.schema.json describes what `tollgate bench --json` prints: real documents are checked by Python's
//! jsonschema. Without it the checks are skipped; under `TOLLGATE_REQUIRE_ALL=1` they fail.

use crate::support::{document, python_has, tollgate};
use serde_json::Value as Json;
use std::path::Path;
use std::process::Command;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bench.schema.json");

/// Prints a line for each place where a document does not follow the schema, and refuses a schema that is none.
const CHECK: &str = r"
import json, sys
from jsonschema import Draft202012Validator
schema, document = (json.load(open(path, encoding='utf-8')) for path in sys.argv[1:3])
Draft202012Validator.check_schema(schema)
for error in Draft202012Validator(schema).iter_errors(document):
    print(error.json_path, ascii(error.message[:300]))
";

/// What does not follow the schema; `None` where there is no jsonschema.
fn problems(document: &Path) -> Option<String> {
    if !python_has("jsonschema") {
        return None;
    }
    let output = Command::new("python3")
        .args(["-c", CHECK, SCHEMA])
        .arg(document)
        .output()
        .expect("python3 ran a moment ago");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("it prints ASCII"))
}

/// The document that the command prints, checked; and what is found wrong with a change of it.
fn checked(words: &[&str], change: impl FnOnce(&mut Json)) -> Json {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.json");
    let printed = document(&tollgate(words));
    std::fs::write(&file, printed.to_string()).unwrap();
    if let Some(problems) = problems(&file) {
        assert_eq!(problems, "", "{words:?}");
        let mut changed = printed.clone();
        change(&mut changed);
        std::fs::write(&file, changed.to_string()).unwrap();
        assert_ne!(
            self::problems(&file).unwrap(),
            "",
            "the schema holds nothing: {changed}"
        );
    }
    printed
}

#[test]
fn a_real_document_follows_its_schema() {
    // Without the longest rows, which take a minute in a build without optimisation.
    let parts = [
        "add,",
        "callback",
        "thread",
        "text of",
        "CRC-32C of 64 B",
        "empty operation",
        "sum of 0",
        "sum of 64 B",
        "sum of 4 KiB",
    ];
    let only = parts.iter().flat_map(|part| ["--only", part]);
    let words: Vec<&str> = ["bench", "--quick", "--json"].into_iter().chain(only).collect();
    let printed = checked(&words, |document| {
        document["rows"][0]["surprise"] = 1.into();
    });
    let codes: Vec<&str> = printed["conclusions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|conclusion| conclusion["code"].as_str().unwrap())
        .collect();
    for code in ["inlining", "host-call", "languages"] {
        assert!(codes.contains(&code), "{code} is missing: {codes:?}");
    }
    // Boundaries that this run does not tell apart have no line of their own.
    let lines = ["payload", "same-price"];
    assert!(codes.iter().any(|code| lines.contains(code)), "{codes:?}");
}

#[test]
fn the_document_of_a_plugin_follows_the_same_schema() {
    let words = [
        "bench",
        "--quick",
        "--json",
        "--plugin",
        "stats",
        "--payload",
        "64B,1KiB",
    ];
    let printed = checked(&words, |document| {
        document["plugin"]["request"]["sizes"] = "64B".into();
    });
    let conclusions = printed["conclusions"].as_array().unwrap().iter();
    let of_plugin = conclusions.filter(|conclusion| conclusion["code"] == "host-call-of-plugin");
    assert_eq!(
        of_plugin.count(),
        2,
        "inline and c-abi have bare functions of their own: {printed}"
    );
}

#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[test]
fn the_document_of_a_library_s_function_follows_the_same_schema() {
    let function = [
        "--library",
        "libm.so.6",
        "--symbol",
        "cos",
        "--signature",
        "f64(f64)",
        "--args",
        "0.5",
    ];
    let words: Vec<&str> = ["bench", "--quick", "--json"].into_iter().chain(function).collect();
    let printed = checked(&words, |document| {
        document["function"]["checked"] = "yes".into();
    });
    assert_eq!(printed["function"]["symbol"], "cos");
}

#[test]
fn the_schema_describes_every_field() {
    fn described(schema: &Json, place: &str) {
        match schema {
            Json::Object(fields) => {
                if let Some(Json::Object(properties)) = fields.get("properties") {
                    for (name, property) in properties {
                        assert!(property["description"].is_string(), "{place}/{name} has no description");
                    }
                }
                for (name, value) in fields {
                    described(value, &format!("{place}/{name}"));
                }
            }
            Json::Array(values) => values.iter().for_each(|value| described(value, place)),
            _ => {}
        }
    }
    let schema: Json = serde_json::from_str(&std::fs::read_to_string(SCHEMA).unwrap()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    described(&schema, "");
}
