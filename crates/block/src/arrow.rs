//! The Arrow C data interface: blocks exported to other software in the process, and imported from it, without a copy.
//!
//! Source: "The Arrow C data interface" of the Arrow project, whose two structures are frozen. An array of numbers with
//! one axis is a primitive array. Each further axis is a list of fixed size. Arrow has no complex numbers, and packs
//! eight booleans into a byte, so blocks of these types cannot be exported without a copy. Imported arrays must not
//! contain nulls, because blocks have none.

mod export;
mod import;

pub use export::export;
pub use import::import;

use std::ffi::{c_char, c_void};
use std::ptr;
use tollgate_abi::{BlockError, Element};

/// Describes an array: the interface's `struct ArrowSchema`. It is released when it is dropped.
#[repr(C)]
#[derive(Debug)]
pub struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

/// An array's buffers: the interface's `struct ArrowArray`. It is released when it is dropped.
#[repr(C)]
#[derive(Debug)]
pub struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

// SAFETY: the interface allows the holder of an array to read, move and release it on any thread.
unsafe impl Send for ArrowArray {}
// SAFETY: as for Send: a shared reference only allows reading.
unsafe impl Sync for ArrowArray {}

impl ArrowSchema {
    /// A released structure: a place to move another one to.
    pub const fn empty() -> Self {
        Self {
            format: ptr::null(),
            name: ptr::null(),
            metadata: ptr::null(),
            flags: 0,
            n_children: 0,
            children: ptr::null_mut(),
            dictionary: ptr::null_mut(),
            release: None,
            private_data: ptr::null_mut(),
        }
    }
}

impl ArrowArray {
    /// A released structure: a place to move another one to.
    pub const fn empty() -> Self {
        Self {
            length: 0,
            null_count: 0,
            offset: 0,
            n_buffers: 0,
            n_children: 0,
            buffers: ptr::null_mut(),
            children: ptr::null_mut(),
            dictionary: ptr::null_mut(),
            release: None,
            private_data: ptr::null_mut(),
        }
    }
}

impl Drop for ArrowSchema {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the interface allows one release of a structure that is not released; the function marks it as
            // released.
            unsafe { release(self) };
        }
    }
}

impl Drop for ArrowArray {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: as for a schema.
            unsafe { release(self) };
        }
    }
}

/// Why a block cannot be exported, or an array cannot be imported. Both are released in this case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrowError {
    /// Arrow does not have this element type, or has another layout for it.
    #[error("elements of {element} cannot be exported to Arrow without a copy: {instead}")]
    Element {
        /// The element type.
        element: Element,
        /// What to do.
        instead: &'static str,
    },
    /// The block has no axis, or its elements are not contiguous in C order.
    #[error(
        "the block cannot be exported to Arrow, which needs contiguous elements along at least one axis: the block \
            has {problem}: copy it into C order, or reshape it to one axis of one element if it has none"
    )]
    Layout {
        /// The property of the block that prevents the export.
        problem: &'static str,
    },
    /// The array is already released.
    #[error("the Arrow array or its schema is already released: an array can be imported only once")]
    Released,
    /// An Arrow type that blocks do not support.
    #[error(
        "Arrow arrays of format {format:?} are not supported: numbers of fixed size are, and lists of fixed size of \
            them"
    )]
    Format {
        /// Arrow's name for the type.
        format: String,
    },
    /// The array contains nulls.
    #[error(
        "the Arrow array has {count} nulls, which a block cannot hold: fill them first, for example with pyarrow's \
            fill_null"
    )]
    Nulls {
        /// How many.
        count: u64,
    },
    /// A number in the structures is invalid.
    #[error("invalid Arrow array: {problem}")]
    Damaged {
        /// Which number, and why it is invalid.
        problem: String,
    },
    /// The memory does not form a valid block.
    #[error("the Arrow array does not form a valid block: {0}")]
    Block(#[from] BlockError),
}

/// Arrow's names of the element types.
const FORMATS: [(&str, Element); 11] = [
    ("c", Element::I8),
    ("C", Element::U8),
    ("s", Element::I16),
    ("S", Element::U16),
    ("i", Element::I32),
    ("I", Element::U32),
    ("l", Element::I64),
    ("L", Element::U64),
    ("e", Element::F16),
    ("f", Element::F32),
    ("g", Element::F64),
];
