//! Blocks that own their memory, whatever that is, and can be handed to somebody else.

use crate::{Array, Buffer, Error, View, copy, first_invalid};
use std::ffi::c_void;
use std::fmt;
use std::mem::MaybeUninit;
use tollgate_abi::{Block, BlockError, Element, OwnedBlock};

/// A block and its memory: borrowed, a mapped or read file's, an array's own, or something foreign that its giver releases.
///
/// ```
/// use tollgate_view::{Array, Owned};
/// let view = tollgate_view::read("../../samples/sunspots.npy")?;
/// let address = view.as_bytes().as_ptr();
/// let owned = Owned::try_from(view)?;
/// // Handed over and taken back: the same memory, checked once more.
/// let raw = owned.into_raw();
/// // SAFETY: it was made a moment ago, and is taken once.
/// let back = unsafe { Owned::from_raw(raw) }.unwrap();
/// assert_eq!(back.block().as_bytes().as_ptr(), address);
/// # Ok::<(), tollgate_view::Error>(())
/// ```
#[derive(Debug)]
pub struct Owned<'a>(Owner<'a>);

#[derive(Debug)]
enum Owner<'a> {
    Borrowed(Block<'a>),
    View(View),
    Array(Array),
    Foreign(Foreign),
}

/// Why a block that was handed over is not taken. It has been released, unless the structure is too short to say how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandOverError {
    /// The structure that hands it over is not whole.
    #[error("the structure that hands the block over is damaged: {0}")]
    Structure(&'static str),
    /// The block does not keep the contract.
    #[error("the block that was handed over does not keep the contract: {0}")]
    Block(#[from] BlockError),
    /// A truth value is neither 0 nor 1.
    #[error("element {index} (bool) of the block that was handed over is {found:02x}: a bool is 00 or 01")]
    Validity {
        /// Which element, in C order.
        index: usize,
        /// Its byte.
        found: u8,
    },
}

impl<'a> Owned<'a> {
    /// A block that is borrowed, and so cannot be handed over for good.
    pub fn borrowed(block: Block<'a>) -> Self {
        Self(Owner::Borrowed(block))
    }

    /// The block.
    pub fn block(&self) -> Block<'_> {
        match &self.0 {
            Owner::Borrowed(block) => block.again(),
            Owner::View(view) => return view.block().expect("`try_from` made this block once"),
            Owner::Array(array) => return array.block(),
            Owner::Foreign(foreign) => foreign.block().again(),
        }
        .expect("the block was checked when it was taken, and nobody changes it")
    }
}

impl From<Array> for Owned<'_> {
    fn from(array: Array) -> Self {
        Self(Owner::Array(array))
    }
}

impl TryFrom<View> for Owned<'_> {
    type Error = Error;

    /// # Errors
    /// As for [`View::block`].
    fn try_from(view: View) -> Result<Self, Error> {
        view.block()?;
        Ok(Self(Owner::View(view)))
    }
}

/// What [`Owned::into_raw`] hands over: the block borrows from what stands before it, which never moves again.
struct Handed {
    owned: Owned<'static>,
    block: MaybeUninit<Block<'static>>,
}

impl Owned<'static> {
    /// Hands the block over in the contract's form. Whoever gets it must release it, or its memory is never given back.
    pub fn into_raw(self) -> OwnedBlock {
        // What is foreign is handed on as it came.
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
    /// [`HandOverError`]; the block has been released then.
    ///
    /// # Safety
    /// `raw` keeps the contract in what no check can see: its pointers are live until `release` is called, nobody changes
    /// what they point to meanwhile, `release` may be called on any thread, and it has been handed to this caller alone.
    pub unsafe fn from_raw(raw: OwnedBlock) -> Result<Self, HandOverError> {
        if (raw.size as usize) < size_of::<OwnedBlock>() {
            return Err(HandOverError::Structure("it is too short to have a `release`"));
        }
        // From here on it is released whatever happens.
        let foreign = Foreign(raw);
        if raw.block.is_null() {
            return Err(HandOverError::Structure("its pointer `block` is NULL"));
        }
        if !raw.block.is_aligned() {
            return Err(HandOverError::Structure("its pointer `block` is misaligned"));
        }
        let block = foreign.block();
        block.check()?;
        check_truth_values(block)?;
        Ok(Self(Owner::Foreign(foreign)))
    }
}

