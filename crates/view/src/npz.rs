//! NumPy's `.npz`: a ZIP archive of `.npy` members, stored or deflated.
//!
//! The crate `zip` reads the directory. A stored member is viewed in place in the file, and its checksum is not
//! computed, because that would read the whole member. A compressed member is decoded on request, and its checksum is
//! checked. NumPy does not align the data of members, so stored members are often unaligned.

use crate::bytes::fill;
use crate::error::Refusal;
use crate::header::Header;
use crate::magic::Format;
use crate::member::Member;
use crate::{Buffer, npy};
use std::io::Cursor;
use std::sync::Arc;
use zip::read::{ZipArchiveMetadata, ZipReadOptions};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Deflate expands a byte to at most 1032 bytes. A member that claims more is damaged, and no memory is allocated for
/// it.
const DEFLATE_LIMIT: u64 = 1032;

/// An archive's directory, read once.
pub(crate) type Directory = Arc<ZipArchiveMetadata>;

fn damaged(error: ZipError) -> Refusal {
    Refusal::Archive {
        problem: error.to_string(),
    }
}

/// The members, in the order of the directory, without subdirectories.
pub(crate) fn members(file: &[u8]) -> Result<(Directory, Vec<Member>), Refusal> {
    let archive = ZipArchive::new(Cursor::new(file)).map_err(damaged)?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(damaged)?;
        if entry.is_dir() {
            continue;
        }
        members.push(Member {
            name: entry.name().map_err(damaged)?.into_owned(),
            index,
            bytes: entry.size(),
            compressed: entry.compression() != CompressionMethod::Stored,
        });
    }
    Ok((archive.metadata(), members))
}

/// The header of a stored member, which is viewed in place.
pub(crate) fn stored(file: &[u8], directory: &Directory, member: &Member) -> Result<Header, Refusal> {
    let entry = directory.entry(member.index).map_err(damaged)?;
    if entry.encrypted() {
        return Err(Refusal::Encrypted);
    }
    if entry.compression() != CompressionMethod::Stored {
        return Err(Refusal::Compressed {
            method: entry.compression().to_string(),
        });
    }
    let problem = "the archive's directory gives the member a position outside the file";
    let outside = || Refusal::Archive {
        problem: problem.to_owned(),
    };
    // The member's own header has fields whose length the directory does not give.
    let mut source = Cursor::new(file);
    let entry = entry.with_reader(&mut source, ZipReadOptions::new()).map_err(damaged)?;
    let start = entry.data_start().and_then(|start| usize::try_from(start).ok());
    let start = start.ok_or_else(outside)?;
    let length = usize::try_from(entry.size()).map_err(|_| outside())?;
    let end = start.checked_add(length).ok_or_else(outside)?;
    if entry.size() != entry.compressed_size() {
        return Err(Refusal::Archive {
            problem: format!(
                "the stored member has {} bytes, and the directory gives {}",
                entry.compressed_size(),
                entry.size()
            ),
        });
    }
    let bytes = file.get(start..end).ok_or_else(outside)?;
    parse(bytes, start)
}

/// A member's header, whose bytes begin at `start`.
fn parse(bytes: &[u8], start: usize) -> Result<Header, Refusal> {
    if Format::of(bytes) != Some(Format::Npy) {
        return Err(Refusal::Format {
            found: crate::error::hex(bytes),
        });
    }
    let mut header = npy::parse(bytes).map_err(|refusal| refusal.moved_by(start))?;
    header.format = "npz";
    header.offset += start;
    Ok(header)
}

/// Decodes a member with any known compression method, and returns its header and its bytes.
pub(crate) fn decoded(file: &[u8], directory: &Directory, member: &Member) -> Result<(Header, Buffer, usize), Refusal> {
    let entry = directory.entry(member.index).map_err(damaged)?;
    if entry.encrypted() {
        return Err(Refusal::Encrypted);
    }
    // The directory may claim that a member has more bytes than the whole file.
    let there = entry.compressed_size().min(file.len() as u64);
    let (size, limit) = (entry.size(), there.saturating_mul(DEFLATE_LIMIT));
    if size > limit {
        return Err(Refusal::Archive {
            problem: format!(
                "the member's size is wrong: {there} compressed bytes cannot decode to {size} bytes, but to {limit} \
                    at most"
            ),
        });
    }
    let mut cursor = Cursor::new(file);
    let mut source = entry.with_reader(&mut cursor, ZipReadOptions::new()).map_err(damaged)?;
    let mut buffer = Buffer::new();
    buffer.reserve(size)?;
    let undecodable = |error: std::io::Error| Refusal::Archive {
        problem: format!("the member cannot be decoded: {error}"),
    };
    let filled = fill(&mut source, &mut buffer.as_bytes_mut()[..size as usize]).map_err(undecodable)?;
    // Read one byte more than expected; the checksum is checked at the end of the source.
    let surplus = fill(&mut source, &mut [0]).map_err(undecodable)?;
    if filled as u64 != size || surplus > 0 {
        return Err(Refusal::Archive {
            problem: format!("the member does not decode to the {size} bytes that the directory gives"),
        });
    }
    let header = parse(&buffer.as_bytes()[..filled], 0)?;
    Ok((header, buffer, filled))
}
