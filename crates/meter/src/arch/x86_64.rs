//! x86-64.

use super::Calibration;
use std::arch::asm;

/// Three cycles for 32 bits on Intel since Nehalem and on AMD since Zen, as uops.info and Agner Fog's tables have it;
/// four on AMD's Bulldozer and some of Intel's small cores, which this takes for clocks that are a quarter slower.
pub(crate) const CALIBRATION: Option<Calibration> = Some(Calibration {
    instruction: "imul r32, r32",
    cycles: 3.0,
});

#[inline(always)]
pub(crate) fn hide(value: u64) -> u64 {
    let hidden;
    // SAFETY: no instruction is written: the register leaves with the value that it came with.
    unsafe { asm!("/* {} */", inlateout(reg) value => hidden, options(nomem, nostack, preserves_flags)) };
    hidden
}

#[inline(always)]
pub(crate) fn keep(value: u64) {
    // SAFETY: no instruction is written.
    unsafe { asm!("/* {} */", in(reg) value, options(nomem, nostack, preserves_flags)) };
}

pub(crate) fn dependent(value: u64, rounds: u64) -> u64 {
    let product;
    // SAFETY: the instructions change two declared registers and the flags, which asm! takes for changed; the loop ends
    // since it counts down from at least one.
    unsafe {
        asm!(
            "2:",
            ".rept 8",
            "imul {value:e}, {value:e}",
            ".endr",
            "dec {rounds}",
            "jnz 2b",
            value = inout(reg) value => product,
            rounds = inout(reg) rounds.max(1) => _,
            options(nomem, nostack),
        );
    }
    product
}
