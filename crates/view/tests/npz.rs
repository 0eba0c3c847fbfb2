//! Archives: stored members are viewed in place, compressed members are decoded on request, damage is reported.

use proptest::prelude::*;
use std::io::{Cursor, Write};
use std::path::Path;
use tollgate_view::{Access, File, Policy, Refusal};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn npy(values: &[f64]) -> Vec<u8> {
    let text = format!(
        "{{'descr': '=f8', 'fortran_order': False, 'shape': ({},), }}",
        values.len()
    );
    let header = format!("{text:117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_ne_bytes()));
    bytes
}

fn archive(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn open(directory: &Path, bytes: &[u8]) -> Result<File, tollgate_view::Error> {
    let path = directory.join("x.npz");
    std::fs::write(&path, bytes).unwrap();
    File::read(path)
}

const X: [f64; 3] = [1.0, 2.5, -4.0];

#[test]
fn stored_members_are_viewed_in_place_at_any_alignment() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let bytes = archive(
        CompressionMethod::Stored,
        &[("x.npy", &npy(&X)), ("long name.npy", &npy(&[7.0]))],
    );
    let file = open(directory.path(), &bytes).unwrap();
    let names: Vec<&str> = file.members().iter().map(|member| member.name.as_str()).collect();
    assert_eq!((names, file.archive()), (vec!["x.npy", "long name.npy"], Some("npz")));
    for name in ["x.npy", "x"] {
        let view = file.view(Some(name)).unwrap();
        assert_eq!((view.member(), view.format()), (Some("x.npy"), "npz"));
        assert_eq!(view.as_bytes(), &bytes[view.offset()..][..24]);
        let elements = view.elements::<f64>(Policy::IN_PLACE).unwrap();
        assert_eq!(elements.iter().collect::<Vec<_>>(), X);
        assert_eq!((elements.report().copied_bytes, view.report().copied_bytes), (0, 0));
    }
    // Views keep their memory alive.
    let view = file.view(Some("long name")).unwrap();
    drop(file);
    assert_eq!(view.item(0).unwrap().to_string(), "7");
}

#[test]
fn compressed_members_are_decoded_only_when_asked_and_that_is_counted() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let bytes = archive(CompressionMethod::Deflated, &[("x.npy", &npy(&X))]);
    let file = open(directory.path(), &bytes).unwrap();
    let refused = file.view(None).unwrap_err();
    assert!(matches!(refused.refusal(), Refusal::Compressed { .. }), "{refused}");
    let view = file.decode(None).unwrap();
    assert_eq!(view.as_slice::<f64>().unwrap(), X);
    let report = view.report();
    assert_eq!(
        (report.access, report.copied_bytes, report.why.compressed),
        (Access::Copied, 24, true)
    );
    // Decoding a stored member does not copy.
    let stored = archive(CompressionMethod::Stored, &[("x.npy", &npy(&X))]);
    assert_eq!(
        open(directory.path(), &stored)
            .unwrap()
            .decode(None)
            .unwrap()
            .report()
            .copied_bytes,
        0
    );
}

#[test]
fn members_are_named_or_the_only_one() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let two = archive(CompressionMethod::Stored, &[("a.npy", &npy(&X)), ("b.npy", &npy(&X))]);
    let file = open(directory.path(), &two).unwrap();
    let refused = |member: Option<&str>| file.view(member).unwrap_err().to_string();
    assert!(refused(None).ends_with("x.npz: the file has 2 members: name one of \"a.npy\", \"b.npy\""));
    assert!(refused(Some("c")).ends_with("member \"c\" not found: the file has \"a.npy\", \"b.npy\""));
    let empty = archive(CompressionMethod::Stored, &[]);
    let refused = open(directory.path(), &empty)
        .unwrap()
        .view(None)
        .unwrap_err()
        .to_string();
    assert!(refused.ends_with("the archive is empty"), "{refused}");
    let single = directory.path().join("single.npy");
    std::fs::write(&single, npy(&X)).unwrap();
    let refused = File::read(single).unwrap().view(Some("a")).unwrap_err().to_string();
    assert!(
        refused.ends_with("member \"a\" not found: the file has no members"),
        "{refused}"
    );
}

#[test]
fn damage_is_named_with_its_member() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let refused = |bytes: &[u8]| match open(directory.path(), bytes) {
        Ok(file) => file.decode(None).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    let plain = archive(CompressionMethod::Stored, &[("x.npy", &npy(&X))]);
    assert!(refused(&plain[..plain.len() - 30]).contains("the archive cannot be read: "));
    let other = archive(CompressionMethod::Stored, &[("x.txt", b"hello")]);
    let text = refused(&other);
    assert!(
        text.contains("x.npz:x.txt: ") && text.contains("68 65 6c 6c 6f"),
        "{text}"
    );
    // A truncated array inside a complete archive: the offset is from the beginning of the archive.
    let cut = archive(CompressionMethod::Stored, &[("x.npy", &npy(&X)[..140])]);
    let text = refused(&cut);
    assert!(
        text.contains("x.npz:x.npy: the file is truncated: the header promises 3 × f64 = 24 bytes at byte 163"),
        "{text}"
    );
    // A compressed member with one flipped bit.
    let mut deflated = archive(CompressionMethod::Deflated, &[("x.npy", &npy(&X))]);
    deflated[60] ^= 4;
    assert!(refused(&deflated).contains("the archive cannot be read: the member"));
    // No memory is allocated for a member with a wrong size in the directory.
    let mut lie = archive(CompressionMethod::Deflated, &[("x.npy", &npy(&X))]);
    let directory_entry = lie.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    lie[directory_entry + 24..directory_entry + 28].copy_from_slice(&0xf000_0000_u32.to_le_bytes());
    let text = refused(&lie);
    assert!(text.contains("decode to 4026531840 bytes, but to"), "{text}");
    lie[directory_entry + 24..directory_entry + 28].copy_from_slice(&200_u32.to_le_bytes());
    let text = refused(&lie);
    assert!(
        text.contains("does not decode to the 200 bytes") || text.contains("cannot be decoded"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn arbitrary_bytes_cause_no_panic(at in 0_usize..360, byte: u8, length in 0_usize..400, deflated: bool) {
        let directory = tollgate_platform::file::private_directory().unwrap();
        let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let mut bytes = archive(method, &[("x.npy", &npy(&X))]);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(length.max(40));
        if let Ok(file) = open(directory.path(), &bytes)
            && let Ok(view) = file.decode(None)
        {
            prop_assert_eq!(view.as_bytes().len(), view.count() * view.kind().bytes());
        }
    }
}

#[test]
fn a_wrong_member_size_in_the_directory_allocates_no_memory() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let mut bytes = archive(CompressionMethod::Deflated, &[("x.npy", &npy(&X))]);
    // In the directory's entry: the compressed and the uncompressed size.
    let entry = bytes.windows(4).position(|part| part == b"PK\x01\x02").unwrap();
    bytes[entry + 20..entry + 24].copy_from_slice(&0x8000_0000_u32.to_le_bytes());
    bytes[entry + 24..entry + 28].copy_from_slice(&0xc000_0000_u32.to_le_bytes());
    let file = open(directory.path(), &bytes).unwrap();
    let refused = file.decode(Some("x")).unwrap_err().to_string();
    let limit = bytes.len() * 1032;
    assert!(
        refused.contains(&format!("decode to 3221225472 bytes, but to {limit} at most")),
        "{refused}"
    );
}
