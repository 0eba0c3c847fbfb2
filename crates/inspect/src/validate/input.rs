//! Inputs: generated and hostile blocks, and their memory.

use super::told::{Held, Part};
use fastrand::Rng;
use std::io;
use tollgate_abi::{Attribute, Block, COLUMNS, Element, MAX_RANK, SAMPLE_RATE, Value, bytes_of};
use tollgate_platform::guarded::{ALIGNMENT, Guarded};

/// How an input's values are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Ordinary numbers, as in measurements.
    Ordinary,
    /// NaN, infinities, zeros of both signs, and extreme values.
    Special,
}

/// Where an input lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At a multiple of 64, followed by more memory.
    Roomy,
    /// At the least alignment of the element type, followed by more memory.
    LeastAligned,
    /// Directly before unreadable memory.
    AtEnd,
}

/// An input, from which blocks can be made repeatedly.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) element: Element,
    shape: Vec<u64>,
    strides: Option<Vec<i64>>,
    bytes: Vec<u8>,
    attributes: Vec<(String, Held)>,
    /// What is special about it.
    remark: String,
}

impl Input {
    /// An input in C order, with a sample rate and column names.
    pub(super) fn new(rng: &mut Rng, element: Element, shape: &[u64], values: Values) -> Self {
        let bytes = bytes_of(element, shape).unwrap_or(0) as usize;
        let count = bytes / element.bytes().max(1);
        let columns = shape.last().copied().unwrap_or(1).min(100);
        let names: String = (0..columns).map(|column| format!("c{column}\0")).collect();
        Self {
            element,
            shape: shape.to_vec(),
            strides: None,
            bytes: tiled(rng, element, count, values),
            attributes: vec![
                (SAMPLE_RATE.to_owned(), Held::Real(48_000.0)),
                (COLUMNS.to_owned(), Held::Text(names)),
            ],
            remark: match values {
                Values::Ordinary => String::new(),
                Values::Special => " of NaN, infinities and extremes".to_owned(),
            },
        }
    }

    /// The same data with other attributes.
    pub(super) fn with_attributes(mut self, attributes: &[(&str, Held)], remark: &str) -> Self {
        self.attributes = attributes
            .iter()
            .map(|(key, held)| ((*key).to_owned(), held.clone()))
            .collect();
        self.remark = format!(" with {remark}");
        self
    }

    /// An input with strides.
    pub(super) fn strided(rng: &mut Rng, element: Element, shape: &[u64], strides: &[i64], remark: &str) -> Self {
        // A block of text cannot have strides.
        if element == Element::TEXT {
            return Self::new(rng, element, shape, Values::Ordinary);
        }
        let size = element.bytes() as i64;
        let strides: Vec<i64> = strides.iter().map(|stride| stride * size).collect();
        let last = shape
            .iter()
            .zip(&strides)
            .map(|(&count, stride)| (count as i64 - 1).max(0) * stride);
        let bytes = last.sum::<i64>() + size;
        let mut input = Self::new(rng, element, &[(bytes / size) as u64], Values::Ordinary);
        input.shape = shape.to_vec();
        input.strides = Some(strides);
        input.remark = format!(" {remark}");
        input
    }

    /// A committed block as an input.
    pub(super) fn of_part(part: &Part) -> Self {
        Self {
            element: part.element,
            shape: part.shape.clone(),
            strides: None,
            bytes: part.bytes.clone(),
            attributes: part.attributes.clone(),
            remark: " that it committed".to_owned(),
        }
    }

    /// A description, such as `f64 [3, 4]`.
    pub(super) fn what(&self) -> String {
        format!("{} {:?}{}", self.element, self.shape, self.remark)
    }

    /// Copies its bytes into new memory.
    pub(super) fn place(&self, place: Place) -> io::Result<Guarded> {
        let alignment = self.element.alignment();
        let roomy = |off| {
            let mut memory = Guarded::new(self.bytes.len() + 8192, off)?;
            memory.as_mut_slice()[..self.bytes.len()].copy_from_slice(&self.bytes);
            Ok(memory)
        };
        match place {
            Place::Roomy => roomy(0),
            Place::LeastAligned => roomy(alignment % ALIGNMENT),
            Place::AtEnd => Guarded::at_end(&self.bytes, alignment),
        }
    }

    /// Whether its bytes in that memory are unchanged.
    pub(super) fn is_unchanged(&self, memory: &Guarded) -> bool {
        memory.as_slice()[..self.bytes.len()] == self.bytes && memory.is_intact()
    }

