//! Processors whose vectors are all alike, or on which nothing was measured.

use super::{Vectors, Work};

/// Runs `work` as it is compiled for every processor of the target.
#[inline]
pub(crate) fn vectorised<W: Work>(work: W) -> W::Output {
    work.run()
}

/// There are no others here.
pub(crate) fn forced<W: Work>(_: Vectors, _: W) -> Option<W::Output> {
    None
}
