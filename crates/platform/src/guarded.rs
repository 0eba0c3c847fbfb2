//! Memory that ends where nothing may be read or written: what reaches past its end is a crash and no silent damage.

use crate::sys;
use std::io;
use std::ptr::NonNull;
use std::slice;

/// What lies around the bytes: neither zero nor a small number, so that what is read by mistake shows.
const CANARY: u8 = 0xa5;

/// The greatest alignment that [`Guarded`] places bytes at.
pub const ALIGNMENT: usize = 64;

/// Bytes of its own, directly before an inaccessible page.
///
/// They begin at a chosen distance from a multiple of [`ALIGNMENT`], so up to 63 bytes lie between their end and the
/// page; those, and what lies before the bytes, hold a pattern that [`is_intact`](Guarded::is_intact) looks for.
///
/// # Platform differences
/// Where pages cannot be made inaccessible ([`facilities`](crate::facilities) says so under `guarded-memory`), only the
/// pattern is there.
#[derive(Debug)]
pub struct Guarded {
    mapping: sys::Pages,
    /// Where the bytes begin in the mapping.
    start: usize,
    bytes: usize,
}

impl Guarded {
    /// Makes room for `bytes` bytes, which are zero, at an address that is `off` bytes past a multiple of
    /// [`ALIGNMENT`].
    ///
    /// # Errors
    /// The system's own, where there is no memory for it.
    ///
    /// # Panics
    /// `off` is not less than [`ALIGNMENT`].
    pub fn new(bytes: usize, off: usize) -> io::Result<Self> {
        assert!(off < ALIGNMENT, "an offset of {off} is not less than {ALIGNMENT}");
        let room = bytes.checked_add(2 * ALIGNMENT).ok_or(io::ErrorKind::OutOfMemory)?;
        let mapping = sys::Pages::guarded(room)?;
        // No slice may be longer; a system of 32 bits can map more.
        if isize::try_from(mapping.len()).is_err() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // The mapping begins at a page, and so at a multiple of the alignment.
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

    /// Makes room for a copy of `bytes` that ends at the inaccessible page, if the length is a multiple of `alignment`,
    /// and else as near to it as the alignment allows.
    ///
    /// # Errors
    /// As [`new`](Guarded::new).
    ///
    /// # Panics
    /// `alignment` is no power of two, or greater than [`ALIGNMENT`].
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
        // SAFETY: the mapping has so many readable bytes, which are initialised, and lives as long as `self`.
        unsafe { slice::from_raw_parts(self.mapping.start().as_ptr(), self.mapping.len()) }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `all`; they are writable too, and `&mut self` keeps every other borrow out.
        unsafe { slice::from_raw_parts_mut(self.mapping.start().as_ptr(), self.mapping.len()) }
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.all()[self.start..self.start + self.bytes]
    }

    /// The bytes, to write to.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        let (start, bytes) = (self.start, self.bytes);
        &mut self.all_mut()[start..start + bytes]
    }

    /// Where the bytes begin, for code that is to be tried: it may write to them as long as nobody borrows them.
    pub fn as_ptr(&self) -> NonNull<u8> {
        // SAFETY: the bytes begin inside the mapping.
        unsafe { self.mapping.start().add(self.start) }
    }

    /// Whether nobody wrote in front of the bytes or between their end and the inaccessible page.
    pub fn is_intact(&self) -> bool {
        let (before, rest) = self.all().split_at(self.start);
        before.iter().chain(&rest[self.bytes..]).all(|&byte| byte == CANARY)
    }
}

// SAFETY: it owns its memory, as a Vec does, and gives it out by the rules of borrowing; the pointer of `as_ptr` may be
// used only as they allow.
unsafe impl Send for Guarded {}
// SAFETY: as for Send.
unsafe impl Sync for Guarded {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    #[test]
    fn bytes_lie_where_they_were_asked_for_and_as_near_to_the_end_as_they_can() {
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
    fn what_was_written_beside_the_bytes_is_seen() {
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
