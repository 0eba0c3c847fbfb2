//! Processors with one vector size, or without measurements.

use super::{Vectors, Work};

/// Runs `work` as compiled for every processor of the target.
#[inline]
pub(crate) fn vectorised<W: Work>(work: W) -> W::Output {
    work.run()
}

/// There are no other versions here.
pub(crate) fn forced<W: Work>(_: Vectors, _: W) -> Option<W::Output> {
    None
}
