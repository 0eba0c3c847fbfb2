//! The message of every refusal, for a real file, in one table: tests/golden/refusals.txt.
//!
//! Each entry is the rule's name and the whole message, with `DIR` for the directory. Under `TOLLGATE_BLESS=1` the test
//! writes the table instead of comparing it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use tollgate_abi::Element;
use tollgate_view::{Error, File, Policy, View, Viewable};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[derive(Clone, Copy, Debug, Viewable)]
#[repr(C)]
struct Rec {
    x: f64,
    ok: bool,
    #[viewable(padding)]
    padding: [u8; 7],
}

/// A `.npy` whose data begins `shift` bytes past a multiple of 64.
fn npy(descr: &str, order: &str, shape: &str, shift: usize, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
    let length = (text.len() + 11).next_multiple_of(64) + shift - 10;
    let header = format!("{text:width$}\n", width = length - 1);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn zip(method: CompressionMethod, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    writer.start_file(name, options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

/// A chunk of a RIFF file.
fn chunk(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut chunk = name.as_bytes().to_vec();
    chunk.extend((bytes.len() as u32).to_le_bytes());
    chunk.extend(bytes);
    chunk
}

fn wav(code: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    let frame = bits.div_ceil(8);
    let mut format = Vec::new();
    for word in [code, 1, 8000, 0, 8000 * frame, 0, frame, bits] {
        format.extend(word.to_le_bytes());
    }
    let mut body = b"WAVE".to_vec();
    body.extend(chunk("fmt ", &format));
    body.extend(chunk("data", data));
    chunk("RIFF", &body)
}

fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

struct Table {
    directory: tempfile::TempDir,
    text: String,
    rules: BTreeSet<String>,
}

impl Table {
    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Adds the message with which `open` refuses a file of these bytes.
    fn refused<T>(&mut self, name: &str, bytes: &[u8], open: impl FnOnce(View) -> Result<T, Error>) {
        let path = self.write(name, bytes);
        self.add(
            File::read(path).and_then(|file| file.view(None)).and_then(open).err(),
            name,
        );
    }

    fn add(&mut self, error: Option<Error>, name: &str) {
        let error = error.unwrap_or_else(|| panic!("{name} was not refused"));
        let debug = format!("{:?}", error.refusal());
        let rule = debug.split([' ', '(', '{']).next().unwrap().to_owned();
        let directory = self.directory.path().to_str().unwrap();
        let mut sentence = error.to_string().replace(directory, "DIR").replace("DIR\\", "DIR/");
        // An address differs between runs, except for its last digit: a buffer is aligned.
        if let Some(at) = sentence.find("(address …") {
            let digits = at + "(address …".len();
            sentence.replace_range(digits..digits + 2, "??");
        }
        // The system's message depends on the system.
        if let Some(at) = sentence.find("cannot open it: ") {
            sentence.replace_range(at + "cannot open it: ".len().., "REASON");
        }
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
        writeln!(self.text, "{rule}\n    {sentence}").unwrap();
        self.rules.insert(rule);
    }
}

fn opened(view: View) -> Result<(), Error> {
    let _ = view;
    Ok(())
}

fn all(table: &mut Table) {
    let eight = [0_u8; 8];
    table.add(File::read(Path::new("/nowhere/x.npy")).err(), "missing");
    table.refused("text.csv", b"year,activity\n", opened);
    table.refused("empty.npy", b"", opened);
    table.refused("cut.npy", &npy("'<f8'", "False", "(1,)", 0, &eight)[..60], opened);
    table.refused("version.npy", b"\x93NUMPY\x09\x00", opened);
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend(0x7fff_ffff_u32.to_le_bytes());
    table.refused("long.npy", &long, opened);
    for (name, descr, order, shape) in [
        ("order.npy", "'<f8'", "0", "()"),
        ("shape.npy", "'<f8'", "False", "(-1,)"),
        ("objects.npy", "'|O'", "False", "(1,)"),
        ("dtype.npy", "'<f3'", "False", "(1,)"),
        ("longdouble.npy", "'<f16'", "False", "(1,)"),
        ("fields.npy", "[('a', '<f8'), ('a', '<f8')]", "False", "(1,)"),
        ("large.npy", "[('a', '<f8', (1000, 1000, 1000))]", "False", "(1,)"),
        (
            "rank.npy",
            "'<f8'",
            "False",
            "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)",
        ),
        ("huge.npy", "'<f8'", "False", "(999999999999, 999999999999)"),
        ("short.npy", "'<f8'", "False", "(5,)"),
    ] {
        table.refused(name, &npy(descr, order, shape, 0, &[0; 37]), opened);
    }
    let misaligned = npy("'=f8'", "False", "(1,)", 7, &eight);
    table.refused("odd.npy", &misaligned, |view| view.as_slice::<f64>().map(<[f64]>::len));
    table.refused("odd.npy", &misaligned, |view| {
        view.block().map(|block| block.shape().len())
    });
    let foreign = if cfg!(target_endian = "big") { "'<f8'" } else { "'>f8'" };
    let swapped = npy(foreign, "False", "(1,)", 0, &eight);
    table.refused("big.npy", &swapped, |view| view.as_slice::<f64>().map(<[f64]>::len));
    let fortran = npy("'=f4'", "True", "(2, 1, 2)", 0, &[0; 16]);
    table.refused("fortran.npy", &fortran, |view| view.as_slice::<f32>().map(<[f32]>::len));
    let plain = npy("'=f8'", "False", "(1,)", 0, &eight);
    table.refused("f8.npy", &plain, |view| {
        view.elements::<i64>(Policy::IN_PLACE).map(|all| all.len())
    });
    let nothing = npy("'|V0'", "False", "(1,)", 0, &[]);
    table.refused("nothing.npy", &nothing, |view| {
        view.elements::<[u8; 0]>(Policy::IN_PLACE).map(|all| all.len())
    });
    table.refused("f8.npy", &plain, |view| view.reinterpreted(Element::C128));
    let packed = npy("[('x', '=f8'), ('ok', '|b1')]", "False", "(1,)", 0, &[0; 9]);
    table.refused("rec.npy", &packed, |view| view.as_slice::<Rec>().map(<[Rec]>::len));
    let moved = npy(
        "[('x', '=f8'), ('', '|V4'), ('ok', '|b1'), ('', '|V3')]",
        "False",
        "(1,)",
        0,
        &[0; 16],
    );
    table.refused("moved.npy", &moved, |view| view.as_slice::<Rec>().map(<[Rec]>::len));
    let mut truth = [0_u8; 32];
    truth[24] = 2;
    let record = npy("[('x', '=f8'), ('ok', '|b1'), ('', '|V7')]", "False", "(2,)", 0, &truth);
    table.refused("rec.npy", &record, |view| view.as_slice::<Rec>().map(<[Rec]>::len));
    let bools = npy("'|b1'", "False", "(3,)", 0, &[0, 1, 7]);
    table.refused("bool.npy", &bools, |view| view.as_slice::<bool>().map(<[bool]>::len));

    let member = zip(CompressionMethod::Stored, "x.npy", &misaligned);
    table.refused("scores.npz", &member, |view| view.as_slice::<f64>().map(<[f64]>::len));
    table.refused(
        "compressed.npz",
        &zip(CompressionMethod::Deflated, "x.npy", &plain),
        opened,
    );
    table.refused("other.npz", &zip(CompressionMethod::Stored, "x.txt", b"hello"), opened);
    table.refused("cut.npz", &member[..member.len() - 8], opened);
    table.refused(
        "short.npz",
        &zip(CompressionMethod::Stored, "x.npy", &plain[..plain.len() - 1]),
        opened,
    );
    let path = table.write("scores.npz", &member);
    table.add(File::read(path).and_then(|file| file.view(Some("y"))).err(), "y");
    let mut encrypted = member.clone();
    let entry = encrypted.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    encrypted[entry + 8] |= 1;
    encrypted[6] |= 1;
    table.refused("encrypted.npz", &encrypted, opened);

    let mut cut = wav(1, 16, &[0; 8]);
    cut.truncate(cut.len() - 3);
    table.refused("cut.wav", &cut, opened);
    table.refused("mulaw.wav", &wav(7, 8, &eight), opened);
    table.refused("three.wav", &wav(1, 24, &[0; 9]), |view| {
        view.elements::<i32>(Policy::IN_PLACE).map(|all| all.len())
    });
    let header = r#"{"m":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}"#;
    table.refused("m.safetensors", &safetensors(header, &[0, 1, 2]), |view| {
        view.as_slice::<bool>().map(<[bool]>::len)
    });
    let outside = r#"{"m":{"dtype":"F32","shape":[2],"data_offsets":[0,800]}}"#;
    table.refused("outside.safetensors", &safetensors(outside, &eight), opened);
}

#[test]
fn every_refusal_is_the_sentence_of_the_table() {
    if cfg!(target_endian = "big") || align_of::<f64>() != 8 {
        eprintln!("skipped: the table holds for little-endian machines on which an f64 is aligned to 8 bytes");
        return;
    }
    let mut table = Table {
        directory: tollgate_platform::file::private_directory().unwrap(),
        text: String::new(),
        rules: BTreeSet::new(),
    };
    all(&mut table);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/refusals.txt");
    if std::env::var_os("TOLLGATE_BLESS").is_some_and(|value| value == "1") {
        fs::write(golden, &table.text).unwrap();
        return;
    }
    let expected = fs::read_to_string(golden).unwrap();
    for (found, expected) in table.text.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(table.text.lines().count(), expected.lines().count());
}

#[test]
fn the_table_has_every_rule() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/error.rs");
    let source = fs::read_to_string(source).unwrap();
    let (_, body) = source.split_once("pub enum Refusal {").unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let rules = body.lines().filter_map(|line| line.strip_prefix("    "));
    let rules: Vec<&str> = rules
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(|line| line.split([' ', '(', ',']).next().unwrap())
        .collect();
    assert!(rules.len() > 20, "{rules:?}");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/refusals.txt");
    let golden = fs::read_to_string(golden).unwrap();
    // No file exhausts memory or addresses on every machine; a stream is no file; and this program has every format.
    let elsewhere = ["Memory", "Addresses", "Stream", "NotBuilt"];
    for rule in rules.into_iter().filter(|rule| !elsewhere.contains(rule)) {
        assert!(
            golden.lines().any(|line| line == rule),
            "{rule} has no line in the table"
        );
    }
}
