//! Plugins in C: one table of checks for both builds of `plugins/crc32c` (cargo's cdylib, and the C compiler's own
//! shared library), the plugin that `docs/PLUGINS.md` prints, one in C++, and mistakes that are only possible in C.
//!
//! Tests that need a C compiler are skipped without one, and fail under `TOLLGATE_REQUIRE_ALL=1`.

use crate::support::compiler::{Compiler, FLAGS, fixture};
use crate::support::{block, document, host, library, sample, tollgate};
use serde_json::Value as Json;
use std::path::Path;
use std::{fs, thread};
use tollgate::{Block, Boundary, Element, Error, Operation, Plugin, Value, view};
use tollgate_cli::sigkit::crc32c;

const CRC32C: &str = "plugins/crc32c/src/crc32c.c";

fn open(file: &Path) -> Result<Plugin, Error> {
    host().open(file.to_str().expect("the path is UTF-8"))
}

// ---- one contract, two builds --------------------------------------------------------------------------------------

type Check = fn(&Plugin);

/// Every check holds for both builds.
const CONTRACT: [(&str, Check); 13] = [
    ("the manifest says what it is", manifest),
    ("the check value of 123456789", check_value),
    ("the vectors of RFC 3720, B.4", rfc_3720),
    ("no bytes", no_bytes),
    ("every length and alignment", lengths_and_alignments),
    ("the samples, as sigkit has them", samples),
    ("a checksum goes on from where another ended", continued),
    ("the element type does not matter", element_types),
    ("a wrong key or value is refused", wrong_configuration),
    ("an element type that is not taken is refused", element_not_taken),
    ("strides are taken in C order only", strides),
    ("four threads at once", four_threads),
    ("it runs behind c-abi alone", boundaries),
];

fn keeps_the_contract(file: &Path) {
    let plugin = open(file).unwrap();
    for (name, check) in CONTRACT {
        // Printed if the check fails.
        println!("{name}");
        check(&plugin);
    }
    let inspected = document(&tollgate(["plugin", "inspect", file.to_str().unwrap(), "--json"]));
    assert_eq!(inspected["manifest"]["name"], "crc32c");
    assert_eq!(inspected["verdict"]["code"], "ok");
    assert_eq!(
        inspected["symbols"],
        Json::from(["tollgate_entry", "tollgate_manifest"].as_slice())
    );
}

#[test]
fn the_cdylib_that_cargo_builds_keeps_the_contract() {
    keeps_the_contract(&library("crc32c"));
}

#[test]
fn the_library_of_the_bare_c_compiler_keeps_the_contract_and_is_small() {
    let Some(compiler) = Compiler::c() else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = compiler.build(Path::new(CRC32C), directory.path(), "crc32c", &["-Wstrict-prototypes"]);
    let bytes = fs::metadata(&file).unwrap().len();
    assert!(bytes < 32 * 1024, "stripped by -s, it has {bytes} bytes");
    keeps_the_contract(&file);
}

fn operation(plugin: &Plugin, init: u32) -> Operation {
    let plugin = plugin.clone().config(&format!("init={init}")).unwrap();
    plugin.operation("checksum").unwrap()
}

fn checksum(operation: &mut Operation, input: &Block<'_>) -> (u32, u64) {
    let table = operation.call(input).unwrap();
    let columns: Vec<_> = table.columns().unwrap().collect();
    let [(crc, crcs), (bytes, counts)] = &columns[..] else {
        panic!("{} columns", columns.len())
    };
    assert_eq!((crc.name.as_str(), bytes.name.as_str()), ("crc", "bytes"));
    assert_eq!((crcs.shape(), counts.shape()), (&[1][..], &[1][..]));
    (crcs.as_slice().unwrap()[0], counts.as_slice().unwrap()[0])
}

fn checksum_of(plugin: &Plugin, init: u32, bytes: &[u8]) -> u32 {
    let shape = [bytes.len() as u64];
    let (crc, count) = checksum(&mut operation(plugin, init), &Block::of(bytes, &shape, &[]).unwrap());
    assert_eq!(count, bytes.len() as u64);
    crc
}

/// Bytes in which no pattern repeats early.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u64).map(|i| (131 * i + 17 + i / 256) as u8).collect()
}

