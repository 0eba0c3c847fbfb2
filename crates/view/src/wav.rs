//! RIFF WAVE, with PCM of 8, 16 and 32 bits and floating-point samples of 32 and 64 bits.
//!
//! Source: "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991), and Microsoft's
//! "Multiple channel audio data and WAVE files" for the extensible form. A file is a list of chunks, each with a name of
//! four bytes and a little-endian length, padded to an even number of bytes. Samples commonly begin at byte 44, which is
//! a multiple of 4 and not of 8.

use crate::error::Refusal;
use crate::header::{Header, Order};
use crate::types::{ByteOrder, Type};
use crate::write::Replacement;
use std::io::{self, Write};
use std::path::Path;
use tollgate_abi::{Block, Element, SAMPLE_RATE, Value};

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// The last 14 bytes of the extensible form's identifier, whose first two are the plain form's code.
const SUBTYPE: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

pub(crate) fn is(file: &[u8]) -> bool {
    file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WAVE")
}

/// What the format chunk says.
struct Format {
    element: Element,
    channels: u16,
    rate: u32,
}

pub(crate) fn parse(file: &[u8]) -> Result<Header, Refusal> {
    let mut at = 12;
    let mut format = None;
    while let Some((name, length)) = chunk(file, at) {
        let (start, found) = (at + 8, file.len() - (at + 8));
        match &name {
            b"fmt " => {
                let chunk = file.get(start..start.saturating_add(length)).ok_or(Refusal::Chunk {
                    name: "fmt ",
                    offset: at as u64,
                    needed: length as u64,
                    found: found as u64,
                })?;
                format = Some(parse_format(chunk, start)?);
            }
            b"data" => {
                let Some(format) = format else {
                    return Err(Refusal::Header {
                        offset: at as u64,
                        problem: "the chunk \"data\" stands before the chunk \"fmt \", which says what it holds"
                            .to_owned(),
                    });
                };
                if length > found {
                    return Err(Refusal::Chunk {
                        name: "data",
                        offset: at as u64,
                        needed: length as u64,
                        found: found as u64,
                    });
                }
                return describe(&format, start, length);
            }
            _ => {}
        }
        // Chunks are padded to an even length, which the length does not count.
        at = start.saturating_add(length).saturating_add(length % 2);
    }
    Err(Refusal::Header {
        offset: at.min(file.len()) as u64,
        problem: format!(
            "the file ends without a chunk \"{}\"",
            if format.is_some() { "data" } else { "fmt " }
        ),
    })
}

/// The name and length of the chunk that begins at `at`.
fn chunk(file: &[u8], at: usize) -> Option<([u8; 4], usize)> {
    let head: &[u8; 8] = file.get(at..at.checked_add(8)?)?.as_array()?;
    let [a, b, c, d, length @ ..] = *head;
    Some(([a, b, c, d], u32::from_le_bytes(length) as usize))
}

fn parse_format(chunk: &[u8], offset: usize) -> Result<Format, Refusal> {
    let damaged = |at: usize, problem: String| Refusal::Header {
        offset: (offset + at) as u64,
        problem,
    };
    let u16_at = |at: usize| {
        let bytes = chunk.get(at..at + 2).and_then(<[u8]>::as_array);
        bytes.map(|bytes| u16::from_le_bytes(*bytes)).ok_or_else(|| {
            damaged(
                0,
                format!("the chunk \"fmt \" has {} bytes, and needs {}", chunk.len(), at + 2),
            )
        })
    };
    let (mut code, channels, bits) = (u16_at(0)?, u16_at(2)?, u16_at(14)?);
    let rate = u32::from(u16_at(4)?) | u32::from(u16_at(6)?) << 16;
    if code == EXTENSIBLE {
        code = u16_at(24)?;
        if chunk.get(26..40) != Some(&SUBTYPE) {
            return Err(damaged(
                24,
                "the extensible form names a coding that is no plain one".to_owned(),
            ));
        }
    }
    let element = match (code, bits) {
        (PCM, 8) => Element::U8,
        (PCM, 16) => Element::I16,
        (PCM, 32) => Element::I32,
        (FLOAT, 32) => Element::F32,
        (FLOAT, 64) => Element::F64,
        _ => return Err(Refusal::Samples { code, bits }),
    };
    if channels == 0 {
        return Err(damaged(2, "the number of channels is 0".to_owned()));
    }
    let frame = u32::from(u16_at(12)?);
    if frame != u32::from(channels) * element.bytes() as u32 {
        return Err(damaged(
            12,
            format!("a frame of {channels} channels of {element} has not {frame} bytes"),
        ));
    }
    Ok(Format {
        element,
        channels,
        rate,
    })
}

