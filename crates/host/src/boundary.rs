//! What lies between the host and a plugin's code.

use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::str::FromStr;
use tollgate_abi::{Attribute, Block, OwnedFunctions, Sink, StateFunctions, Status};

/// A boundary that a plugin may run behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Boundary {
    /// A plugin in Rust that is part of the program: a value that the host registered.
    Inline,
    /// A plugin in C that is linked into the program: a static part that the host registered.
    StaticC,
    /// In process, through the C tier of the contract.
    CAbi,
    /// In process, through the stable tier: abi_stable's root module, whose layout is compared with the host's own.
    StableAbi,
}

impl Boundary {
    /// Every boundary that this host has.
    pub const ALL: [Boundary; 4] = [Boundary::Inline, Boundary::StaticC, Boundary::CAbi, Boundary::StableAbi];

    /// Its name, as the command line and every document have it.
    pub const fn name(self) -> &'static str {
        match self {
            Boundary::Inline => "inline",
            Boundary::StaticC => "static-c",
            Boundary::CAbi => "c-abi",
            Boundary::StableAbi => "stable-abi",
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Boundary {
    type Err = crate::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|boundary| boundary.name() == name)
            .ok_or_else(|| crate::Error::UnknownBoundary { name: name.to_owned() })
    }
}

impl Boundary {
    /// Whether what runs behind it is part of the program, and no file.
    pub const fn is_registered(self) -> bool {
        matches!(self, Boundary::Inline | Boundary::StaticC)
    }
}

/// A plugin behind a boundary: what makes its instances.
pub(crate) trait Crossing: Send + Sync + fmt::Debug {
    /// Makes an instance. A failure's reason has gone to the sink.
    fn create(&self, config: &[Attribute<'_>], sink: &mut Sink<'_>) -> Result<Box<dyn Instance>, Status>;
}

/// One instance behind a boundary: what a crossing goes through.
pub(crate) trait Instance: Send {
    /// Calls an operation by its index. The sink is one that [`crate::sink`] made, and so keeps the contract.
    fn call(&mut self, operation: u32, input: &Block<'_>, output: &mut Sink<'_>) -> Status;

    /// The instance and the functions that save and restore its state, where the plugin offers them.
    fn state(&self) -> Option<(NonNull<c_void>, &'static StateFunctions)>;

    /// The instance and the functions that take and give blocks with their memory, where there are some: the C tier's alone.
    fn owned(&self) -> Option<(NonNull<c_void>, &'static OwnedFunctions)> {
        None
    }
}
