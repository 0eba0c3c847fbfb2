//! The tiers of one file and the parts of one program: each boundary gives the same results, or says why it is not offered.

mod support;

use support::{block, document, host, library, refusal, tollgate};
use tollgate::{Boundary, Error};

#[test]
fn the_c_tier_of_a_file_works_whatever_its_stable_tier_is() {
    let mut nothing = host()
        .open("other_layout")
        .unwrap()
        .behind(Boundary::CAbi)
        .unwrap()
        .operation("nothing")
        .unwrap();
    let output = nothing.call(&block(&[1.0], &[1])).unwrap();
    assert!(output.block().is_none());
    assert_eq!(host().open("other_layout").unwrap().boundaries(), [Boundary::CAbi]);
    let file = library("other_layout");
    let run = document(&tollgate([
        "run",
        "samples/nile.npy",
        "--plugin",
        file.to_str().unwrap(),
        "--via",
        "c-abi",
        "--json",
    ]));
    assert_eq!(run["chain"][0]["boundary"], "c-abi");
}

#[test]
fn another_layout_is_refused_in_one_line_that_names_type_field_types_offsets_and_cure() {
    let host = host();
    let plugin = host.open("other_layout").unwrap();
    // The second time too: nothing of the first refusal is taken for a module that was checked.
    for _ in 0..2 {
        let error = plugin.clone().behind(Boundary::StableAbi).unwrap_err();
        assert_eq!((error.code(), error.is_usage()), ("layout", false));
        let Error::Refused { file, refusal } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(file, &library("other_layout"));
        assert_eq!(
            refusal.to_string(),
            "`Block.rank`: host u32 at byte 16, plugin u64 at byte 16: build the plugin again with this host's tollgate-plugin"
        );
    }
    let mut describe = host
        .open("stats")
        .unwrap()
        .behind(Boundary::StableAbi)
        .unwrap()
        .operation("describe")
        .unwrap();
    assert!(describe.call(&block(&[1.0], &[1])).is_ok());
    assert!(plugin.operation("nothing").unwrap().call(&block(&[1.0], &[1])).is_ok());
}

#[test]
fn the_command_refuses_another_layout_with_exit_code_1() {
    let (code, name, message) = refusal(&tollgate([
        "run",
        "samples/nile.npy",
        "--plugin",
        "other_layout",
        "--via",
        "stable-abi",
        "--json",
    ]));
    assert_eq!((code, name.as_str()), (1, "layout"));
    assert!(
        message.ends_with(": build the plugin again with this host's tollgate-plugin"),
        "{message}"
    );
}
