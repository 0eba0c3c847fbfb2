//! A file's bytes: mapped, or read into an aligned buffer.

use crate::{Buffer, Error, Refusal};
use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tollgate_platform::Status;
use tollgate_platform::file::MAP_STATUS;

#[derive(Debug)]
pub(crate) enum Bytes {
    Mapped(Mmap),
    /// The whole file.
    Read {
        buffer: Buffer,
        length: usize,
    },
    /// What a compressed member became.
    Decoded {
        buffer: Buffer,
        length: usize,
    },
}

impl Bytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Read { buffer, length } | Bytes::Decoded { buffer, length } => &buffer.as_bytes()[..*length],
        }
    }

    /// # Safety
    /// Nobody changes or truncates the file while the bytes live.
    pub(crate) unsafe fn map(path: &Path) -> Result<Self, Error> {
        if let Status::Unsupported(_) = MAP_STATUS {
            return Self::read(path);
        }
        let (file, length) = open(path)?;
        if length == 0 {
            // An empty file cannot be mapped on every platform; its refusal is the same as for any file of no known format.
            return Ok(Bytes::Read {
                buffer: Buffer::new(),
                length: 0,
            });
        }
        // The length is given, so that it is not asked for once more: that is a tenth of what an open costs.
        // SAFETY: the caller promises that nobody changes the file while the map lives.
        let map = unsafe { MmapOptions::new().len(length as usize).map(&file) }
            .map_err(|source| io(path, "map it", source))?;
        Ok(Bytes::Mapped(map))
    }

    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let (mut file, length) = open(path)?;
        let mut buffer = Buffer::new();
        buffer.reserve(length).map_err(|error| Error::new(path, error))?;
        // The file may have become shorter or longer since it was measured: take what is there, up to the measured length.
        let room = &mut buffer.as_bytes_mut()[..length as usize];
        let filled = fill(&mut file, room).map_err(|source| io(path, "read it", source))?;
        Ok(Bytes::Read { buffer, length: filled })
    }
}

/// Reads until `room` is full or the source ends, and gives how many bytes that were.
pub(crate) fn fill(source: &mut impl Read, room: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match source.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn open(path: &Path) -> Result<(File, u64), Error> {
    let (file, metadata) =
        tollgate_platform::file::open_regular_with_metadata(path).map_err(|source| io(path, "open it", source))?;
    Ok((file, metadata.len()))
}

fn io(path: &Path, action: &'static str, source: std::io::Error) -> Error {
    Error::new(path, Refusal::Io { action, source })
}
