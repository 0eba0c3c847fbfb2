//! The boundaries of one plugin: the same results behind each, selected by name, switched back and forth.

use crate::support::{block, host};
use tollgate::{Boundary, Configuration, Error, SetBy};

#[test]
fn both_tiers_of_one_file_give_the_same_bytes_on_every_sample() {
    for (sample, plugin, operation, config) in [
        ("sunspots.npy", "stats", "describe", ""),
        ("nile.npy", "stats", "describe", ""),
        ("ecg.npy", "stats", "describe", ""),
        ("co2.npy", "convert", "convert", "to=f64"),
        ("speech.wav", "biquad", "filter", "cutoff=1000"),
        ("speech.wav", "convert", "convert", "to=f32,scale=full"),
    ] {
        let view = tollgate::view::read(crate::support::sample(sample)).unwrap();
        let array = view.to_array().unwrap();
        let of = |boundary| {
            let plugin = host()
                .open(plugin)
                .unwrap()
                .config(config)
                .unwrap()
                .behind(boundary)
                .unwrap();
            assert_eq!(plugin.boundary(), boundary);
            let output = plugin.operation(operation).unwrap().call(&array.block()).unwrap();
            let parts: Vec<Vec<u8>> = match output.columns() {
                Some(columns) => columns.map(|(_, values)| values.as_bytes().to_vec()).collect(),
                None => vec![output.block().unwrap().as_bytes().to_vec()],
            };
            (parts, plugin.hash())
        };
        let (c_abi, stable_abi) = (of(Boundary::CAbi), of(Boundary::StableAbi));
        assert!(!c_abi.0.concat().is_empty());
        assert_eq!(c_abi, stable_abi, "{sample} through {plugin}");
    }
}

#[test]
fn boundaries_are_switched_back_and_forth_and_missing_required_keys_are_an_error() {
    let host = host();
    host.register(Boundary::StaticC, &tollgate_cli::parts::crc32c())
        .unwrap();
    let plugin = host.open("crc32c").unwrap().config("init=7").unwrap();
    let crc = |plugin: &tollgate::Plugin| {
        let output = plugin
            .operation("checksum")
            .unwrap()
            .call(&block(&[1.0], &[1]))
            .unwrap();
        output.columns().unwrap().next().unwrap().1.as_bytes().to_vec()
    };
    let loaded = crc(&plugin);
    let part = plugin.behind(Boundary::StaticC).unwrap();
    assert_eq!((crc(&part), part.file()), (loaded.clone(), None));
    assert_eq!(part.boundaries(), [Boundary::StaticC, Boundary::CAbi]);
    let back = part.behind(Boundary::CAbi).unwrap();
    assert!(back.file().is_some());
    assert_eq!(crc(&back), loaded);
    // biquad has a required key behind every boundary.
    let biquad = host.open("biquad").unwrap().behind(Boundary::StableAbi).unwrap();
    let error = biquad.operation("filter").unwrap_err();
    assert!(error.to_string().contains("missing key \"cutoff\""), "{error}");
}

#[test]
fn the_boundary_is_chosen_by_name() {
    assert_eq!("c-abi".parse::<Boundary>().unwrap(), Boundary::CAbi);
    let error = Error::from("carrier-pigeon".parse::<Boundary>().unwrap_err());
    assert_eq!(
        error.to_string(),
        "unknown boundary \"carrier-pigeon\"; known boundaries: inline, static-c, c-abi, stable-abi"
    );
    assert!(error.is_usage());
    assert_eq!(
        host().open("stats").unwrap().behind(Boundary::CAbi).unwrap().boundary(),
        Boundary::CAbi
    );
}

#[test]
fn a_configured_boundary_holds_for_all_plugins_or_one_and_the_caller_overrides_it() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let file = directory.path().join("tollgate.toml");
    std::fs::write(
        &file,
        "boundary = \"stable-abi\"\n[plugins.crc32c]\nboundary = \"static-c\"\n",
    )
    .unwrap();
    let configured = || {
        let configuration = Configuration::read(&file, false).unwrap();
        let builder = crate::support::builder().plugin_path(crate::support::plugin_directory());
        builder.configuration(configuration)
    };
    let host = configured().build();
    host.register(Boundary::StaticC, &tollgate_cli::parts::crc32c())
        .unwrap();
    let stats = host.open("stats").unwrap();
    assert_eq!(stats.boundary(), Boundary::StableAbi);
    assert_eq!(host.boundary_of("stats").set_by, SetBy::All);
    let crc = host.open("crc32c").unwrap();
    assert_eq!((crc.boundary(), crc.file()), (Boundary::StaticC, None));
    let chosen = host.boundary_of("crc32c");
    assert_eq!(chosen.boundary, Boundary::StaticC);
    assert_eq!(chosen.set_by, SetBy::Plugin("crc32c".to_owned()));
    // The caller's word counts more.
    assert_eq!(
        host.open_behind("crc32c", Boundary::CAbi).unwrap().boundary(),
        Boundary::CAbi
    );
    assert_eq!(crc.behind(Boundary::CAbi).unwrap().boundary(), Boundary::CAbi);
    // So does the program's.
    let host = configured().boundary(Boundary::CAbi, "a test").build();
    assert_eq!(host.open("stats").unwrap().boundary(), Boundary::CAbi);
    assert_eq!(host.boundary_of("stats").set_by.to_string(), "a test");
}

#[test]
fn a_plugin_that_does_not_offer_the_configured_boundary_is_an_error_that_says_what_set_it() {
    let builder = crate::support::builder().plugin_path(crate::support::plugin_directory());
    let host = builder.boundary(Boundary::StableAbi, "a test").build();
    let error = host.open("crc32c").unwrap_err();
    assert_eq!(
        error.to_string(),
        "crc32c cannot run behind stable-abi: its file does not export the stable tier, as plugins in Rust do: use \
            c-abi (set by a test)"
    );
    // A plugin of the program alone has no file to run instead.
    let host = tollgate::Host::builder().boundary(Boundary::CAbi, "a test").build();
    host.register(Boundary::StaticC, &tollgate_cli::parts::crc32c())
        .unwrap();
    let error = host.open("crc32c").unwrap_err().to_string();
    assert!(
        error.contains("it is part of this program, and runs behind static-c only (set by a test)"),
        "{error}"
    );
    assert_eq!(host.registered(), [("crc32c".to_owned(), Boundary::StaticC)]);
}
