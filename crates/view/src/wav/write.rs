//! Writes WAVE files.

use super::{FLOAT, PCM};
use crate::write::Replacement;
use std::io::{self, Write};
use std::path::Path;
use tollgate_abi::{Block, Element, SAMPLE_RATE, Value};

/// The offset of samples that would be unaligned after the plain header of 44 bytes, or the usual 58 bytes of
/// floating-point files.
const ALIGNED: usize = 64;
const BIG: bool = cfg!(target_endian = "big");

/// Writes a block as WAVE: one axis is one channel, two axes are frames and channels. The sample rate is the attribute
/// `sample_rate`, a whole number of hertz. The file appears whole or not at all.
///
/// Samples in the file have the alignment that they need in memory, so that the file can be viewed in place: samples of
/// 8 bytes and floating-point samples begin at a multiple of 64, after a chunk `JUNK`, which readers skip. The byte
/// order is this machine's, and from 4 GiB on the lengths are those of RF64.
///
/// # Errors
/// The system's error; [`io::ErrorKind::Unsupported`], if the format does not support the samples, the shape or the
/// rate.
pub fn write(path: &Path, block: &Block<'_>) -> io::Result<()> {
    let samples = Samples::of(block)?;
    let data = block.as_bytes();
    let head = samples.head(data.len() as u64)?;
    let mut file = Replacement::new(path)?;
    file.write_all(&head)?;
    file.write_all(data)?;
    file.write_all(&[0][..data.len() % 2])?;
    file.finish()
}

/// The header's description of the samples.
struct Samples {
    element: Element,
    code: u16,
    channels: u16,
    rate: u32,
}

fn unsupported(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, problem)
}

impl Samples {
    fn of(block: &Block<'_>) -> io::Result<Self> {
        let element = block.element();
        let code = match element {
            Element::U8 | Element::I16 | Element::I32 | Element::I64 => PCM,
            Element::F32 | Element::F64 => FLOAT,
            _ => {
                return Err(unsupported(format!(
                    "a .wav file cannot hold samples of {element}: use u8, i16, i32, i64, f32 or f64"
                )));
            }
        };
        let channels = match block.shape() {
            [_] => 1,
            [_, channels] => *channels,
            shape => {
                return Err(unsupported(format!(
                    "a .wav file needs one or two axes, and the block has {}",
                    shape.len()
                )));
            }
        };
        let channels = u16::try_from(channels)
            .ok()
            .filter(|channels| *channels > 0 && usize::from(*channels) * element.bytes() <= usize::from(u16::MAX))
            .ok_or_else(|| unsupported(format!("a .wav file cannot have {channels} channels of {element}")))?;
        let rate = match block.attribute(SAMPLE_RATE) {
            Some(Value::Real(rate)) if rate.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&rate) => {
                rate as u32
            }
            Some(Value::Real(rate)) => {
                return Err(unsupported(format!("a .wav file cannot have the sample rate {rate}")));
            }
            _ => {
                return Err(unsupported(format!(
                    "the block has no attribute {SAMPLE_RATE}, which a .wav file needs"
                )));
            }
        };
        if block.strides().is_some() {
            return Err(unsupported(
                "the block has strides: copy it into C order first".to_owned(),
            ));
        }
        Ok(Self {
            element,
            code,
            channels,
            rate,
        })
    }

    /// Everything before the samples.
    fn head(&self, bytes: u64) -> io::Result<Vec<u8>> {
        let frame = self.channels * self.element.bytes() as u16;
        let frames = bytes / u64::from(frame);
        // Reserve space for a header, a padding byte, and the padding chunk.
        let long = bytes > u64::from(u32::MAX) - 256;
        if long && BIG {
            return Err(unsupported(format!(
                "{bytes} bytes do not fit in a big-endian .wav file"
            )));
        }
        let mut head = Vec::with_capacity(256);
        head.extend(match (BIG, long) {
            (true, _) => *b"RIFX",
            (false, true) => *b"RF64",
            (false, false) => *b"RIFF",
        });
        head.extend([0; 4]);
        head.extend(b"WAVE");
        if long {
            chunk(&mut head, b"ds64", 28);
            head.extend([0; 8]);
            head.extend(bytes.to_le_bytes());
            head.extend(frames.to_le_bytes());
            head.extend([0; 4]);
        }
        let float = self.code == FLOAT;
        // The form with a size field, which floating-point samples need, has two more bytes.
        chunk(&mut head, b"fmt ", if float { 18 } else { 16 });
        head.extend(self.code.to_ne_bytes());
        head.extend(self.channels.to_ne_bytes());
        head.extend(self.rate.to_ne_bytes());
        head.extend(self.rate.saturating_mul(u32::from(frame)).to_ne_bytes());
        head.extend(frame.to_ne_bytes());
        head.extend((self.element.bytes() as u16 * 8).to_ne_bytes());
        if float {
            head.extend([0; 2]);
            chunk(&mut head, b"fact", 4);
            head.extend(u32::try_from(frames).unwrap_or(u32::MAX).to_ne_bytes());
        }
        let start = head.len() + 8;
        if float || !start.is_multiple_of(self.element.bytes()) {
            let padding = (start + 8).next_multiple_of(ALIGNED) - (start + 8);
            chunk(&mut head, b"JUNK", padding as u32);
            head.resize(head.len() + padding, 0);
        }
        chunk(
            &mut head,
            b"data",
            u32::try_from(bytes).ok().filter(|_| !long).unwrap_or(u32::MAX),
        );
        // The size of everything after the first eight bytes, including the padding of the data.
        let riff = (head.len() - 8) as u64 + bytes + bytes % 2;
        if long {
            head[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
            head[20..28].copy_from_slice(&riff.to_le_bytes());
        } else {
            head[4..8].copy_from_slice(&(riff as u32).to_ne_bytes());
        }
        Ok(head)
    }
}

