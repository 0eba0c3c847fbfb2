//! WAVE: RIFF in both byte orders (RIFF, RIFX) and with 64-bit lengths (RF64, BW64).
//!
//! Sources: "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991); Microsoft's
//! "Multiple channel audio data and WAVE files" for the extensible form; EBU Tech 3306 for RF64, and ITU-R BS.2088 for
//! BW64. A file is a list of chunks, each with a name of four bytes and a length, padded to an even number of bytes.
//! Samples usually begin at byte 44, which is a multiple of 4 but not of 8, and floating-point samples often at 58.

mod chunks;
mod format;
mod write;

use crate::ByteOrder;
use crate::error::Refusal;
use crate::header::Header;
use chunks::Chunks;
use format::Format;
use tollgate_abi::{SAMPLE_RATE, Value};
pub use write::write;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;

/// The byte order of numbers in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// Finds the samples of a file and their type.
pub(crate) fn parse(file: &[u8]) -> Result<Header, Refusal> {
    let mut chunks = Chunks::new(file)?;
    let mut format = None;
    while let Some(chunk) = chunks.next()? {
        match &chunk.name {
            b"fmt " => format = Some(Format::parse(chunks.body(&chunk)?, chunk.body, chunks.order)?),
            b"data" => {
                let Some(format) = format else {
                    return Err(Refusal::Header {
                        offset: chunk.at as u64,
                        problem: "the chunk \"data\" comes before the chunk \"fmt \", which describes it".to_owned(),
                    });
                };
                let bytes = chunks.body(&chunk)?.len();
                chunks.refuse_second_data()?;
                return describe(&format, chunks.order, chunk.body, bytes);
            }
            _ => {}
        }
    }
    Err(Refusal::Header {
        offset: file.len() as u64,
        problem: format!(
            "the file ends without a chunk \"{}\"",
            if format.is_some() { "data" } else { "fmt " }
        ),
    })
}

fn describe(format: &Format, order: Order, offset: usize, bytes: usize) -> Result<Header, Refusal> {
    let frame = usize::from(format.channels) * format.container;
    if !bytes.is_multiple_of(frame) {
        return Err(Refusal::Header {
            offset: offset as u64 - 4,
            problem: format!("the data has {bytes} bytes, which is not a multiple of the frame size {frame}"),
        });
    }
    let frames = (bytes / frame) as u64;
    let shape = match format.channels {
        1 => vec![frames],
        channels => vec![frames, u64::from(channels)],
    };
    let order = match order {
        _ if format.container == 1 => ByteOrder::Any,
        Order::Little => ByteOrder::Little,
        Order::Big => ByteOrder::Big,
    };
    let kind = (format.kind()?, order);
    let mut header = Header::new("wav", kind, shape, crate::Order::C, offset, offset + bytes)?;
    header.attributes.push(SAMPLE_RATE, Value::Real(f64::from(format.rate)));
    Ok(header)
}

#[cfg(test)]
mod tests;
