//! The contract from version 1 on: newer and older hosts and plugins work together, missing fields read as absent, and
//! incompatible files are refused. `cargo xtask matrix` builds complete hosts and plugins of other minor versions.

use crate::support::compiler::{Compiler, fixture};
use crate::support::{block, document, host, library, refusal, tollgate};
use std::path::Path;
use tollgate::{Block, Boundary, Element, Error, Operation, Plugin, SAMPLE_RATE, Value};
use tollgate_plugin::{Attribute, Config, Result, Saved, Sink, inline, operations};

fn open(file: &Path) -> std::result::Result<Plugin, Error> {
    host().open(file.to_str().expect("the path is UTF-8"))
}

/// The code and the sentence of a refusal, without the file.
fn refused(file: &Path) -> (&'static str, String) {
    let error = open(file).unwrap_err();
    let text = error.to_string();
    let sentence = text.strip_prefix(&format!("{}: ", file.display())).unwrap();
    assert!(!sentence.contains('\n'), "one sentence: {sentence}");
    (error.code(), sentence.to_owned())
}

fn number(operation: &mut Operation) -> u64 {
    let output = operation.call(&block(&[], &[0])).unwrap();
    output.block().unwrap().as_slice::<u64>().unwrap()[0]
}

#[test]
fn a_plugin_of_version_0_is_refused_by_its_manifest_and_by_its_entry() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "version_0.c", &[]);
    assert_eq!(
        refused(&file),
        (
            "contract-version",
            "its manifest uses version 0 of the contract, and this host uses version 1: build the plugin again with \
                this \
             host's tollgate-plugin or tollgate.h"
                .to_owned()
        )
    );
    let (_directory, file) = fixture(&compiler, "version_0.c", &["-DMANIFEST_VERSION=\"1\""]);
    let (code, sentence) = refused(&file);
    assert_eq!(code, "contract-version");
    assert!(sentence.starts_with("its entry uses version 0"), "{sentence}");
}

#[test]
fn a_plugin_newer_than_its_host_works_and_its_additions_are_ignored() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "newer.c", &[]);
    let plugin = open(&file).unwrap();
    assert_eq!(plugin.manifest().extensions, ["tollgate.state/1", "tollgate.later/3"]);
    let mut count = plugin.operation("count").unwrap();
    assert_eq!([number(&mut count), number(&mut count)], [1, 2]);
}

#[test]
fn a_saved_state_goes_on_in_another_instance_and_another_s_state_changes_nothing() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "newer.c", &[]);
    let plugin = open(&file).unwrap();
    let mut first = plugin.operation("count").unwrap();
    number(&mut first);
    number(&mut first);
    let state = first.save().unwrap();
    assert_eq!(number(&mut first), 3, "saving leaves the instance as it is");
    let mut second = plugin.operation("count").unwrap();
    number(&mut second);
    second.restore(&state.block().unwrap()).unwrap();
    assert_eq!(number(&mut second), 3);
    let error = second.restore(&block(&[1.0], &[1])).unwrap_err();
    assert_eq!(error.code(), "plugin-failed");
    assert_eq!(
        error.to_string(),
        "newer/restore failed: the state of a counter is one number"
    );
    assert_eq!(number(&mut second), 4);
}

#[test]
fn an_extension_that_is_listed_but_missing_or_too_short_is_refused() {
    let Some(compiler) = Compiler::c() else { return };
    for (flag, expected) in [
        (
            "-DLISTED=\"\\\"tollgate.state/1\\\",\\\"tollgate.never/1\\\"\"",
            "after loading, its manifest lists the extension tollgate.never/1, and it does not give it",
        ),
        (
            "-DSTATE_SIZE=8",
            "after loading, its extension tollgate.state/1 has 8 bytes; expected at least 24",
        ),
        (
            "-DSTATE_SAVE=NULL",
            "after loading, its extension tollgate.state/1 has no function save: the pointer is NULL",
        ),
    ] {
        let (_directory, file) = fixture(&compiler, "newer.c", &[flag]);
        let (code, sentence) = refused(&file);
        assert_eq!((code, sentence.as_str()), ("entry-mismatch", expected));
    }
    let (_directory, file) = fixture(&compiler, "newer.c", &["-DLISTED=\"\""]);
    let (code, sentence) = refused(&file);
    assert_eq!(code, "manifest-damaged");
    assert!(
        sentence.ends_with(
            "the state of the operation \"count\" is saved, and \"tollgate.state/1\" is not among the extensions"
        ),
        "{sentence}"
    );
}

#[test]
fn a_plugin_that_requires_a_missing_extension_is_refused_before_it_runs() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "newer.c", &["-DREQUIRED=\"\\\"tollgate.later/3\\\"\""]);
    let (code, sentence) = refused(&file);
    assert_eq!(code, "extension-missing");
    assert_eq!(
        sentence,
        "it requires the host extension tollgate.later/3, and this host offers none: use a newer host"
    );
    let verdict = tollgate_inspect::inspect(&file).unwrap().verdict;
    assert!(matches!(verdict, tollgate_inspect::Verdict::Refused(refusal) if refusal.code() == code));
}

/// The output of a filter behind a boundary over `samples`, with a sample rate and a state.
fn filtered(operation: &mut Operation, samples: &[f64]) -> Vec<f64> {
    let rate = [Attribute::new(SAMPLE_RATE, Value::Real(8000.0))];
    let shape = [samples.len() as u64];
    let input = Block::of(samples, &shape, &rate).unwrap();
    let output = operation.call(&input).unwrap();
    output.block().unwrap().as_slice().unwrap().to_vec()
}

