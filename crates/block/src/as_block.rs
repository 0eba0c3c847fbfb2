//! What an operation takes.

use crate::{Array, Input, Owned};
use tollgate_abi::{Block, Scalar};

/// What is a block, or can be seen as one without a copy: what a host's operation takes.
///
/// A slice, an array and a `Vec` of numbers are blocks of one axis. [`Input`] gives numbers a shape, strides and
/// attributes.
///
/// ```
/// use tollgate_block::AsBlock;
/// let values = vec![1.0, 2.0, 4.0];
/// values.with_block(|block| {
///     assert_eq!(block.shape(), [3]);
///     assert_eq!(block.as_bytes().as_ptr(), values.as_ptr().cast());
/// });
/// ```
pub trait AsBlock {
    /// Calls `with` with the block.
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R;
}

impl AsBlock for Block<'_> {
    #[inline(always)]
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        with(self)
    }
}

impl<B: AsBlock + ?Sized> AsBlock for &B {
    #[inline(always)]
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        (**self).with_block(with)
    }
}

impl<T: Scalar> AsBlock for [T] {
    #[inline]
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        let shape = [self.len() as u64];
        with(&Block::of(self, &shape, &[]).expect("a slice is a block of one axis"))
    }
}

impl<T: Scalar, const N: usize> AsBlock for [T; N] {
    #[inline]
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        self.as_slice().with_block(with)
    }
}

impl<T: Scalar> AsBlock for Vec<T> {
    #[inline]
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        self.as_slice().with_block(with)
    }
}

impl<T: Scalar> AsBlock for Input<'_, T> {
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        with(&self.block())
    }
}

impl AsBlock for Array {
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        with(&self.block())
    }
}

impl AsBlock for Owned<'_> {
    fn with_block<R>(&self, with: impl FnOnce(&Block<'_>) -> R) -> R {
        with(&self.block())
    }
}
