//! Configuration: the values that reach the plugin, and the values that are refused before the plugin runs.

use crate::support::{block, host};

#[test]
fn every_type_of_configuration_key_reaches_the_plugin() {
    let plugin = host().open("misbehaves").unwrap();
    let settings = |plugin: &tollgate::Plugin| {
        let output = plugin.operation("settings").unwrap().call(&block(&[], &[0])).unwrap();
        let mut bytes: Vec<Vec<u8>> = output
            .columns()
            .unwrap()
            .map(|(_, values)| values.as_bytes().to_vec())
            .collect();
        let limit = i64::from_ne_bytes(bytes.pop().unwrap().try_into().unwrap());
        let label = String::from_utf8(bytes.pop().unwrap()).unwrap();
        let factor = f64::from_ne_bytes(bytes[0].clone().try_into().unwrap());
        (factor, bytes[1][0], bytes[2][0], label, limit)
    };
    assert_eq!(settings(&plugin), (1.5, 3, 0, "a \"quoted\" text\0".to_owned(), -1));
    let plugin = plugin
        .config("factor=0.25,level=255,loud=true,label=\"a, b\",limit=-7")
        .unwrap();
    assert_eq!(settings(&plugin), (0.25, 255, 1, "a, b\0".to_owned(), -7));
}

#[test]
fn a_key_or_value_that_does_not_fit_is_named_before_anything_runs() {
    let plugin = host().open("misbehaves").unwrap();
    for (config, named) in [
        (
            "facter=1",
            "unknown key \"facter\"; its keys are factor, level, loud, label, limit; did you mean factor?",
        ),
        ("factor=11", "factor=11: expected a number from 0 to 10"),
        ("level=-1", "level=-1: expected an integer from 0 to 255"),
        (
            "limit=3000000000",
            "limit=3000000000: expected an integer from -2147483648 to 2147483647",
        ),
    ] {
        let error = plugin.clone().config(config).unwrap_err();
        assert!(error.is_usage());
        assert_eq!(error.to_string(), format!("misbehaves: {named}"));
    }
}
