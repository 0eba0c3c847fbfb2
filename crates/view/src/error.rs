//! Why a file cannot be viewed.

use crate::types::{ByteOrder, Type};
use std::path::{Path, PathBuf};
use tollgate_abi::Element;

/// A file that could not be opened as a view, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {refusal}", path.display(), member.as_deref().map(in_one_line).unwrap_or_default())]
pub struct Error {
    path: PathBuf,
    member: Option<String>,
    // Boxed, so that a Result of small things stays small.
    #[source]
    refusal: Box<Refusal>,
}

/// A member's name behind a colon. Whatever an archive calls a member, a message stays one line.
fn in_one_line(member: &str) -> String {
    format!(":{}", printable(member))
}

/// A name from a file, with what would move a terminal's cursor escaped.
pub(crate) fn printable(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

impl Error {
    pub(crate) fn new(path: &Path, refusal: impl Into<Refusal>) -> Self {
        Self::in_member(path, None, refusal)
    }

    pub(crate) fn in_member(path: &Path, member: Option<&str>, refusal: impl Into<Refusal>) -> Self {
        Self {
            path: path.to_owned(),
            member: member.map(str::to_owned),
            refusal: Box::new(refusal.into()),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which member of an archive.
    pub fn member(&self) -> Option<&str> {
        self.member.as_deref()
    }

    /// Which rule broke.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

/// Which rule a file broke. Each text says where, what was needed, what was found, and what to do where that is known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The file could not be opened, measured, mapped or read.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It is no file of a format that this crate reads.
    #[error(
        "unknown file format: the file begins with {found}; a .npy begins with 93 4e 55 4d 50 59 (\\x93NUMPY), a .npz with PK, a .wav with RIFF, a .safetensors with a length and {{"
    )]
    Format {
        /// The first bytes, in hexadecimal.
        found: String,
    },
    /// It is of a format that was left out when this crate was built.
    #[error(".{format} files are not supported by this build: build tollgate-view with the feature {format}")]
    NotBuilt {
        /// The format, and the feature.
        format: &'static str,
    },
    /// It is longer than memory can be.
    #[error(
        "the file is too large: it has {bytes} bytes, and this target can address {limit}: read it on a 64-bit target, or split it"
    )]
    Addresses {
        /// Bytes of the file.
        bytes: u64,
        /// The most bytes that lie one after the other here.
        limit: u64,
    },
    /// An archive, or a member of one, that is damaged.
    #[error("the archive cannot be read: {problem}; copy it again, or save it again with numpy.savez")]
    Archive {
        /// What was found.
        problem: String,
    },
    /// No member, or none so called.
    #[error("{problem}")]
    Member {
        /// What was asked for, and what there is.
        problem: String,
    },
    /// A member that does not lie in the file as it is.
    #[error(
        "the member is compressed ({method}) and cannot be viewed in place: decode it (a copy), or save it with numpy.savez, which does not compress"
    )]
    Compressed {
        /// How it is compressed.
        method: String,
    },
    /// A member that needs a password.
    #[error("the member is encrypted, which is not supported: save it again with numpy.savez")]
    Encrypted,
    /// The format's version is not known.
    #[error(
        "unknown .npy version {major}.{minor}: versions 1.0, 2.0 and 3.0 are supported; save it again with numpy.save"
    )]
    Version {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The file ends before the header does.
    #[error(
        "the file is truncated: the header should end at byte {needed}, and the file has only {found} bytes: copy it again"
    )]
    HeaderCut {
        /// Bytes that the header needs.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The header is longer than any that NumPy writes.
    #[error(
        "the header is too large: its length is given as {bytes} bytes, and the limit is {limit}: the file is probably damaged"
    )]
    HeaderSize {
        /// The length that the header gives.
        bytes: u64,
        /// The greatest that is taken.
        limit: u64,
    },
    /// The header is not the dictionary that it should be.
    #[error("invalid header at byte {offset} of the file: {problem}")]
    Header {
        /// Offset in the file, in bytes.
        offset: u64,
        /// What was expected, and what was found.
        problem: String,
    },
    /// Python objects.
    #[error(
        "the array holds Python objects (dtype {descr}), which only Python can read: save numbers instead, for example with astype(float)"
    )]
    Objects {
        /// NumPy's type string.
        descr: String,
    },
    /// An element type that has no view.
    #[error("element type {descr} is not supported: {takes} are; save it again as one of these with astype")]
    Dtype {
        /// NumPy's type string.
        descr: String,
        /// The types that are taken.
        takes: &'static str,
    },
    /// A floating-point type that differs from machine to machine.
    #[error(
        "long double ({descr}) is not supported: its format depends on the machine, and the file does not say which machine: save it again with astype('{instead}')"
    )]
    LongDouble {
        /// NumPy's type string.
        descr: String,
        /// The type to save instead.
        instead: &'static str,
    },
    /// A structured type of absurd size.
    #[error(
        "the record is too large: with the field {field:?} it has 2^24 bytes or more: save that field as a separate array"
    )]
    RecordSize {
        /// The field that makes it too large.
        field: String,
    },
    /// The bytes are in the other order.
    #[error(
        "the byte order differs: {kind} data is {}-endian, and this machine is {}-endian: open it swapped (no copy), copy it into a buffer, or save it again with arr.astype(arr.dtype.newbyteorder('='))",
        order.name(), ByteOrder::NATIVE.name()
    )]
    ByteOrder {
        /// What the elements are.
        kind: Type,
        /// The order of their bytes.
        order: ByteOrder,
    },
    /// The first axis varies fastest, and C order was asked for.
    #[error(
        "the array is in Fortran order (its first axis varies fastest): open its elements in memory order with their strides (no copy), copy them into a buffer, or save numpy.ascontiguousarray(array)"
    )]
    FortranOrder,
    /// Numbers of a size that no Rust type has, and no copy was taken.
    #[error("the samples are {kind}, packed in {} bytes each: copy them into a buffer, which decodes them to {element}", kind.bytes())]
    Packed {
        /// What the elements are.
        kind: Type,
        /// What they are decoded to.
        element: Element,
    },
    /// Tensors of a .safetensors that do not lie where the format wants them.
    #[error("{problem} (offsets are from the end of the header): the file is damaged, or is not a .safetensors file")]
    Places {
        /// Which tensor, and what is wrong with its place.
        problem: String,
    },
    /// More axes than a block may have.
    #[error(
        "the shape has {rank} axes, and at most {} are supported: reshape the array and save it again",
        tollgate_abi::MAX_RANK
    )]
    Rank {
        /// The number of axes.
        rank: usize,
    },
    /// The shape's product overflows.
    #[error("shape {shape:?} of {kind} does not fit in memory: the header is damaged")]
    Shape {
        /// The shape that the header gives.
        shape: Vec<u64>,
        /// What the elements are.
        kind: Type,
    },
    /// There are fewer bytes than the header promises.
    #[error(
        "the file is truncated: the header promises {count} × {kind} = {needed} bytes at byte {offset}; the file has {found}: {} short",
        bytes(needed - found)
    )]
    Cut {
        /// Elements that the shape promises.
        count: u64,
        /// What they are.
        kind: Type,
        /// Bytes that the shape promises.
        needed: u64,
        /// Where the data starts, in bytes.
        offset: u64,
        /// Bytes after that.
        found: u64,
    },
    /// A chunk of a .wav reaches past the file's end.
    #[error("the file is truncated: the chunk {name:?} at byte {offset} promises {needed} bytes; the file has {found}: {} short", bytes(needed - found))]
    Chunk {
        /// The chunk's name.
        name: String,
        /// Where it begins, in bytes.
        offset: u64,
        /// Bytes that it promises.
        needed: u64,
        /// Bytes after its head.
        found: u64,
    },
    /// Samples that have no view.
    #[error(
        "samples of {bits} bits in coding {code}{} are not supported: PCM (1) of 1 to 64 bits and floating point (3) of 32 and 64 bits are; convert the file, for example with sox",
        coding(*code)
    )]
    Samples {
        /// The format's code.
        code: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// The elements are not of the type that was asked for.
    #[error("{problem}")]
    Type {
        /// The first difference, with both offsets where it is one of a field.
        problem: String,
    },
    /// The bytes cannot be elements of another type.
    #[error("the bytes cannot be viewed as {element}: {problem}")]
    Reinterpret {
        /// The type that was asked for.
        element: tollgate_abi::Element,
        /// What does not fit.
        problem: String,
    },
    /// The type that was asked for has no bytes.
    #[error("the requested type has no bytes, so there is nothing to view: request the element type of the file")]
    NoBytes,
    /// An element's bytes are no value of its type.
    #[error(
        "element {index}{} ({kind}) at byte {offset} is {found}: {}",
        field.as_ref().map(|path| format!(", field {path:?}")).unwrap_or_default(), valid(kind)
    )]
    Validity {
        /// Which element, in memory order, or in C order where a copy was taken.
        index: u64,
        /// Which field of a record, by its path.
        field: Option<String>,
        /// Where it begins in the file, in bytes.
        offset: u64,
        /// Its bytes, in hexadecimal.
        found: String,
        /// What the element should be, or the field.
        kind: Type,
    },
    /// The data does not lie at the alignment that the element type needs.
    #[error(
        "the data is unaligned: {kind} data starts at byte {offset} (address …{:03x}); it needs {needed}-byte alignment and is off by {off_by}: open it unaligned (no copy), copy it into a buffer, or rewrite it aligned",
        address & 0xfff
    )]
    Alignment {
        /// What the elements are.
        kind: Type,
        /// Where the data starts in the file, in bytes.
        offset: u64,
        /// Its address in memory.
        address: usize,
        /// The alignment that the element type needs, in bytes.
        needed: usize,
        /// How far the address lies past a multiple of it.
        off_by: usize,
    },
    /// There is no memory for a copy.
    #[error(transparent)]
    Memory(#[from] crate::BufferError),
}

