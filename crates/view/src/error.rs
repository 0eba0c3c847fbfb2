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
    // Boxed, so that a Result of a small type stays small.
    #[source]
    refusal: Box<Refusal>,
}

/// A member's name after a colon. The message stays on one line, whatever the name contains.
fn in_one_line(member: &str) -> String {
    format!(":{}", printable(member))
}

/// A name from a file, with control characters escaped.
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

    /// The member of an archive.
    pub fn member(&self) -> Option<&str> {
        self.member.as_deref()
    }

    /// The rule that the file broke.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

/// The rule that a file broke. The text gives the position, what was needed, what was found, and if possible what to
/// do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The file could not be opened, measured, mapped or read.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file's format is unknown.
    #[error(
        "unknown file format: the file begins with {found}; a .npy begins with 93 4e 55 4d 50 59 (\\x93NUMPY), a .npz \
            with PK, a .wav with RIFF, a .safetensors with a length and {{"
    )]
    Format {
        /// The first bytes, in hexadecimal.
        found: String,
    },
    /// The format is not enabled in this build.
    #[error(".{format} files are not supported by this build: build tollgate-view with the feature {format}")]
    NotBuilt {
        /// The format, which is also the name of the feature.
        format: &'static str,
    },
    /// The file is larger than the address space.
    #[error(
        "the file is too large: it has {bytes} bytes, and this target can address {limit}: read it on a 64-bit \
            target, or split it"
    )]
    Addresses {
        /// The size of the file in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A stream has more bytes than may be read into memory.
    #[error(
        "it has more than {limit} bytes, which is the most that is read into memory: write it to a file, and open that"
    )]
    Stream {
        /// The limit in bytes.
        limit: u64,
    },
    /// A damaged archive, or a damaged member of one.
    #[error("the archive cannot be read: {problem}; copy it again, or save it again with numpy.savez")]
    Archive {
        /// What was found.
        problem: String,
    },
    /// The member is not found, or no name is given.
    #[error("{problem}")]
    Member {
        /// What was requested, and what exists.
        problem: String,
    },
    /// A compressed member, which cannot be viewed in place.
    #[error(
        "the member is compressed ({method}) and cannot be viewed in place: decode it (a copy), or save it with \
            numpy.savez, which does not compress"
    )]
    Compressed {
        /// The compression method.
        method: String,
    },
    /// An encrypted member.
    #[error("the member is encrypted, which is not supported: save it again with numpy.savez")]
    Encrypted,
    /// The format's version is unknown.
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
        "the file is truncated: the header should end at byte {needed}, and the file has only {found} bytes: copy it \
            again"
    )]
    HeaderCut {
        /// Bytes that the header needs.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The header is longer than any header that NumPy writes.
    #[error(
        "the header is too large: its length is given as {bytes} bytes, and the limit is {limit}: the file is \
            probably damaged"
    )]
    HeaderSize {
        /// The length that the header gives.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The header is not a valid dictionary.
    #[error("invalid header at byte {offset} of the file: {problem}")]
    Header {
        /// Offset in the file, in bytes.
        offset: u64,
        /// What was expected, and what was found.
        problem: String,
    },
    /// Python objects.
    #[error(
        "the array holds Python objects (dtype {descr}), which only Python can read: save numbers instead, for \
            example with astype(float)"
    )]
    Objects {
        /// NumPy's type string.
        descr: String,
    },
    /// The element type is not supported.
    #[error("element type {descr} is not supported: {takes} are; save it again as one of these with astype")]
    Dtype {
        /// NumPy's type string.
        descr: String,
        /// The supported types.
        takes: &'static str,
    },
    /// A floating-point type whose format depends on the machine.
    #[error(
        "long double ({descr}) is not supported: its format depends on the machine, and the file does not say which \
            machine: save it again with astype('{instead}')"
    )]
    LongDouble {
        /// NumPy's type string.
        descr: String,
        /// The type to save instead.
        instead: &'static str,
    },
    /// A record type that is too large.
    #[error(
        "the record is too large: with the field {field:?} it has 2^24 bytes or more: save that field as a separate \
            array"
    )]
    RecordSize {
        /// The field that makes it too large.
        field: String,
    },
    /// The bytes are in the other order, which is not accepted.
    #[error(
        "the byte order differs: {kind} data is {}-endian, and this machine is {}-endian: open it swapped (no copy), \
            copy it into a buffer, or save it again with arr.astype(arr.dtype.newbyteorder('='))",
        order.name(), ByteOrder::NATIVE.name()
    )]
    ByteOrder {
        /// What the elements are.
        kind: Type,
        /// The order of their bytes.
        order: ByteOrder,
    },
    /// The array is in Fortran order, and C order was requested.
    #[error(
        "the array is in Fortran order (its first axis varies fastest): open its elements in memory order with their \
            strides (no copy), copy them into a buffer, or save numpy.ascontiguousarray(array)"
    )]
    FortranOrder,
    /// Numbers whose size no Rust type has, and a copy is not accepted.
    #[error("the samples are {kind}, packed in {} bytes each: copy them into a buffer, which decodes them to {element}", kind.bytes())]
    Packed {
        /// What the elements are.
        kind: Type,
        /// The type that they are decoded to.
        element: Element,
    },
    /// The offsets of tensors of a .safetensors are invalid.
    #[error("{problem} (offsets are from the end of the header): the file is damaged, or is not a .safetensors file")]
    Places {
        /// Which tensor, and what is wrong.
        problem: String,
    },
    /// The shape has more axes than a block can have.
    #[error(
        "the shape has {rank} axes, and at most {} are supported: reshape the array and save it again",
        tollgate_abi::MAX_RANK
    )]
    Rank {
        /// The number of axes.
        rank: usize,
    },
    /// The product of the shape overflows.
    #[error("shape {shape:?} of {kind} does not fit in memory: the header is damaged")]
    Shape {
        /// The shape that the header gives.
        shape: Vec<u64>,
        /// What the elements are.
        kind: Type,
    },
    /// The file has fewer bytes than the header promises.
    #[error(
        "the file is truncated: the header promises {count} × {kind} = {needed} bytes at byte {offset}; the file has \
            {found}: {} short",
        bytes(needed - found)
    )]
    Cut {
        /// The number of elements that the shape promises.
        count: u64,
        /// The type of the elements.
        kind: Type,
        /// The number of bytes that the shape promises.
        needed: u64,
        /// The offset of the data, in bytes.
        offset: u64,
        /// The number of bytes from there to the end of the file.
        found: u64,
    },
    /// A chunk of a .wav extends past the end of the file.
    #[error("the file is truncated: the chunk {name:?} at byte {offset} promises {needed} bytes; the file has \
        {found}: {} short", bytes(needed - found))]
    Chunk {
        /// The chunk's name.
        name: String,
        /// Its offset, in bytes.
        offset: u64,
        /// The number of bytes that it promises.
        needed: u64,
        /// The number of bytes after its header.
        found: u64,
    },
    /// The sample format is not supported.
    #[error(
        "samples of {bits} bits in coding {code}{} are not supported: PCM (1) of 1 to 64 bits and floating point (3) \
            of 32 and 64 bits are; convert the file, for example with sox",
        coding(*code)
    )]
    Samples {
        /// The format's code.
        code: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// The element type is not the requested type.
    #[error("{problem}")]
    Type {
        /// The first difference, with both offsets if it is an offset.
        problem: String,
    },
    /// The bytes cannot be reinterpreted as another element type.
    #[error("the bytes cannot be viewed as {element}: {problem}")]
    Reinterpret {
        /// The requested type.
        element: tollgate_abi::Element,
        /// What does not fit.
        problem: String,
    },
    /// The requested type has no bytes.
    #[error("the requested type has no bytes, so there is nothing to view: request the element type of the file")]
    NoBytes,
    /// An element is not a valid value of its type.
    #[error(
        "element {index}{} ({kind}) at byte {offset} is {found}: {}",
        field.as_ref().map(|path| format!(", field {path:?}")).unwrap_or_default(), valid(kind)
    )]
    Validity {
        /// The index of the element, in memory order, or in C order for a copy.
        index: u64,
        /// The field of a record, as a path.
        field: Option<String>,
        /// Its offset in the file, in bytes.
        offset: u64,
        /// Its bytes, in hexadecimal.
        found: String,
        /// The type of the element, or of the field.
        kind: Type,
    },
    /// The data is unaligned for the element type.
    #[error(
        "the data is unaligned: {kind} data starts at byte {offset} (address …{:03x}); it needs {needed}-byte \
            alignment and is off by {off_by}: open it unaligned (no copy), copy it into a buffer, or rewrite it \
            aligned",
        address & 0xfff
    )]
    Alignment {
        /// The type of the elements.
        kind: Type,
        /// The offset of the data in the file, in bytes.
        offset: u64,
        /// Its address in memory.
        address: usize,
        /// The alignment that the element type needs, in bytes.
        needed: usize,
        /// The distance of the address from the multiple below it.
        off_by: usize,
    },
    /// Memory for a copy could not be allocated.
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

/// The valid values of a type, for types with invalid values.
fn valid(kind: &Type) -> &'static str {
    match kind {
        Type::Plain(Element::BOOL) => "a bool must be 00 or 01; correct the file, or read it as u8",
        Type::Text(_) => "this is not a Unicode character; read the text as u32",
        _ => "the Rust type has no such value; check the program that wrote the file",
    }
}

#[cfg(feature = "npz")]
impl Refusal {
    /// The same, with its offsets increased by `start`, for a part of a file.
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
    fn a_member_s_name_is_escaped_to_one_line() {
        let error = Error::in_member(Path::new("a.npz"), Some("x\n\u{85}é.npy"), Refusal::Encrypted);
        let text = error.to_string();
        assert!(text.starts_with("a.npz:x\\n\\u{85}é.npy: "), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
