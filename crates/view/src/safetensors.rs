//! Hugging Face's `.safetensors`: a length, a header in JSON, and contiguous tensors.
//!
//! Source: the format's description in its repository, and the checks of its reference implementation: the tensors fill
//! the file without gaps and without overlaps. The format does not guarantee that a tensor is aligned, and the
//! reference implementation accepts any byte as BOOL. Here each byte is checked before it becomes a `bool`.

use crate::error::Refusal;
use crate::header::{Header, Order};
use crate::magic::SAFETENSORS_HEADER_LIMIT as HEADER_LIMIT;
use crate::member::Member;
use crate::types::{ByteOrder, Type};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::{HashMap, HashSet};
use std::fmt;
use tollgate_abi::{Element, Value};

/// The size of the length before the header, in bytes.
const LENGTH: usize = 8;

const TAKES: &str =
    "BOOL, U8, U16, U32, U64, I8, I16, I32, I64, F16, F32, F64, C64, and BF16 and the F8 types as their bytes";

fn length(file: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*file.first_chunk::<LENGTH>()?))
}

/// The header's entry for a tensor.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    /// Its start and its end, in bytes from the end of the header.
    data_offsets: (u64, u64),
}

/// The tensors and their names, in the header's order.
struct Tensors(Vec<(String, Tensor)>);

impl<'de> Deserialize<'de> for Tensors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Tensors;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose keys are the names of tensors")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Tensors, M::Error> {
                let (mut tensors, mut names) = (Vec::new(), HashSet::new());
                while let Some(name) = map.next_key::<String>()? {
                    if !names.insert(name.clone()) {
                        return Err(M::Error::custom(format_args!("the name {name:?} is used twice")));
                    }
                    if name == "__metadata__" {
                        // Metadata of the whole file, not a tensor.
                        map.next_value::<HashMap<String, String>>()?;
                    } else {
                        tensors.push((name, map.next_value()?));
                    }
                }
                Ok(Tensors(tensors))
            }
        }

        deserializer.deserialize_map(Names)
    }
}

/// The file's members, and the header's entry for each.
pub(crate) fn members(file: &[u8]) -> Result<(Vec<Member>, Vec<Tensor>), Refusal> {
    let cut = |needed: u64| Refusal::HeaderCut {
        needed,
        found: file.len() as u64,
    };
    let length = length(file).ok_or_else(|| cut(LENGTH as u64))?;
    if length > HEADER_LIMIT {
        return Err(Refusal::HeaderSize {
            bytes: length,
            limit: HEADER_LIMIT,
        });
    }
    let start = LENGTH + length as usize;
    let text = file.get(LENGTH..start).ok_or_else(|| cut(start as u64))?;
    let Tensors(tensors) = serde_json::from_slice(text).map_err(|error| damaged(text, &error))?;
    check_places(&tensors, (file.len() - start) as u64, start)?;
    let member = |(index, (name, tensor)): (usize, (String, Tensor))| {
        let (begin, end) = tensor.data_offsets;
        let member = Member {
            name,
            index,
            bytes: end - begin,
            compressed: false,
        };
        // From here on, offsets are from the beginning of the file.
        let data_offsets = (begin + start as u64, end + start as u64);
        (member, Tensor { data_offsets, ..tensor })
    };
    Ok(tensors.into_iter().enumerate().map(member).unzip())
}

/// Converts the position of a serde_json error to an offset in the file.
fn damaged(text: &[u8], error: &serde_json::Error) -> Refusal {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    let place = format!(" at line {} column {}", error.line(), error.column());
    Refusal::Header {
        offset: (LENGTH + before + error.column().saturating_sub(1)) as u64,
        problem: error.to_string().replace(&place, ""),
    }
}

/// Refuses tensors that are not contiguous from the end of the header to the end of the file. A tensor that the end of
/// the file truncates is refused only when it is opened, so that the others can be opened.
fn check_places(tensors: &[(String, Tensor)], found: u64, start: usize) -> Result<(), Refusal> {
    let mut places: Vec<(u64, u64, &str)> = tensors
        .iter()
        .map(|(name, tensor)| (tensor.data_offsets.0, tensor.data_offsets.1, name.as_str()))
        .collect();
    places.sort_unstable();
    let misplaced = |problem: String| Err(Refusal::Places { problem });
    let mut end = 0;
    for (begins, ends, name) in places {
        if begins > ends {
            return misplaced(format!(
                "the tensor {name:?} ends at {ends}, before it begins at {begins}"
            ));
        }
        if begins != end {
            let how = if begins < end {
                "the tensors overlap"
            } else {
                "there is a gap"
            };
            return misplaced(format!(
                "the tensor {name:?} begins at {begins}, but the data before it ends at {end}: {how}"
            ));
        }
        if ends > u64::MAX - start as u64 {
            return misplaced(format!(
                "the tensor {name:?} ends at {ends}, past the largest possible file"
            ));
        }
        end = ends;
    }
    if found > end {
        return misplaced(format!(
            "{} bytes after the last tensor, which ends at {end}, belong to no tensor",
            found - end
        ));
    }
    Ok(())
}

/// A tensor's header.
pub(crate) fn header(file: &[u8], tensor: &Tensor) -> Result<Header, Refusal> {
    let (kind, is_bytes) = match tensor.dtype.as_str() {
        "BOOL" => (Element::BOOL.into(), false),
        "U8" => (Element::U8.into(), false),
        "U16" => (Element::U16.into(), false),
        "U32" => (Element::U32.into(), false),
        "U64" => (Element::U64.into(), false),
        "I8" => (Element::I8.into(), false),
        "I16" => (Element::I16.into(), false),
        "I32" => (Element::I32.into(), false),
        "I64" => (Element::I64.into(), false),
        "F16" => (Element::F16.into(), false),
        "F32" => (Element::F32.into(), false),
        "F64" => (Element::F64.into(), false),
        "C64" => (Element::C64.into(), false),
        // No Rust type of the standard library or of the contract: viewed as bytes.
        "BF16" => (Type::Void(2), true),
        "F8_E4M3" | "F8_E5M2" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => (Type::Void(1), true),
        other => {
            return Err(Refusal::Dtype {
                descr: other.chars().take(60).flat_map(char::escape_debug).collect(),
                takes: TAKES,
            });
        }
    };
    let order = if is_bytes || kind.bytes() == 1 {
        ByteOrder::Any
    } else {
        ByteOrder::Little
    };
    let (begins, ends) = tensor.data_offsets;
    // An offset outside the address space is outside the file.
    let offset = usize::try_from(begins).unwrap_or(usize::MAX);
    let size = kind.bytes() as u64;
    let mut header = Header::new(
        "safetensors",
        (kind, order),
        tensor.shape.clone(),
        Order::C,
        offset,
        file.len(),
    )?;
    if header.bytes as u64 != ends - begins {
        return Err(Refusal::Places {
            problem: format!(
                "{} elements of {size} bytes are {} bytes, and the tensor has {}",
                header.count,
                header.bytes,
                ends - begins
            ),
        });
    }
    // An empty tensor may be at the very end of a file, and in a truncated file after it.
    header.offset = offset.min(file.len());
    if is_bytes {
        header.attributes.push("dtype", Value::Text(&tensor.dtype));
    }
    Ok(header)
}
