//! The memory of blocks, and where it is allocated.

use crate::shared::Part;
use std::alloc::{Layout, alloc, dealloc};
use std::any::Any;
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::slice;
use tollgate_platform::segment::Descriptor;

/// The minimum alignment of every [`Memory`]. Its length is a multiple of this, too.
pub(crate) const LINE: usize = tollgate_abi::ROOM_ALIGNMENT;

/// The minimum size for which huge pages are requested: two huge pages on most processors, so that small buffers do not
/// take a whole one.
const HUGE: usize = 4 << 20;

/// A buffer of this size could not be allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("out of memory: a buffer of {bytes} bytes could not be allocated")]
pub struct BufferError {
    /// The requested number of bytes.
    pub bytes: u64,
}

/// Where memory is, and therefore who else can access it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Room<'a> {
    /// The process's own heap.
    Heap,
    /// A shared segment. Another process can map this part of it.
    Shared(Region<'a>),
    /// Memory of a foreign owner, which is returned when it is dropped.
    Foreign,
}

impl<'a> Room<'a> {
    /// The part of a shared segment that it occupies.
    pub fn region(self) -> Option<Region<'a>> {
        match self {
            Self::Shared(region) => Some(region),
            _ => None,
        }
    }
}

/// Where another process finds memory: it maps `length` bytes of the descriptor at `offset`, for reading.
#[derive(Debug, Clone, Copy)]
pub struct Region<'a> {
    /// The descriptor of the segment.
    pub descriptor: Descriptor<'a>,
    /// The offset in the segment, in bytes.
    pub offset: u64,
    /// The length in bytes.
    pub length: u64,
}

/// Determines where blocks and outputs are allocated: on the heap, in a shared segment, in the linear memory of a
/// module.
///
/// It is safe to implement: it returns a [`Memory`], which upholds its own invariants.
pub trait Arena: fmt::Debug + Send + Sync {
    /// Allocates at least this many zeroed bytes, at an address that is a multiple of `alignment`, a power of two.
    ///
    /// # Errors
    /// [`BufferError`], if memory cannot be allocated.
    fn allocate(&self, bytes: u64, alignment: usize) -> Result<Memory, BufferError>;
}

/// The process's own heap.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heap;

impl Arena for Heap {
    fn allocate(&self, bytes: u64, alignment: usize) -> Result<Memory, BufferError> {
        Memory::on_heap(bytes, alignment).ok_or(BufferError { bytes })
    }
}

/// Initialised bytes that belong only to this value, with an alignment of at least 64 bytes.
pub struct Memory {
    start: NonNull<u8>,
    bytes: usize,
    keeper: Keeper,
}

/// The owner that the memory is returned to.
enum Keeper {
    /// No owner: there are no bytes.
    Nobody,
    Heap(Layout),
    Shared(Part),
    Foreign {
        _owner: Box<dyn Any + Send + Sync>,
    },
}

// SAFETY: only this value accesses the bytes, like a Vec, and every owner may be dropped on any thread.
unsafe impl Send for Memory {}
// SAFETY: a shared reference only allows reading the bytes.
unsafe impl Sync for Memory {}

#[repr(align(64))]
struct Line;

const _: () = assert!(align_of::<Line>() == LINE);

impl Memory {
    /// No bytes.
    pub const EMPTY: Self = Self {
        start: NonNull::<Line>::dangling().cast(),
        bytes: 0,
        keeper: Keeper::Nobody,
    };

    /// Memory of a foreign owner. `owner` releases it when it is dropped.
    ///
    /// # Panics
    /// If `start` is not a multiple of 64.
    ///
    /// # Safety
    /// The bytes from `start` on are initialised, may be read and written on any thread, and belong only to this value
    /// until it drops `owner`.
    pub unsafe fn foreign(start: NonNull<u8>, bytes: usize, owner: Box<dyn Any + Send + Sync>) -> Self {
        assert!(
            start.addr().get().is_multiple_of(LINE) && isize::try_from(bytes).is_ok(),
            "memory begins at a multiple of {LINE}, and has at most isize::MAX bytes"
        );
        let keeper = Keeper::Foreign { _owner: owner };
        Self { start, bytes, keeper }
    }

    /// A part of a shared segment.
    pub(crate) fn shared(part: Part) -> Self {
        Self {
            start: part.start(),
            bytes: part.bytes(),
            keeper: Keeper::Shared(part),
        }
    }

