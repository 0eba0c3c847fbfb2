//! Each change of a manifest has an effect in both directions.

use super::*;
use Effect::{Breaks, Differs, Works};
use std::path::PathBuf;

const OLD: &str = r#"{"name":"p","version":"1.0.0","abi":1,"panic":"unwind","extensions":["tollgate.state/1"],
    "operations":[
        {"name":"a","takes":["f64","f32"],"gives":{"kind":"block","element":"same"},"state":"saved"},
        {"name":"t","takes":["f64"],"gives":{"kind":"table","rows":"columns","columns":[
            {"name":"mean","element":"f64","unit":"mV"},{"name":"count","element":"u64"}]}}],
    "config":[{"name":"k","type":"integer","default":3,"minimum":0,"maximum":9},
              {"name":"mode","type":"string","enum":["x","y"],"optional":true}]}"#;

fn inspection(json: &str) -> Inspection {
    let manifest = Manifest::parse(json.as_bytes()).unwrap();
    let verdict = if manifest.abi == tollgate_abi::ABI {
        Verdict::Passes
    } else {
        Verdict::Refused(Refusal::ContractVersion {
            part: "its manifest",
            found: manifest.abi,
            needed: tollgate_abi::ABI,
        })
    };
    Inspection {
        manifest: Some(manifest).filter(|manifest| manifest.abi == tollgate_abi::ABI),
        file: PathBuf::from("p.so"),
        bytes: 0,
        hash: String::new(),
        needed: Vec::new(),
        symbols: Vec::new(),
        boundaries: Vec::new(),
        verdict,
    }
}

/// The differences after a replacement: field, forward, backward.
fn changed(pairs: &[(&str, &str)]) -> Vec<(String, Effect, Effect)> {
    let new = pairs.iter().fold(OLD.to_owned(), |json, (from, to)| {
        assert!(json.contains(from), "{from}");
        json.replacen(from, to, 1)
    });
    let there = diff(inspection(OLD), inspection(&new)).unwrap();
    let back = diff(inspection(&new), inspection(OLD)).unwrap();
    // Forward in one direction is backward in the other.
    let turned = |diff: &Diff| {
        let effects = diff
            .differences
            .iter()
            .map(|d| (d.field.clone(), d.backward, d.forward));
        effects.collect::<BTreeSet<_>>()
    };
    let effects: Vec<_> = there
        .differences
        .iter()
        .map(|difference| (difference.field.clone(), difference.forward, difference.backward))
        .collect();
    assert_eq!(turned(&back), effects.iter().cloned().collect());
    effects
}

#[test]
fn a_file_has_no_difference_from_itself() {
    assert_eq!(changed(&[]), []);
}

#[test]
fn each_change_has_its_field_and_its_effect_in_both_directions() {
    for (pair, field, forward, backward) in [
        (("\"p\"", "\"q\""), "name", Breaks, Breaks),
        (("1.0.0", "1.0.1"), "version", Works, Works),
        (("\"unwind\"", "\"abort\""), "panic", Breaks, Works),
        (
            ("\"unwind\"", "\"unwind\",\"requires\":[\"x/1\"]"),
            "requires.x/1",
            Breaks,
            Works,
        ),
        (("state/1\"", "state/1\",\"x/2\""), "extensions.x/2", Works, Breaks),
        (("[\"f64\",\"f32\"]", "[\"f64\"]"), "operations.a.takes", Breaks, Works),
        (
            ("[\"f64\",\"f32\"]", "[\"f64\",\"f32\",\"i8\"]"),
            "operations.a.takes",
            Works,
            Breaks,
        ),
        (
            ("[\"f64\",\"f32\"]", "[\"f64\",\"i8\"]"),
            "operations.a.takes",
            Breaks,
            Breaks,
        ),
        (("\"same\"", "\"f64\""), "operations.a.gives", Breaks, Breaks),
        (("\"saved\"", "\"resettable\""), "operations.a.state", Breaks, Works),
        (("\"saved\"", "\"stateless\""), "operations.a.state", Breaks, Differs),
        (("{\"name\":\"t\"", "{\"name\":\"u\""), "operations.t", Breaks, Works),
        (("\"mV\"", "\"V\""), "operations.t.gives.mean", Breaks, Breaks),
        (("count", "number"), "operations.t.gives.count", Breaks, Works),
        (
            ("\"rows\":\"columns\"", "\"rows\":\"channels\""),
            "operations.t.gives",
            Breaks,
            Breaks,
        ),
        (("\"integer\"", "\"number\""), "config.k.type", Works, Breaks),
        (("\"default\":3", "\"default\":4"), "config.k.default", Differs, Differs),
        (("\"default\":3,", ""), "config.k", Breaks, Works),
        (("\"minimum\":0", "\"minimum\":1"), "config.k.minimum", Breaks, Works),
        (("\"minimum\":0,", ""), "config.k.minimum", Works, Breaks),
        (("\"maximum\":9", "\"maximum\":8"), "config.k.maximum", Breaks, Works),
        (("[\"x\",\"y\"]", "[\"x\"]"), "config.mode.enum.y", Breaks, Works),
        (("\"enum\":[\"x\",\"y\"],", ""), "config.mode.enum", Works, Breaks),
        (
            ("\"name\":\"mode\"", "\"name\":\"modus\""),
            "config.mode",
            Breaks,
            Works,
        ),
    ] {
        let differences = changed(&[pair]);
        assert_eq!(
            differences[0],
            (field.to_owned(), forward, backward),
            "{pair:?}: {differences:?}"
        );
    }
}

#[test]
fn a_new_key_breaks_if_it_is_required() {
    let last = "\"optional\":true}";
    let key = |more: &str| format!("{last},{{\"name\":\"z\",\"type\":\"string\"{more}}}");
    for (more, forward) in [
        ("", Breaks),
        (",\"optional\":true", Works),
        (",\"default\":\"a\"", Works),
    ] {
        let differences = changed(&[(last, &key(more))]);
        assert_eq!(differences, [("config.z".to_owned(), forward, Breaks)]);
    }
}

#[test]
fn another_version_of_the_contract_breaks_both_ways_and_is_the_only_difference() {
    assert_eq!(
        changed(&[("\"abi\":1", "\"abi\":2")]),
        [("abi".to_owned(), Breaks, Breaks)]
    );
}

#[test]
fn another_structure_layout_breaks_both_ways_and_names_the_first_field() {
    let layouts = |offset| {
        format!(r#""unwind","layouts":{{"text":{{"size":16,"alignment":8,"fields":{{"length":0,"data":{offset}}}}}}}"#)
    };
    let old = OLD.replace("\"unwind\"", &layouts(8));
    let new = OLD.replace("\"unwind\"", &layouts(12));
    let diff = diff(inspection(&old), inspection(&new)).unwrap();
    assert_eq!((diff.forward(), diff.backward()), (Breaks, Breaks));
    assert_eq!(diff.differences[0].reason, "`text.data`: old at byte 8, new at byte 12");
}
