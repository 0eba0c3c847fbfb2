//! The blocks that a plugin's operation is called with: generated ones of a given size, or the array of a file.

use crate::cli::failure::Failure;
use crate::cli::input;
use std::path::Path;
use std::str::FromStr;
use tollgate::block::Array;
use tollgate::{Attribute, Element, SAMPLE_RATE, Value};

/// The most bytes of a generated block.
const MOST: u64 = 1 << 30;

/// The sampling rate that generated blocks state in hertz, for operations on signals.
const RATE: f64 = 48_000.0;

/// A number of bytes, such as `4096`, `4KiB` or `1MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected a size from 1B to 1GiB, such as 64B, 4KiB or 1MiB; found {text:?}");
        let digits = text
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit.trim_start().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kib" | "k" => 1 << 10,
            "mib" | "m" => 1 << 20,
            "gib" | "g" => 1 << 30,
            _ => return Err(expected()),
        };
        let number: u64 = number.parse().map_err(|_| expected())?;
        match number.checked_mul(factor) {
            Some(bytes @ 1..=MOST) => Ok(Self(bytes)),
            _ => Err(expected()),
        }
    }
}

/// A block of about `bytes` bytes and one axis, with at least one element. The values are the same in each process:
/// real numbers from -1 to 1, integers of all sizes, texts of 7 letters.
pub(crate) fn generated(element: Element, bytes: u64) -> Result<Array, Failure> {
    let width = element.bytes() as u64;
    let count = (bytes / width.max(1)).max(1);
    let mut array = Array::new();
    let room = array.room(count * width).map_err(|error| failed(&error.to_string()))?;
    let mut random = fastrand::Rng::with_seed(1);
    let room = &mut room[..(count * width) as usize];
    fill(element, room, &mut random);
    let attributes = [Attribute::new(SAMPLE_RATE, Value::Real(RATE))];
    let described = array.describe(element, &[count], &attributes);
    described.map_err(|error| failed(&error.to_string()))?;
    Ok(array)
}

fn failed(problem: &str) -> Failure {
    Failure::Work {
        code: "bench",
        message: format!("cannot generate a block to call the plugin with: {problem}"),
    }
}

fn fill(element: Element, room: &mut [u8], random: &mut fastrand::Rng) {
    let mut real = || random.f64().mul_add(2.0, -1.0);
    match element {
        Element::F64 | Element::C128 => {
            for value in room.chunks_exact_mut(8) {
                value.copy_from_slice(&real().to_ne_bytes());
            }
        }
        Element::F32 | Element::C64 => {
            for value in room.chunks_exact_mut(4) {
                value.copy_from_slice(&(real() as f32).to_ne_bytes());
            }
        }
        Element::F16 => {
            for value in room.chunks_exact_mut(2) {
                // Sign and fraction are random; this exponent is that of 0.5 to 1.
                let bits = random.u16(..) & 0x83ff | 0x3800;
                value.copy_from_slice(&bits.to_ne_bytes());
            }
        }
        Element::BOOL => room.fill_with(|| u8::from(random.bool())),
        Element::TEXT => {
            // Each text ends with a NUL.
            room.fill_with(|| random.lowercase() as u8);
            room.chunks_mut(8)
                .filter_map(<[u8]>::last_mut)
                .for_each(|last| *last = 0);
        }
        _ => room.fill_with(|| random.u8(..)),
    }
}

/// The array of a file, or of the member that is named. It is copied once, before the measurement.
pub(crate) fn of_file(path: &Path, member: Option<&str>) -> Result<Array, Failure> {
    let options = input::Options {
        member: member.map(str::to_owned),
        ..input::Options::default()
    };
    Ok(input::open(path, &options, false)?.view.to_array()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_a_binary_unit() {
        let read = |text: &str| text.parse::<Size>().map(|size| size.0).ok();
        assert_eq!(
            ["1", "64B", "4KiB", "4k", "1MiB", "1 GiB"].map(read),
            [Some(1), Some(64), Some(4096), Some(4096), Some(1 << 20), Some(1 << 30)]
        );
        for wrong in ["", "0", "KiB", "2GiB", "1.5KiB", "-1", "4KB", "99999999999999999999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_block_of_every_element_type_is_valid_and_the_same_each_time() {
        for (element, name) in Element::NAMED {
            let (one, other) = (generated(*element, 1000).unwrap(), generated(*element, 1000).unwrap());
            assert_eq!(one.as_bytes(), other.as_bytes(), "{name}");
            let bytes = one.as_bytes().len();
            assert!(bytes <= 1000 && bytes + element.bytes() > 1000, "{name}: {bytes}");
            assert!(
                one.block()
                    .attributes()
                    .iter()
                    .any(|attribute| attribute.key() == SAMPLE_RATE)
            );
        }
        let least = generated(Element::C128, 1).unwrap();
        assert_eq!(least.shape(), [1]);
    }
}
