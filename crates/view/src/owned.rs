//! A view that is handed over as a block with its memory.

use crate::{Error, View};
use tollgate_abi::Block;
use tollgate_block::{Holds, Owned};

/// A view that returned a block when it was converted.
#[derive(Debug)]
struct Held(View);

impl Holds for Held {
    fn block(&self) -> Block<'_> {
        // SAFETY: `try_from` called `block` before, and it returned a block.
        unsafe { self.0.block_of_known_values() }
    }
}

/// ```
/// use tollgate_view::Owned;
/// let view = tollgate_view::read("../../samples/sunspots.npy")?;
/// let address = view.as_bytes().as_ptr();
/// let owned = Owned::try_from(view)?;
/// // Handed over and taken back: the same memory, checked again.
/// let raw = owned.into_raw();
/// // SAFETY: it was made a moment ago, and is taken once.
/// let back = unsafe { Owned::from_raw(raw) }.unwrap();
/// assert_eq!(back.block().as_bytes().as_ptr(), address);
/// # Ok::<(), tollgate_view::Error>(())
/// ```
impl TryFrom<View> for Owned<'_> {
    type Error = Error;

    /// # Errors
    /// As for [`View::block`].
    fn try_from(view: View) -> Result<Self, Error> {
        view.block()?;
        Ok(Self::held(Held(view)))
    }
}