fn describe(format: &Format, offset: usize, length: usize) -> Result<Header, Refusal> {
    let frame = usize::from(format.channels) * format.element.bytes();
    if !length.is_multiple_of(frame) {
        return Err(Refusal::Header {
            offset: offset as u64 - 4,
            problem: format!("{length} bytes of data are no whole number of frames of {frame} bytes"),
        });
    }
    let frames = (length / frame) as u64;
    let shape = match format.channels {
        1 => vec![frames],
        channels => vec![frames, u64::from(channels)],
    };
    let order = if format.element.bytes() == 1 {
        ByteOrder::Any
    } else {
        ByteOrder::Little
    };
    let kind = (Type::Plain(format.element), order);
    let mut header = Header::new("wav", kind, shape, Order::C, offset, offset + length)?;
    header.attributes.push(SAMPLE_RATE, Value::Real(f64::from(format.rate)));
    Ok(header)
}

/// Writes a block as WAVE: one axis is one channel, two are frames and channels. The sample rate is the attribute
/// `sample_rate`, a whole number of hertz. The file appears whole or not at all.
///
/// # Errors
/// The system's own; [`io::ErrorKind::Unsupported`], where the format has no such samples, shape or rate.
pub fn write(path: &Path, block: &Block<'_>) -> io::Result<()> {
    let unsupported = |problem: String| io::Error::new(io::ErrorKind::Unsupported, problem);
    let element = block.element();
    let code = match element {
        Element::U8 | Element::I16 | Element::I32 => PCM,
        Element::F32 | Element::F64 => FLOAT,
        _ => {
            return Err(unsupported(format!(
                "a .wav has no samples of {element}: u8, i16, i32, f32 and f64 it has"
            )));
        }
    };
    let channels = match block.shape() {
        [_] => 1,
        [_, channels] => *channels,
        shape => {
            return Err(unsupported(format!(
                "a .wav has one axis or two, and the block has {}",
                shape.len()
            )));
        }
    };
    let channels = u16::try_from(channels)
        .ok()
        .filter(|channels| *channels > 0 && usize::from(*channels) * element.bytes() <= usize::from(u16::MAX))
        .ok_or_else(|| unsupported(format!("a .wav cannot have {channels} channels of {element}")))?;
    let rate = match block.attribute(SAMPLE_RATE) {
        Some(Value::Real(rate)) if rate.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&rate) => rate as u32,
        Some(Value::Real(rate)) => return Err(unsupported(format!("a .wav cannot have the sample rate {rate}"))),
        _ => {
            return Err(unsupported(format!(
                "the block has no attribute {SAMPLE_RATE}, which a .wav needs"
            )));
        }
    };
    if block.strides().is_some() {
        return Err(unsupported(
            "the block has strides: copy it into C order first".to_owned(),
        ));
    }
    let data = native_to_little(block)?;
    let padding = data.len() % 2;
    // The form with a size of its own, which floating-point samples must have, adds two bytes.
    let format_length: u32 = if code == FLOAT { 18 } else { 16 };
    let riff = 4 + 8 + u64::from(format_length) + 8 + data.len() as u64 + padding as u64;
    let riff =
        u32::try_from(riff).map_err(|_| unsupported(format!("{} bytes are more than a .wav can hold", data.len())))?;
    let frame = channels * element.bytes() as u16;
    let mut file = Replacement::new(path)?;
    file.write_all(b"RIFF")?;
    file.write_all(&riff.to_le_bytes())?;
    file.write_all(b"WAVEfmt ")?;
    file.write_all(&format_length.to_le_bytes())?;
    file.write_all(&code.to_le_bytes())?;
    file.write_all(&channels.to_le_bytes())?;
    file.write_all(&rate.to_le_bytes())?;
    file.write_all(&rate.saturating_mul(u32::from(frame)).to_le_bytes())?;
    file.write_all(&frame.to_le_bytes())?;
    file.write_all(&(element.bytes() as u16 * 8).to_le_bytes())?;
    file.write_all(&[0, 0][..format_length as usize - 16])?;
    file.write_all(b"data")?;
    file.write_all(&(data.len() as u32).to_le_bytes())?;
    file.write_all(data)?;
    file.write_all(&[0][..padding])?;
    file.finish()
}

