//! Memory that another process can map.

use crate::memory::LINE;
use crate::{Arena, BufferError, Memory, Region};
use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};
use tollgate_platform::segment::Segment;

/// An arena in a shared segment: another process can map for reading what is allocated here. The segment lives as long
/// as the arena and everything that is allocated in it.
///
/// ```no_run
/// use std::sync::Arc;
/// use tollgate_abi::Element;
/// use tollgate_block::{Array, SharedArena};
///
/// let arena = Arc::new(SharedArena::new(1 << 20)?);
/// let mut array = Array::in_arena(arena);
/// array.room(8)?[..8].copy_from_slice(&1.5_f64.to_ne_bytes());
/// array.describe(Element::F64, &[1], &[])?;
/// let region = array.memory().region().expect("it was born in a segment");
/// // Send the descriptor to another process, with the offset, the length and the description of the block.
/// assert_eq!(region.length, 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Who upholds what
/// Only this process writes to the segment, through the memory that the arena allocates; the descriptor does not allow
/// others to write. A process that maps a region borrows its bytes by agreement only: this process must keep the array,
/// and not write to it, until the other one is finished.
#[derive(Debug, Clone)]
pub struct SharedArena(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    segment: Segment,
    space: Mutex<Space>,
}

/// The allocated parts of a segment.
#[derive(Debug)]
struct Space {
    /// Free ranges, in order. No two are adjacent.
    free: Vec<Range<usize>>,
    /// Nothing after this offset was ever allocated, and all of it is zero.
    untouched: usize,
}

impl Space {
    fn new(bytes: usize) -> Self {
        let whole = 0..bytes;
        Self {
            free: vec![whole],
            untouched: 0,
        }
    }

    /// The first free range of this size and alignment. Both are multiples of a cache line.
    fn take(&mut self, bytes: usize, alignment: usize) -> Option<Range<usize>> {
        let (index, taken) = self.free.iter().enumerate().find_map(|(index, free)| {
            let start = free.start.checked_next_multiple_of(alignment)?;
            let end = start.checked_add(bytes)?;
            (end <= free.end).then_some((index, start..end))
        })?;
        let free = self.free.remove(index);
        let (before, after) = (free.start..taken.start, taken.end..free.end);
        for rest in [after, before] {
            if !rest.is_empty() {
                self.free.insert(index, rest);
            }
        }
        Some(taken)
    }

    fn give_back(&mut self, mut range: Range<usize>) {
        let after = self.free.partition_point(|free| free.start < range.start);
        if self.free.get(after).is_some_and(|next| next.start == range.end) {
            range.end = self.free.remove(after).end;
        }
        match after.checked_sub(1).map(|before| &mut self.free[before]) {
            Some(before) if before.end == range.start => before.end = range.end,
            _ => self.free.insert(after, range),
        }
    }
}

impl SharedArena {
    /// Creates an arena of at least this many bytes.
    ///
    /// # Errors
    /// The system's error; [`Unsupported`](io::ErrorKind::Unsupported) if the platform has no shared memory:
    /// [`SEGMENT_STATUS`](tollgate_platform::segment::SEGMENT_STATUS) gives the reason.
    pub fn new(bytes: u64) -> io::Result<Self> {
        let segment = Segment::new(bytes)?;
        let space = Mutex::new(Space::new(segment.len()));
        Ok(Self(Arc::new(Inner { segment, space })))
    }

    /// The size of the segment in bytes, allocated or not.
    pub fn capacity(&self) -> u64 {
        self.0.segment.len() as u64
    }

    /// Bytes that are not allocated. They may not be contiguous.
    pub fn available(&self) -> u64 {
        let space = self.0.space.lock().unwrap_or_else(PoisonError::into_inner);
        space.free.iter().map(|free| free.len() as u64).sum()
    }
}

impl Arena for SharedArena {
    fn allocate(&self, bytes: u64, alignment: usize) -> Result<Memory, BufferError> {
        let none = BufferError { bytes };
        // The segment begins at a page, so a greater alignment cannot be guaranteed. A number that is not a power of
        // two could place memory between two lines.
        if !alignment.is_power_of_two() || alignment > tollgate_platform::page::size() {
            return Err(none);
        }
        let lines = bytes.max(1).checked_next_multiple_of(LINE as u64);
        let lines = lines.and_then(|bytes| usize::try_from(bytes).ok()).ok_or(none)?;
        let (range, used) = {
            let mut space = self.0.space.lock().unwrap_or_else(PoisonError::into_inner);
            let range = space.take(lines, alignment.max(LINE)).ok_or(none)?;
            let used = space.untouched.clamp(range.start, range.end) - range.start;
            space.untouched = space.untouched.max(range.end);
            (range, used)
        };
        let part = Part {
            inner: self.0.clone(),
            range,
        };
        // SAFETY: the part is inside the segment, has this many bytes, and is allocated to nobody else.
        unsafe { part.start().write_bytes(0, used) };
        Ok(Memory::shared(part))
    }
}

/// An allocated range of a segment.
#[derive(Debug)]
pub(crate) struct Part {
    inner: Arc<Inner>,
    range: Range<usize>,
}

impl Part {
    pub(crate) fn start(&self) -> NonNull<u8> {
        // SAFETY: `Space` only returns ranges of the segment.
        unsafe { self.inner.segment.start().add(self.range.start) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.range.len()
    }

    pub(crate) fn region(&self, bytes: usize) -> Region<'_> {
        Region {
            descriptor: self.inner.segment.descriptor(),
            offset: self.range.start as u64,
            length: bytes as u64,
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut space = self.inner.space.lock().unwrap_or_else(PoisonError::into_inner);
        space.give_back(self.range.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_freed_range_is_merged_with_its_free_neighbours() {
        let mut space = Space::new(64 * 10);
        let parts: Vec<_> = (0..10).map(|_| space.take(64, 64).unwrap()).collect();
        assert_eq!(space.take(64, 64), None);
        for index in [3, 5, 4, 0, 9, 1, 8, 2, 7, 6] {
            space.give_back(parts[index].clone());
        }
        assert!(matches!(space.free[..], [Range { start: 0, end: 640 }]));
    }

    proptest! {
        #[test]
        fn no_two_parts_overlap(steps in proptest::collection::vec((0_usize..40, 0_u32..4, any::<bool>()), 1..60)) {
            let mut space = Space::new(64 * 100);
            let mut taken: Vec<Range<usize>> = Vec::new();
            for (lines, power, back) in steps {
                if back && !taken.is_empty() {
                    space.give_back(taken.swap_remove(lines % taken.len()));
                } else if let Some(range) = space.take((lines + 1) * 64, 64 << power) {
                    prop_assert!(range.start.is_multiple_of(64 << power) && range.end <= 6400);
                    taken.push(range);
                }
                let mut all: Vec<_> = taken.iter().chain(&space.free).cloned().collect();
                all.sort_by_key(|range| range.start);
                prop_assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start));
                prop_assert_eq!(all.iter().map(Range::len).sum::<usize>(), 6400);
            }
        }
    }
}
