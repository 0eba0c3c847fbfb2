//! Panics in plugins: the host's errors, and what is not affected.

use crate::hook;
use crate::support::{block, host, misbehaving};
use tollgate::{Boundary, Error, Status};

#[test]
fn a_panic_is_an_error_with_message_file_and_line_and_the_next_call_works() {
    let mut panics = misbehaving("panics");
    for _ in 0..3 {
        let error = panics.call(&block(&[1.0, 2.0], &[2])).unwrap_err();
        let Error::Failed {
            status,
            message,
            file,
            line,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (*status, message.as_str()),
            (Status::PANICKED, "planted panic over 2 values")
        );
        assert!(file.ends_with("src/lib.rs"), "{file}");
        let source = include_str!("../fixtures/misbehaves/src/lib.rs");
        let planted = source.lines().nth(*line as usize - 1).unwrap();
        assert!(
            planted.contains("panic!(\"planted panic over"),
            "line {line}: {planted}"
        );
        assert_eq!(error.code(), "plugin-panicked");
    }
    let mut scale = misbehaving("scale");
    assert!(scale.call(&block(&[1.0], &[1])).is_ok());
}

#[test]
fn a_panic_loses_the_instance_and_its_state_and_nothing_else() {
    let plugin = host().open("misbehaves").unwrap();
    let mut count = plugin.operation("count").unwrap();
    let next = |count: &mut tollgate::Operation| {
        count
            .call(&block(&[], &[0]))
            .unwrap()
            .block()
            .unwrap()
            .as_slice::<u64>()
            .unwrap()[0]
    };
    assert_eq!((next(&mut count), next(&mut count)), (1, 2));
    let mut panics = plugin.operation("panics").unwrap();
    panics.call(&block(&[], &[0])).unwrap_err();
    assert_eq!(next(&mut count), 3, "another handle's instance keeps its state");
    drop(count);
    let mut count = plugin.operation("count").unwrap();
    assert_eq!(
        next(&mut count),
        1,
        "an instance with state is not handed to the next handle"
    );
}

#[test]
fn the_host_s_own_panic_hook_is_left_alone() {
    hook::install();
    let before = hook::seen("");
    let error = misbehaving("panics").call(&block(&[], &[0]));
    let seen_by_plugin = hook::seen("") - before;
    let caught = std::panic::catch_unwind(|| panic!("the host's own"));
    assert!(error.is_err() && caught.is_err());
    assert_eq!(seen_by_plugin, 0, "a plugin's panic ran the host's hook");
    assert_eq!(hook::seen("") - before, 1, "the plugin replaced the host's hook");
}

#[test]
fn a_panic_is_an_error_behind_the_stable_tier_too() {
    let plugin = host().open("misbehaves").unwrap().behind(Boundary::StableAbi).unwrap();
    let error = plugin.operation("panics").unwrap().call(&block(&[], &[0])).unwrap_err();
    assert!(
        error.to_string().contains("panicked: planted panic over 0 values ("),
        "{error}"
    );
    assert!(plugin.operation("scale").unwrap().call(&block(&[1.0], &[1])).is_ok());
}
