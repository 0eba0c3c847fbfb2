//! The host that loaded the plugin.

use std::ffi::{CStr, c_void};
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use tollgate_abi::HostInfo;

/// What `create` was given last. A plugin's file has one host, and a host has one such structure.
static HOST: AtomicPtr<HostInfo> = AtomicPtr::new(ptr::null_mut());

/// Keeps the host for [`host`].
///
/// # Safety
/// `host` points to a HostInfo of this version of the contract, which lives as long as the process and nobody changes.
pub(crate) unsafe fn remember(host: *const HostInfo) {
    HOST.store(host.cast_mut(), Ordering::Release);
}

/// The host that this plugin runs in: `None` before the first instance is made.
pub fn host() -> Option<Host> {
    NonNull::new(HOST.load(Ordering::Acquire)).map(Host)
}

/// The host that a plugin runs in.
#[derive(Clone, Copy)]
pub struct Host(NonNull<HostInfo>);

// SAFETY: what it points to lives as long as the process and is changed by nobody; its function may be called by any
// thread.
unsafe impl Send for Host {}
// SAFETY: as for Send.
unsafe impl Sync for Host {}

impl Host {
    fn info(&self) -> &'static HostInfo {
        // SAFETY: `remember` was promised a HostInfo that lives as long as the process and that nobody changes.
        unsafe { self.0.as_ref() }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.info().name.as_str().unwrap_or("")
    }

    /// Its own version; that of the contract is this plugin's, or the plugin would not have been loaded.
    pub fn version(&self) -> &'static str {
        self.info().version.as_str().unwrap_or("")
    }

    /// The host's side of the extension `id`, which ends with a version of its own; `None` where the host does not know
    /// it. What it points to is the extension's to say, and lives as long as the process.
    pub fn extension(&self, id: &CStr) -> Option<NonNull<c_void>> {
        // SAFETY: the id is a C string, and any thread may call the function.
        let pointer = unsafe { (self.info().extension)(id.as_ptr()) };
        NonNull::new(pointer.cast_mut())
    }

    /// The structure as it crossed the contract: for [`tollgate_abi::later`], which reads what a newer host put behind
    /// the fields of this version.
    pub fn as_ptr(&self) -> *const HostInfo {
        self.0.as_ptr()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({} {})", self.name(), self.version())
    }
}
