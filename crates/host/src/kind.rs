//! The boundaries by name. Their implementations are in the folder `boundary`.

use crate::suggest::did_you_mean;
use std::fmt;
use std::str::FromStr;

/// The table of boundaries: one line each, with the name and the module in `boundary` that has its loader. A new
/// boundary is a file there and a line here. Those after the bar are for tests only.
macro_rules! boundaries {
    ($with:ident) => {
        $with! {
            /// A plugin in Rust that is part of the program. Nothing is loaded.
            Inline = "inline" in inline,
            /// A plugin in C that is linked into the program. Nothing is loaded.
            StaticC = "static-c" in static_c,
            /// A shared library in the same process, called through C functions.
            CAbi = "c-abi" in c_abi,
            /// The same, called through Rust types whose layouts abi_stable compares.
            StableAbi = "stable-abi" in stable_abi,
            |
            /// For tests: in process, on a thread of the plugin's own, to which each call is sent.
            #[cfg(any(test, feature = "thread-boundary"))]
            Thread = "thread" in thread,
        }
    };
}
pub(crate) use boundaries;

macro_rules! name {
    (
        $($(#[doc = $doc:expr])* $variant:ident = $name:literal in $module:ident,)*
        | $($(#[doc = $test_doc:expr])* #[cfg($($cfg:tt)*)] $test:ident = $test_name:literal in $test_module:ident,)*
    ) => {
        /// A boundary that a plugin may run behind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Boundary {
            $($(#[doc = $doc])* $variant,)*
            $($(#[doc = $test_doc])* #[cfg($($cfg)*)] $test,)*
        }

        impl Boundary {
            /// Every boundary that this host offers, in the order of docs/ARCHITECTURE.md.
            pub const ALL: &[Boundary] = &[$(Boundary::$variant,)*];

            /// The boundaries for tests.
            const TESTS: &[Boundary] = &[$(#[cfg($($cfg)*)] Boundary::$test,)*];

            /// What runs behind it, in a sentence or two.
            pub fn description(self) -> &'static str {
                match self {
                    $(Boundary::$variant => concat!($($doc, "\n",)*),)*
                    $(#[cfg($($cfg)*)] Boundary::$test => concat!($($test_doc, "\n",)*),)*
                }
            }

            /// Its name, as used on the command line and in the documentation.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Boundary::$variant => $name,)*
                    $(#[cfg($($cfg)*)] Boundary::$test => $test_name,)*
                }
            }
        }
    };
}
boundaries!(name);

impl Boundary {
    /// Whether a plugin behind it is part of the program and not a file.
    pub const fn is_registered(self) -> bool {
        matches!(self, Boundary::Inline | Boundary::StaticC)
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The name of no boundary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown boundary {name:?}; known boundaries: {}{}",
    known_boundaries(),
    did_you_mean(name, names())
)]
pub struct UnknownBoundary {
    /// The name.
    pub name: String,
}

impl FromStr for Boundary {
    type Err = UnknownBoundary;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .chain(Self::TESTS)
            .copied()
            .find(|boundary| boundary.name() == name)
            .ok_or_else(|| UnknownBoundary { name: name.to_owned() })
    }
}

/// The names of all boundaries.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Boundary::ALL.iter().map(|boundary| boundary.name())
}

pub(crate) fn known_boundaries() -> String {
    names().collect::<Vec<_>>().join(", ")
}
