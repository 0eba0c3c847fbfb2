//! A file's bytes: mapped, or read into an aligned buffer.

use crate::{Buffer, Error, Refusal};
#[cfg(feature = "map")]
use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::io::Read;
use std::path::Path;
#[cfg(feature = "map")]
use tollgate_platform::{Status, file::MAP_STATUS};

/// The size of the first buffer for a stream, in bytes. Each further one is twice as large.
const FIRST: u64 = 1 << 16;

#[derive(Debug)]
pub(crate) enum Bytes {
    #[cfg(feature = "map")]
    Mapped(Mmap),
    /// The whole file.
    Read { buffer: Buffer, length: usize },
    /// A decoded member.
    #[cfg_attr(
        not(feature = "npz"),
        allow(dead_code, reason = "no other format has compressed members")
    )]
    Decoded { buffer: Buffer, length: usize },
}

impl Bytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            #[cfg(feature = "map")]
            Bytes::Mapped(map) => map,
            Bytes::Read { buffer, length } | Bytes::Decoded { buffer, length } => &buffer.as_bytes()[..*length],
        }
    }

    /// Whether they are the file's own pages.
    pub(crate) fn is_mapped(&self) -> bool {
        match self {
            #[cfg(feature = "map")]
            Bytes::Mapped(_) => true,
            Bytes::Read { .. } | Bytes::Decoded { .. } => false,
        }
    }

    /// # Safety
    /// Nobody changes or truncates the file while the bytes live.
    #[cfg(feature = "map")]
    pub(crate) unsafe fn map(path: &Path) -> Result<Self, Error> {
        if let Status::Unsupported(_) = MAP_STATUS {
            return Self::read(path);
        }
        let (file, length) = open(path)?;
        if length == 0 {
            // An empty file cannot be mapped on every platform. It is refused like a file of unknown format.
            return Ok(Bytes::Read {
                buffer: Buffer::new(),
                length: 0,
            });
        }
        let length = addressable(length, isize::MAX as usize).map_err(|refusal| Error::new(path, refusal))?;
        // Pass the length, so that it is not queried again: that is a tenth of the cost of an open.
        // SAFETY: the caller promises that nobody changes the file while the mapping lives.
        let map = unsafe { MmapOptions::new().len(length).map(&file) }.map_err(|source| io(path, "map it", source))?;
        Ok(Bytes::Mapped(map))
    }

    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let (mut file, length) = open(path)?;
        let mut buffer = Buffer::new();
        let length = addressable(length, isize::MAX as usize).map_err(|refusal| Error::new(path, refusal))?;
        buffer.reserve(length as u64).map_err(|error| Error::new(path, error))?;
        // The length of the file may have changed since it was measured: read what is there, up to the measured length.
        let room = &mut buffer.as_bytes_mut()[..length];
        let filled = fill(&mut file, room).map_err(|source| io(path, "read it", source))?;
        Ok(Bytes::Read { buffer, length: filled })
    }

    /// Reads a stream to its end, which must come within `limit` bytes.
    pub(crate) fn drain(source: &mut impl Read, limit: u64) -> Result<Self, Refusal> {
        let read = |source| Refusal::Io {
            action: "read it",
            source,
        };
        let room = limit.min(isize::MAX as u64);
        let (mut buffer, mut length) = (Buffer::new(), 0);
        let mut size = FIRST.min(room);
        loop {
            let mut larger = Buffer::new();
            larger.reserve(size)?;
            larger.as_bytes_mut()[..length].copy_from_slice(&buffer.as_bytes()[..length]);
            buffer = larger;
            // `size` is at most `isize::MAX`.
            let end = size as usize;
            length += fill(source, &mut buffer.as_bytes_mut()[length..end]).map_err(read)?;
            if length < end {
                return Ok(Bytes::Read { buffer, length });
            }
            if size == room {
                return match fill(source, &mut [0]).map_err(read)? {
                    0 => Ok(Bytes::Read { buffer, length }),
                    _ => Err(Refusal::Stream { limit: room }),
                };
            }
            size = room.min(2 * size);
        }
    }
}

/// Converts a file's length to a length in memory, of which the limit is `limit` bytes. A part of a file must not be
/// taken for the file.
fn addressable(bytes: u64, limit: usize) -> Result<usize, Refusal> {
    let limit = limit as u64;
    match usize::try_from(bytes) {
        Ok(length) if bytes <= limit => Ok(length),
        _ => Err(Refusal::Addresses { bytes, limit }),
    }
}

/// Reads until `room` is full or the source ends, and returns the number of bytes.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_larger_than_the_address_space_is_refused() {
        let limit = i32::MAX as usize;
        assert_eq!(addressable(limit as u64, limit).unwrap(), limit);
        // 4 GiB and 16 bytes, truncated to 32 bits, are 16 bytes.
        for bytes in [limit as u64 + 1, (1 << 32) + 16, u64::MAX] {
            let refused = addressable(bytes, limit).unwrap_err().to_string();
            let expected = format!(
                "the file is too large: it has {bytes} bytes, and this target can address {limit}: read it on a \
                    64-bit target, or split it"
            );
            assert_eq!(refused, expected);
        }
    }

    #[test]
    fn a_stream_is_read_to_its_end_or_refused_beyond_the_limit() {
        let long: Vec<u8> = (0..200_000_u32).map(|index| index as u8).collect();
        for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
            let drained = Bytes::drain(&mut &long[..length], length as u64).unwrap();
            assert_eq!(drained.as_slice(), &long[..length]);
            assert!(!drained.is_mapped());
            if length > 0 {
                let limit = length as u64 - 1;
                let refused = Bytes::drain(&mut &long[..length], limit).unwrap_err();
                assert!(matches!(refused, Refusal::Stream { limit: most } if most == limit));
            }
        }
    }

    /// A sparse file of 4 GiB and 16 bytes, whose first bytes promise 16 numbers.
    #[test]
    #[cfg(all(feature = "npy", feature = "map", not(miri)))]
    fn a_file_of_more_than_4_gib_is_mapped_whole_or_refused() {
        if let Status::Unsupported(why) = MAP_STATUS {
            return eprintln!("skipped: {why}");
        }
        let directory = tollgate_platform::file::private_directory().unwrap();
        let path = directory.path().join("long.npy");
        let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967184,)}";
        let header = format!("{text:117}\n");
        std::fs::write(&path, [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes()].concat()).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len((1 << 32) + 16).unwrap();
        // SAFETY: the file lies in a new directory that nobody else knows.
        let view = unsafe { crate::map(&path) };
        match usize::try_from(1_u64 << 32) {
            Ok(_) => assert_eq!(view.unwrap().count() as u64, (1 << 32) - 112),
            Err(_) => assert!(matches!(view.unwrap_err().refusal(), Refusal::Addresses { .. })),
        }
    }
}