/// The name of a .wav's coding, for a message.
fn coding(code: u16) -> &'static str {
    match code {
        2 => " (Microsoft ADPCM)",
        6 => " (A-law)",
        7 => " (mu-law)",
        17 => " (IMA ADPCM)",
        49 => " (GSM)",
        80 | 85 => " (MPEG)",
        _ => "",
    }
}

/// What the values of a type are, for those of which not every byte is one.
fn valid(kind: &Type) -> &'static str {
    match kind {
        Type::Plain(Element::BOOL) => "a bool must be 00 or 01; correct the file, or read it as u8",
        Type::Text(_) => "this is not a Unicode character; read the text as u32",
        _ => "the Rust type has no such value; check the program that wrote the file",
    }
}

#[cfg(feature = "npz")]
impl Refusal {
    /// The same with its offsets counted from `start` bytes earlier: of what is a part of a file.
    pub(crate) fn moved_by(mut self, start: usize) -> Self {
        if let Self::Header { offset, .. } | Self::Cut { offset, .. } = &mut self {
            *offset += start as u64;
        }
        self
    }
}

fn bytes(count: u64) -> String {
    format!("{count} byte{}", if count == 1 { "" } else { "s" })
}

/// The first bytes of a file in hexadecimal, for messages.
pub(crate) fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing (it is empty)".to_owned();
    }
    let shown: Vec<String> = bytes.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_s_name_does_not_break_the_line() {
        let error = Error::in_member(Path::new("a.npz"), Some("x\n\u{85}é.npy"), Refusal::Encrypted);
        let text = error.to_string();
        assert!(text.starts_with("a.npz:x\\n\\u{85}é.npy: "), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