fn manifest(plugin: &Plugin) {
    let manifest = plugin.manifest();
    assert_eq!(
        (manifest.name.as_str(), manifest.version.as_str()),
        ("crc32c", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(manifest.panic, "none");
    assert!(
        manifest.compiler.contains(|c: char| c.is_ascii_digit()),
        "{}",
        manifest.compiler
    );
    assert!(manifest.operations[0].elements().count() == 10 && manifest.operations.len() == 1);
    let configured: Vec<&str> = manifest.config.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(configured, ["init"]);
}

fn check_value(plugin: &Plugin) {
    assert_eq!(checksum_of(plugin, 0, b"123456789"), 0xE306_9283);
    let unconfigured = plugin
        .operation("checksum")
        .unwrap()
        .call(&Block::of(b"123456789", &[9], &[]).unwrap());
    let (_, crc) = unconfigured.as_ref().unwrap().columns().unwrap().next().unwrap();
    assert_eq!(
        crc.as_slice::<u32>().unwrap(),
        [0xE306_9283],
        "init is 0 where none is given"
    );
}

fn rfc_3720(plugin: &Plugin) {
    let ascending: Vec<u8> = (0..32).collect();
    let descending: Vec<u8> = (0..32).rev().collect();
    let mut read = [0_u8; 48];
    for (at, byte) in [
        (0, 0x01),
        (1, 0xC0),
        (16, 0x14),
        (22, 0x04),
        (27, 0x14),
        (31, 0x18),
        (32, 0x28),
        (40, 0x02),
    ] {
        read[at] = byte;
    }
    for (bytes, expected) in [
        (&[0; 32][..], 0x8A91_36AA),
        (&[0xFF; 32], 0x62A8_AB43),
        (&ascending, 0x46DD_794E),
        (&descending, 0x113F_DB5C),
        (&read, 0xD996_3A56),
    ] {
        assert_eq!(checksum_of(plugin, 0, bytes), expected, "{bytes:?}");
    }
}

fn no_bytes(plugin: &Plugin) {
    assert_eq!(checksum_of(plugin, 0, &[]), 0);
    assert_eq!(checksum_of(plugin, u32::MAX, &[]), u32::MAX);
    let none: [f64; 0] = [];
    let empty = Block::of(&none, &[3, 0], &[]).unwrap();
    assert_eq!(checksum(&mut operation(plugin, 5), &empty), (5, 0));
}

fn lengths_and_alignments(plugin: &Plugin) {
    let bytes = pattern(80);
    let mut operation = operation(plugin, 0);
    for start in 0..8 {
        for end in start..bytes.len() {
            let part = &bytes[start..end];
            let shape = [part.len() as u64];
            let found = checksum(&mut operation, &Block::of(part, &shape, &[]).unwrap());
            assert_eq!(found, (crc32c(part), part.len() as u64), "bytes {start} to {end}");
        }
    }
}

fn samples(plugin: &Plugin) {
    let mut operation = operation(plugin, 0);
    for name in ["nile.npy", "co2.npy", "ecg.npy", "sunspots.npy", "speech.wav"] {
        let sample = view::read(sample(name)).unwrap();
        let block = sample.block().unwrap();
        let bytes = block.as_bytes();
        assert!(!bytes.is_empty());
        assert_eq!(
            checksum(&mut operation, &block),
            (crc32c(bytes), bytes.len() as u64),
            "{name}"
        );
    }
}

fn continued(plugin: &Plugin) {
    let bytes = pattern(100);
    for middle in [0, 1, 7, 8, 9, 50, 99, 100] {
        let (first, second) = bytes.split_at(middle);
        let crc = checksum_of(plugin, 0, first);
        assert_eq!(checksum_of(plugin, crc, second), crc32c(&bytes), "in two at {middle}");
    }
}

fn element_types(plugin: &Plugin) {
    let words: [u64; 9] = std::array::from_fn(|i| 0x0123_4567_89AB_CDEF_u64.wrapping_mul(2 * i as u64 + 1));
    let whole = Block::of(&words, &[9], &[]).unwrap();
    let bytes = whole.as_bytes();
    let mut operation = operation(plugin, 0);
    for element in plugin.manifest().operations[0].elements() {
        let shape = [(bytes.len() / element.bytes()) as u64];
        let block = Block::new(element, bytes, &shape, &[]).unwrap();
        assert_eq!(checksum(&mut operation, &block), (crc32c(bytes), 72), "{element}");
    }
    let square = Block::of(&words, &[3, 3], &[]).unwrap();
    assert_eq!(checksum(&mut operation, &square), (crc32c(bytes), 72), "3 × 3");
}

fn wrong_configuration(plugin: &Plugin) {
    let range = "expected an integer from 0 to 4294967295";
    for (text, problem) in [
        ("seed=1", "unknown key \"seed\"; its keys are init".to_owned()),
        ("init=-1", format!("init=-1: {range}")),
        ("init=4294967296", format!("init=4294967296: {range}")),
        ("init=0.5", format!("init=0.5: {range}")),
    ] {
        let error = plugin.clone().config(text).unwrap_err();
        assert_eq!((error.code(), error.is_usage()), ("config", true));
        assert_eq!(error.to_string(), format!("crc32c: {problem}"));
    }
}

fn element_not_taken(plugin: &Plugin) {
    let truths = Block::new(Element::BOOL, &[1, 0], &[2], &[]).unwrap();
    let error = operation(plugin, 0).call(&truths).unwrap_err();
    assert_eq!(error.code(), "element-not-taken");
    assert_eq!(
        error.to_string(),
        "crc32c/checksum does not take bool; it takes u8, u16, u32, u64, i8, i16, i32, i64, f32, f64"
    );
}

fn strides(plugin: &Plugin) {
    let bytes = pattern(6);
    let mut operation = operation(plugin, 0);
    let rows = Block::with_strides(Element::U8, &bytes, &[2, 3], &[3, 1], &[]).unwrap();
    assert_eq!(checksum(&mut operation, &rows), (crc32c(&bytes), 6));
    let columns = Block::with_strides(Element::U8, &bytes, &[2, 3], &[1, 2], &[]).unwrap();
    let error = operation.call(&columns).unwrap_err();
    assert_eq!(error.code(), "plugin-failed");
    let text = error.to_string();
    assert!(
        text.starts_with("crc32c/checksum failed: the elements are not contiguous"),
        "{text}"
    );
    assert!(text.contains(" (crc32c.c:"), "{text}");
}

fn four_threads(plugin: &Plugin) {
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                let mut operation = operation(plugin, number);
                for length in (0..2000).step_by(7) {
                    let bytes = pattern(length);
                    let shape = [length as u64];
                    let (crc, _) = checksum(&mut operation, &Block::of(&bytes, &shape, &[]).unwrap());
                    let mut expected = tollgate_cli::sigkit::Crc32c::from_value(number);
                    expected.update(&bytes);
                    assert_eq!(crc, expected.value(), "thread {number}, {length} bytes");
                }
            });
        }
    });
}