    /// Runs `body` with a block over that memory, which [`place`](Input::place) returned.
    pub(super) fn with<R>(&self, memory: &Guarded, body: impl FnOnce(&Block<'_>) -> R) -> R {
        // The address of an empty block may be any: this one is not readable.
        let data = match self.bytes.len() {
            0 => &[],
            bytes => &memory.as_slice()[..bytes],
        };
        let attributes: Vec<Attribute<'_>> = self
            .attributes
            .iter()
            .map(|(key, held)| {
                let value = match held {
                    Held::Integer(integer) => Value::Integer(*integer),
                    Held::Real(real) => Value::Real(*real),
                    Held::Text(text) => Value::Text(text),
                };
                Attribute::new(key, value)
            })
            .collect();
        let block = match &self.strides {
            Some(strides) => Block::with_strides(self.element, data, &self.shape, strides, &attributes),
            None => Block::new(self.element, data, &self.shape, &attributes),
        };
        body(&block.expect("an input's shape, strides and bytes go together"))
    }
}

/// Shapes without elements.
pub(super) const EMPTY: [&[u64]; 4] = [&[0], &[0, 3], &[3, 0], &[u64::MAX, 0]];

/// Shapes of one element.
pub(super) const SINGLE: [&[u64]; 4] = [&[1], &[], &[1, 1, 1], &[1; MAX_RANK]];

/// Ordinary shapes.
pub(super) const ORDINARY: [&[u64]; 3] = [&[1000], &[40, 3], &[4, 5, 6]];

/// Values for `count` elements. They repeat after some thousands, because generating millions is slow.
fn tiled(rng: &mut Rng, element: Element, count: usize, values: Values) -> Vec<u8> {
    const TILE: usize = 4096;
    let tile = fill(rng, element, count.min(TILE), values);
    let mut bytes = tile.repeat(count.div_ceil(TILE).max(1));
    bytes.truncate(count * element.bytes());
    // The last text ends with a NUL too.
    if let (Element::TEXT, Some(last)) = (element, bytes.last_mut()) {
        *last = 0;
    }
    bytes
}

fn fill(rng: &mut Rng, element: Element, count: usize, values: Values) -> Vec<u8> {
    let special = values == Values::Special;
    let mut bytes = Vec::with_capacity(count * element.bytes());
    for index in 0..count {
        match element {
            Element::F32 => bytes.extend(f32_of(rng, index, special).to_ne_bytes()),
            Element::F64 => bytes.extend(f64_of(rng, index, special).to_ne_bytes()),
            Element::C64 => {
                bytes.extend(f32_of(rng, index, special).to_ne_bytes());
                bytes.extend(f32_of(rng, index + 1, special).to_ne_bytes());
            }
            Element::C128 => {
                bytes.extend(f64_of(rng, index, special).to_ne_bytes());
                bytes.extend(f64_of(rng, index + 1, special).to_ne_bytes());
            }
            Element::F16 => bytes.extend(f16_of(rng, index, special).to_ne_bytes()),
            Element::BOOL => bytes.push(u8::from(rng.bool())),
            Element::TEXT => bytes.push(if index % 4 == 3 { 0 } else { rng.u8(b'a'..=b'z') }),
            // An integer: random bits, or the extremes.
            _ => {
                let pattern = match (special, index % 4) {
                    (true, 0) => [0xff; 8],
                    (true, 1) => [0; 8],
                    (true, 2) => i64::MAX.to_ne_bytes(),
                    (true, _) => i64::MIN.to_ne_bytes(),
                    (false, _) => rng.u64(..).to_ne_bytes(),
                };
                bytes.extend(pattern.iter().cycle().take(element.bytes()));
            }
        }
    }
    bytes
}

fn f64_of(rng: &mut Rng, index: usize, special: bool) -> f64 {
    const SPECIAL: [f64; 9] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        0.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE / 2.0,
        -1.0,
    ];
    if special {
        SPECIAL[index % SPECIAL.len()]
    } else {
        2.0 * rng.f64() - 1.0
    }
}

fn f32_of(rng: &mut Rng, index: usize, special: bool) -> f32 {
    match f64_of(rng, index, special) {
        value if special && value == f64::MAX => f32::MAX,
        value if special && value == f64::MIN => f32::MIN,
        value if special && value > 0.0 && value < 1e-300 => f32::MIN_POSITIVE / 2.0,
        value => value as f32,
    }
}

/// The bits of a binary16.
fn f16_of(rng: &mut Rng, index: usize, special: bool) -> u16 {
    const SPECIAL: [u16; 6] = [0x7e00, 0x7c00, 0xfc00, 0x8000, 0x7bff, 0x0001];
    if special {
        SPECIAL[index % SPECIAL.len()]
    } else {
        // An exponent below that of 1, and any fraction.
        (u16::from(rng.bool()) << 15) | (rng.u16(1..15) << 10) | rng.u16(..0x400)
    }
}
