//! Everything that `export!` needs from a type, in one constant. The compiler then reports a type that is not a plugin
//! once, instead of once for each symbol.

use crate::{Plugin, glue};
use tollgate_abi::Entry;

/// The exports of a plugin's file.
pub struct Exports {
    /// The entry.
    pub entry: Entry,
    /// The stable tier's header.
    #[cfg(feature = "stable")]
    pub header: tollgate_abi::stable::LibHeader,
    /// What the plugin is, or an empty text.
    pub description: &'static str,
    /// The operations, as the manifest's JSON.
    pub operations: &'static str,
    /// The configuration's schema, as the manifest's JSON.
    pub schema: &'static str,
    /// The extensions that it provides, as the manifest's JSON.
    pub extensions: &'static str,
    /// The extensions that it needs from the host, as the manifest's JSON.
    pub requires: &'static str,
}

/// A [`Plugin`], as `export!` uses it.
pub trait Exported: Plugin {
    /// The exports of its file.
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
        description: Self::DESCRIPTION,
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
