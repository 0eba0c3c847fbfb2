//! 64-bit ARM.

use super::Calibration;
use std::arch::asm;

/// One cycle on every core with a public optimisation guide; the latency of a multiplication differs between them.
pub(crate) const CALIBRATION: Option<Calibration> = Some(Calibration {
    instruction: "add x, x, x",
    cycles: 1.0,
});

#[inline(always)]
pub(crate) fn hide(value: u64) -> u64 {
    let hidden;
    // SAFETY: the assembly is empty: the register keeps its value.
    unsafe { asm!("/* {} */", inlateout(reg) value => hidden, options(nomem, nostack, preserves_flags)) };
    hidden
}

#[inline(always)]
pub(crate) fn keep(value: u64) {
    // SAFETY: the assembly is empty.
    unsafe { asm!("/* {} */", in(reg) value, options(nomem, nostack, preserves_flags)) };
}

pub(crate) fn dependent(value: u64, rounds: u64) -> u64 {
    let sum;
    // SAFETY: the instructions change two declared registers and the flags, which asm! assumes to change. The loop ends
    // because it counts down from at least one.
    unsafe {
        asm!(
            "2:",
            ".rept 8",
            "add {value:x}, {value:x}, {value:x}",
            ".endr",
            "subs {rounds:x}, {rounds:x}, #1",
            "b.ne 2b",
            value = inout(reg) value => sum,
            rounds = inout(reg) rounds.max(1) => _,
            options(nomem, nostack),
        );
    }
    sum
}
