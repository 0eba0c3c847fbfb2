//! What `export!` asks of a type, in one constant: so the compiler says once that a type is no plugin, and not once a
//! symbol.

use crate::{Plugin, glue};
use tollgate_abi::Entry;

/// What a plugin's file exports.
pub struct Exports {
    /// The entry.
    pub entry: Entry,
    /// The stable tier's header.
    #[cfg(feature = "stable")]
    pub header: tollgate_abi::stable::LibHeader,
    /// The operations, as the manifest's JSON.
    pub operations: &'static str,
    /// The configuration's schema, as the manifest's JSON.
    pub schema: &'static str,
    /// The extensions that it offers, as the manifest's JSON.
    pub extensions: &'static str,
    /// The extensions of the host that it cannot work without, as the manifest's JSON.
    pub requires: &'static str,
}

/// A [`Plugin`], as `export!` uses it.
pub trait Exported: Plugin {
    /// What its file exports.
    #[cfg_attr(
        feature = "stable",
        expect(
            clippy::declare_interior_mutable_const,
            reason = "each use initialises a static of its own"
        )
    )]
    const EXPORTS: Exports = Exports {
        entry: glue::entry::<Self>(),
        #[cfg(feature = "stable")]
        header: crate::stable::header::<Self>(),
        operations: Self::OPERATIONS,
        schema: Self::SCHEMA,
        extensions: match Self::SAVES {
            true => "[\"tollgate.state/1\"]",
            false => "[]",
        },
        requires: Self::REQUIRES,
    };
}

impl<P: Plugin> Exported for P {}
