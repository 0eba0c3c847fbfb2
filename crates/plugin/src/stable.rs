//! The stable tier of a [`Plugin`]: the C tier's functions in a root module that contains their layouts.

use crate::{Plugin, glue};
use std::ffi::c_char;
use std::marker::PhantomData;
use tollgate_abi::StateFunctions;
use tollgate_abi::stable::abi_stable::StableAbi as _;
use tollgate_abi::stable::abi_stable::library::RootModuleResult;
use tollgate_abi::stable::abi_stable::std_types::RResult::ROk;
use tollgate_abi::stable::{CheckTypeLayout, Extension, LibHeader, Root, RootRef, WithMetadata};

/// The root module of the plugin `P`, as a constant.
struct Module<P>(PhantomData<P>);

impl<P: Plugin> Module<P> {
    const ROOT: &'static WithMetadata<Root> = &WithMetadata::new({
        let entry = glue::entry::<P>();
        Root {
            create: entry.create,
            call: entry.call,
            destroy: entry.destroy,
            extension: extension::<P>,
        }
    });
    const REFERENCE: RootRef = RootRef(Self::ROOT.static_as_prefix());
}

/// As in the C tier, with the layout of the result.
///
/// # Safety
/// `id` is a C string.
unsafe extern "C" fn extension<P: Plugin>(id: *const c_char) -> Extension {
    // SAFETY: the host passes a C string.
    let pointer = unsafe { (glue::entry::<P>().extension)(id) };
    if pointer.is_null() {
        return Extension::ABSENT;
    }
    Extension {
        pointer,
        // This is the only extension.
        layout: Some(StateFunctions::LAYOUT),
    }
}

/// Returns the root module. It cannot fail or panic.
extern "C" fn load<P: Plugin>() -> RootModuleResult {
    // SAFETY: the type of the reference is erased here. The host restores it after it has compared the layouts.
    ROk(unsafe { Module::<P>::REFERENCE.0.cast() })
}

/// The value of abi_stable's symbol, for the plugin `P`.
pub(crate) const fn header<P: Plugin>() -> LibHeader {
    // SAFETY: the result of `load` was made from a `PrefixRef` of the module whose layout the header contains.
    unsafe { LibHeader::from_constructor::<RootRef>(load::<P>, CheckTypeLayout::Yes) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_symbol_that_export_writes_out_is_abi_stable_s() {
        let source = include_str!("lib.rs");
        let literal = format!("#[unsafe(export_name = \"{}\")]", tollgate_abi::stable::STABLE_SYMBOL);
        assert!(source.contains(&literal), "export! must write {literal}");
    }
}