fn boundaries(plugin: &Plugin) {
    assert_eq!(plugin.boundary(), Boundary::CAbi);
    let error = plugin.clone().behind(Boundary::StableAbi).unwrap_err();
    assert_eq!((error.code(), error.is_usage()), ("boundary-not-offered", true));
}

// ---- what the documentation prints ---------------------------------------------------------------------------------

fn guide() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PLUGINS.md")).unwrap()
}

#[test]
fn the_guide_s_command_is_the_one_that_these_tests_run() {
    let command = format!(
        "cc {} -I crates/abi/include -o libcrc32c.so {CRC32C}\n",
        FLAGS.join(" ")
    );
    assert!(guide().contains(&command), "{command}");
}

#[test]
fn the_guide_s_plugin_compiles_and_scales_and_keeps_shape_and_attributes() {
    let Some(compiler) = Compiler::c() else { return };
    let guide = guide();
    let (_, rest) = guide.split_once("\n```c\n").expect("the guide prints a plugin");
    let (source, _) = rest.split_once("\n```\n").unwrap();
    let template = include_str!("../../src/cli/plugin/new/c/plugin.c").replace("NAME", "gain");
    assert_eq!(format!("{source}\n"), template, "it is what `plugin new` writes");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("gain.c");
    fs::write(&file, format!("{source}\n")).unwrap();
    let library = compiler.build(&file, directory.path(), "gain", &["-Wstrict-prototypes"]);
    let plugin = open(&library).unwrap();
    let attributes = [
        tollgate::Attribute::new("sample_rate", Value::Real(22050.0)),
        tollgate::Attribute::new("columns", Value::Text("left\0right\0")),
    ];
    let samples = [0.5_f32, -1.0, 3.0, 0.0];
    let input = Block::of(&samples, &[2, 2], &attributes).unwrap();
    let mut scale = plugin.clone().config("factor=-2").unwrap().operation("scale").unwrap();
    let output = scale.call(&input).unwrap();
    let block = output.block().unwrap();
    assert_eq!(block.as_slice::<f32>().unwrap(), [-1.0, 2.0, -6.0, 0.0]);
    assert_eq!((block.shape(), block.element()), (&[2, 2][..], Element::F32));
    assert_eq!(block.attribute("sample_rate"), Some(Value::Real(22050.0)));
    assert_eq!(block.attribute("columns"), Some(Value::Text("left\0right\0")));
    let unchanged = plugin.operation("scale").unwrap().call(&input).unwrap();
    assert_eq!(unchanged.block().unwrap().as_bytes(), input.as_bytes());
    let turned = Block::with_strides(Element::F32, input.as_bytes(), &[2, 2], &[4, 8], &[]).unwrap();
    let error = scale.call(&turned).unwrap_err();
    assert_eq!(
        error.to_string(),
        "gain/scale failed: the block has strides: copy it into C order first"
    );
    let empty = Block::of::<f32>(&[], &[0], &[]).unwrap();
    assert_eq!(scale.call(&empty).unwrap().block().unwrap().shape(), [0]);
}

