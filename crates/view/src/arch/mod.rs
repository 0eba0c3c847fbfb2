//! Loops compiled a second time for wider vectors than every processor of the target has. The version is chosen at run
//! time.
//!
//! Every module for a processor has `vectorised`, which runs a [`Work`] with the chosen version, and `forced`, which
//! runs it with a given version.

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        use x86_64::forced;
        pub(crate) use x86_64::vectorised;
    } else {
        mod generic;
        use generic::forced;
        pub(crate) use generic::vectorised;
    }
}

/// A loop over bytes. Its `run` is `inline(always)`, so that it is compiled separately for each caller.
pub(crate) trait Work {
    /// The result.
    type Output;

    /// Runs the loop.
    fn run(self) -> Self::Output;
}

/// A version of this crate's loops: sums and searches for invalid elements. All versions give the same values. A
/// program contains the versions of its target, and chooses one at run time.
///
/// ```
/// use tollgate_view::Vectors;
///
/// assert!(Vectors::Portable.available());
/// assert!(Vectors::chosen().available());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vectors {
    /// Runs on every processor of the target.
    Portable,
    /// x86-64 with AVX2: 32 bytes at a time.
    Avx2,
}

impl Vectors {
    /// All versions, including those that this build or processor does not have, the better ones last.
    pub const ALL: &'static [Vectors] = &[Vectors::Portable, Vectors::Avx2];

    /// Whether this build has it and this processor can run it.
    pub fn available(self) -> bool {
        struct Nothing;
        impl Work for Nothing {
            type Output = ();
            #[inline(always)]
            fn run(self) {}
        }
        self.run(Nothing).is_some()
    }

    /// The version that is used on this processor.
    pub fn chosen() -> Vectors {
        let best = Vectors::ALL.iter().copied().rev().find(|vectors| vectors.available());
        best.unwrap_or(Vectors::Portable)
    }

    /// `portable` or `avx2`.
    pub fn name(self) -> &'static str {
        match self {
            Vectors::Portable => "portable",
            Vectors::Avx2 => "avx2",
        }
    }

    /// Runs `work` with this version, or returns `None` if it is not available.
    pub(crate) fn run<W: Work>(self, work: W) -> Option<W::Output> {
        match self {
            Vectors::Portable => Some(work.run()),
            other => forced(other, work),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Vectors;

    #[test]
    fn wide_vectors_are_there_and_chosen_where_the_processor_has_them() {
        // 32-bit x86 may have them too, but it was not measured.
        let variant = tollgate_platform::variant();
        let wide = variant.arch == "x86_64" && variant.cpu_features.contains(&"avx2");
        assert!(Vectors::Portable.available());
        assert_eq!(Vectors::Avx2.available(), wide);
        assert_eq!(Vectors::chosen().name(), if wide { "avx2" } else { "portable" });
    }
}
