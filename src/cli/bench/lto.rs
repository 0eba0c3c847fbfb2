//! C through cross-language LTO: rows of a build that claims that its C is inlined into Rust. `cargo xtask xlto` makes
//! such a build.
//!
//! The claim must be proved by the trace of what ran, or the measurement fails. Such builds often have neither a
//! warning nor inlining.

#![allow(unsafe_code)]

use std::fmt::Write;
use tollgate_cli::sigkit::raw;
use tollgate_meter::{ProofKind, Row};

/// Set when a claiming build is compiled. Set at run time, it makes any build claim, to see a claim fail.
const CLAIM: &str = "TOLLGATE_CLAIM_LTO";

unsafe extern "C" {
    /// Always compiled without link-time optimisation. It has no precondition.
    safe fn tollgate_apart_add(a: i64, b: i64) -> i64;
}

/// The rows, in a build that claims.
pub(crate) fn rows() -> Vec<Row<'static>> {
    if option_env!("TOLLGATE_CLAIM_LTO").is_none() && std::env::var_os(CLAIM).is_none() {
        return Vec::new();
    }
    vec![
        Row::latency("add, static C, LTO claimed", |x| raw::sigkit_add(x as i64, 1) as u64)
            .callee("sigkit_add", raw::sigkit_add as *const () as usize)
            .claims(ProofKind::Inlined),
        Row::latency("add, static C, without LTO", |x| tollgate_apart_add(x as i64, 1) as u64)
            .callee("tollgate_apart_add", tollgate_apart_add as *const () as usize),
    ]
}

/// How this program was built, as far as build.rs knows.
#[derive(Debug, Clone, Copy)]
struct Settings<'a> {
    c_flags: &'a str,
    rust_flags: &'a str,
    /// The profile's `lto`, if the environment sets it.
    lto: &'a str,
    optimised: bool,
}

/// The message of a failed claim: how the program was built, and which of the settings is known to prevent inlining.
pub(crate) fn advice() -> String {
    Settings {
        c_flags: env!("TOLLGATE_C_FLAGS"),
        rust_flags: env!("TOLLGATE_RUST_FLAGS"),
        lto: env!("TOLLGATE_LTO"),
        optimised: !cfg!(debug_assertions),
    }
    .advice()
}

impl Settings<'_> {
    fn advice(&self) -> String {
        let or_none = |flags: &str| match flags {
            "" => "none".to_owned(),
            flags => format!("{flags:?}"),
        };
        let mut text = format!(
            "C was compiled with the flags {} and Rust with {}",
            or_none(self.c_flags),
            or_none(self.rust_flags)
        );
        if !self.lto.is_empty() {
            let _ = write!(text, " and lto={}", self.lto);
        }
        let _ = match self.known() {
            Some(known) => write!(text, "; {known} is known to prevent inlining"),
            None => write!(text, "; none of these settings is known to prevent inlining"),
        };
        text.push_str("; `cargo xtask xlto` builds with settings that inline");
        text
    }

    /// The setting that is known to prevent inlining.
    fn known(&self) -> Option<&'static str> {
        let c = |flag: &str| self.c_flags.split_whitespace().any(|word| word == flag);
        let thin = c("-flto=thin");
        let fat = c("-flto") || c("-flto=full");
        let rust = |part: &str| self.rust_flags.contains(part);
        let fat_rust = matches!(self.lto, "fat" | "true");
        if !self.optimised {
            Some("a build without optimisation")
        } else if !thin && !fat {
            Some("C without -flto=thin")
        } else if !rust("linker-plugin-lto") {
            Some("C as bitcode, with Rust compiled without -Clinker-plugin-lto")
        } else if fat && !fat_rust {
            Some("C with fat LTO (-flto), under a profile without lto=fat")
        } else if thin && fat_rust {
            Some("C with -flto=thin under lto=fat")
        } else if c("-march=native") && !rust("target-cpu=native") {
            Some("C with -march=native, with Rust for a generic processor")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Settings<'_> = Settings {
        c_flags: "-O3 -flto=thin",
        rust_flags: "-Clinker-plugin-lto",
        lto: "",
        optimised: true,
    };

    #[test]
    fn settings_that_do_not_inline_are_named() {
        for (settings, part) in [
            (
                Settings {
                    optimised: false,
                    ..GOOD
                },
                "without optimisation",
            ),
            (Settings { c_flags: "-O3", ..GOOD }, "C without -flto=thin"),
            (Settings { rust_flags: "", ..GOOD }, "without -Clinker-plugin-lto"),
            (
                Settings {
                    c_flags: "-flto",
                    ..GOOD
                },
                "fat LTO",
            ),
            (Settings { lto: "fat", ..GOOD }, "-flto=thin under lto=fat"),
            (
                Settings {
                    c_flags: "-flto=thin -march=native",
                    ..GOOD
                },
                "-march=native",
            ),
        ] {
            let advice = settings.advice();
            assert!(
                advice.contains(part) && advice.contains("is known not to inline"),
                "{advice}"
            );
        }
    }

    #[test]
    fn settings_that_inline_are_not_blamed() {
        let native = Settings {
            c_flags: "-flto=thin -march=native",
            rust_flags: "-Clinker-plugin-lto -Ctarget-cpu=native",
            ..GOOD
        };
        let fat = Settings {
            c_flags: "-flto",
            lto: "fat",
            ..GOOD
        };
        for settings in [GOOD, native, fat] {
            assert_eq!(settings.known(), None, "{settings:?}");
        }
    }
}
