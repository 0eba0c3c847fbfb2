//! A boundary without C structures: each call is copied to a thread and back. Programs, the command and the validator
//! work behind it as they do behind the other boundaries.

use crate::support::compiler::{Compiler, fixture};
use crate::support::{block, builder, document, host, plugin_directory, sample, tollgate};
use tollgate::view::{Array, Owned};
use tollgate::{Attribute, Block, Boundary, Element, Plugin, SAMPLE_RATE, Value};
use tollgate_inspect::validate::{CheckVerdict, Options, validate};

fn behind_a_thread(name: &str) -> Plugin {
    host().open(name).unwrap().behind(Boundary::Thread).unwrap()
}

#[test]
fn the_command_runs_a_chain_behind_it_and_gives_the_same_bytes() {
    let run = |plugin: &str| {
        let sample = sample("nile.npy");
        let arguments = ["run", sample.to_str().unwrap(), "--plugin", plugin, "--json"];
        let mut document = document(&tollgate(arguments));
        // Only the boundary differs.
        let step = document["chain"][0].as_object_mut().unwrap();
        let boundary = step.remove("boundary").unwrap();
        (boundary, document)
    };
    let (there, document) = run("stats@thread");
    let (here, expected) = run("stats@c-abi");
    assert_eq!((there.as_str(), here.as_str()), (Some("thread"), Some("c-abi")));
    assert_eq!(document, expected);
}

#[test]
fn results_refusals_and_panics_come_back() {
    let plugin = behind_a_thread("misbehaves").config("factor=2").unwrap();
    let mut scale = plugin.operation("scale").unwrap();
    for _ in 0..3 {
        let output = scale.call(&block(&[1.0, 2.0], &[2])).unwrap();
        assert_eq!(output.block().unwrap().as_slice::<f64>().unwrap(), [2.0, 4.0]);
    }
    let mut panics = plugin.operation("panics").unwrap();
    for _ in 0..2 {
        assert_eq!(panics.call(&block(&[], &[0])).unwrap_err().code(), "plugin-panicked");
    }
}

#[test]
fn a_state_goes_to_another_instance_and_to_another_boundary() {
    let samples: Vec<f32> = (0..64_u8).map(|i| f32::from(i % 7)).collect();
    let rate = [Attribute::new(SAMPLE_RATE, Value::Real(48_000.0))];
    let input = || Block::of(&samples, &[64], &rate).unwrap();
    let there = behind_a_thread("biquad").config("kind=lowpass,cutoff=1000").unwrap();
    let here = host()
        .open("biquad")
        .unwrap()
        .config("kind=lowpass,cutoff=1000")
        .unwrap();
    let mut filter = there.operation("filter").unwrap();
    filter.call(&input()).unwrap();
    let saved = filter.save().unwrap();
    let next = filter.call(&input()).unwrap();
    for plugin in [&there, &here] {
        let mut other = plugin.operation("filter").unwrap();
        other.restore(&saved.block().unwrap()).unwrap();
        let again = other.call(&input()).unwrap();
        assert_eq!(again.block().unwrap().as_bytes(), next.block().unwrap().as_bytes());
    }
}

#[test]
fn a_block_that_is_handed_over_comes_back_with_its_memory() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "owned.c", &[]);
    let plugin = host()
        .open(file.to_str().unwrap())
        .unwrap()
        .behind(Boundary::Thread)
        .unwrap();
    let mut array = Array::new();
    array.room(16).unwrap()[..8].copy_from_slice(&1.5_f64.to_ne_bytes());
    array.describe(Element::F64, &[2], &[]).unwrap();
    let address = array.as_bytes().as_ptr();
    let given = plugin.operation("back").unwrap().hand_over(Owned::from(array)).unwrap();
    assert_eq!(
        (given.block.block().as_bytes().as_ptr(), given.copied_bytes),
        (address, 0)
    );
}

#[test]
fn the_validator_tries_a_plugin_behind_it() {
    let host = builder()
        .plugin_path(plugin_directory())
        .worker_program(env!("CARGO_BIN_EXE_tollgate"))
        .build();
    let options = Options {
        boundary: Boundary::Thread,
        ..Options::default()
    };
    let mut skipped = Vec::new();
    for checked in validate(&host, "biquad", &options, |_| {}).unwrap() {
        match checked.verdict {
            CheckVerdict::Passed { .. } => {}
            CheckVerdict::Skipped { reason } => skipped.push((checked.name, reason)),
            failed => panic!("{}: {failed:?}", checked.name),
        }
    }
    let names: Vec<&str> = skipped.iter().map(|(name, _)| *name).collect();
    // Not applicable: the sink belongs to the host there, the filter keeps state, and there is only one tier. Not every
    // allocator reports what is in use.
    let mut expected = vec!["bounds", "sink", "stateless", "tiers"];
    if tollgate_platform::heap::in_use().is_none() {
        expected.insert(3, "leaks");
    }
    assert_eq!(names, expected, "{skipped:?}");
}
