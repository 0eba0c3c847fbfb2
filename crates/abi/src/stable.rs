//! The stable tier: the contract as an abi_stable root module.
//!
//! The module is as small as the C tier's [`Entry`](crate::Entry), and has the same functions. In addition, the layout
//! of every type that they take is stored in the plugin's file. A host can compare it with its own layout, field by
//! field, before it uses anything else of the module.
//!
//! A host must not load it with abi_stable's own loader. That loader loads one file for each type and process (a second
//! file silently gets the first one's module), and its check refuses a plugin that is older than its host. The host
//! takes the [`LibHeader`] at [`STABLE_SYMBOL`] instead, and checks both directions.

use crate::{Attribute, Block, HostInfo, Sink, Status};
use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::type_layout::TypeLayout;
use core::ffi::{c_char, c_void};

pub use abi_stable;
pub use abi_stable::library::{AbiHeaderRef, CheckTypeLayout, LibHeader, RootModuleResult};
pub use abi_stable::prefix_type::WithMetadata;

// The contract uses this name even if abi_stable is not there.
const _: () = {
    let (ours, theirs) = (
        STABLE_SYMBOL.as_bytes(),
        abi_stable::library::ROOT_MODULE_LOADER_NAME.as_bytes(),
    );
    assert!(ours.len() == theirs.len());
    let mut at = 0;
    while at < ours.len() {
        assert!(ours[at] == theirs[at]);
        at += 1;
    }
};

pub use crate::STABLE_SYMBOL;

/// The exports of a plugin in the stable tier. The structure is final: additions are made through `extension`.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RootRef, prefix_fields = RootFields)))]
pub struct Root {
    /// As [`Entry::create`](crate::Entry::create).
    pub create: unsafe extern "C" fn(
        host: *const HostInfo,
        config: *const Attribute<'_>,
        count: u64,
        sink: *mut Sink<'_>,
        instance: *mut *mut c_void,
    ) -> Status,
    /// As [`Entry::call`](crate::Entry::call).
    pub call: unsafe extern "C" fn(
        instance: *mut c_void,
        operation: u32,
        input: *const Block<'_>,
        output: *mut Sink<'_>,
    ) -> Status,
    /// As [`Entry::destroy`](crate::Entry::destroy).
    pub destroy: unsafe extern "C" fn(instance: *mut c_void),
    /// As [`Entry::extension`](crate::Entry::extension), with the layout of the result.
    #[sabi(last_prefix_field)]
    pub extension: unsafe extern "C" fn(id: *const c_char) -> Extension,
}

/// A plugin's side of an extension in the stable tier. A host compares the layout with its own, exactly, before it
/// reads anything at the pointer.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Extension {
    /// As in the C tier; null if the plugin does not have the extension.
    pub pointer: *const c_void,
    /// The layout of what `pointer` points to, or `None` if it is null.
    pub layout: Option<&'static TypeLayout>,
}

impl Extension {
    /// The answer for an id that the plugin does not know.
    pub const ABSENT: Self = Self {
        pointer: core::ptr::null(),
        layout: None,
    };
}

impl RootModule for RootRef {
    abi_stable::declare_root_module_statics! {RootRef}

    const BASE_NAME: &'static str = "tollgate";
    const NAME: &'static str = "tollgate";
    // The contract's version, not the crate's. Only the manifest and the entry are compared with it, and they are
    // checked first.
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
}
