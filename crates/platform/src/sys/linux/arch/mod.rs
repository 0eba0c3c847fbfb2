//! The stepper for one processor. A processor without one uses `generic`. The file of a processor with one must have
//! `STEP_STATUS: Status`, `marked`, `AFTER_END: u64` (the distance from the program counter at the first marker to that
//! at the second), `Registers` (`empty`, `as_mut_ptr`, `program_counter`, `stack_pointer`, `third_argument`), `is_call`
//! and `arrival`. `ptrace`, which uses them, and `maps` are the same for all.

cfg_if::cfg_if! {
    // x32 has this architecture too, but other registers in the kernel's interface.
    if #[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))] {
        mod maps;
        mod ptrace;
        mod x86_64;
        pub(crate) use ptrace::trace;
        pub(crate) use x86_64::STEP_STATUS;
        use x86_64 as processor;
    } else {
        mod generic;
        pub(crate) use generic::{STEP_STATUS, trace};
    }
}

cfg_if::cfg_if! {
    if #[cfg(all(feature = "counters", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))] {
        mod counters;
    } else {
        #[path = "../../absent/counters.rs"]
        mod counters;
    }
}
pub(crate) use counters::{Counters, NO_COUNTERS};
