//! The host that loaded the plugin.

use std::ffi::{CStr, c_void};
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use tollgate_abi::HostInfo;

/// The argument of the last `create`. A plugin's file has one host, and a host has one such structure.
static HOST: AtomicPtr<HostInfo> = AtomicPtr::new(ptr::null_mut());

/// Stores the host for [`host`].
///
/// # Safety
/// `host` points to a HostInfo of this version of the contract, which lives as long as the process and which nobody
/// changes.
pub(crate) unsafe fn remember(host: *const HostInfo) {
    HOST.store(host.cast_mut(), Ordering::Release);
}

/// The host that loaded this plugin. `None` before the first instance is created.
pub fn host() -> Option<Host> {
    NonNull::new(HOST.load(Ordering::Acquire)).map(Host)
}

/// The host that loaded a plugin.
#[derive(Clone, Copy)]
pub struct Host(NonNull<HostInfo>);

// SAFETY: the HostInfo lives as long as the process and nobody changes it. Its function may be called by any thread.
unsafe impl Send for Host {}
// SAFETY: as for Send.
unsafe impl Sync for Host {}

impl Host {
    fn info(&self) -> &'static HostInfo {
        // SAFETY: the caller of `remember` promised a HostInfo that lives as long as the process and that nobody
        // changes.
        unsafe { self.0.as_ref() }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.info().name.as_str().unwrap_or("")
    }

    /// The host's own version. Its version of the contract equals this plugin's; otherwise the plugin would not have
    /// been loaded.
    pub fn version(&self) -> &'static str {
        self.info().version.as_str().unwrap_or("")
    }

    /// The host's side of the extension `id`, which ends with a version. `None` if the host does not have the
    /// extension. The extension defines what the pointer points to. It lives as long as the process.
    pub fn extension(&self, id: &CStr) -> Option<NonNull<c_void>> {
        // SAFETY: the id is a C string, and any thread may call the function.
        let pointer = unsafe { (self.info().extension)(id.as_ptr()) };
        NonNull::new(pointer.cast_mut())
    }

    /// The structure as it crossed the contract, for [`tollgate_abi::later`], which reads the fields that a newer host
    /// added.
    pub fn as_ptr(&self) -> *const HostInfo {
        self.0.as_ptr()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({} {})", self.name(), self.version())
    }
}
