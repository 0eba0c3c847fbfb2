//! Boundaries: they turn an artifact into instances. Each boundary is a file with a [`Loader`] and a line in the table
//! of `kind.rs`; all implement the same two traits, which have no C structures.

mod c_abi;
#[cfg(feature = "stable")]
mod difference;
mod extension;
mod in_process;
mod inline;
pub(crate) mod library;
mod owned;
pub(crate) mod probe;
pub(crate) mod registered;
pub(crate) mod sink;
#[cfg(feature = "stable")]
mod stable_abi;
#[cfg(not(feature = "stable"))]
#[path = "without_stable_abi.rs"]
mod stable_abi;
mod static_c;
pub(crate) mod table;
#[cfg(any(test, feature = "thread-boundary"))]
mod thread;

use crate::crossing::Call;
use crate::crossing::handed::HandedBack;
use crate::crossing::output::Output;
use crate::error::Error;
use crate::fault::Crossed;
use crate::gate::Artifact;
use crate::gate::step::Steps;
use crate::kind::{Boundary, boundaries};
use crate::manifest::settings::Settings;
use in_process::CInstance;
use probe::Prober;
use std::fmt;
use std::sync::Arc;
use table::Functions;
use tollgate_abi::Block;
use tollgate_block::Owned;

/// Loads a plugin's file behind one boundary.
pub(crate) trait Loader: Send + Sync {
    /// Loads an artifact.
    ///
    /// # Errors
    /// [`Error::Refused`] if the loaded file does not match its manifest; [`Error::BoundaryNotOffered`] if it cannot
    /// run behind this boundary.
    fn load(&self, artifact: &Arc<Artifact>, terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error>;
}

/// The host's terms for loading.
pub(crate) struct Terms<'a> {
    /// Whether the program allows plugins in its own process.
    pub(crate) in_process: bool,
    /// How a plugin is probed before it is loaded in this process.
    pub(crate) prober: &'a Prober,
    /// Called with each step.
    pub(crate) steps: Steps<'a>,
}

/// A plugin behind a boundary: it creates instances.
pub(crate) trait Loaded: Send + Sync + fmt::Debug {
    /// Creates an instance.
    fn create(&self, settings: &Settings) -> Crossed<AnyInstance>;

    /// What its instances offer besides calls.
    fn offers(&self) -> Offers;

    /// Its C functions, if it has any in this process: for measuring a bare call, and for the validator.
    fn functions(&self) -> Option<Functions> {
        None
    }
}

/// What the instances of a plugin offer behind a boundary, besides calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Offers {
    /// They save and restore their state.
    pub(crate) state: bool,
    /// They take and give ownership of blocks.
    pub(crate) ownership: bool,
}

/// An instance behind any boundary. One in this process is called without a vtable: its call is inlined up to the
/// plugin's own function (`tests/instructions.rs` counts it).
pub(crate) enum AnyInstance {
    /// In this process, through C functions.
    InProcess(CInstance),
    /// Anywhere else.
    #[cfg_attr(
        not(any(test, feature = "thread-boundary")),
        expect(dead_code, reason = "what programs have so far is in process")
    )]
    Elsewhere(Box<dyn Instance>),
}

impl Instance for AnyInstance {
    #[inline(always)]
    fn call(&mut self, call: Call<'_>, output: &mut Output) -> Crossed {
        match self {
            AnyInstance::InProcess(instance) => instance.call(call, output),
            AnyInstance::Elsewhere(instance) => instance.call(call, output),
        }
    }

    fn save(&mut self, output: &mut Output) -> Crossed {
        match self {
            AnyInstance::InProcess(instance) => instance.save(output),
            AnyInstance::Elsewhere(instance) => instance.save(output),
        }
    }

    fn restore(&mut self, state: &Block<'_>, output: &mut Output) -> Crossed {
        match self {
            AnyInstance::InProcess(instance) => instance.restore(state, output),
            AnyInstance::Elsewhere(instance) => instance.restore(state, output),
        }
    }

    fn hand_over(&mut self, operation: u32, input: Owned<'static>, output: &mut Output) -> Crossed<HandedBack> {
        match self {
            AnyInstance::InProcess(instance) => instance.hand_over(operation, input, output),
            AnyInstance::Elsewhere(instance) => instance.hand_over(operation, input, output),
        }
    }
}

/// One instance behind a boundary.
pub(crate) trait Instance: Send {
    /// Calls an operation, which writes to `output`.
    fn call(&mut self, call: Call<'_>, output: &mut Output) -> Crossed;

    /// Saves its state as a block in `output`. Called only if [`Offers::state`] is set.
    fn save(&mut self, output: &mut Output) -> Crossed;

    /// Restores a saved state. `output` receives its messages. Called only if [`Offers::state`] is set.
    fn restore(&mut self, state: &Block<'_>, output: &mut Output) -> Crossed;

    /// Calls an operation and passes ownership of the block to the plugin. `output` receives its messages. Called only
    /// if [`Offers::ownership`] is set.
    fn hand_over(&mut self, operation: u32, input: Owned<'static>, output: &mut Output) -> Crossed<HandedBack>;
}

macro_rules! loaders {
    (
        $($(#[doc = $doc:expr])* $variant:ident = $name:literal in $module:ident,)*
        | $($(#[doc = $test_doc:expr])* #[cfg($($cfg:tt)*)] $test:ident = $test_name:literal in $test_module:ident,)*
    ) => {
        /// The loader of a boundary.
        pub(crate) fn loader(boundary: Boundary) -> &'static dyn Loader {
            match boundary {
                $(Boundary::$variant => &$module::LOADER,)*
                $(#[cfg($($cfg)*)] Boundary::$test => &$test_module::LOADER,)*
            }
        }
    };
}
boundaries!(loaders);
