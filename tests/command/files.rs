//! Files as the command's input and output: unaligned, damaged, foreign, hostile, and written.

use crate::support::{document, refusal, sample, tollgate};
use serde_json::Value as Json;
use std::fs;

#[test]
fn an_unaligned_input_is_copied_and_reported_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("odd.npy");
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    assert_ne!(bytes.len() % 8, 0);
    bytes.extend([1.0_f64, 2.0, 6.0].iter().flat_map(|value| value.to_le_bytes()));
    fs::write(&file, bytes).unwrap();
    let file = file.to_str().unwrap();
    let run = document(&tollgate(["run", file, "--plugin", "stats", "--json"]));
    assert_eq!(
        (&run["input"]["access"], &run["input"]["copied_bytes"]),
        (&Json::from("copied"), &Json::from(24))
    );
    assert_eq!(run["chain"][0]["copied_bytes"], 24);
    assert_eq!(run["chain"][0]["result"]["columns"][0]["mean"], 3.0);
    let text = String::from_utf8(tollgate(["run", file, "--plugin", "stats"]).stdout).unwrap();
    assert!(
        text.contains("unaligned (off by 4 from 8-byte alignment), 24 bytes copied"),
        "{text}"
    );
    let (code, name, message) = refusal(&tollgate(["run", file, "--plugin", "stats", "--no-copy", "--json"]));
    assert_eq!((code, name.as_str()), (1, "view-refused"));
    assert!(
        message.contains("f64 data starts at byte 68") && message.contains("it needs 8-byte alignment"),
        "{message}"
    );
    let view = document(&tollgate(["view", file, "--json"]));
    assert_eq!(
        (&view["access"], &view["copied_bytes"], &view["max"]),
        (&"unaligned".into(), &0.into(), &6.0.into())
    );
}

/// A `.npy` of version 1.0.
fn npy(descr: &str, fortran_order: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran_order { "True" } else { "False" };
    let text = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
    // Padded so that the data are at a multiple of 64.
    let header = format!("{text:length$}\n", length = (text.len() + 11).next_multiple_of(64) - 11);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn a_byte_swapped_input_is_viewed_in_place_and_copied_for_a_plugin_and_reported_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("big.npy");
    let data: Vec<u8> = [1.0_f64, 2.0, 6.0]
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect();
    fs::write(&file, npy("'>f8'", false, "(3,)", &data)).unwrap();
    let file = file.to_str().unwrap();
    let view = document(&tollgate(["view", file, "--json"]));
    assert_eq!(
        (&view["byte_order"], &view["access"], &view["copied_bytes"]),
        (&"big".into(), &"swapped".into(), &0.into())
    );
    assert_eq!(view["why"], "in the other byte order");
    assert_eq!(
        (&view["first"], &view["mean"]),
        (&Json::from(vec![1.0, 2.0, 6.0]), &3.0.into())
    );
    let run = document(&tollgate(["run", file, "--plugin", "stats", "--json"]));
    assert_eq!(
        (
            &run["input"]["access"],
            &run["input"]["copied_bytes"],
            &run["chain"][0]["copied_bytes"]
        ),
        (&"copied".into(), &24.into(), &24.into())
    );
    assert_eq!(run["chain"][0]["result"]["columns"][0]["mean"], 3.0);
    let (code, name, message) = refusal(&tollgate(["run", file, "--plugin", "stats", "--no-copy", "--json"]));
    assert_eq!((code, name.as_str()), (1, "view-refused"));
    assert!(
        message.contains(
            "the byte order differs: f64 data is big-endian, and this machine is little-endian: open it \
            swapped (no copy)"
        ),
        "{message}"
    );
}

