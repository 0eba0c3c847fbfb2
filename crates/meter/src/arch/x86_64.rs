//! x86-64.

use super::Calibration;
use std::arch::asm;

/// Three cycles for 32 bits on Intel since Nehalem and on AMD since Zen, according to uops.info and Agner Fog's tables;
/// four on AMD's Bulldozer and some of Intel's small cores, for which it reports a clock that is a quarter slower.
pub(crate) const CALIBRATION: Option<Calibration> = Some(Calibration {
    instruction: "imul r32, r32",
    cycles: 3.0,
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
    let product;
    // SAFETY: the instructions change two declared registers and the flags, which asm! assumes to change. The loop ends
    // because it counts down from at least one.
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
