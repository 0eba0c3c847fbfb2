//! The variants that are built, and what is expected of each.

use serde::{Deserialize, Serialize};

/// What is expected of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Expected {
    /// Its tests run and pass, and so does the command.
    Ran,
    /// The command and a plugin are linked; nothing here runs them.
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

/// What becomes of plugins in shared libraries there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Plugins {
    /// They are loaded, behind both tiers.
    Load,
    /// The platform has no shared libraries: the command says so.
    Refused,
    /// Nothing runs there.
    NotTried,
}

/// A build of the workspace.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Variant {
    /// What `--target` takes: the target's name, or one of its own.
    pub(crate) name: &'static str,
    /// The target triple.
    pub(crate) target: &'static str,
    /// The platform module that must have been chosen.
    pub(crate) backend: &'static str,
    /// Flags for the compiler beside those that the target needs.
    pub(crate) rustflags: &'static str,
    /// What cargo is told of features, beside the defaults.
    pub(crate) features: &'static [&'static str],
    /// Runs what was built instead of the system, with its arguments.
    pub(crate) runner: Option<&'static str>,
    /// Further arguments of the target's own runner; the tests are run once with each.
    pub(crate) runs: &'static [&'static str],
    pub(crate) expected: Expected,
    pub(crate) plugins: Plugins,
    /// What makes it worth building.
    pub(crate) shows: &'static str,
}

/// Where all of them are built: `.ci/cross` lays out for nothing else.
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
    ran("native", NATIVE, "linux", "what the other rows are held against"),
    Variant {
        rustflags: "--cfg tollgate_backend=\"fallback\"",
        ..ran("fallback", NATIVE, "fallback", "the portable back end, forced")
    },
    Variant {
        runner: Some("qemu-x86_64 -cpu Nehalem"),
        ..ran(
            "without-avx2",
            NATIVE,
            "linux",
            "the paths without AVX2 and FMA, chosen at run time",
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
        "32-bit, strict about alignment",
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
        "Windows by its own tools",
    ),
];

impl Variant {
    /// Whether it is built by the toolchain in use, without more.
    pub(crate) fn is_native(&self) -> bool {
        self.target == tollgate_platform::variant().target
    }
}
