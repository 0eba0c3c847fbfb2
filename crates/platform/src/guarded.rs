//! Memory followed by an inaccessible page: an access past its end is a crash instead of silent damage.

use crate::sys;
use std::io;
use std::ptr::NonNull;
use std::slice;

/// The pattern around the bytes: neither zero nor a small number, so that accidental reads are visible.
const CANARY: u8 = 0xa5;

/// The greatest alignment that [`Guarded`] supports.
pub const ALIGNMENT: usize = 64;

/// Owned bytes directly before an inaccessible page.
///
/// They begin at a chosen distance from a multiple of [`ALIGNMENT`], so up to 63 bytes are between their end and the
/// page. These bytes, and those before the memory, hold a pattern that [`is_intact`](Guarded::is_intact) checks.
///
/// # Platform differences
/// If pages cannot be made inaccessible ([`facilities`](crate::facilities) says so under `guarded-memory`), there is
/// only the pattern.
#[derive(Debug)]
pub struct Guarded {
    mapping: sys::Pages,
    /// The offset of the bytes in the mapping.
    start: usize,
    bytes: usize,
}

impl Guarded {
    /// Allocates `bytes` zero bytes at an address that is `off` bytes past a multiple of [`ALIGNMENT`].
    ///
    /// # Errors
    /// The system's error, if memory cannot be allocated.
    ///
    /// # Panics
    /// If `off` is not less than [`ALIGNMENT`].
    pub fn new(bytes: usize, off: usize) -> io::Result<Self> {
        assert!(off < ALIGNMENT, "an offset of {off} is not less than {ALIGNMENT}");
        let room = bytes.checked_add(2 * ALIGNMENT).ok_or(io::ErrorKind::OutOfMemory)?;
        let mapping = sys::Pages::guarded(room)?;
        // A slice cannot be longer, but a 32-bit system can map more.
        if isize::try_from(mapping.len()).is_err() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // The mapping begins at a page, and therefore at a multiple of the alignment.
        let latest = mapping.len() - bytes;
        let start = if latest % ALIGNMENT >= off {
            latest - (latest % ALIGNMENT - off)
        } else {
            latest - latest % ALIGNMENT - ALIGNMENT + off
        };
        let mut guarded = Self { mapping, start, bytes };
        let (before, rest) = guarded.all_mut().split_at_mut(start);
        before.fill(CANARY);
        rest[bytes..].fill(CANARY);
        Ok(guarded)
    }

    /// Allocates a copy of `bytes` that ends at the inaccessible page if the length is a multiple of `alignment`, and
    /// otherwise as near to it as the alignment allows.
    ///
    /// # Errors
    /// As [`new`](Guarded::new).
    ///
    /// # Panics
    /// If `alignment` is not a power of two, or is greater than [`ALIGNMENT`].
    pub fn at_end(bytes: &[u8], alignment: usize) -> io::Result<Self> {
        assert!(
            alignment.is_power_of_two() && alignment <= ALIGNMENT,
            "invalid alignment {alignment}: it must be a power of two of at most {ALIGNMENT}"
        );
        let off = (ALIGNMENT - bytes.len() % ALIGNMENT) % ALIGNMENT;
        let mut guarded = Self::new(bytes.len(), off & !(alignment - 1))?;
        guarded.as_mut_slice().copy_from_slice(bytes);
        Ok(guarded)
    }

    fn all(&self) -> &[u8] {
        // SAFETY: the mapping has this many readable, initialised bytes, and lives as long as `self`.
        unsafe { slice::from_raw_parts(self.mapping.start().as_ptr(), self.mapping.len()) }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `all`; they are writable too, and `&mut self` excludes every other borrow.
        unsafe { slice::from_raw_parts_mut(self.mapping.start().as_ptr(), self.mapping.len()) }
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.all()[self.start..self.start + self.bytes]
    }

    /// The bytes, for writing.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        let (start, bytes) = (self.start, self.bytes);
        &mut self.all_mut()[start..start + bytes]
    }

    /// The address of the bytes, for code under test: it may write to them while nobody borrows them.
    pub fn as_ptr(&self) -> NonNull<u8> {
        // SAFETY: the bytes begin inside the mapping.
        unsafe { self.mapping.start().add(self.start) }
    }

    /// Whether nobody wrote before the bytes, or between their end and the inaccessible page.
    pub fn is_intact(&self) -> bool {
        let (before, rest) = self.all().split_at(self.start);
        before.iter().chain(&rest[self.bytes..]).all(|&byte| byte == CANARY)
    }
}

// SAFETY: it owns its memory, like a Vec, and lends it by the rules of borrowing; the pointer of `as_ptr` may only be
// used within them.
unsafe impl Send for Guarded {}
// SAFETY: as for Send.
unsafe impl Sync for Guarded {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    #[test]
    fn bytes_have_the_requested_offset_and_are_as_near_to_the_end_as_possible() {
        for bytes in [0, 1, 7, 64, 100, 5000] {
            for off in [0, 8, 24, 63] {
                let guarded = Guarded::new(bytes, off).unwrap();
                assert_eq!(guarded.as_ptr().addr().get() % ALIGNMENT, off);
                assert_eq!((guarded.as_slice().len(), guarded.is_intact()), (bytes, true));
                let behind = guarded.mapping.len() - guarded.start - bytes;
                assert!(behind < ALIGNMENT, "{behind}");
            }
        }
        let text = b"sixteen bytes ..";
        let guarded = Guarded::at_end(text, 8).unwrap();
        assert_eq!(guarded.as_slice(), text);
        assert_eq!(guarded.start + text.len(), guarded.mapping.len());
    }

    #[test]
    fn writes_beside_the_bytes_are_detected() {
        for at in [-1, 7] {
            let guarded = Guarded::new(7, 0).unwrap();
            // SAFETY: the mapping has bytes in front of the seven and behind them.
            let beside = unsafe { guarded.as_ptr().offset(at) };
            // SAFETY: as above, and nothing borrows them.
            unsafe { beside.write(0) };
            assert!(!guarded.is_intact(), "{at}");
        }
    }

    #[test]
    fn the_facility_says_whether_there_is_a_page_that_cannot_be_touched() {
        let facilities = crate::facilities();
        let guarded = facilities.iter().find(|facility| facility.name == "guarded-memory");
        let expected = cfg!(all(unix, not(tollgate_backend = "fallback")));
        assert_eq!(guarded.unwrap().status == Status::Supported, expected);
    }
}
