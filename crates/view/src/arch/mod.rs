//! Loops compiled once more for wider vectors than every processor of the target has, and chosen when they run.
//!
//! Every module of a processor has `vectorised`, which runs a [`Work`].

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::vectorised;
    } else {
        mod generic;
        pub(crate) use generic::vectorised;
    }
}

/// A loop over bytes. Its `run` is `inline(always)`, so that it is compiled for whoever calls it.
pub(crate) trait Work {
    /// What comes of it.
    type Output;

    /// Does it.
    fn run(self) -> Self::Output;
}
