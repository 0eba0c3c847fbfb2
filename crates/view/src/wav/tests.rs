use super::*;
use proptest::prelude::*;
use tollgate_abi::{Attribute, Block, Element};

const RATE: [Attribute<'static>; 1] = [Attribute::new(SAMPLE_RATE, Value::Real(22050.0))];

fn written(block: &Block<'_>) -> Vec<u8> {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let path = directory.path().join("x.wav");
    write(&path, block).unwrap();
    std::fs::read(path).unwrap()
}

/// A file by hand: its name, byte order, and chunks.
fn riff(name: &[u8; 4], order: Order, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let length = |length: usize| match order {
        Order::Little => (length as u32).to_le_bytes(),
        Order::Big => (length as u32).to_be_bytes(),
    };
    let mut body = b"WAVE".to_vec();
    for (name, content) in chunks {
        body.extend(*name);
        body.extend(length(content.len()));
        body.extend(*content);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [name, &length(body.len())[..], &body].concat()
}

/// The chunk `fmt `, little-endian.
fn plain(code: u16, channels: u16, frame: u16, bits: u16) -> Vec<u8> {
    let mut body = Vec::new();
    for part in [code, channels, 8000, 0, 0, 0, frame, bits] {
        body.extend(part.to_le_bytes());
    }
    body
}

#[test]
fn what_is_written_is_read_back() {
    let stereo = Block::of(&[1_i16, -2, 3, -4, 5, -6], &[3, 2], &RATE).unwrap();
    let file = written(&stereo);
    let header = parse(&file).unwrap();
    assert_eq!(
        (header.element, header.shape, header.offset),
        (Element::I16, vec![3, 2], 44)
    );
    assert_eq!(&file[header.offset..], stereo.as_bytes());
    assert_eq!(header.attributes.as_slice()[0].value(), Some(Value::Real(22050.0)));
    let odd = Block::of(&[7_u8, 8, 9], &[3], &RATE).unwrap();
    let file = written(&odd);
    assert_eq!((file.len() % 2, parse(&file).unwrap().bytes), (0, 3));
}

#[test]
fn wide_and_floating_point_samples_are_written_aligned() {
    for block in [
        Block::of(&[0.5_f64, 1.5], &[2], &RATE).unwrap(),
        Block::of(&[0.5_f32, 1.5], &[2], &RATE).unwrap(),
        Block::of(&[-1_i64, i64::MIN], &[2], &RATE).unwrap(),
    ] {
        let file = written(&block);
        let header = parse(&file).unwrap();
        assert_eq!((header.element, header.offset % 64), (block.element(), 0));
        assert_eq!(&file[header.offset..], block.as_bytes());
    }
}

#[test]
fn other_chunks_are_passed_over_before_and_behind_the_samples() {
    let samples = [1, 0, 2, 0];
    let file = riff(
        b"RIFF",
        Order::Little,
        &[
            (b"LIST", b"abc"),
            (b"fmt ", &plain(PCM, 1, 2, 16)),
            (b"PEAK", b"x"),
            (b"data", &samples),
            (b"LIST", b"tail"),
        ],
    );
    let header = parse(&file).unwrap();
    assert_eq!((header.offset, header.bytes), (66, 4));
    // A chunk behind the samples that is cut short takes nothing from them.
    assert_eq!(parse(&file[..file.len() - 3]).unwrap().bytes, 4);
}

#[test]
fn samples_may_have_fewer_bits_than_their_bytes() {
    for (frame, bits, expected) in [
        (1, 5, Element::U8),
        (2, 12, Element::I16),
        (4, 20, Element::I32),
        (8, 53, Element::I64),
        (3, 20, Element::I32),
        (6, 45, Element::I64),
    ] {
        let file = riff(
            b"RIFF",
            Order::Little,
            &[(b"fmt ", &plain(PCM, 1, frame, bits)), (b"data", &[0; 24])],
        );
        assert_eq!(parse(&file).unwrap().element, expected);
    }
}

#[test]
fn long_lengths_are_those_of_the_first_chunk() {
    let mut lengths = [0; 28];
    lengths[8..16].copy_from_slice(&6_u64.to_le_bytes());
    lengths[24] = 1;
    let table = [&b"bext"[..], &2_u64.to_le_bytes()].concat();
    let lengths = [&lengths[..], &table].concat();
    let format = plain(PCM, 1, 2, 16);
    let make = |name| {
        let chunks: &[(&[u8; 4], &[u8])] = &[
            (b"ds64", &lengths),
            (b"bext", b"xy"),
            (b"fmt ", &format),
            (b"data", &[7; 6]),
        ];
        let mut file = riff(name, Order::Little, chunks);
        for name in [b"bext", b"data"] {
            // The last one: the table has the name as well.
            let at = file.windows(4).rposition(|window| window == name).unwrap();
            file[at + 4..at + 8].fill(0xff);
        }
        file
    };
    for name in [b"RF64", b"BW64"] {
        let file = make(name);
        let header = parse(&file).unwrap();
        assert_eq!((header.bytes, header.shape), (6, vec![3]));
        let cut = parse(&file[..file.len() - 1]).unwrap_err().to_string();
        assert!(cut.contains("promises 6 bytes; the file has 5"), "{cut}");
    }
    let refused = parse(&make(b"RIFF")).unwrap_err().to_string();
    assert!(refused.contains("without a chunk"), "{refused}");
    let headless = riff(b"RF64", Order::Little, &[(b"fmt ", &format)]);
    let refused = parse(&headless).unwrap_err().to_string();
    assert!(refused.contains("does not begin with the chunk \"ds64\""), "{refused}");
    let short = riff(b"RF64", Order::Little, &[(b"ds64", &[0; 15])]);
    let refused = parse(&short).unwrap_err().to_string();
    assert!(refused.contains("has 15 bytes, and needs 24"), "{refused}");
    let mut huge = make(b"RF64");
    huge[28..36].fill(0xff);
    let refused = parse(&huge).unwrap_err().to_string();
    assert!(refused.contains("promises 18446744073709551615 bytes"), "{refused}");
}

/// Where the low byte of a number of 16 bits lies: the files of these tests are in this machine's byte order.
const LOW: usize = if cfg!(target_endian = "big") { 1 } else { 0 };

#[test]
fn damage_is_named_with_its_place() {
    let whole = written(&Block::of(&[1_i16, 2], &[2], &RATE).unwrap());
    let problem = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = whole.clone();
        change(&mut file);
        parse(&file).unwrap_err().to_string()
    };
    assert!(problem(&|file| file.truncate(46)).contains("\"data\" at byte 36 promises 4 bytes; the file has 2"));
    assert!(problem(&|file| file[34 + LOW] = 24).contains("has 2 bytes, but 3 are expected"));
    assert!(problem(&|file| file[34 + LOW] = 0).contains("0 bits"));
    assert!(problem(&|file| file[20 + LOW] = 7).contains("coding 7 (mu-law)"));
    assert!(problem(&|file| file[20 + LOW] = 3).contains("16 bits in coding 3"));
    assert!(problem(&|file| file[22 + LOW] = 0).contains("channels is 0"));
    assert!(problem(&|file| file[32 + LOW] = 16).contains("has 16 bytes"));
    assert!(problem(&|file| file[40 + 3 * LOW] = 3).contains("not a multiple of the frame size"));
    assert!(problem(&|file| file[12] = b'x').contains("comes before"));
    assert!(problem(&|file| file[12] = 0).contains("at byte 12 of the file: expected the name of a chunk"));
    assert!(problem(&|file| file.truncate(36)).contains("without a chunk \"data\""));
    assert!(problem(&|file| file[40..44].fill(0xff)).contains("was never filled in"));
    assert!(problem(&|file| file.extend(b"data\0\0\0\0")).contains("a second chunk \"data\""));
    assert!(problem(&|file| file[16 + 3 * LOW] = 15).contains("has 15 bytes, and needs 16"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_cause_no_panic_and_no_read_past_the_file(tail in proptest::collection::vec(any::<u8>(), 0..120), at in 0_usize..44, byte: u8, kind in 0..3_usize) {
        let mut file = [b"RIFF", b"RIFX", b"RF64"][kind].to_vec();
        file.extend(b"\0\0\0\0WAVE");
        file.extend(tail);
        let _ = parse(&file);
        let mut file = written(&Block::of(&[1_i16, 2, 3], &[3], &RATE).unwrap());
        file[at] = byte;
        if let Ok(header) = parse(&file) {
            prop_assert!(header.offset + header.bytes <= file.len());
        }
    }
}
