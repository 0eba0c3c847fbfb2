//! What stands for the stable tier in a host that was built without it: no value of it exists, and asking for it is refused.

use crate::boundary::{Crossing, Instance};
use crate::{Manifest, Refusal};
use std::convert::Infallible;
use std::ffi::c_void;
use tollgate_abi::{Attribute, Block, HostInfo, Sink, Status};
use tollgate_platform::dylib::Library;

type Create =
    unsafe extern "C" fn(*const HostInfo, *const Attribute<'_>, u64, *mut Sink<'_>, *mut *mut c_void) -> Status;
type Call = unsafe extern "C" fn(*mut c_void, u32, *const Block<'_>, *mut Sink<'_>) -> Status;

/// A root module, of which there is none.
#[derive(Debug, Clone, Copy)]
pub struct RootRef(Infallible);

impl RootRef {
    /// Never called: there is no root module.
    pub fn create(&self) -> Create {
        match self.0 {}
    }

    /// Never called: there is no root module.
    pub fn call(&self) -> Call {
        match self.0 {}
    }

    /// Never called: there is no root module.
    pub fn destroy(&self) -> unsafe extern "C" fn(*mut c_void) {
        match self.0 {}
    }
}

/// A plugin's root module, of which there is none.
#[derive(Debug)]
pub(crate) struct StableAbi(Infallible);

impl StableAbi {
    pub(crate) fn load(_library: &'static Library, _manifest: &Manifest) -> Result<Self, Refusal> {
        Err(Refusal::Layout {
            problem: "this host was built without the stable tier, so its layouts are not known here".to_owned(),
        })
    }

    pub(crate) fn root(&self) -> RootRef {
        RootRef(self.0)
    }
}

impl Crossing for StableAbi {
    fn create(&self, _config: &[Attribute<'_>], _sink: &mut Sink<'_>) -> Result<Box<dyn Instance>, Status> {
        match self.0 {}
    }
}
