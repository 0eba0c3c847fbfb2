//! A plugin that is linked into the program that hosts it, behind `inline`.

use crate::{Plugin, glue, panics};
use std::marker::PhantomData;
use tollgate_abi::{Entry, Registration};

struct Part<P>(PhantomData<P>);

impl<P: Plugin> Part<P> {
    const ENTRY: &'static Entry = &glue::entry::<P>();
}

extern "C" fn entry<P: Plugin>() -> *const Entry {
    Part::<P>::ENTRY
}

/// The plugin `P` with its manifest's JSON; for [`inline!`](crate::inline).
pub fn registration<P: Plugin>(manifest: &'static [u8]) -> Registration {
    // The standard library is shared with the host here, so the host's hook must keep working.
    panics::chain_hook();
    // SAFETY: the entry is a constant with the same functions that a plugin's file exports.
    unsafe { Registration::new(entry::<P>, manifest) }
}
