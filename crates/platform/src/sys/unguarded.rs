//! Memory of the allocator, for platforms that cannot make pages inaccessible.

use crate::Status;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::io;
use std::ptr::NonNull;

pub(crate) const GUARD_STATUS: Status = Status::Degraded(
    "pages are not made inaccessible: writes past the end are detected afterwards, and reads are not detected",
);

/// Zeroed memory, aligned to a page.
#[derive(Debug)]
pub(crate) struct Pages {
    start: NonNull<u8>,
    layout: Layout,
}

impl Pages {
    /// At least this many bytes.
    pub(crate) fn guarded(bytes: usize) -> io::Result<Self> {
        let page = super::page_size();
        let bytes = bytes.checked_next_multiple_of(page).ok_or(io::ErrorKind::OutOfMemory)?;
        let layout = Layout::from_size_align(bytes.max(page), page).map_err(|_| io::ErrorKind::OutOfMemory)?;
        // SAFETY: the layout is of at least one page.
        let start = unsafe { alloc_zeroed(layout) };
        let start = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, layout })
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// The size of the accessible memory in bytes.
    pub(crate) fn len(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the allocator gave it with this layout, and nobody borrows it any more.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}
