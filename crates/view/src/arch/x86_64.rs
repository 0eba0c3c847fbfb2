//! AVX2, if the processor has it: 32 bytes at a time, and a shuffle that swaps the bytes of each number in one step.

use super::{Vectors, Work};

/// Runs `work` with the widest vectors that the processor has.
#[inline]
pub(crate) fn vectorised<W: Work>(work: W) -> W::Output {
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the only precondition is that the processor has AVX2, which was just checked.
        unsafe { with_avx2(work) }
    } else {
        work.run()
    }
}

/// Runs `work` with these vectors if the processor has them.
pub(crate) fn forced<W: Work>(vectors: Vectors, work: W) -> Option<W::Output> {
    match vectors {
        Vectors::Avx2 if std::arch::is_x86_feature_detected!("avx2") => {
            // SAFETY: the only precondition is that the processor has AVX2, which was just checked.
            Some(unsafe { with_avx2(work) })
        }
        Vectors::Avx2 => None,
        Vectors::Portable => Some(work.run()),
    }
}

#[target_feature(enable = "avx2")]
fn with_avx2<W: Work>(work: W) -> W::Output {
    work.run()
}
