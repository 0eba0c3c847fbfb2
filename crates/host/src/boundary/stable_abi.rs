//! The boundary `stable-abi`: the stable tier, in process.
//!
//! The loader and the initialiser of abi_stable are not used: the loader keeps one module per type and process, and the
//! initialiser checks in one direction, which refuses a plugin that is older than its host. Here the header is read
//! from its symbol, its layout is compared with the host's in both directions, and only then is the module used. Until
//! then only abi_stable's own self-test runs in the plugin.

use super::in_process::{self, InProcess};
use super::library::{self, Opened};
use super::table::Functions;
use super::{Loaded, Loader, Terms, difference, extension};
use crate::error::Error;
use crate::gate::Artifact;
use crate::kind::Boundary;
use crate::manifest::Manifest;
use crate::refusal::Refusal;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use tollgate_abi::stable::abi_stable::StableAbi as _;
use tollgate_abi::stable::abi_stable::abi_stability::abi_checking::{
    CheckingGlobals, check_layout_compatibility_with_globals,
};
use tollgate_abi::stable::abi_stable::type_layout::TypeLayout;
use tollgate_abi::stable::{AbiHeaderRef, RootRef, STABLE_SYMBOL};
use tollgate_abi::{STATE, StateFunctions};
use tollgate_platform::dylib::Library;

pub(super) const LOADER: StableAbi = StableAbi;

pub(super) struct StableAbi;

impl Loader for StableAbi {
    fn load(&self, artifact: &Arc<Artifact>, terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        if !artifact.offers_stable() {
            return Err(Error::BoundaryNotOffered {
                plugin: artifact.manifest().name.clone(),
                boundary: Boundary::StableAbi,
                reason: "its file does not export the stable tier, as plugins in Rust do: use c-abi".to_owned(),
            });
        }
        in_process::must_be_trusted(artifact, Boundary::StableAbi, terms)?;
        let opened = library::load(artifact, terms)?;
        let functions = tier(&opened, artifact).map_err(|refusal| Error::refused(artifact.file(), refusal))?;
        Ok(Arc::new(InProcess::new(functions)))
    }
}

/// The functions of the stable tier of an open library. Their layouts are compared on the first request.
pub(super) fn tier(opened: &Opened, artifact: &Artifact) -> Result<Functions, Refusal> {
    opened.stable_tier(|library| functions(library, artifact.manifest()))
}

/// Finds the root module of a library that is never closed, compares its layout and those of its extensions, and
/// returns its functions.
fn functions(library: &'static Library, manifest: &Manifest) -> Result<Functions, Refusal> {
    // SAFETY: where a library exports this name, it is abi_stable's header: the name is mangled for it alone.
    let header = unsafe { library.get::<AbiHeaderRef>(STABLE_SYMBOL) }.map_err(|error| Refusal::Layout {
        problem: format!("cannot find its stable tier: {error}"),
    })?;
    // Compares a magic text and the version of abi_stable, which come first in all versions. Then the plugin's copy of
    // abi_stable tests that both sides pass values in the same way and share its globals. No code of the plugin's
    // author runs.
    let header = header.upgrade().map_err(|_| Refusal::Layout {
        problem: "its stable tier was built with another version of abi_stable, or passes values differently"
            .to_owned(),
    })?;
    let Some(plugin) = header.layout() else {
        return Err(Refusal::Layout {
            problem: "its stable tier has no layout".to_owned(),
        });
    };
    compare(RootRef::LAYOUT, plugin)?;
    // SAFETY: the module's layout equals RootRef's: abi_stable compared every type that it reaches, in both
    // directions, so neither side has a field, a type or an order that the other has not; and `difference::first`
    // compared fields, offsets, sizes and alignments once more. So the erased reference is one to a module of this very
    // layout. The library is never closed, so the reference lives as long as the process.
    let root = unsafe { header.unchecked_layout::<RootRef>() }.map_err(|error| Refusal::Layout {
        problem: format!("its stable tier returns no module: {error:?}"),
    })?;
    let state = extension::take(manifest, |id| {
        // SAFETY: the id is a C string, and any thread may call the function, by the contract.
        let given = unsafe { (root.extension())(id.as_ptr()) };
        if !given.pointer.is_null() && id.as_c_str() == STATE {
            let layout = given.layout.ok_or_else(|| Refusal::Layout {
                problem: "its extension tollgate.state/1 has no layout".to_owned(),
            })?;
            compare(StateFunctions::LAYOUT, layout)?;
        }
        Ok(given.pointer)
    })?;
    Ok(Functions {
        create: root.create(),
        call: root.call(),
        destroy: root.destroy(),
        state,
        // Only the C tier has this extension.
        owned: None,
    })
}

/// Compares a layout of the host with the plugin's, exactly and in both directions: later additions to the contract
/// follow these structures or are extensions, and do not change them.
fn compare(host: &'static TypeLayout, plugin: &'static TypeLayout) -> Result<(), Refusal> {
    // Globals for this check only: the process-wide ones cache layouts, and dangle in programs that close libraries.
    let check = || {
        let equal = [(host, plugin), (plugin, host)]
            .into_iter()
            .all(|(interface, implementation)| {
                check_layout_compatibility_with_globals(interface, implementation, &CheckingGlobals::new()).is_ok()
            });
        (equal, difference::first(host, plugin))
    };
    let problem = match panic::catch_unwind(AssertUnwindSafe(check)) {
        Ok((_, Some(problem))) => problem,
        Ok((true, None)) => return Ok(()),
        Ok((false, None)) => "its stable tier differs in something other than fields".to_owned(),
        // The checker of abi_stable trusts its input, and panics on an invalid layout.
        Err(_) => "its stable tier's layouts are damaged".to_owned(),
    };
    Err(Refusal::Layout { problem })
}