/// The block's bytes, which are little-endian where the machine is.
fn native_to_little<'a>(block: &Block<'a>) -> io::Result<&'a [u8]> {
    if cfg!(target_endian = "big") && block.element().bytes() > 1 {
        let problem = "this machine is big-endian, and writing .wav swaps no bytes yet";
        return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
    }
    Ok(block.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tollgate_abi::Attribute;

    const RATE: [Attribute<'static>; 1] = [Attribute::new(SAMPLE_RATE, Value::Real(22050.0))];

    fn written(block: &Block<'_>) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.wav");
        write(&path, block).unwrap();
        std::fs::read(path).unwrap()
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
        let real = Block::of(&[0.5_f64], &[1], &RATE).unwrap();
        assert_eq!(parse(&written(&real)).unwrap().element, Element::F64);
    }

    #[test]
    fn what_has_no_place_in_a_wav_is_refused_and_nothing_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.wav");
        let refused = |block: &Block<'_>| write(&path, block).unwrap_err().to_string();
        let values = [1_i16, 2];
        assert!(refused(&Block::of(&values, &[2], &[]).unwrap()).contains("no attribute sample_rate"));
        assert!(refused(&Block::of(&values, &[1, 1, 2], &RATE).unwrap()).contains("one axis or two"));
        assert!(refused(&Block::of(&[1_u32], &[1], &RATE).unwrap()).contains("no samples of u32"));
        let half = [Attribute::new(SAMPLE_RATE, Value::Real(0.5))];
        assert!(refused(&Block::of(&values, &[2], &half).unwrap()).contains("sample rate 0.5"));
        assert!(!path.exists());
    }

    #[test]
    fn other_chunks_are_passed_over_padded_or_not() {
        let plain = written(&Block::of(&[1_i16, 2], &[2], &RATE).unwrap());
        let mut file = plain[..36].to_vec();
        file.extend(b"LIST\x03\x00\x00\x00abc\x00");
        file.extend(&plain[36..]);
        let header = parse(&file).unwrap();
        assert_eq!((header.offset, header.bytes), (56, 4));
    }

    #[test]
    fn damage_is_named_with_its_place() {
        let plain = written(&Block::of(&[1_i16, 2], &[2], &RATE).unwrap());
        let problem = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut file = plain.clone();
            change(&mut file);
            parse(&file).unwrap_err().to_string()
        };
        assert!(problem(&|file| file.truncate(46)).contains("\"data\" at byte 36 promises 4 bytes; the file has 2"));
        assert!(problem(&|file| file[34] = 24).contains("24 bits"));
        assert!(problem(&|file| file[20] = 6).contains("coding 6"));
        assert!(problem(&|file| file[22] = 0).contains("channels is 0"));
        assert!(problem(&|file| file[32] = 3).contains("has not 3 bytes"));
        assert!(problem(&|file| file[40] = 3).contains("no whole number of frames"));
        assert!(problem(&|file| file[12] = b'x').contains("stands before"));
        assert!(problem(&|file| file.truncate(36)).contains("without a chunk \"data\""));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_reach_past_the_file(tail in proptest::collection::vec(any::<u8>(), 0..120), at in 12_usize..44, byte: u8) {
            let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
            file.extend(tail);
            let _ = parse(&file);
            let mut file = written(&Block::of(&[1_i16, 2, 3], &[3], &RATE).unwrap());
            file[at] = byte;
            if let Ok(header) = parse(&file) {
                prop_assert!(header.offset + header.bytes <= file.len());
            }
        }
    }
}
