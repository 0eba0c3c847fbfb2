//! Blocks that own their memory, of any kind, and can be handed over.

use crate::{Array, Room};
use std::ffi::c_void;
use std::fmt;
use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tollgate_abi::{Block, BlockError, OwnedBlock};

/// A block together with its memory: borrowed memory, a mapped or read file, an array, or foreign memory that the side
/// that gave it releases.
///
/// ```
/// use tollgate_abi::Element;
/// use tollgate_block::{Array, Owned};
/// let mut array = Array::new();
/// array.room(64)?[..8].copy_from_slice(&1.5_f64.to_ne_bytes());
/// array.describe(Element::F64, &[1], &[])?;
/// let address = array.as_bytes().as_ptr();
/// // Handed over and taken back: the same memory, checked again.
/// let raw = Owned::from(array).into_raw();
/// // SAFETY: it was made a moment ago, and is taken once.
/// let back = unsafe { Owned::from_raw(raw) }?;
/// assert_eq!(back.block().as_bytes().as_ptr(), address);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Owned<'a>(Owner<'a>);

#[derive(Debug)]
enum Owner<'a> {
    Borrowed(Block<'a>),
    Held(Box<dyn Holds + 'a>),
    Array(Array),
    Foreign(Foreign),
}

/// The owner of a block's memory, from which the block can be borrowed at any time: for example a view of a file.
pub trait Holds: fmt::Debug + Send + Sync {
    /// The block.
    fn block(&self) -> Block<'_>;

    /// The room that its memory is in.
    fn memory(&self) -> Room<'_> {
        Room::Foreign
    }
}

/// Why a block that was handed over is refused. It has been released, unless the structure is too short to contain
/// `release`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandOverError {
    /// The structure is invalid.
    #[error("invalid structure of a block that was handed over: {0}")]
    Structure(&'static str),
    /// The block violates the contract.
    #[error("the block that was handed over violates the contract: {0}")]
    Block(#[from] BlockError),
    /// A bool element is neither 0 nor 1.
    #[error("element {index} (bool) of the block that was handed over is {found:02x}: a bool must be 00 or 01")]
    Validity {
        /// The index of the element, in C order.
        index: u64,
        /// Its byte.
        found: u8,
    },
}

impl<'a> Owned<'a> {
    /// A borrowed block. It cannot be handed over.
    pub fn borrowed(block: Block<'a>) -> Self {
        Self(Owner::Borrowed(block))
    }

    /// A block of an owner that keeps its memory.
    pub fn held(holder: impl Holds + 'a) -> Self {
        Self(Owner::Held(Box::new(holder)))
    }

    /// The block.
    pub fn block(&self) -> Block<'_> {
        match &self.0 {
            Owner::Borrowed(block) => block.again(),
            Owner::Held(holder) => return holder.block(),
            Owner::Array(array) => return array.block(),
            Owner::Foreign(foreign) => foreign.block().again(),
        }
        .expect("the block was checked when it was taken, and nobody changes it")
    }

    /// The room that its memory is in. Borrowed memory is foreign.
    pub fn memory(&self) -> Room<'_> {
        match &self.0 {
            Owner::Borrowed(_) | Owner::Foreign(_) => Room::Foreign,
            Owner::Held(holder) => holder.memory(),
            Owner::Array(array) => array.memory(),
        }
    }
}

impl From<Array> for Owned<'_> {
    fn from(array: Array) -> Self {
        Self(Owner::Array(array))
    }
}

/// What [`Owned::into_raw`] hands over. The block borrows from the fields before it, which never move again.
struct Handed {
    owned: Owned<'static>,
    block: MaybeUninit<Block<'static>>,
}

impl Owned<'static> {
    /// Hands the block over in the contract's form. The receiver must release it; otherwise its memory is leaked.
    pub fn into_raw(self) -> OwnedBlock {
        // A foreign block is handed on as it was received.
        if let Owner::Foreign(foreign) = self.0 {
            return foreign.into_raw();
        }
        let handed = Box::into_raw(Box::new(Handed {
            owned: self,
            block: MaybeUninit::uninit(),
        }));
        // SAFETY: the box is live and nobody else knows it; it lives, and `owned` stays unchanged, until `release`.
        let owned: &'static Owned<'static> = unsafe { &(*handed).owned };
        // SAFETY: a place inside the live box, to which nothing refers.
        let place = unsafe { &raw mut (*handed).block };
        // SAFETY: the place is live and aligned, and holds nothing that would have to be dropped.
        unsafe { place.write(MaybeUninit::new(owned.block())) };
        OwnedBlock {
            size: size_of::<OwnedBlock>() as u32,
            reserved: 0,
            block: place.cast(),
            owner: handed.cast(),
            release,
        }
    }

    /// Takes a block that was handed over, and checks it again.
    ///
    /// # Errors
    /// [`HandOverError`]; the block is released in this case.
    ///
    /// # Safety
    /// `raw` satisfies the parts of the contract that cannot be checked: its pointers are live until `release` is
    /// called, nobody changes what they point to during that time, `release` may be called on any thread, and only this
    /// caller has received it.
    pub unsafe fn from_raw(raw: OwnedBlock) -> Result<Self, HandOverError> {
        if (raw.size as usize) < size_of::<OwnedBlock>() {
            return Err(HandOverError::Structure("it is too short to have a `release`"));
        }
        // From here on it is released in every case.
        let foreign = Foreign(raw);
        if raw.block.is_null() {
            return Err(HandOverError::Structure("its pointer `block` is NULL"));
        }
        if !raw.block.is_aligned() {
            return Err(HandOverError::Structure("its pointer `block` is unaligned"));
        }
        let block = foreign.block();
        block.check().map_err(|error| match error {
            BlockError::Truth { index, found } => HandOverError::Validity { index, found },
            other => other.into(),
        })?;
        Ok(Self(Owner::Foreign(foreign)))
    }
}

/// # Safety
/// `owner` was made by `into_raw` and has not been released.
unsafe extern "C" fn release(owner: *mut c_void) {
    // SAFETY: `into_raw` made the pointer from this very box, and the caller releases it once. The block in it, which
    // is not dropped, is nothing but borrows.
    let handed = unsafe { Box::from_raw(owner.cast::<Handed>()) };
    without_panic(|| drop(handed));
}

/// Drops what may be of the program's own type, in a function that other software calls: a panic would end the process
/// there. The panic hook has reported it.
pub(crate) fn without_panic(drop: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(drop)) {
        // Its drop may panic as well.
        mem::forget(payload);
    }
}

/// A block of another side. It is released when it is dropped.
struct Foreign(OwnedBlock);

// SAFETY: by the contract, a block that was handed over may be read and released on any thread.
unsafe impl Send for Foreign {}
// SAFETY: as for Send: a shared reference only allows reading.
unsafe impl Sync for Foreign {}

impl Foreign {
    fn block(&self) -> &Block<'_> {
        // SAFETY: `from_raw` checked that the pointer is neither null nor unaligned, and its caller promises that it is
        // live until `release`, which only the drop of this value calls.
        unsafe { &*self.0.block }
    }

    fn into_raw(self) -> OwnedBlock {
        let raw = self.0;
        std::mem::forget(self);
        raw
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: `from_raw`'s caller promises a live function that may be called on any thread; it is called this
        // once.
        unsafe { (self.0.release)(self.0.owner) };
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Foreign").field(self.block()).finish()
    }
}
