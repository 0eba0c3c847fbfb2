//! What this host offers to plugins: its name and version, and its extensions.

use crate::manifest::Manifest;
use crate::refusal::Refusal;
use std::ffi::{c_char, c_void};
use std::ptr;
use tollgate_abi::{ABI, HostInfo, Text};

/// The ids of the extensions that this host offers to plugins.
pub(crate) const OFFERED: &[&str] = &[];

/// The description of this host for plugins. It is a pointer, because later minor versions append fields to the frozen
/// structure.
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

/// Checks that the host offers the extensions that a manifest requires.
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
