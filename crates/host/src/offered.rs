//! What this host offers to plugins: who it is, and its side of extensions.

use crate::manifest::Manifest;
use crate::refusal::Refusal;
use std::ffi::{c_char, c_void};
use std::ptr;
use tollgate_abi::{ABI, HostInfo, Text};

/// The ids of the extensions that this host offers to plugins.
pub(crate) const OFFERED: &[&str] = &[];

/// What plugins are told of this host: a pointer, for what a later minor version puts behind the frozen structure.
pub(crate) fn host() -> *const HostInfo {
    &raw const HOST
}

static HOST: HostInfo = HostInfo {
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

/// Holds what a manifest requires against what the host offers.
pub(crate) fn check_required(manifest: &Manifest) -> Result<(), Refusal> {
    match manifest.requires.iter().find(|id| !OFFERED.contains(&id.as_str())) {
        None => Ok(()),
        Some(missing) => Err(Refusal::ExtensionMissing {
            extension: missing.clone(),
            offered: if OFFERED.is_empty() {
                "none".to_owned()
            } else {
                OFFERED.join(", ")
            },
        }),
    }
}