#[test]
fn an_input_in_fortran_order_is_viewed_in_place_and_copied_for_a_plugin() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("fortran.npy");
    // Rows (1, 10), (2, 20), (3, 30), column by column.
    let data: Vec<u8> = [1_i32, 2, 3, 10, 20, 30]
        .iter()
        .flat_map(|value| value.to_ne_bytes())
        .collect();
    fs::write(&file, npy("'=i4'", true, "(3, 2)", &data)).unwrap();
    let file = file.to_str().unwrap();
    let view = document(&tollgate(["view", file, "--json"]));
    assert_eq!(
        (&view["order"], &view["access"], &view["strides"]),
        (&"Fortran".into(), &"aligned".into(), &Json::from(vec![4, 12]))
    );
    assert_eq!(
        (&view["first"], &view["last"]),
        (&Json::from(vec![1, 10, 2]), &Json::from(vec![20, 3, 30]))
    );
    let run = document(&tollgate(["run", file, "--plugin", "stats", "--json"]));
    assert_eq!(run["input"]["copied_bytes"], 24);
    assert_eq!(run["input"]["why"], "in Fortran order");
    assert_eq!(run["chain"][0]["result"]["columns"][1]["mean"], 20.0);
    let (_, _, message) = refusal(&tollgate(["run", file, "--plugin", "stats", "--no-copy", "--json"]));
    assert!(message.contains("copy the block into C order first"), "{message}");
}

#[test]
fn a_bool_that_is_neither_0_nor_1_is_refused_with_its_offset() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("bool.npy");
    fs::write(&file, npy("'|b1'", false, "(4,)", &[0, 1, 2, 1])).unwrap();
    let file = file.to_str().unwrap();
    let (_, name, message) = refusal(&tollgate(["run", file, "--plugin", "crc32c", "--json"]));
    assert_eq!(name, "view-refused");
    assert!(
        message.contains("element 2 (bool) at byte 130 is 02: a bool must be 00 or 01"),
        "{message}"
    );
}

#[test]
fn reading_and_mapping_give_the_same() {
    let mapped = document(&tollgate(["run", "samples/co2.npy", "-p", "stats", "--json"]));
    let read = document(&tollgate(["run", "samples/co2.npy", "-p", "stats", "--read", "--json"]));
    assert_eq!(mapped["chain"][0]["result"], read["chain"][0]["result"]);
}

