//! Shared memory: written by this process, mapped for reading by others.
//!
//! A [`Segment`] is zeroed memory that this process writes. A process that gets its descriptor can map it for reading
//! only. A [`Mapping`] is the other side: it maps such a descriptor for reading.
//!
//! # Who upholds what
//! - Only the segment's own mapping can write to it, because its descriptor does not allow writing. Therefore its owner
//!   can borrow its bytes by Rust's rules, and the descriptor can be handed out safely.
//! - Nobody can truncate it, so reading it never causes SIGBUS.
//! - The bytes of a mapping may change at any time, because the owner writes. Therefore a [`Mapping`] does not lend
//!   bytes: it copies them out, unless its caller [promises](Mapping::bytes) that they do not change.
//! - A child that [`fork::run`](crate::fork::run) or the [stepper](crate::step) forks has a copy of a segment, as of
//!   all other memory. Otherwise its writes would change memory that its parent has borrowed for reading.

use crate::{Status, sys};
use std::io;
use std::ptr::NonNull;

pub use sys::descriptor::Descriptor;

/// Whether this platform supports segments.
///
/// # Platform differences
/// - Linux: a `memfd` that is sealed against a change of its size and against every new way to write to it, which needs
///   Linux 5.1.
/// - macOS and the BSDs: an unlinked file in the temporary directory, whose descriptor is read-only. A process of the
///   same user that guesses the file's name before it is unlinked can open it for writing.
/// - Other systems do not support segments.
pub const SEGMENT_STATUS: Status = sys::SEGMENT_STATUS;

/// Zeroed memory of this process that other processes can map for reading.
#[derive(Debug)]
pub struct Segment(sys::Shared);

impl Segment {
    /// Creates a segment of at least this many bytes, rounded up to the page size.
    ///
    /// # Errors
    /// The system's error; [`Unsupported`](io::ErrorKind::Unsupported) if the platform does not support segments.
    pub fn new(bytes: u64) -> io::Result<Self> {
        let too_large = || {
            io::Error::new(
                io::ErrorKind::OutOfMemory,
                format!("{bytes} bytes do not fit in memory"),
            )
        };
        let page = crate::page::size();
        let whole = usize::try_from(bytes.max(1)).ok();
        let whole = whole.and_then(|bytes| bytes.checked_next_multiple_of(page));
        let whole = whole.filter(|bytes| isize::try_from(*bytes).is_ok());
        sys::Shared::new(whole.ok_or_else(too_large)?).map(Self)
    }

    /// The address of the first byte, at the start of a page. The bytes may be read and written within the rules of
    /// borrowing while the segment lives.
    pub fn start(&self) -> NonNull<u8> {
        self.0.start()
    }

    /// Its size in bytes, at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The descriptor that another process maps. It cannot be written to, and its size cannot change.
    pub fn descriptor(&self) -> Descriptor<'_> {
        self.0.descriptor()
    }
}

// SAFETY: it owns its mapping, like a Vec its memory; `start` returns an address and no access.
unsafe impl Send for Segment {}
// SAFETY: as for Send.
unsafe impl Sync for Segment {}

/// A part of a segment, mapped for reading: in another process, or in this one a second time.
#[derive(Debug)]
pub struct Mapping(sys::Mapped);

impl Mapping {
    /// Maps `length` bytes at `offset`.
    ///
    /// # Platform differences
    /// Only Linux can tell whether memory can be truncated. Other systems trust the creator of the descriptor, and a
    /// read past the end of a truncated file kills the process.
    ///
    /// # Errors
    /// The system's error; [`InvalidInput`](io::ErrorKind::InvalidInput), if the descriptor has fewer bytes, or if its
    /// memory can be truncated.
    pub fn new(descriptor: Descriptor<'_>, offset: u64, length: u64) -> io::Result<Self> {
        sys::Mapped::new(descriptor, offset, length).map(Self)
    }

    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies the bytes at `offset` to `to`. If another process writes to them at the same time, the content of the
    /// copy is unspecified, but the call is safe.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput), if there are fewer bytes.
    /// [`InvalidInput`](io::ErrorKind::InvalidInput), where there are not as many.
    pub fn copy_to(&self, offset: usize, to: &mut [u8]) -> io::Result<()> {
        if offset > self.len() || to.len() > self.len() - offset {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "{} bytes at offset {offset} reach past the end of the mapping ({} bytes)",
                    to.len(),
                    self.len()
                ),
            ));
        }
        // SAFETY: the offset is inside the mapping.
        let from = unsafe { self.0.start().add(offset) };
        // SAFETY: this many bytes from there on are mapped and readable while `self` lives (checked above).
        unsafe { copy(from.as_ptr(), to) };
        Ok(())
    }

    /// The bytes in place.
    ///
    /// # Safety
    /// Nobody writes to them while they are borrowed: the owner of the segment is trusted to keep to this, or can no
    /// longer write.
    pub unsafe fn bytes(&self) -> &[u8] {
        // SAFETY: this many bytes are mapped and readable while `self` lives, and the caller promises that nobody
        // changes them.
        unsafe { std::slice::from_raw_parts(self.0.start().as_ptr(), self.len()) }
    }
}

// SAFETY: it owns its mapping. It returns copies, and bytes that the caller promised nobody writes to.
unsafe impl Send for Mapping {}
// SAFETY: as for Send.
unsafe impl Sync for Mapping {}

/// The number of bytes that are copied at once.
type Chunk = [u64; 8];

/// Copies bytes that another process may write to at the same time. Each byte is read once, by a volatile access to
/// memory that contains no Rust object.
///
/// # Safety
/// As many bytes as `to` has may be read at `from`.
unsafe fn copy(from: *const u8, to: &mut [u8]) {
    let (chunks, rest) = to.as_chunks_mut::<{ size_of::<Chunk>() }>();
    let start = chunks.len() * size_of::<Chunk>();
    if from.cast::<Chunk>().is_aligned() {
        for (index, to) in chunks.iter_mut().enumerate() {
            // SAFETY: the chunk is inside the range that the caller promises, and every bit pattern is valid.
            let chunk = unsafe { from.cast::<Chunk>().wrapping_add(index).read_volatile() };
            for (to, number) in to.as_chunks_mut::<8>().0.iter_mut().zip(chunk) {
                *to = number.to_ne_bytes();
            }
        }
    } else {
        for (index, to) in chunks.as_flattened_mut().iter_mut().enumerate() {
            // SAFETY: the byte is inside the range that the caller promises.
            *to = unsafe { from.wrapping_add(index).read_volatile() };
        }
    }
    for (index, to) in rest.iter_mut().enumerate() {
        // SAFETY: as above.
        *to = unsafe { from.wrapping_add(start + index).read_volatile() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_at_any_address_are_copied_whole() {
        let from: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for (offset, length) in [(0, 0), (0, 1000), (8, 64), (3, 130), (1, 999), (16, 200), (5, 7)] {
            let mut to = vec![7; length];
            // SAFETY: the vector has this many bytes after the offset.
            unsafe { copy(from[offset..].as_ptr(), &mut to) };
            assert_eq!(to, from[offset..offset + length]);
        }
    }
}