#[test]
fn a_plugin_in_cpp_needs_the_header_alone_as_well() {
    let Some(compiler) = Compiler::cpp() else { return };
    let (_directory, file) = fixture(&compiler, "plugin.cpp", &[]);
    let mut count = open(&file).unwrap().operation("count").unwrap();
    for expected in 1..=3_u64 {
        let output = count.call(&block(&[], &[0])).unwrap();
        let block = output.block().unwrap();
        assert_eq!((block.as_slice().unwrap(), block.shape()), (&[expected][..], &[][..]));
    }
    let symbols = tollgate_inspect::inspect(&file).unwrap().symbols;
    assert_eq!(symbols, ["tollgate_entry", "tollgate_manifest"]);
}

// ---- what only C can get wrong -------------------------------------------------------------------------------------

/// Opens the file, expects a refusal in one sentence, and shows that the host still works.
fn refused(file: &Path) -> (&'static str, String) {
    let error = open(file).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with(&format!("{}: ", file.display())), "{text}");
    assert!(!text.contains('\n'), "one sentence: {text}");
    assert!(open(&library("crc32c")).unwrap().operation("checksum").is_ok());
    (error.code(), text)
}

#[test]
fn an_entry_that_returns_null_is_refused() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "null_entry.c", &[]);
    let (code, text) = refused(&file);
    assert_eq!(code, "entry-mismatch", "{text}");
}

#[test]
fn an_entry_that_is_too_short_is_refused_with_both_sizes() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "small_entry.c", &[]);
    let (code, text) = refused(&file);
    assert_eq!(code, "entry-mismatch", "{text}");
    let needed = size_of::<tollgate_abi::Entry>();
    let found = needed - size_of::<usize>();
    assert!(
        text.contains(&format!("its entry has {found} bytes, and version 1 has {needed}")),
        "{text}"
    );
}

#[test]
fn a_function_that_is_null_is_refused_by_its_name() {
    let Some(compiler) = Compiler::c() else { return };
    for function in ["create", "call", "destroy", "extension"] {
        let (_directory, file) = fixture(&compiler, "null_function.c", &[&format!("-DNULL_FUNCTION={function}")]);
        let (code, text) = refused(&file);
        assert_eq!(code, "entry-mismatch", "{text}");
        assert!(text.contains(function), "{text}");
    }
}

#[test]
fn a_symbol_that_nothing_defines_is_refused_by_its_name() {
    let mut facilities = tollgate_platform::facilities().into_iter();
    let dylib = facilities.find(|facility| facility.name == "dylib").unwrap();
    if let Some(reason) = dylib.status.reason() {
        println!("skipped: {reason}");
        return;
    }
    let Some(compiler) = Compiler::c() else { return };
    // The linker is told to resolve it at the first call; the host resolves it at loading.
    let lazy = if cfg!(target_os = "macos") {
        "-Wl,-undefined,dynamic_lookup"
    } else if cfg!(target_os = "linux") {
        "-Wl,-z,lazy"
    } else {
        return eprintln!("This system's linker takes no undefined symbols; there is nothing to refuse.");
    };
    let (_directory, file) = fixture(&compiler, "undefined_symbol.c", &[lazy]);
    let (code, text) = refused(&file);
    assert_eq!(code, "loader", "{text}");
    assert!(text.contains("tollgate_fixture_missing"), "{text}");
}

#[test]
fn a_commit_that_does_not_fit_is_refused_and_gives_nothing() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(&compiler, "commits.c", &[]);
    let plugin = open(&file).unwrap();
    let fits = plugin.operation("what_fits").unwrap().call(&block(&[], &[0])).unwrap();
    assert_eq!(fits.block().unwrap().as_slice::<f64>().unwrap(), [1.0, 2.0]);
    for (operation, bytes) in [("bools", [1, 0]), ("a_text", *b"a\0")] {
        let fits = plugin.operation(operation).unwrap().call(&block(&[], &[0])).unwrap();
        assert_eq!(fits.block().unwrap().as_bytes(), bytes);
    }
    let mut wrong = Vec::new();
    for operation in [
        "other_data",
        "past_the_room",
        "with_strides",
        "too_few_bytes",
        "too_many_bytes",
        "other_data_and_says_ok",
        "a_bool_of_7",
        "a_text_of_ff",
    ] {
        let mut output = tollgate::Output::new();
        let mut resolved = plugin.operation(operation).unwrap();
        match resolved.call_into(&block(&[], &[0]), &mut output) {
            Err(error) if ["contract-broken", "plugin-failed"].contains(&error.code()) => {
                assert!(!error.to_string().contains('\n'), "one sentence: {error}");
                assert!(output.block().is_none() && output.bytes() == 0, "{operation}");
            }
            other => wrong.push(format!("{operation}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
