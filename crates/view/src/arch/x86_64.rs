//! AVX2, where the processor has it: 32 bytes at a time, and a shuffle that swaps the bytes of each number in one step.

use super::Work;

/// Runs `work` with the widest vectors that the processor has.
#[inline]
pub(crate) fn vectorised<W: Work>(work: W) -> W::Output {
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the one precondition is that the processor has AVX2, which was asked just now.
        unsafe { with_avx2(work) }
    } else {
        work.run()
    }
}

#[target_feature(enable = "avx2")]
fn with_avx2<W: Work>(work: W) -> W::Output {
    work.run()
}
