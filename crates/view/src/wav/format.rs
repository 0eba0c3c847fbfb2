//! The content of the chunk `fmt `.

use super::{EXTENSIBLE, FLOAT, Order, PCM};
use crate::Type;
use crate::error::Refusal;
use tollgate_abi::Element;

/// The end of the extensible format's identifier, after the code of the plain format, in each byte order: the first
/// groups of an identifier are numbers, the rest are bytes.
const LITTLE_TAIL: [u8; 12] = [0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const BIG_TAIL: [u8; 12] = [0, 0, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

pub(super) struct Format {
    code: u16,
    bits: u16,
    /// The size of one sample in bytes.
    pub(super) container: usize,
    pub(super) channels: u16,
    pub(super) rate: u32,
}

impl Format {
    pub(super) fn parse(body: &[u8], offset: usize, order: Order) -> Result<Self, Refusal> {
        let damaged = |at: usize, problem: String| Refusal::Header {
            offset: (offset + at) as u64,
            problem,
        };
        let short = |needed: usize| {
            damaged(
                0,
                format!("the chunk \"fmt \" has {} bytes, and needs {needed}", body.len()),
            )
        };
        let head: &[u8; 16] = body.first_chunk().ok_or_else(|| short(16))?;
        let u16_at = |at: usize| order.u16([head[at], head[at + 1]]);
        let (mut code, channels, frame, bits) = (u16_at(0), u16_at(2), u16_at(12), u16_at(14));
        let rate = order.u32([head[4], head[5], head[6], head[7]]);
        if code == EXTENSIBLE {
            let identifier: &[u8; 16] = body.get(24..40).and_then(<[u8]>::as_array).ok_or_else(|| short(40))?;
            let [a, b, c, d, tail @ ..] = *identifier;
            let known = tail == if order == Order::Big { BIG_TAIL } else { LITTLE_TAIL };
            let plain = u16::try_from(order.u32([a, b, c, d])).ok().filter(|_| known);
            code = plain.ok_or_else(|| damaged(24, "the extensible format has an unknown coding".to_owned()))?;
        }
        if channels == 0 {
            return Err(damaged(2, "the number of channels is 0".to_owned()));
        }
        if !matches!(code, PCM | FLOAT) || bits == 0 || bits > 64 {
            return Err(Refusal::Samples { code, bits });
        }
        // A sample may occupy more bytes than its bits need.
        let container = usize::from(frame / channels);
        if frame % channels != 0 || container > 8 || container * 8 < usize::from(bits) {
            let needed = u32::from(channels) * u32::from(bits.div_ceil(8));
            return Err(damaged(
                12,
                format!(
                    "a frame of {channels} channels of {bits} bits has {frame} bytes, but {needed} are expected with \
                        packed samples"
                ),
            ));
        }
        Ok(Self {
            code,
            bits,
            container,
            channels,
            rate,
        })
    }

    /// The type of one sample. Samples of up to 8 bits are unsigned, all others are signed. If a sample has fewer bits
    /// than its bytes, the lower bits are zeros.
    pub(super) fn kind(&self) -> Result<Type, Refusal> {
        Ok(match (self.code, self.container, self.bits) {
            (PCM, 1, _) => Element::U8.into(),
            (PCM, 2, 9..) => Element::I16.into(),
            (PCM, 4, 9..) => Element::I32.into(),
            (PCM, 8, 9..) => Element::I64.into(),
            (PCM, container @ (3 | 5 | 6 | 7), 9..) => Type::Packed(container as u8),
            (FLOAT, 4, 32) => Element::F32.into(),
            (FLOAT, 8, 64) => Element::F64.into(),
            (code, _, bits) => return Err(Refusal::Samples { code, bits }),
        })
    }
}
