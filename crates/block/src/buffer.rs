//! Memory that is aligned for every element type.

use crate::memory::LINE;
use crate::{Arena, BufferError, Heap, Memory, Room};
use std::fmt;
use std::sync::Arc;

/// Bytes with 64-byte alignment, always initialised. The buffer can grow, and keeps its memory for the next use.
#[derive(Default)]
pub struct Buffer {
    memory: Memory,
    /// The arena that it allocates from; `None` for the heap.
    arena: Option<Arc<dyn Arena>>,
}

impl Buffer {
    /// An empty buffer, on the heap.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty buffer, which allocates from this arena.
    pub fn in_arena(arena: Arc<dyn Arena>) -> Self {
        Self {
            memory: Memory::EMPTY,
            arena: Some(arena),
        }
    }

    /// The capacity in bytes.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Ensures a capacity of at least `bytes` bytes. If the buffer must grow, it gets new, zeroed memory, and the
    /// previous content is lost. Otherwise nothing happens.
    ///
    /// # Errors
    /// [`BufferError`], if memory cannot be allocated.
    #[inline]
    pub fn reserve(&mut self, bytes: u64) -> Result<(), BufferError> {
        if bytes <= self.capacity() as u64 {
            return Ok(());
        }
        self.grow(bytes, LINE)
    }

    /// The same, at an address that is a multiple of `alignment`, for types with an alignment greater than 64 bytes.
    ///
    /// # Errors
    /// As for [`reserve`](Self::reserve).
    ///
    /// # Panics
    /// If `alignment` is not a power of two.
    pub fn reserve_at(&mut self, bytes: u64, alignment: usize) -> Result<(), BufferError> {
        assert!(
            alignment.is_power_of_two(),
            "invalid alignment {alignment}: it must be a power of two"
        );
        if bytes <= self.capacity() as u64 && self.memory.address().is_multiple_of(alignment) {
            return Ok(());
        }
        self.grow(bytes, alignment)
    }

    fn grow(&mut self, bytes: u64, alignment: usize) -> Result<(), BufferError> {
        // Grow by at least half, so that a slowly growing output does not move at every call.
        let roomy = bytes.max(self.capacity() as u64 / 2 * 3);
        self.memory = Memory::EMPTY;
        let arena = self.arena.as_deref().unwrap_or(&Heap);
        let memory = arena
            .allocate(roomy, alignment)
            .or_else(|_| arena.allocate(bytes, alignment));
        let memory = memory.map_err(|_| BufferError { bytes })?;
        // The arena may be implemented by anyone.
        if (memory.len() as u64) < bytes || !memory.address().is_multiple_of(alignment.max(LINE)) {
            return Err(BufferError { bytes });
        }
        self.memory = memory;
        Ok(())
    }

    /// The whole memory.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.memory.as_bytes()
    }

    /// The whole memory, for writing.
    #[inline]
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        self.memory.as_bytes_mut()
    }

    /// The room that its memory is in. For a region, the first `bytes` bytes.
    pub fn memory(&self, bytes: usize) -> Room<'_> {
        self.memory.room(bytes)
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_aligned_zeroed_and_kept() {
        let mut buffer = Buffer::new();
        assert_eq!(buffer.capacity(), 0);
        buffer.reserve(100).unwrap();
        assert_eq!(buffer.capacity(), 128);
        assert_eq!(buffer.as_bytes().as_ptr().addr() % 64, 0);
        assert!(buffer.as_bytes().iter().all(|byte| *byte == 0));
        let address = buffer.as_bytes().as_ptr();
        buffer.as_bytes_mut()[0] = 7;
        buffer.reserve(128).unwrap();
        assert_eq!((buffer.as_bytes().as_ptr(), buffer.as_bytes()[0]), (address, 7));
    }

    #[test]
    fn impossible_room_is_an_error_and_not_an_abort() {
        let mut buffer = Buffer::new();
        for bytes in [u64::MAX, u64::MAX / 2, isize::MAX as u64 - 63] {
            assert_eq!(buffer.reserve(bytes), Err(BufferError { bytes }));
        }
        buffer.reserve(64).unwrap();
    }

    #[test]
    fn an_alignment_above_64_is_supported_and_kept() {
        let mut buffer = Buffer::new();
        buffer.reserve(64).unwrap();
        for alignment in [128, 1 << 12, 1 << 20] {
            buffer.reserve_at(64, alignment).unwrap();
            assert!(buffer.as_bytes().as_ptr().addr().is_multiple_of(alignment));
        }
        let address = buffer.as_bytes().as_ptr();
        buffer.reserve_at(64, 128).unwrap();
        assert_eq!(buffer.as_bytes().as_ptr(), address);
        assert!(buffer.reserve_at(0, 1 << (usize::BITS - 1)).is_err());
        assert_eq!(buffer.capacity(), 0);
    }

    #[test]
    fn an_arena_that_allocates_too_little_is_an_error() {
        #[derive(Debug)]
        struct Stingy;
        impl Arena for Stingy {
            fn allocate(&self, _bytes: u64, _alignment: usize) -> Result<Memory, BufferError> {
                Heap.allocate(1, 1)
            }
        }
        let mut buffer = Buffer::in_arena(Arc::new(Stingy));
        buffer.reserve(64).unwrap();
        assert_eq!(buffer.reserve(65), Err(BufferError { bytes: 65 }));
        assert_eq!(buffer.capacity(), 0);
    }
}