#[test]
fn files_that_cannot_be_viewed_are_refused_with_the_broken_rule() {
    let directory = tempfile::tempdir().unwrap();
    let whole = fs::read(sample("sunspots.npy")).unwrap();
    // The header ends with spaces, which a longer text may replace.
    let with = |from: &str, to: &str| {
        let from = format!("{from:length$}", length = to.len());
        assert_eq!(from.len(), to.len());
        let mut bytes = whole.clone();
        let at = bytes
            .windows(from.len())
            .position(|window| window == from.as_bytes())
            .unwrap();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let table: &[(&str, Vec<u8>, &str)] = &[
        (
            "objects",
            with("'<f8'", "'|O' "),
            "the array holds Python objects (dtype |O)",
        ),
        (
            "cut",
            whole[..whole.len() - 3].to_vec(),
            "the header promises 618 × f64 = 4944 bytes at byte 128; the file has 4941: 3 bytes short",
        ),
        (
            "absurd",
            with("(309, 2), }", "(99999999999999999999, 2), }"),
            "99999999999999999999 is too large for a length",
        ),
        (
            "huge",
            with("(309, 2), }", "(999999999999, 99999999), }"),
            "does not fit in memory: the header is damaged",
        ),
        (
            "header",
            whole[..60].to_vec(),
            "the header should end at byte 128, and the file has only 60",
        ),
        ("version", with("\u{1}\0v", "\u{9}\0v"), "unknown .npy version 9.0"),
        (
            "text",
            b"year,activity\n".to_vec(),
            "unknown file format: the file begins with 79 65 61 72 2c 61",
        ),
        (
            "empty",
            Vec::new(),
            "unknown file format: the file begins with nothing (it is empty)",
        ),
    ];
    for (name, bytes, part) in table {
        let file = directory.path().join(format!("{name}.npy"));
        fs::write(&file, bytes).unwrap();
        let file = file.to_str().unwrap();
        for command in [
            &["view", file][..],
            &["run", file, "-p", "stats"],
            &["view", file, "--read"],
        ] {
            let (exit, code, message) = refusal(&tollgate(command.iter().chain(&["--json"])));
            assert_eq!((exit, code.as_str()), (1, "view-refused"), "{name}: {message}");
            assert!(
                message.starts_with(&format!("{file}: ")) && message.contains(part),
                "{name}: {message}"
            );
        }
    }
}

#[test]
fn an_error_is_one_line_for_any_content_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("escape.npy");
    let header = format!(
        "{{'descr': '\u{1b}[31m{}\n', 'fortran_order': False, 'shape': (1,), }}",
        "x".repeat(3000)
    );
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    fs::write(&file, bytes).unwrap();
    let output = tollgate(["view", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text.lines().count(), 1);
    assert!(text.len() < 500 && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_written_file_is_as_readable_as_any_new_file_and_a_link_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let (target, plain) = (directory.path().join("target.npy"), directory.path().join("plain"));
    fs::write(&target, "").unwrap();
    fs::write(&plain, "").unwrap();
    let link = directory.path().join("link.npy");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let to = if cfg!(unix) { &link } else { &target };
    document(&tollgate([
        "run",
        "samples/nile.npy",
        "-p",
        "misbehaves/scale",
        "-o",
        to.to_str().unwrap(),
        "--json",
    ]));
    assert!(tollgate::view::read(&target).is_ok());
    assert_eq!(
        fs::metadata(&target).unwrap().permissions(),
        fs::metadata(&plain).unwrap().permissions()
    );
    let (_, _, message) = refusal(&tollgate([
        "run",
        "samples/nile.npy",
        "-p",
        "misbehaves/scale",
        "-o",
        "nowhere/x.npy",
        "--json",
    ]));
    assert!(
        message.starts_with("cannot write nowhere/x.npy: ") && !message.contains(".tollgate-"),
        "{message}"
    );
}

#[test]
fn bytes_are_viewed_as_another_type_without_being_converted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("x.npy");
    let data: Vec<u8> = [1_u16, 2, 3, 4].iter().flat_map(|value| value.to_be_bytes()).collect();
    fs::write(&file, npy("'>u2'", false, "(2, 2)", &data)).unwrap();
    let file = file.to_str().unwrap();
    let view = document(&tollgate(["view", file, "--as", "u32", "--json"]));
    assert_eq!(
        (&view["element"], &view["shape"], &view["byte_order"]),
        (&"u32".into(), &Json::from(vec![2, 1]), &"big".into())
    );
    assert_eq!(view["first"], Json::from(vec![0x0001_0002, 0x0003_0004]));
    let bytes = document(&tollgate(["view", file, "--as", "u8", "--json"]));
    assert_eq!(
        (&bytes["shape"], &bytes["byte_order"], &bytes["last"]),
        (&Json::from(vec![2, 4]), &"any".into(), &Json::from(vec![3, 0, 4]))
    );
    let (code, _, message) = refusal(&tollgate(["view", file, "--as", "f64", "--json"]));
    assert_eq!(code, 1);
    assert!(
        message.contains("cannot be viewed as f64: the last axis has 4 bytes"),
        "{message}"
    );
    let (code, _, message) = refusal(&tollgate(["view", file, "--as", "float", "--json"]));
    assert!(
        code == 2 && message.contains("unknown type; the types are u8, u16"),
        "{message}"
    );
    let (_, _, message) = refusal(&tollgate(["view", file, "--as", "bool", "--json"]));
    assert!(message.contains("element 3 (bool) at byte 131 is 02"), "{message}");
}

#[test]
fn a_record_is_drawn_with_its_padding_and_numbers_with_a_picture() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rec.npy");
    let descr = "[('ok', '|b1'), ('', '|V3'), ('n', '=i4')]";
    fs::write(&file, npy(descr, false, "(1,)", &[1, 0, 0, 0, 7, 7, 7, 7])).unwrap();
    let file = file.to_str().unwrap();
    let text = String::from_utf8(tollgate(["view", file]).stdout).unwrap();
    assert!(text.contains("      1  ·    3 bytes of padding\n"), "{text}");
    assert!(
        text.contains("      0  a···bbbb\n  first {ok: true, n: 117901063}"),
        "{text}"
    );
    let document = document(&tollgate(["view", file, "--json"]));
    assert_eq!(document["fields"][1]["offset"], 4);
    assert_eq!(document["first"][0]["ok"], true);
    let text = String::from_utf8(tollgate(["view", "samples/nile.npy"]).stdout).unwrap();
    assert!(text.contains(" per bin\n") && text.contains('█'), "{text}");
    let text = String::from_utf8(tollgate(["view", "samples/speech.wav"]).stdout).unwrap();
    assert!(text.contains("peaks; the greatest is 25381\n"), "{text}");
}