/// # Safety
/// `owner` is what `into_raw` made, and has not been released.
unsafe extern "C" fn release(owner: *mut c_void) {
    // SAFETY: `into_raw` made the pointer from this very box, and the caller releases it once. The block in it, which is not
    // dropped, is nothing but borrows.
    drop(unsafe { Box::from_raw(owner.cast::<Handed>()) });
}

fn check_truth_values(block: &Block<'_>) -> Result<(), HandOverError> {
    if block.element() != Element::BOOL {
        return Ok(());
    }
    let invalid = |bytes: &[u8]| match first_invalid::<bool>(bytes) {
        Some(index) => Err(HandOverError::Validity {
            index,
            found: bytes[index],
        }),
        None => Ok(()),
    };
    let Some(strides) = block.strides() else {
        return invalid(block.as_bytes());
    };
    // What lies between the elements may be anything. An axis of stride 0 says the same again, so its first elements do;
    // elements that overlap otherwise may be any number of times as many as the bytes that they lie in.
    let axes = block.shape().iter().zip(strides);
    let once: Vec<u64> = axes
        .map(|(&count, &stride)| if stride == 0 { count.min(1) } else { count })
        .collect();
    let count = once
        .iter()
        .try_fold(1_u64, |product, &count| product.checked_mul(count));
    let Some(count) = count.filter(|&count| count <= block.as_bytes().len() as u64) else {
        return Err(HandOverError::Structure(
            "its truth values overlap, and are more than can be checked",
        ));
    };
    let mut values = Buffer::new();
    values
        .reserve(count)
        .map_err(|_| HandOverError::Structure("there is no memory to check its truth values in"))?;
    let values = &mut values.as_bytes_mut()[..count as usize];
    copy::gather(values, block.as_bytes(), &once, strides, 1);
    invalid(values).map_err(|error| match error {
        HandOverError::Validity { index, found } => HandOverError::Validity {
            index: index_in(block.shape(), &once, index),
            found,
        },
        other => other,
    })
}

/// The index in C order of `shape` of what has `index` in that of `part`, whose axes begin where those of `shape` do.
fn index_in(shape: &[u64], part: &[u64], index: usize) -> usize {
    let (mut rest, mut weight, mut place) = (index as u64, 1, 0);
    for (&count, &of) in shape.iter().zip(part).rev() {
        place += rest % of * weight;
        rest /= of;
        weight *= count;
    }
    place as usize
}

/// A block of another side, which is released when it is dropped.
struct Foreign(OwnedBlock);

// SAFETY: by the contract, a block that was handed over may be read and released on any thread.
unsafe impl Send for Foreign {}
// SAFETY: as for Send: reading is all that a shared reference gives.
unsafe impl Sync for Foreign {}

impl Foreign {
    fn block(&self) -> &Block<'_> {
        // SAFETY: `from_raw` saw that the pointer is neither null nor misaligned, and its caller promises that it is live
        // until `release`, which only the drop of this very value calls.
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
        // SAFETY: `from_raw`'s caller promises a live function that may be called on any thread; it is called this once.
        unsafe { (self.0.release)(self.0.owner) };
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Foreign").field(self.block()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(bytes: &[u8], shape: &[u64], strides: &[i64]) -> Result<(), HandOverError> {
        check_truth_values(&Block::with_strides(Element::BOOL, bytes, shape, strides, &[]).unwrap())
    }

    #[test]
    fn truth_values_are_checked_once_however_often_an_axis_repeats_them() {
        // A quarter of all addresses' elements in 7 bytes, which is half of what a block may have.
        let repeated = 1_usize << (usize::BITS - 4);
        let shape = [2, repeated as u64, 2];
        assert_eq!(
            checked(&[0, 7, 1, 7, 1, 7, 3], &shape, &[4, 0, 2]),
            Err(HandOverError::Validity {
                index: 2 * repeated + 1,
                found: 3
            })
        );
        assert_eq!(checked(&[0, 7, 1, 7, 1, 7, 1], &shape, &[4, 0, 2]), Ok(()));
    }

    #[test]
    fn truth_values_that_overlap_beyond_their_bytes_are_refused() {
        let refused = checked(&[1; 9], &[5, 5], &[1, 1]).unwrap_err();
        assert!(refused.to_string().ends_with("more than can be checked"), "{refused}");
    }
}
