//! The boundary `c-abi`: the C tier, in process.

use crate::boundary::{Crossing, Instance};
use crate::{Manifest, Refusal};
use crate::{extension, owned};
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};
use tollgate_abi::{Attribute, Block, Entry, OwnedFunctions, Sink, StateFunctions, Status};

/// A plugin's entry, whose size and version were checked.
#[derive(Debug)]
pub(crate) struct CAbi {
    entry: &'static Entry,
    state: Option<&'static StateFunctions>,
    owned: Option<&'static OwnedFunctions>,
}

impl CAbi {
    /// Takes an entry, and the extensions that the manifest lists.
    ///
    /// # Safety
    /// The entry is of the contract's version, is at least as long as this side's [`Entry`], and its functions keep the
    /// contract.
    pub(crate) unsafe fn new(entry: &'static Entry, manifest: &Manifest) -> Result<Self, Refusal> {
        // SAFETY: the id is a C string, and any thread may call the function, by the contract.
        let ask = |id: &CStr| unsafe { (entry.extension)(id.as_ptr()) };
        let state = extension::take(manifest, |id| Ok(ask(id)))?;
        let owned = owned::take(manifest, ask)?;
        Ok(Self { entry, state, owned })
    }

    pub(crate) fn state(&self) -> Option<&'static StateFunctions> {
        self.state
    }

    pub(crate) fn entry(&self) -> &'static Entry {
        self.entry
    }
}

impl Crossing for CAbi {
    fn create(&self, config: &[Attribute<'_>], sink: &mut Sink<'_>) -> Result<Box<dyn Instance>, Status> {
        let mut instance = ptr::null_mut();
        // SAFETY: all pointers are live for the call and the sink is this call's own; that the function keeps the contract
        // was promised to `new`.
        let status = unsafe {
            (self.entry.create)(
                extension::host(),
                config.as_ptr(),
                config.len() as u64,
                sink,
                &mut instance,
            )
        };
        match (status, NonNull::new(instance)) {
            (Status::OK, Some(instance)) => Ok(Box::new(CInstance {
                call: self.entry.call,
                instance,
                entry: self.entry,
                state: self.state,
                owned: self.owned,
            })),
            // A plugin that succeeds without an instance breaks the contract; it has no status of its own for that.
            (Status::OK, None) => Err(Status::FAILED),
            (status, _) => Err(status),
        }
    }
}

struct CInstance {
    // Beside the instance, so that a call reads one cache line.
    call: unsafe extern "C" fn(*mut c_void, u32, *const Block<'_>, *mut Sink<'_>) -> Status,
    instance: NonNull<c_void>,
    entry: &'static Entry,
    state: Option<&'static StateFunctions>,
    owned: Option<&'static OwnedFunctions>,
}

// SAFETY: the contract lets an instance move between threads, as long as one at a time uses it; `call` takes `&mut self`.
unsafe impl Send for CInstance {}

impl Instance for CInstance {
    #[inline]
    fn call(&mut self, operation: u32, input: &Block<'_>, output: &mut Sink<'_>) -> Status {
        // SAFETY: `create` gave the instance and nobody destroyed it; `&mut self` keeps other threads out; block and sink
        // are live and keep the contract, as their types and the trait's rule say.
        unsafe { (self.call)(self.instance.as_ptr(), operation, input, output) }
    }

    fn state(&self) -> Option<(NonNull<c_void>, &'static StateFunctions)> {
        Some((self.instance, self.state?))
    }

    fn owned(&self) -> Option<(NonNull<c_void>, &'static OwnedFunctions)> {
        Some((self.instance, self.owned?))
    }
}

impl Drop for CInstance {
    fn drop(&mut self) {
        // SAFETY: `create` gave the instance, nobody uses it any more, and it is given back this once.
        unsafe { (self.entry.destroy)(self.instance.as_ptr()) }
    }
}
