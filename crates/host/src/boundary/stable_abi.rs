//! The boundary `stable-abi`: the stable tier, in process.
//!
//! abi_stable's own loader and initialiser are not used: the first gives one module for each type and process, the
//! second checks in one direction, which refuses a plugin that is older than its host. Here the header is taken from
//! its symbol, its layout is compared with this side's in both directions, and only then is the module used: until
//! then, nothing of the plugin runs but abi_stable's own test of itself.

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
                reason: "its file has no stable tier, which plugins in Rust export beside the C tier: use c-abi"
                    .to_owned(),
            });
        }
        in_process::must_be_trusted(artifact, Boundary::StableAbi, terms)?;
        let opened = library::load(artifact, terms)?;
        let functions = tier(&opened, artifact).map_err(|refusal| Error::refused(artifact.file(), refusal))?;
        Ok(Arc::new(InProcess::new(functions)))
    }
}

/// The functions of the stable tier of an open library, whose layouts are compared when they are asked for first.
pub(super) fn tier(opened: &Opened, artifact: &Artifact) -> Result<Functions, Refusal> {
    opened.stable_tier(|library| functions(library, artifact.manifest()))
}

/// Finds the root module of a library that stays open for good, compares its layout and those of its extensions, and
/// gives its functions.
fn functions(library: &'static Library, manifest: &Manifest) -> Result<Functions, Refusal> {
    // SAFETY: where a library exports this name, it is abi_stable's header: the name is mangled for it alone.
    let header = unsafe { library.get::<AbiHeaderRef>(STABLE_SYMBOL) }.map_err(|error| Refusal::Layout {
        problem: format!("its stable tier cannot be found: {error}"),
    })?;
    // Compares a magic text and abi_stable's version, which all versions have first, and then lets the plugin's copy of
    // abi_stable test that both sides pass values alike and share its globals. No code of the plugin's author runs.
    let header = header.upgrade().map_err(|_| Refusal::Layout {
        problem: "its stable tier was built with another version of abi_stable, or passes values in another way"
            .to_owned(),
    })?;
    let Some(plugin) = header.layout() else {
        return Err(Refusal::Layout {
            problem: "its stable tier carries no layout".to_owned(),
        });
    };
    compare(RootRef::LAYOUT, plugin)?;
    // SAFETY: the module's layout equals RootRef's: abi_stable compared every type that it reaches, in both
    // directions, so neither side has a field, a type or an order that the other has not; and `difference::first`
    // compared fields, offsets, sizes and alignments once more. So the erased reference is one to a module of this very
    // layout. The library is never closed, so the reference lives as long as the process.
    let root = unsafe { header.unchecked_layout::<RootRef>() }.map_err(|error| Refusal::Layout {
        problem: format!("its stable tier gives no module: {error:?}"),
    })?;
    let state = extension::take(manifest, |id| {
        // SAFETY: the id is a C string, and any thread may call the function, by the contract.
        let given = unsafe { (root.extension())(id.as_ptr()) };
        if !given.pointer.is_null() && id.as_c_str() == STATE {
            let layout = given.layout.ok_or_else(|| Refusal::Layout {
                problem: "its extension tollgate.state/1 carries no layout".to_owned(),
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
        // The extension is the C tier's alone.
        owned: None,
    })
}

/// Compares a layout of the host's with the plugin's, in both directions and exactly: what the contract gains later
/// lies behind these structures or in extensions, and changes none of them.
fn compare(host: &'static TypeLayout, plugin: &'static TypeLayout) -> Result<(), Refusal> {
    // Globals of this one check: the process-wide ones remember layouts, and outlive what they point to in programs
    // that close libraries.
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
        Ok((false, None)) => "its stable tier differs in a rule that is not about fields".to_owned(),
        // abi_stable's checker trusts what it reads, and panics over what is no layout.
        Err(_) => "its stable tier's layouts are damaged".to_owned(),
    };
    Err(Refusal::Layout { problem })
}