fn chunk(head: &mut Vec<u8>, name: &[u8; 4], length: u32) {
    head.extend(name);
    head.extend(length.to_ne_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_abi::Attribute;

    const RATE: [Attribute<'static>; 1] = [Attribute::new(SAMPLE_RATE, Value::Real(22050.0))];

    #[test]
    fn a_block_that_a_wav_cannot_hold_is_refused_and_nothing_is_written() {
        let directory = tollgate_platform::file::private_directory().unwrap();
        let path = directory.path().join("x.wav");
        let refused = |block: &Block<'_>| write(&path, block).unwrap_err().to_string();
        let values = [1_i16, 2];
        assert!(refused(&Block::of(&values, &[2], &[]).unwrap()).contains("no attribute sample_rate"));
        assert!(refused(&Block::of(&values, &[1, 1, 2], &RATE).unwrap()).contains("one or two axes"));
        assert!(refused(&Block::of(&[1_u32], &[1], &RATE).unwrap()).contains("cannot hold samples of u32"));
        let half = [Attribute::new(SAMPLE_RATE, Value::Real(0.5))];
        assert!(refused(&Block::of(&values, &[2], &half).unwrap()).contains("sample rate 0.5"));
        assert!(!path.exists());
    }

    /// A sparse file of five GiB: what is not written reads as zeros.
    #[test]
    #[cfg(all(feature = "map", target_pointer_width = "64", target_endian = "little"))]
    fn more_than_four_gib_are_written_with_long_lengths_and_found_again() {
        use std::fs::File;
        use std::io::Read;
        let bytes = 5_u64 << 30;
        let samples = Samples {
            element: Element::F64,
            code: FLOAT,
            channels: 2,
            rate: 48000,
        };
        let head = samples.head(bytes).unwrap();
        let directory = tollgate_platform::file::private_directory().unwrap();
        let path = directory.path().join("long.wav");
        let mut file = File::create(&path).unwrap();
        file.write_all(&head).unwrap();
        file.set_len(head.len() as u64 + bytes).unwrap();
        drop(file);
        // SAFETY: the file lies in a new directory that nobody else knows.
        let view = unsafe { crate::map(&path) }.unwrap();
        assert_eq!(view.shape(), [bytes / 16, 2]);
        assert_eq!((view.offset(), view.offset() % 64), (head.len(), 0));
        let mut first = [0; 4];
        File::open(&path).unwrap().read_exact(&mut first).unwrap();
        assert_eq!(&first, b"RF64");
        // A truncated file is refused with the number of missing bytes. Windows cannot truncate a mapped file.
        drop(view);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(head.len() as u64 + bytes - 7).unwrap();
        // SAFETY: as above.
        let refused = unsafe { crate::map(&path) }.unwrap_err().to_string();
        assert!(
            refused.contains("promises 5368709120 bytes") && refused.ends_with("7 bytes short"),
            "{refused}"
        );
    }
}
