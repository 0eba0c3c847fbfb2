//! Typing mistakes: each answer names the right word, in one line, with exit code 1 or 2.

use crate::support::{tollgate, tollgate_with};

/// Command lines with one mistake, and the word that was meant.
const TYPOS: &[(&str, &str)] = &[
    // Subcommands.
    ("bnech", "bench"),
    ("benhc", "bench"),
    ("bech", "bench"),
    ("deom", "demo"),
    ("rum x.npy", "run"),
    ("vew x.npy", "view"),
    ("veiw x.npy", "view"),
    ("pluign list", "plugin"),
    ("plugins list", "plugin"),
    ("platfrom", "platform"),
    ("plugin lst", "list"),
    ("plugin inspct stats", "inspect"),
    ("plugin insepct stats", "inspect"),
    ("plugin vaildate stats", "validate"),
    ("plugin valid stats", "validate"),
    ("plugin dif a b", "diff"),
    ("plugin pni stats", "pin"),
    ("plugin nwe x", "new"),
    ("bench chek --baseline x", "check"),
    // Flags.
    ("bench --quik", "--quick"),
    ("bench --onyl add", "--only"),
    ("bench --no-count", "--no-counts"),
    ("bench --htlm x.html", "--html"),
    ("bench --sav x.json", "--save"),
    ("bench --libary libm.so.6", "--library"),
    ("bench --plugn stats", "--plugin"),
    ("bench --plugin stats --payloads 1KiB", "--payload"),
    ("bench check --base x.json", "--baseline"),
    ("bench check --baseline x.json --tolerence 3", "--tolerance"),
    ("run samples/ecg.npy --plugn stats", "--plugin"),
    ("run samples/ecg.npy --plugin stats --jsn", "--json"),
    ("run samples/ecg.npy --plugin stats --ouput x.npy", "--output"),
    ("run samples/ecg.npy --plugin stats --tmie", "--time"),
    ("run samples/ecg.npy --plugin stats --no_copy", "--no-copy"),
    ("run samples/ecg.npy --plugin stats --lockd", "--locked"),
    ("run samples/ecg.npy --plugin stats --verbos", "--verbose"),
    ("run samples/ecg.npy --plugin stats --plugin_path x", "--plugin-path"),
    ("view samples/ecg.npy --membre x", "--member"),
    ("plugin new x --langauge c", "--lang"),
    // Plugins.
    ("run samples/ecg.npy -p stat", "stats"),
    ("run samples/ecg.npy -p statss", "stats"),
    ("run samples/ecg.npy -p sttas", "stats"),
    ("run samples/ecg.npy -p crc32", "crc32c"),
    ("run samples/speech.wav -p biqaud:cutoff=3", "biquad"),
    ("run samples/ecg.npy -p convrt:to=f32", "convert"),
    ("plugin inspect stast", "stats"),
    ("bench --plugin biqad:cutoff=3", "biquad"),
    // Operations.
    ("run samples/ecg.npy -p crc32c/cheksum", "checksum"),
    ("run samples/sunspots.npy -p stats/desc", "describe"),
    ("run samples/speech.wav -p biquad/fliter:cutoff=3", "filter"),
    // Configuration keys.
    ("run samples/speech.wav -p biquad:cutof=3", "cutoff"),
    ("run samples/speech.wav -p biquad:knid=lowpass,cutoff=3", "kind"),
    ("run samples/ecg.npy -p crc32c:initial=3", "init"),
    // Values.
    ("run samples/speech.wav -p biquad:kind=lowpas,cutoff=3", "lowpass"),
    ("run samples/speech.wav -p biquad:kind=high-pass,cutoff=3", "highpass"),
    ("plugin new x --lang rus", "rust"),
    // Boundaries.
    ("run samples/ecg.npy -p stats@inlin", "inline"),
    ("run samples/ecg.npy -p stats@cabi", "c-abi"),
    ("run samples/ecg.npy -p stats@c-api", "c-abi"),
    ("run samples/ecg.npy -p stats@stable", "stable-abi"),
    ("run samples/ecg.npy -p crc32c@static_c", "static-c"),
    ("run samples/ecg.npy -p stats --via stabel-abi", "stable-abi"),
];

#[test]
fn each_typing_mistake_is_answered_with_the_word_that_was_meant() {
    assert!(TYPOS.len() >= 60);
    let mut wrong = Vec::new();
    for (typed, meant) in TYPOS {
        let output = tollgate(typed.split(' '));
        let text = String::from_utf8(output.stderr).unwrap();
        let asked = format!("did you mean {meant}?");
        let named = text.contains(&asked) && text.lines().count() == 1;
        if !named || !matches!(output.status.code(), Some(1 | 2)) {
            wrong.push(format!("{typed}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn an_error_names_the_help_of_the_subcommand_that_was_used() {
    for (typed, help) in [
        ("--nothing", "`tollgate --help`"),
        ("run --nothing", "`tollgate run --help`"),
        ("bench check", "`tollgate bench check --help`"),
        ("plugin new", "`tollgate plugin new --help`"),
    ] {
        let output = tollgate(typed.split(' '));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.trim_end().ends_with(help), "{typed}: {text}");
        assert_eq!(output.status.code(), Some(2), "{typed}");
    }
}

#[test]
fn a_wrong_name_in_the_environment_is_answered_too() {
    let output = tollgate_with(&[("TOLLGATE_BOUNDARY", "inlne")], ["plugin", "list"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("TOLLGATE_BOUNDARY is \"inlne\"") && text.contains("did you mean inline?"),
        "{text}"
    );
}

#[test]
fn help_says_what_each_boundary_is_and_keeps_the_options_of_every_command_apart() {
    for command in [&["--help"][..], &["run", "--help"]] {
        let text = String::from_utf8(tollgate(command).stdout).unwrap();
        for part in [
            "A boundary is what a call crosses",
            "inline",
            "static-c",
            "c-abi",
            "stable-abi",
            "\nOptions of every command:\n",
        ] {
            assert!(text.contains(part), "{part:?} is missing in {command:?}: {text}");
        }
    }
}
