//! The crate for authors of Tollgate plugins in Rust.
//!
//! A plugin is a type with a configuration and operations on [`Block`]s. [`Config`](derive@Config) turns its fields
//! into a checked configuration, [`operations`] turns methods into operations, and [`export!`] exports the symbols of
//! both tiers that a host looks for. The crate must be a `cdylib`.
//!
//! ```
//! use tollgate_plugin::{Block, Config, Result, Sink, export, operations};
//!
//! /// Scales every sample.
//! #[derive(Config)]
//! pub struct Gain {
//!     /// Factor applied to each sample.
//!     #[config(default = 1.0)]
//!     factor: f32,
//! }
//!
//! #[operations]
//! impl Gain {
//!     /// Multiplies each sample by the factor.
//!     #[operation(takes = [f32], gives = f32, state = stateless)]
//!     fn scale(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
//!         let samples = input.as_slice::<f32>()?;
//!         let scaled = output.reserve::<f32>(samples.len())?; // the host's memory, written in place
//!         for (to, from) in scaled.iter_mut().zip(samples) {
//!             *to = from * self.factor;
//!         }
//!         output.commit_like(input)
//!     }
//! }
//!
//! export!(Gain);
//! ```
//!
//! # Panics
//! A panic in a plugin is caught before it reaches the contract, and becomes an error with its message, file and line.
//! The host then discards the instance and creates another. The panic hook belongs to the plugin's own copy of the
//! standard library and does not affect the host's. A plugin built with `panic = "abort"` cannot catch panics: its
//! manifest says so, and hosts refuse it.

mod config;
mod error;
mod export;
mod glue;
mod host;
mod inline;
mod literal;
mod manifest;
mod panics;
mod sink;
#[cfg(feature = "stable")]
mod stable;
pub mod testing;
#[cfg(test)]
mod tests;

// The macros generate paths that begin with the crate's name, in this crate's tests too.
#[cfg(test)]
extern crate self as tollgate_plugin;

pub use config::{Config, Setting};
pub use error::{Error, Result};
pub use host::{Host, host};
pub use sink::Sink;
pub use tollgate_abi::{
    Attribute, Block, BlockError, COLUMNS, Element, Level, Registration, SAMPLE_RATE, Scalar, Value, texts,
};
pub use tollgate_plugin_macros::{Config, operations};

/// A type that a host can run through the contract. The macro [`operations`] implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin: it has no operations",
    note = "put #[tollgate_plugin::operations] above an `impl` block of `{Self}` and #[operation(…)] above its methods"
)]
pub trait Plugin: Config + Send + 'static {
    /// The operations, as the manifest's JSON array.
    const OPERATIONS: &'static str;

    /// Whether instances can save and restore their state. True if an operation's state is `saved`.
    const SAVES: bool = false;

    /// The extensions that the plugin needs from the host, as the manifest's JSON array. A host without one of them
    /// refuses the file.
    const REQUIRES: &'static str = "[]";

    /// Runs the operation with this index in [`OPERATIONS`](Plugin::OPERATIONS).
    ///
    /// # Errors
    /// The operation's own error, or unknown operation.
    fn call(&mut self, operation: u32, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()>;

    /// Calls [`Saved::save`], if [`SAVES`](Plugin::SAVES) is true.
    ///
    /// # Errors
    /// The plugin's own error, or that the plugin does not save its state.
    fn save_state(&self, output: &mut Sink<'_>) -> Result<()> {
        let _ = output;
        Err(Error::no_state())
    }

    /// Calls [`Saved::restore`], if [`SAVES`](Plugin::SAVES) is true.
    ///
    /// # Errors
    /// The plugin's own error, or that the plugin does not save its state.
    fn restore_state(&mut self, state: &Block<'_>) -> Result<()> {
        let _ = state;
        Err(Error::no_state())
    }
}

