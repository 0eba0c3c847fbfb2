//! Memory that another process can map: written here, read there.
//!
//! A [`Segment`] is zeroed memory that this process writes and that whoever gets its descriptor can map for reading,
//! and for nothing else. A [`Mapping`] is the other side: a mapping of such a descriptor, for reading.
//!
//! # Who upholds what
//! - Nobody but the segment's own mapping writes to it: its descriptor does not allow it. So its owner may borrow its
//!   bytes by Rust's rules, and the descriptor is safe to hand out.
//! - Nobody makes it shorter, so that reading it never ends in SIGBUS.
//! - What the other side reads may change at any time, because its owner writes. A [`Mapping`] therefore lends no
//!   bytes: it copies them out, unless its caller [promises](Mapping::bytes) that they stay.
//! - A forked child shares the pages of a segment with its parent, as it does not share other memory.

use crate::{Status, sys};
use std::io;
use std::ptr::NonNull;

pub use sys::descriptor::Descriptor;

/// Whether there are segments on this platform.
///
/// # Platform differences
/// - Linux: a `memfd` that is sealed against a change of its size and against every new way to write to it, which needs
///   Linux 5.1.
/// - macOS and the BSDs: an unlinked file in the temporary directory, whose descriptor can only be read. A process of
///   the same user that guesses the file's name while it has one can open it for writing.
/// - Elsewhere there are none.
pub const SEGMENT_STATUS: Status = sys::SEGMENT_STATUS;

/// Zeroed memory of this process that others can map for reading.
#[derive(Debug)]
pub struct Segment(sys::Shared);

impl Segment {
    /// A segment of at least so many bytes: a multiple of the page size.
    ///
    /// # Errors
    /// The system's own; [`Unsupported`](io::ErrorKind::Unsupported) where there are none.
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

    /// Where it begins: at the start of a page. It may be read and written as the rules of borrowing allow, while the
    /// segment lives.
    pub fn start(&self) -> NonNull<u8> {
        self.0.start()
    }

    /// Its bytes: at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What another process maps: it cannot be written to, and neither grows nor shrinks.
    pub fn descriptor(&self) -> Descriptor<'_> {
        self.0.descriptor()
    }
}

// SAFETY: it owns its mapping, as a Vec owns its memory; `start` gives an address and no access.
unsafe impl Send for Segment {}
// SAFETY: as for Send.
unsafe impl Sync for Segment {}

/// A part of a segment, mapped for reading: in another process, or in this one a second time.
#[derive(Debug)]
pub struct Mapping(sys::Mapped);

impl Mapping {
    /// Maps `length` bytes from `offset` on.
    ///
    /// # Platform differences
    /// Only Linux can say whether memory can become shorter. Elsewhere whoever made the descriptor is believed, and
    /// reading behind the end of a file that became shorter ends the process.
    ///
    /// # Errors
    /// The system's own; [`InvalidInput`](io::ErrorKind::InvalidInput), where the descriptor has fewer bytes, or where
    /// it is memory that somebody could make shorter.
    pub fn new(descriptor: Descriptor<'_>, offset: u64, length: u64) -> io::Result<Self> {
        sys::Mapped::new(descriptor, offset, length).map(Self)
    }

    /// Its bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies the bytes from `offset` on to `to`. Whoever writes to them meanwhile decides what the copy holds, and
    /// nothing else.
    ///
    /// # Errors
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
        // SAFETY: the offset lies inside the mapping.
        let from = unsafe { self.0.start().add(offset) };
        // SAFETY: as many bytes from there on are mapped and readable while `self` lives (compared above).
        unsafe { copy(from.as_ptr(), to) };
        Ok(())
    }

    /// The bytes in place.
    ///
    /// # Safety
    /// Nobody writes to them while they are borrowed: whoever owns the segment keeps to that by agreement, and is
    /// trusted, or cannot write any more.
    pub unsafe fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped and readable while `self` lives, and the caller promises that nobody changes
        // them.
        unsafe { std::slice::from_raw_parts(self.0.start().as_ptr(), self.len()) }
    }
}

// SAFETY: it owns its mapping; what it gives are copies, and bytes of which the caller promised that nobody writes to
// them.
unsafe impl Send for Mapping {}
// SAFETY: as for Send.
unsafe impl Sync for Mapping {}

/// What is copied at once.
type Chunk = [u64; 8];

/// Copies bytes that another process may write to meanwhile: each is read once, by a volatile access to memory that no
/// Rust object lies in.
///
/// # Safety
/// As many bytes as `to` has may be read from `from` on.
unsafe fn copy(from: *const u8, to: &mut [u8]) {
    let (chunks, rest) = to.as_chunks_mut::<{ size_of::<Chunk>() }>();
    let start = chunks.len() * size_of::<Chunk>();
    if from.cast::<Chunk>().is_aligned() {
        for (index, to) in chunks.iter_mut().enumerate() {
            // SAFETY: the chunk lies in what the caller promises, and every pattern of bits is one.
            let chunk = unsafe { from.cast::<Chunk>().wrapping_add(index).read_volatile() };
            for (to, number) in to.as_chunks_mut::<8>().0.iter_mut().zip(chunk) {
                *to = number.to_ne_bytes();
            }
        }
    } else {
        for (index, to) in chunks.as_flattened_mut().iter_mut().enumerate() {
            // SAFETY: the byte lies in what the caller promises.
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
            // SAFETY: so many bytes of the vector lie behind the offset.
            unsafe { copy(from[offset..].as_ptr(), &mut to) };
            assert_eq!(to, from[offset..offset + length]);
        }
    }
}
