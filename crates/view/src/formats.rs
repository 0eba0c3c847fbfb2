//! Chooses the format that reads a file: the only place that knows all formats.

use crate::Buffer;
use crate::error::{Refusal, hex};
use crate::header::Header;
use crate::magic::Format;
use crate::member::Member;
#[cfg(feature = "npy")]
use crate::npy;
#[cfg(feature = "npz")]
use crate::npz;
#[cfg(feature = "safetensors")]
use crate::safetensors;
#[cfg(feature = "wav")]
use crate::wav;

/// The content of a file.
#[derive(Debug)]
pub(crate) enum Content {
    /// One array, or an unknown format until its header is read.
    One,
    /// An archive with its members.
    #[cfg_attr(not(any(feature = "npz", feature = "safetensors")), expect(dead_code))]
    Several(Archive, Vec<Member>),
}

/// A format with several arrays.
#[derive(Debug)]
pub(crate) enum Archive {
    #[cfg(feature = "npz")]
    Npz(npz::Directory),
    /// With the header's entry for each member.
    #[cfg(feature = "safetensors")]
    Safetensors(Vec<safetensors::Tensor>),
}

/// Reads a file's members, if it is an archive.
pub(crate) fn content(file: &[u8]) -> Result<Content, Refusal> {
    match Format::of(file) {
        #[cfg(feature = "npz")]
        Some(Format::Npz) => {
            let (directory, members) = npz::members(file)?;
            Ok(Content::Several(Archive::Npz(directory), members))
        }
        #[cfg(feature = "safetensors")]
        Some(Format::Safetensors) => {
            let (members, tensors) = safetensors::members(file)?;
            Ok(Content::Several(Archive::Safetensors(tensors), members))
        }
        _ => Ok(Content::One),
    }
}

/// Parses the header of a file of one array.
pub(crate) fn parse(file: &[u8]) -> Result<Header, Refusal> {
    match Format::of(file) {
        #[cfg(feature = "npy")]
        Some(Format::Npy) => npy::parse(file),
        #[cfg(feature = "wav")]
        Some(Format::Wav) => wav::parse(file),
        Some(format) => Err(Refusal::NotBuilt { format: format.name() }),
        None => Err(Refusal::Format { found: hex(file) }),
    }
}

impl Archive {
    /// The format's name.
    pub(crate) fn name(&self) -> &'static str {
        match *self {
            #[cfg(feature = "npz")]
            Self::Npz(_) => Format::Npz.name(),
            #[cfg(feature = "safetensors")]
            Self::Safetensors(_) => Format::Safetensors.name(),
        }
    }

    /// The header of a member, which is viewed in place.
    #[cfg_attr(not(any(feature = "npz", feature = "safetensors")), expect(unused_variables))]
    pub(crate) fn header(&self, file: &[u8], member: &Member) -> Result<Header, Refusal> {
        match *self {
            #[cfg(feature = "npz")]
            Self::Npz(ref directory) => npz::stored(file, directory, member),
            #[cfg(feature = "safetensors")]
            Self::Safetensors(ref tensors) => safetensors::header(file, &tensors[member.index]),
        }
    }

    /// Decodes a member that is compressed: its header, and its bytes.
    #[cfg_attr(not(feature = "npz"), expect(unused_variables))]
    pub(crate) fn decoded(&self, file: &[u8], member: &Member) -> Result<(Header, Buffer, usize), Refusal> {
        match *self {
            #[cfg(feature = "npz")]
            Self::Npz(ref directory) => npz::decoded(file, directory, member),
            #[cfg(feature = "safetensors")]
            Self::Safetensors(_) => Err(Refusal::Archive {
                problem: "members of a .safetensors file are never compressed".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every format is recognised by its first bytes, and refused by name if this build does not have it.
    #[test]
    fn a_format_that_was_left_out_is_refused_by_name() {
        let files: [(Format, bool, &[u8]); 4] = [
            (Format::Npy, cfg!(feature = "npy"), b"\x93NUMPY\x01\x00"),
            (Format::Npz, cfg!(feature = "npz"), b"PK\x05\x06"),
            (Format::Wav, cfg!(feature = "wav"), b"RIFF\0\0\0\0WAVE"),
            (
                Format::Safetensors,
                cfg!(feature = "safetensors"),
                b"\x02\0\0\0\0\0\0\0{",
            ),
        ];
        for (format, built, file) in files {
            assert_eq!(Format::of(file), Some(format));
            let refused = match content(file) {
                Ok(Content::One) => parse(file).unwrap_err(),
                Ok(Content::Several(archive, _)) => panic!("{} is no archive", archive.name()),
                Err(refused) => refused,
            };
            let name = format.name();
            let sentence =
                format!(".{name} files are not supported by this build: build tollgate-view with the feature {name}");
            assert_eq!(refused.to_string() == sentence, !built, "{refused}");
        }
        assert!(matches!(parse(b"?"), Err(Refusal::Format { .. })));
    }
}
