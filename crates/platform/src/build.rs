//! How this binary was built.

/// How this binary was built, as far as a build script of this crate can see: all crates of the workspace are built
/// alike.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Build {
    /// The Rust compiler's version, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub rustc: &'static str,
    /// `release` or `debug`, from which every cargo profile is derived.
    pub profile: &'static str,
    /// `0` to `3`, `s` or `z`.
    pub opt_level: &'static str,
    /// The instruction-set features that the compiler may use, separated by commas.
    pub target_features: &'static str,
    /// The flags for every call of the Rust compiler, separated by spaces.
    pub rustflags: &'static str,
}

/// How this binary was built.
///
/// It does not include link-time optimisation and codegen units, because build scripts cannot see these settings of a
/// profile.
pub fn build() -> Build {
    Build {
        rustc: env!("TOLLGATE_RUSTC"),
        profile: env!("TOLLGATE_PROFILE"),
        opt_level: env!("TOLLGATE_OPT_LEVEL"),
        target_features: env!("TOLLGATE_TARGET_FEATURES"),
        rustflags: env!("TOLLGATE_RUSTFLAGS"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_build_names_its_compiler_and_how_much_it_optimised() {
        let build = super::build();
        assert!(build.rustc.starts_with("rustc "), "{build:?}");
        assert_eq!(build.profile == "debug", cfg!(debug_assertions), "{build:?}");
        assert!(["0", "1", "2", "3", "s", "z"].contains(&build.opt_level), "{build:?}");
    }
}
