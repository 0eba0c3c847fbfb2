//! Selects the processor's module; nothing else does. Each module must have:
//!
//! | item | what it is |
//! | --- | --- |
//! | `hide(u64) -> u64` | returns its argument, without the compiler knowing |
//! | `keep(u64)` | takes a value, so that the compiler must compute it |
//! | `dependent(u64, rounds: u64) -> u64` | rounds (at least one) of eight instructions, each waiting for the one before |
//! | `CALIBRATION: Option<Calibration>` | the name and latency of such an instruction, or `None` if none is known |
//!
//! The sequence is written in assembly as a whole, so that a build without optimisation has the same loop.
//! The first two cost no instruction if they are written in assembly; `black_box`, the portable way, goes through
//! memory.

/// An instruction of known latency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calibration {
    /// Its name.
    pub(crate) instruction: &'static str,
    /// Its latency in cycles if each depends on the one before.
    pub(crate) cycles: f64,
}

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::*;
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::*;
    } else {
        mod generic;
        pub(crate) use generic::*;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_barriers_change_no_value() {
        assert_eq!(hide(u64::MAX), u64::MAX);
        keep(7);
    }

    #[test]
    fn a_latency_is_at_least_one_cycle() {
        if let Some(known) = CALIBRATION {
            assert!(known.cycles >= 1.0 && !known.instruction.is_empty());
        }
    }

    #[test]
    fn a_dependent_sequence_ends() {
        keep(dependent(3, 1));
        keep(dependent(3, 1000));
    }
}