#[test]
fn a_filter_goes_on_where_another_boundary_s_was_saved() {
    let plugin = host().open("biquad").unwrap().config("cutoff=500").unwrap();
    let behind = |boundary| plugin.clone().behind(boundary).unwrap().operation("filter").unwrap();
    let samples: Vec<f64> = (0..200).map(|n| f64::from(n % 17) - 8.0).collect();
    let whole = filtered(&mut behind(Boundary::CAbi), &samples);
    for (first, second) in [
        (Boundary::CAbi, Boundary::StableAbi),
        (Boundary::StableAbi, Boundary::CAbi),
    ] {
        let mut begun = behind(first);
        filtered(&mut begun, &samples[..123]);
        let state = begun.save().unwrap();
        let state = state.block().unwrap();
        assert_eq!((state.element(), state.shape()), (Element::F64, &[1, 2][..]));
        let mut ended = behind(second);
        ended.restore(&state).unwrap();
        assert_eq!(filtered(&mut ended, &samples[123..]), whole[123..]);
    }
    let wrong = behind(Boundary::CAbi)
        .restore(&block(&[1.0, 2.0, 3.0], &[3]))
        .unwrap_err();
    assert!(wrong.to_string().contains("this block has the shape [3]"), "{wrong}");
    // Before the first block there is no state to continue from.
    let fresh = behind(Boundary::CAbi).save().unwrap();
    let mut used = behind(Boundary::CAbi);
    filtered(&mut used, &samples[..50]);
    used.restore(&fresh.block().unwrap()).unwrap();
    assert_eq!(filtered(&mut used, &samples), whole);
}

#[test]
fn a_plugin_without_the_extension_says_that_it_does_not_save() {
    let mut describe = host().open("stats").unwrap().operation("describe").unwrap();
    let state = block(&[1.0], &[1]);
    for error in [describe.save().unwrap_err(), describe.restore(&state).unwrap_err()] {
        assert_eq!(error.code(), "state-not-saved");
        assert!(
            error.to_string().starts_with("stats cannot save its state: "),
            "{error}"
        );
    }
}

/// A plugin that fails to save its state, and panics when it restores it.
#[derive(Config)]
struct Forgetful;

#[operations(requires = [])]
impl Forgetful {
    /// Nothing.
    #[operation(takes = [f64], gives = none, state = saved)]
    fn nothing(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

impl Saved for Forgetful {
    fn save(&self, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }

    fn restore(&mut self, _state: &Block<'_>) -> Result<()> {
        panic!("planted panic in restore")
    }
}

#[test]
fn a_plugin_that_commits_no_state_or_panics_is_reported() {
    let host = host();
    crate::hook::install();
    host.register(Boundary::Inline, &inline!(Forgetful, "forgetful"))
        .unwrap();
    let mut nothing = host.open("forgetful").unwrap().operation("nothing").unwrap();
    let error = nothing.save().unwrap_err();
    assert_eq!(error.code(), "contract-broken");
    let error = nothing.restore(&block(&[], &[0])).unwrap_err();
    assert_eq!(error.code(), "plugin-panicked");
    assert!(error.to_string().contains("planted panic in restore"), "{error}");
    assert!(
        nothing.call(&block(&[], &[0])).is_ok(),
        "the next call has a new instance"
    );
}

#[test]
fn a_manifest_of_a_plugin_in_rust_says_how_the_contract_lies_in_it() {
    let inspection = tollgate_inspect::inspect(library("stats")).unwrap();
    let manifest = inspection.manifest.unwrap();
    assert_eq!(manifest.layouts.len(), tollgate_abi::LAYOUTS.len());
    assert_eq!(manifest.layout_difference(), None);
    assert_eq!(manifest.layouts["block"].fields["rank"], 16);
}

#[test]
fn the_command_compares_two_versions_of_a_plugin_and_exits_1_where_one_cannot_take_the_other_s_place() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, new) = fixture(&compiler, "newer.c", &[]);
    let (_other, old) = fixture(&compiler, "newer.c", &["-DLISTED=\"\\\"tollgate.state/1\\\"\""]);
    let [old, new] = [&old, &new].map(|file| file.to_str().unwrap());
    let forward = document(&tollgate(["plugin", "diff", old, new, "--json"]));
    assert_eq!(
        (&forward["forward"], &forward["backward"]),
        (&"works".into(), &"breaks".into())
    );
    assert_eq!(forward["differences"][0]["field"], "extensions.tollgate.later/3");
    let backward = tollgate(["plugin", "diff", new, old, "--json"]);
    let (code, name, message) = refusal(&backward);
    assert_eq!((code, name.as_str()), (1, "incompatible"));
    assert!(message.ends_with("1 difference breaks what worked"), "{message}");
    let same = document(&tollgate(["plugin", "diff", new, new, "--json"]));
    assert_eq!(
        (&same["same_bytes"], &same["differences"]),
        (&true.into(), &serde_json::json!([]))
    );
    let (_directory, version_0) = fixture(&compiler, "version_0.c", &[]);
    let (code, name, _) = refusal(&tollgate([
        "plugin",
        "diff",
        version_0.to_str().unwrap(),
        new,
        "--json",
    ]));
    assert_eq!((code, name.as_str()), (1, "incompatible"));
}
