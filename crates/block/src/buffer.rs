//! Memory that every element type may lie in.

use bytemuck::{Pod, Zeroable};

/// One cache line, and the alignment of every [`Buffer`].
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

const LINE: usize = 64;

/// Buffers of so many bytes ask for huge pages: two of them on most processors, so that no small buffer takes a whole one.
const HUGE: usize = 4 << 20;

const _: () = assert!(LINE == tollgate_abi::ROOM_ALIGNMENT && align_of::<Line>() == LINE);

/// Bytes at a 64-byte alignment, always initialised, which can grow and keep their room for the next use.
#[derive(Default)]
pub struct Buffer {
    lines: Box<[Line]>,
}

/// There was no memory for a buffer of that size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no memory for a buffer of {bytes} bytes")]
pub struct BufferError {
    /// The bytes that were asked for.
    pub bytes: u64,
}

impl Buffer {
    /// A buffer without room.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of room, a multiple of 64.
    pub fn capacity(&self) -> usize {
        self.lines.len() * LINE
    }

    /// Makes room for at least `bytes` bytes. Where the buffer must grow, it becomes new, zeroed memory, and what it held
    /// is gone; where it need not, nothing happens.
    ///
    /// # Errors
    /// [`BufferError`], where the system gives no memory.
    pub fn reserve(&mut self, bytes: u64) -> Result<(), BufferError> {
        if bytes <= self.capacity() as u64 {
            return Ok(());
        }
        let lines = bytes.div_ceil(LINE as u64);
        // At least half as much again, so that a slowly growing output does not move at every call.
        let roomy = lines.max(self.lines.len() as u64 * 3 / 2);
        self.lines = Box::default();
        self.lines = zeroed(roomy).or_else(|| zeroed(lines)).ok_or(BufferError { bytes })?;
        Ok(())
    }

    /// All the room.
    pub fn as_bytes(&self) -> &[u8] {
        bytemuck::must_cast_slice(&self.lines)
    }

    /// All the room, to write to.
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::must_cast_slice_mut(&mut self.lines)
    }
}

/// So many lines of zeros, unless the system gives no memory for them.
fn zeroed(lines: u64) -> Option<Box<[Line]>> {
    let lines = usize::try_from(lines).ok()?;
    let mut zeroed = Vec::new();
    zeroed.try_reserve_exact(lines).ok()?;
    if lines * LINE >= HUGE {
        // Before they are written, which is when their pages are dealt out. It is advice: where it is not taken, reading a
        // large buffer is slower, and that is all.
        let _ = tollgate_platform::page::prefer_huge(zeroed.spare_capacity_mut());
    }
    zeroed.resize(lines, Line::zeroed());
    Some(zeroed.into_boxed_slice())
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
}