#[test]
fn an_archive_is_listed_and_its_members_are_viewed_and_run() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("two.npz");
    let data: Vec<u8> = [1.0_f64, 3.0].iter().flat_map(|value| value.to_ne_bytes()).collect();
    let array = npy("'=f8'", false, "(2,)", &data);
    fs::write(&file, stored_archive(&[("x.npy", &array), ("y.npy", &array)])).unwrap();
    let file = file.to_str().unwrap();
    let list = document(&tollgate(["view", file, "--json"]));
    assert_eq!(
        (&list["format"], &list["members"][1]["name"]),
        (&"npz".into(), &"y.npy".into())
    );
    assert_eq!(list["members"][1]["element"], "f64");
    let y = document(&tollgate(["view", file, "--member", "y", "--json"]));
    assert_eq!(
        (&y["member"], &y["mean"], &y["copied_bytes"]),
        (&"y.npy".into(), &2.0.into(), &0.into())
    );
    assert_eq!(y["members"][0]["name"], "x.npy");
    let run = document(&tollgate(["run", file, "--member", "y", "--plugin", "stats", "--json"]));
    assert_eq!(run["chain"][0]["result"]["columns"][0]["mean"], 2.0);
    let (_, _, message) = refusal(&tollgate(["run", file, "--plugin", "stats", "--json"]));
    assert!(
        message.contains("the file has 2 members: name one of \"x.npy\", \"y.npy\""),
        "{message}"
    );
}

/// A ZIP archive of stored members, as NumPy's savez writes it except for the dates.
pub(crate) fn stored_archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend(crc32(data).to_le_bytes());
        common.extend((data.len() as u32).to_le_bytes());
        common.extend((data.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(*data);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([members.len() as u8, 0, members.len() as u8, 0]);
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

/// A RIFF file of one channel.
fn wav(bits: u16, data: &[u8]) -> Vec<u8> {
    let bytes = bits / 8;
    let mut form = b"WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    form.extend(8000_u32.to_le_bytes());
    form.extend((8000 * u32::from(bytes)).to_le_bytes());
    form.extend(bytes.to_le_bytes());
    form.extend(bits.to_le_bytes());
    form.extend(b"data");
    form.extend((data.len() as u32).to_le_bytes());
    form.extend(data);
    let mut file = b"RIFF".to_vec();
    file.extend((form.len() as u32).to_le_bytes());
    file.extend(form);
    file
}

#[test]
fn sound_is_shown_with_what_its_numbers_mean() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sound.wav");
    let file = path.to_str().unwrap();
    let text = || String::from_utf8(tollgate(["view", file]).stdout).unwrap();
    fs::write(&path, wav(24, &[1, 0, 0, 0xff, 0xff, 0xff])).unwrap();
    let shown = text();
    assert!(
        shown.contains("numbers are decoded into i32, in its upper bytes, and shown as such\n  first 256, -256"),
        "{shown}"
    );
    assert_eq!(document(&tollgate(["view", file, "--json"]))["decoded"], "i32");
    fs::write(&path, wav(8, &[128, 28, 138, 128])).unwrap();
    let shown = text();
    assert!(shown.contains("peaks about 128; the greatest is 100\n"), "{shown}");
    assert_eq!(document(&tollgate(["view", file, "--json"]))["decoded"], Json::Null);
}
