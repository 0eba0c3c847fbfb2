//! The boundary `c-abi`: the C tier, in process.

use crate::boundary::{Crossing, Instance};
use std::ffi::{c_char, c_void};
use std::ptr::{self, NonNull};
use tollgate_abi::{ABI, Attribute, Block, Entry, HostInfo, Sink, Status, Text};

/// What plugins are told of this host.
pub(crate) static HOST: HostInfo = HostInfo {
    size: size_of::<HostInfo>() as u32,
    abi: ABI,
    name: Text::new("tollgate"),
    version: Text::new(env!("CARGO_PKG_VERSION")),
    extension,
};

/// # Safety
/// `_id` is a C string. It is not read: this version of the host offers no extensions.
unsafe extern "C" fn extension(_id: *const c_char) -> *const c_void {
    ptr::null()
}

/// A plugin's entry, whose size and version were checked.
#[derive(Debug)]
pub(crate) struct CAbi {
    entry: &'static Entry,
}

impl CAbi {
    /// # Safety
    /// The entry is of the contract's version, is at least as long as this side's [`Entry`], and its functions keep the
    /// contract.
    pub(crate) unsafe fn new(entry: &'static Entry) -> Self {
        Self { entry }
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
        let status = unsafe { (self.entry.create)(&HOST, config.as_ptr(), config.len() as u64, sink, &mut instance) };
        match (status, NonNull::new(instance)) {
            (Status::OK, Some(instance)) => Ok(Box::new(CInstance {
                call: self.entry.call,
                instance,
                entry: self.entry,
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
}

impl Drop for CInstance {
    fn drop(&mut self) {
        // SAFETY: `create` gave the instance, nobody uses it any more, and it is given back this once.
        unsafe { (self.entry.destroy)(self.instance.as_ptr()) }
    }
}
