//! The boundaries of one plugin: the same results behind each, selected by name, switched back and forth.

use crate::support::{block, host};
use tollgate::{Boundary, Error};

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