/// The trait of a plugin that has an operation whose state is `saved`. The host keeps the state, which can outlive the
/// instance.
///
/// ```
/// # use tollgate_plugin::{Block, Config, Error, Result, Saved, Sink, export, operations};
/// /// Counts what it has seen.
/// #[derive(Config)]
/// pub struct Counter {
///     #[config(skip)]
///     seen: u64,
/// }
///
/// #[operations]
/// impl Counter {
///     /// How many values there were in all blocks so far.
///     #[operation(takes = [f64], gives = u64, state = saved)]
///     fn count(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
///         self.seen += input.as_slice::<f64>()?.len() as u64;
///         output.reserve::<u64>(1)?[0] = self.seen;
///         output.commit()
///     }
/// }
///
/// impl Saved for Counter {
///     fn save(&self, output: &mut Sink<'_>) -> Result<()> {
///         output.reserve::<u64>(1)?[0] = self.seen;
///         output.commit()
///     }
///
///     fn restore(&mut self, state: &Block<'_>) -> Result<()> {
///         let [seen] = state.as_slice::<u64>()? else {
///             return Err(Error::input("the state of a counter is one number"));
///         };
///         self.seen = *seen;
///         Ok(())
///     }
/// }
///
/// export!(Counter);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has an operation whose state is `saved`, but cannot save its state",
    note = "implement `tollgate_plugin::Saved` for `{Self}`, or declare the operation with `state = resettable` (a \
        new instance starts without the state)"
)]
pub trait Saved {
    /// Commits one block that contains the state between calls, without the configuration.
    ///
    /// # Errors
    /// The host is out of memory for the output.
    fn save(&self, output: &mut Sink<'_>) -> Result<()>;

    /// Restores the state from a block that `save` committed, in this version of the plugin or an older one. The
    /// configuration is the same.
    ///
    /// # Errors
    /// The block is not a valid state: [`Error::input`]. The instance is not changed.
    fn restore(&mut self, state: &Block<'_>) -> Result<()>;
}

/// Exports a [`Plugin`] from this crate: its entry, and its manifest with the crate's name and version. Its description
/// is the first paragraph of the type's documentation or, if it has none, the crate's description.
///
/// A crate exports one plugin, which may have any number of operations.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        const _: () = {
            static ENTRY: $crate::__private::Entry = <$plugin as $crate::__private::Exported>::EXPORTS.entry;

            $crate::__export_stable!($plugin);

            #[unsafe(no_mangle)]
            pub extern "C" fn tollgate_entry() -> *const $crate::__private::Entry {
                &raw const ENTRY
            }

            const PARTS: &[$crate::__private::Part] = &$crate::__private::parts(
                &<$plugin as $crate::__private::Exported>::EXPORTS,
                ::core::env!("CARGO_CRATE_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                ::core::env!("CARGO_PKG_DESCRIPTION"),
                if ::core::cfg!(panic = "abort") {
                    "abort"
                } else {
                    "unwind"
                },
            );
            const LENGTH: ::core::primitive::usize = $crate::__private::length(PARTS);

            #[unsafe(no_mangle)]
            #[allow(non_upper_case_globals)]
            pub static tollgate_manifest: $crate::__private::Manifest<{ LENGTH }> = $crate::__private::Manifest {
                length: LENGTH as ::core::primitive::u64,
                json: $crate::__private::join(PARTS),
            };
        };

        // A second use in the same module is a compile error because of this name; in another module, because of the
        // symbols' names.
        #[allow(dead_code, non_camel_case_types)]
        enum a_crate_exports_one_plugin_with_any_number_of_operations {}
    };
}

/// The symbol of the stable tier. The name is abi_stable's, and must be a literal here; a test compares it.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "stable")]
macro_rules! __export_stable {
    ($plugin:ty) => {
        #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
        pub static HEADER: $crate::__private::LibHeader = <$plugin as $crate::__private::Exported>::EXPORTS.header;
    };
}

/// This crate was built without the stable tier.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "stable"))]
macro_rules! __export_stable {
    ($plugin:ty) => {};
}

/// Makes a [`Registration`] of a [`Plugin`], which a host in the same program can register behind `inline`. Nothing is
/// exported, and the plugin can be in any crate. Its name is the second argument.
///
/// A panic in the plugin is caught and becomes an error, as in a shared library. In addition the program's own panic
/// hook runs, because plugin and program share the standard library. The hook is installed when the macro's value is
/// made. If the program later sets another hook that does not call the previous one, errors have no file and line.
///
/// ```
/// # use tollgate_plugin::{Block, Config, Result, Sink, inline, operations};
/// # #[derive(Config)]
/// # struct Gain;
/// # #[operations]
/// # impl Gain {
/// #     #[operation(takes = [f32], gives = none)]
/// #     fn check(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> { Ok(()) }
/// # }
/// let gain = inline!(Gain, "gain");
/// // host.register(Boundary::Inline, &gain)?;
/// ```
#[macro_export]
macro_rules! inline {
    ($plugin:ty, $name:literal) => {{
        const PARTS: &[$crate::__private::Part] = &$crate::__private::parts(
            &<$plugin as $crate::__private::Exported>::EXPORTS,
            $name,
            ::core::env!("CARGO_PKG_VERSION"),
            ::core::env!("CARGO_PKG_DESCRIPTION"),
            if ::core::cfg!(panic = "abort") {
                "abort"
            } else {
                "unwind"
            },
        );
        static JSON: [::core::primitive::u8; $crate::__private::length(PARTS)] = $crate::__private::join(PARTS);
        $crate::__private::registration::<$plugin>(&JSON)
    }};
}

/// Used by the macros. Not public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::config::setting;
    pub use crate::export::Exported;
    pub use crate::inline::registration;
    pub use crate::literal::{Literal, default_problem, limit_problem};
    pub use crate::manifest::{Part, as_str, join, length, parts};
    #[cfg(feature = "stable")]
    pub use tollgate_abi::stable::LibHeader;
    pub use tollgate_abi::{Attribute, Entry, Manifest};
}
