//! Shared memory on all systems with descriptors. `backing` creates the memory.

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        mod memfd;
        use memfd as backing;
    } else {
        mod unlinked;
        use unlinked as backing;
    }
}

use super::descriptor::Descriptor;
use rustix::fs::fstat;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError, TryLockError};

pub(crate) use backing::SEGMENT_STATUS;

/// Whole pages, mapped.
#[derive(Debug)]
struct Map {
    start: NonNull<u8>,
    bytes: usize,
}

impl Map {
    /// `offset` is a multiple of the page size, and `bytes` is not 0.
    fn new(fd: BorrowedFd<'_>, offset: u64, bytes: usize, access: ProtFlags) -> io::Result<Self> {
        // SAFETY: a new mapping, at an address that the system chooses, does not affect existing memory.
        let start = unsafe { mmap(ptr::null_mut(), bytes, access, MapFlags::SHARED, fd, offset) }?;
        Ok(Self {
            start: NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?,
            bytes,
        })
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: the mapping belongs to this value, and nobody borrows it any longer.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
        debug_assert!(unmapped.is_ok(), "{unmapped:?}");
    }
}

/// The mappings of this process that can be written: address, bytes and descriptor of each.
static WRITABLE: Mutex<Vec<(usize, usize, RawFd)>> = Mutex::new(Vec::new());

/// In a forked child, before anything else runs: gives this process a copy of every segment, at the same address.
///
/// # Errors
/// The system's error. The pages of some segment are still shared with the parent, so the child must end.
pub(crate) fn make_private() -> io::Result<()> {
    let writable = match WRITABLE.try_lock() {
        Ok(writable) => writable,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        // Another thread of the parent held it, and does not exist here.
        Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
    };
    for &(start, bytes, descriptor) in &*writable {
        // SAFETY: the list has descriptors of live segments alone, which own them.
        let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let place = ptr::with_exposed_provenance_mut(start);
        let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::FIXED);
        // SAFETY: the address and the length are those of a live segment's own mapping, and the new one has the same
        // bytes: to this process nothing changes.
        unsafe { mmap(place, bytes, access, flags, descriptor, 0) }?;
    }
    Ok(())
}

/// Memory that this process writes. The descriptor is read-only.
#[derive(Debug)]
pub(crate) struct Shared {
    map: Map,
    readable: OwnedFd,
}

impl Shared {
    /// `bytes` is a multiple of the page size, and not 0.
    pub(crate) fn new(bytes: usize) -> io::Result<Self> {
        let made = backing::make(bytes as u64)?;
        let map = Map::new(made.as_fd(), 0, bytes, ProtFlags::READ | ProtFlags::WRITE)?;
        // Seal it only now: afterwards it cannot be mapped for writing.
        let readable = backing::seal(made)?;
        let mut writable = WRITABLE.lock().unwrap_or_else(PoisonError::into_inner);
        writable.push((map.start.as_ptr().expose_provenance(), map.bytes, readable.as_raw_fd()));
        Ok(Self { map, readable })
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        self.map.start
    }

    pub(crate) fn len(&self) -> usize {
        self.map.bytes
    }

    pub(crate) fn descriptor(&self) -> Descriptor<'_> {
        self.readable.as_fd()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut writable = WRITABLE.lock().unwrap_or_else(PoisonError::into_inner);
        writable.retain(|(start, ..)| *start != self.map.start.addr().get());
    }
}

/// Bytes of a descriptor, mapped for reading.
#[derive(Debug)]
pub(crate) struct Mapped {
    /// `None` if there are no bytes to map.
    map: Option<Map>,
    /// The bytes of the first page before the requested ones.
    skipped: usize,
    bytes: usize,
}

impl Mapped {
    pub(crate) fn new(descriptor: Descriptor<'_>, offset: u64, length: u64) -> io::Result<Self> {
        let invalid = |problem: String| io::Error::new(io::ErrorKind::InvalidInput, problem);
        backing::check_that_it_stays(descriptor)?;
        let found = u64::try_from(fstat(descriptor)?.st_size).unwrap_or(0);
        if offset.checked_add(length).is_none_or(|end| end > found) {
            return Err(invalid(format!(
                "{length} bytes at offset {offset} reach past the end of the shared memory ({found} bytes)"
            )));
        }
        let skipped = offset % crate::page::size() as u64;
        let (Ok(bytes), Ok(skipped)) = (usize::try_from(length), usize::try_from(skipped)) else {
            return Err(invalid(format!("{length} bytes do not fit in memory")));
        };
        let whole = bytes
            .checked_add(skipped)
            .filter(|whole| isize::try_from(*whole).is_ok());
        let Some(whole) = whole else {
            return Err(invalid(format!("{length} bytes do not fit in memory")));
        };
        let map = match bytes {
            0 => None,
            _ => Some(Map::new(descriptor, offset - skipped as u64, whole, ProtFlags::READ)?),
        };
        Ok(Self { map, skipped, bytes })
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        match &self.map {
            // SAFETY: the skipped bytes are inside the mapping.
            Some(map) => unsafe { map.start.add(self.skipped) },
            None => NonNull::dangling(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes
    }
}