    /// Zeroed memory on the heap, a multiple of a cache line.
    fn on_heap(bytes: u64, alignment: usize) -> Option<Self> {
        let bytes = usize::try_from(bytes.checked_next_multiple_of(LINE as u64)?).ok()?;
        if bytes == 0 && alignment <= LINE {
            return Some(Self::EMPTY);
        }
        let layout = Layout::from_size_align(bytes.max(LINE), alignment.max(LINE)).ok()?;
        // SAFETY: the layout's size is not zero.
        let start = NonNull::new(unsafe { alloc(layout) })?;
        let memory = Self {
            start,
            bytes: layout.size(),
            keeper: Keeper::Heap(layout),
        };
        if layout.size() >= HUGE {
            // SAFETY: the memory has this length, was just allocated, and this type does not need initialisation.
            let whole = unsafe { slice::from_raw_parts_mut(start.as_ptr().cast::<MaybeUninit<u8>>(), layout.size()) };
            // Request huge pages before the memory is written, because pages are assigned on the first write. It is
            // only advice: without it, reading a large buffer is slower.
            let _ = tollgate_platform::page::prefer_huge(whole);
        }
        // SAFETY: the memory has this length, and nobody borrows it.
        unsafe { start.write_bytes(0, layout.size()) };
        Some(memory)
    }

    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: the creator of this value ensured that this many bytes are initialised and belong only to this value.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.bytes) }
    }

    /// The bytes, for writing.
    #[inline]
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `as_bytes`; `&mut self` excludes every other borrow.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.bytes) }
    }

    /// How many bytes there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// Whether there are no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The address of the first byte.
    #[inline]
    pub(crate) fn address(&self) -> usize {
        self.start.addr().get()
    }

    /// The room that it is in. Only the first `bytes` are used.
    pub(crate) fn room(&self, bytes: usize) -> Room<'_> {
        match &self.keeper {
            Keeper::Nobody | Keeper::Heap(_) => Room::Heap,
            Keeper::Shared(part) => Room::Shared(part.region(bytes.min(self.bytes))),
            Keeper::Foreign { .. } => Room::Foreign,
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Keeper::Heap(layout) = self.keeper {
            // SAFETY: `on_heap` allocated it with this layout, and nobody borrows it any longer.
            unsafe { dealloc(self.start.as_ptr(), layout) };
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let room = match self.keeper {
            Keeper::Nobody | Keeper::Heap(_) => "heap",
            Keeper::Shared(_) => "shared",
            Keeper::Foreign { .. } => "foreign",
        };
        write!(f, "Memory({} bytes, {room})", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn foreign_memory_is_returned_to_its_owner_after_the_last_use() {
        let owner = Arc::new(());
        let lines: &'static mut [u8] = Box::leak(Box::new(Aligned([3; 128]))).0.as_mut_slice();
        let (start, bytes) = (NonNull::from(&mut *lines).cast(), lines.len());
        // SAFETY: the bytes were leaked, and nobody else knows them.
        let mut memory = unsafe { Memory::foreign(start, bytes, Box::new(owner.clone())) };
        memory.as_bytes_mut()[1] = 4;
        assert_eq!(memory.as_bytes()[..3], [3, 4, 3]);
        assert!(matches!(memory.room(128), Room::Foreign) && memory.room(1).region().is_none());
        assert_eq!(Arc::strong_count(&owner), 2);
        drop(memory);
        assert_eq!(Arc::strong_count(&owner), 1);
        let place = start.cast::<Aligned>();
        // SAFETY: it was leaked from such a box above, and nothing refers to it any more.
        drop(unsafe { Box::from_raw(place.as_ptr()) });
    }

    #[repr(align(64))]
    struct Aligned([u8; 128]);

    #[test]
    fn the_heap_gives_any_alignment() {
        for alignment in [1, 64, 128, 4096, 1 << 16] {
            for bytes in [0, 1, 64, 1000] {
                let memory = Heap.allocate(bytes, alignment).unwrap();
                assert!(memory.address().is_multiple_of(alignment.max(64)) && memory.len() as u64 >= bytes);
                assert!(memory.as_bytes().iter().all(|byte| *byte == 0));
            }
        }
        Heap.allocate(64, 1 << (usize::BITS - 1)).unwrap_err();
    }
}
