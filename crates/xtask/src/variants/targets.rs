//! The variants that are built, and what is expected of each.

use serde::{Deserialize, Serialize};

/// The expected result of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Expected {
    /// Its tests run and pass, and so does the command.
    Ran,
    /// The command and a plugin are linked, but cannot run here.
    Linked,
    /// Its crates without C pass the compiler.
    Checked,
}

impl Expected {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Expected::Ran => "ran",
            Expected::Linked => "linked",
            Expected::Checked => "checked",
        }
    }
}

/// The expected result of plugins in shared libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Plugins {
    /// They are loaded, behind both tiers.
    Load,
    /// The platform has no shared libraries, and the command says so.
    Refused,
    /// Nothing is run.
    NotTried,
}

/// A build of the workspace.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Variant {
    /// The name for `--target`: the target's or another.
    pub(crate) name: &'static str,
    /// The target triple.
    pub(crate) target: &'static str,
    /// The platform module that must have been chosen.
    pub(crate) backend: &'static str,
    /// Compiler flags besides those that the target needs.
    pub(crate) rustflags: &'static str,
    /// Cargo's arguments about features.
    pub(crate) features: &'static [&'static str],
    /// The program that runs the built programs, with its arguments.
    pub(crate) runner: Option<&'static str>,
    /// Additional arguments of the target's own runner; the tests are run once with each.
    pub(crate) runs: &'static [&'static str],
    pub(crate) expected: Expected,
    pub(crate) plugins: Plugins,
    /// Why it is built.
    pub(crate) shows: &'static str,
}

/// The machine that all of them are built on: `.ci/cross` supports no other.
pub(crate) const NATIVE: &str = "x86_64-unknown-linux-gnu";

const fn ran(name: &'static str, target: &'static str, backend: &'static str, shows: &'static str) -> Variant {
    Variant {
        name,
        target,
        backend,
        rustflags: "",
        features: &[],
        runner: None,
        runs: &[""],
        expected: Expected::Ran,
        plugins: Plugins::Load,
        shows,
    }
}

const fn not_run(target: &'static str, backend: &'static str, expected: Expected, shows: &'static str) -> Variant {
    Variant {
        expected,
        plugins: Plugins::NotTried,
        ..ran(target, target, backend, shows)
    }
}

/// All of them.
pub(crate) const VARIANTS: &[Variant] = &[
    ran("native", NATIVE, "linux", "the reference for the other rows"),
    Variant {
        rustflags: "--cfg tollgate_backend=\"fallback\"",
        ..ran("fallback", NATIVE, "fallback", "the portable back end")
    },
    Variant {
        runner: Some("qemu-x86_64 -cpu Nehalem"),
        ..ran(
            "without-avx2",
            NATIVE,
            "linux",
            "the variants without AVX2 and FMA, chosen at run time",
        )
    },
    Variant {
        runs: &["-p 4096", "-p 16384", "-p 65536"],
        ..ran(
            "aarch64-unknown-linux-gnu",
            "aarch64-unknown-linux-gnu",
            "linux",
            "64-bit ARM, with pages of 4, 16 and 64 KiB",
        )
    },
    ran(
        "s390x-unknown-linux-gnu",
        "s390x-unknown-linux-gnu",
        "linux",
        "big-endian",
    ),
    ran(
        "armv7-unknown-linux-gnueabihf",
        "armv7-unknown-linux-gnueabihf",
        "linux",
        "32-bit, with strict alignment",
    ),
    ran(
        "i686-unknown-linux-gnu",
        "i686-unknown-linux-gnu",
        "linux",
        "32-bit, where a u64 is aligned to 4 bytes",
    ),
    ran(
        "x86_64-unknown-linux-musl",
        "x86_64-unknown-linux-musl",
        "linux",
        "another C library, linked dynamically",
    ),
    ran(
        "x86_64-pc-windows-gnu",
        "x86_64-pc-windows-gnu",
        "windows",
        "Windows, by Wine",
    ),
    Variant {
        plugins: Plugins::Refused,
        // abi_stable needs shared libraries, and indicatif a browser's clock.
        features: &["--no-default-features"],
        ..ran(
            "wasm32-wasip1",
            "wasm32-wasip1",
            "wasi",
            "no processes and no shared libraries",
        )
    },
    not_run("aarch64-apple-darwin", "macos", Expected::Linked, "Mach-O"),
    not_run("x86_64-unknown-freebsd", "bsd", Expected::Linked, "a BSD"),
    not_run(
        "x86_64-pc-windows-msvc",
        "windows",
        Expected::Checked,
        "Windows, built with its own tools",
    ),
];

impl Variant {
    /// Whether the toolchain in use builds it without anything else.
    pub(crate) fn is_native(&self) -> bool {
        self.target == tollgate_platform::variant().target
    }
}
