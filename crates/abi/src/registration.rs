//! Plugins that are linked into the program: nothing is loaded or exported.

use crate::EntryFn;

/// A plugin that is linked into the program that hosts it: its entry and its manifest, without a file.
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    entry: EntryFn,
    manifest: &'static [u8],
}

impl Registration {
    /// Creates a plugin from its entry function and its manifest's JSON.
    ///
    /// # Safety
    /// The function may be called by any thread. Its result satisfies the contract: a pointer to an
    /// [`Entry`](crate::Entry) that lives as long as the process, or a structure whose `size` and `abi` show that it is
    /// another version.
    pub const unsafe fn new(entry: EntryFn, manifest: &'static [u8]) -> Self {
        Self { entry, manifest }
    }

    /// The entry function. By the contract of [`new`](Registration::new) it may be called by any thread.
    pub const fn entry(&self) -> EntryFn {
        self.entry
    }

    /// The manifest's JSON.
    pub const fn manifest(&self) -> &'static [u8] {
        self.manifest
    }
}
