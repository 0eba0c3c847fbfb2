//! The boundary `stable-abi`: the stable tier, in process.
//!
//! abi_stable's own loader and initialiser are not used: the first gives one module for each type and process, the second
//! checks in one direction, which refuses a plugin that is older than its host. Here the header is taken from its symbol,
//! its layout is compared with this side's in both directions, and only then is the module used: until then, nothing of
//! the plugin runs but abi_stable's own test of itself.

use crate::boundary::{Crossing, Instance};
use crate::extension;
use crate::{Manifest, Refusal, difference};
use std::ffi::c_void;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::{self, NonNull};
pub use tollgate_abi::stable::RootRef;
use tollgate_abi::stable::abi_stable::StableAbi as _;
use tollgate_abi::stable::abi_stable::abi_stability::abi_checking::{
    CheckingGlobals, check_layout_compatibility_with_globals,
};
use tollgate_abi::stable::abi_stable::type_layout::TypeLayout;
use tollgate_abi::stable::{AbiHeaderRef, STABLE_SYMBOL};
use tollgate_abi::{Attribute, Block, STATE, Sink, StateFunctions, Status};
use tollgate_platform::dylib::Library;

/// A plugin's root module, whose layout was compared.
pub(crate) struct StableAbi {
    root: RootRef,
    state: Option<&'static StateFunctions>,
}

impl std::fmt::Debug for StableAbi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StableAbi")
    }
}

impl StableAbi {
    /// Finds the root module of a library that stays open for good, and compares its layout and those of its extensions.
    pub(crate) fn load(library: &'static Library, manifest: &Manifest) -> Result<Self, Refusal> {
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
        // compared fields, offsets, sizes and alignments once more. So the erased reference is one to a module of this very layout. The
        // library is never closed, so the reference lives as long as the process.
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
        Ok(Self { root, state })
    }

    pub(crate) fn root(&self) -> RootRef {
        self.root
    }
}

/// Compares a layout of the host's with the plugin's, in both directions and exactly: what the contract gains later lies
/// behind these structures or in extensions, and changes none of them.
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

impl Crossing for StableAbi {
    fn create(&self, config: &[Attribute<'_>], sink: &mut Sink<'_>) -> Result<Box<dyn Instance>, Status> {
        let mut instance = ptr::null_mut();
        let create = self.root.create();
        // SAFETY: all pointers are live for the call and the sink is this call's own; that the function keeps the contract
        // is the plugin's promise.
        let status = unsafe {
            create(
                extension::host(),
                config.as_ptr(),
                config.len() as u64,
                sink,
                &mut instance,
            )
        };
        match (status, NonNull::new(instance)) {
            (Status::OK, Some(instance)) => Ok(Box::new(StableInstance {
                call: self.root.call(),
                instance,
                destroy: self.root.destroy(),
                state: self.state,
            })),
            (Status::OK, None) => Err(Status::FAILED),
            (status, _) => Err(status),
        }
    }
}

type Call = unsafe extern "C" fn(*mut c_void, u32, *const Block<'_>, *mut Sink<'_>) -> Status;

struct StableInstance {
    call: Call,
    instance: NonNull<c_void>,
    destroy: unsafe extern "C" fn(*mut c_void),
    state: Option<&'static StateFunctions>,
}

// SAFETY: the contract lets an instance move between threads, as long as one at a time uses it; `call` takes `&mut self`.
unsafe impl Send for StableInstance {}

impl Instance for StableInstance {
    #[inline]
    fn call(&mut self, operation: u32, input: &Block<'_>, output: &mut Sink<'_>) -> Status {
        // SAFETY: `create` gave the instance and nobody destroyed it; `&mut self` keeps other threads out; block and sink
        // are live and keep the contract, as their types and the trait's rule say.
        unsafe { (self.call)(self.instance.as_ptr(), operation, input, output) }
    }

    fn state(&self) -> Option<(NonNull<c_void>, &'static StateFunctions)> {
        Some((self.instance, self.state?))
    }
}

impl Drop for StableInstance {
    fn drop(&mut self) {
        // SAFETY: `create` gave the instance, nobody uses it any more, and it is given back this once.
        unsafe { (self.destroy)(self.instance.as_ptr()) }
    }
}
