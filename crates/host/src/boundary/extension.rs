//! Extensions: those of a plugin that the host uses.

use crate::manifest::Manifest;
use crate::refusal::Refusal;
use std::ffi::{CString, c_void};
use std::mem::offset_of;
use tollgate_abi::{STATE, StateFunctions};

/// Asks a plugin for each extension that its manifest lists, and uses those that this host knows. A listed extension
/// must exist even if this host does not know it.
pub(super) fn take(
    manifest: &Manifest,
    mut ask: impl FnMut(&CString) -> Result<*const c_void, Refusal>,
) -> Result<Option<&'static StateFunctions>, Refusal> {
    let mut state = None;
    for id in &manifest.extensions {
        let mismatch = |problem: String| Refusal::EntryMismatch { problem };
        let c_id = CString::new(id.as_str()).map_err(|_| mismatch(format!("invalid extension id {id:?}")))?;
        let pointer = ask(&c_id)?;
        if pointer.is_null() {
            return Err(mismatch(format!(
                "its manifest lists the extension {id}, but the plugin does not provide it"
            )));
        }
        if c_id.as_c_str() == STATE {
            state = Some(state_functions(pointer).map_err(mismatch)?);
        }
    }
    Ok(state)
}

/// Checks the structure that a plugin returned for the id [`STATE`].
fn state_functions(pointer: *const c_void) -> Result<&'static StateFunctions, String> {
    let functions = pointer.cast::<StateFunctions>();
    if !functions.is_aligned() {
        return Err("its extension tollgate.state/1 is an invalid pointer".to_owned());
    }
    // SAFETY: by the contract, what answers this id is such a structure, which lives as long as the process; its size
    // comes first in every minor version.
    let size = unsafe { (*functions).size } as usize;
    if size < size_of::<StateFunctions>() {
        return Err(format!(
            "its extension tollgate.state/1 has {size} bytes; expected at least {}",
            size_of::<StateFunctions>()
        ));
    }
    let named = [
        ("save", offset_of!(StateFunctions, save)),
        ("restore", offset_of!(StateFunctions, restore)),
    ];
    // SAFETY: the structure is alive and long enough (checked above).
    if let Some(null) = unsafe { null_function(functions, named) } {
        return Err(format!(
            "its extension tollgate.state/1 has no function {null}: the pointer is NULL"
        ));
    }
    // SAFETY: the structure is at least as long as this one, lives as long as the process, and no function of it is
    // null.
    Ok(unsafe { &*functions })
}

/// The name of the first function pointer that is null. A function of null would be undefined as a Rust function
/// pointer, so it is looked at as a number.
///
/// # Safety
/// `structure` points to a live `T` but for function pointers that may be null, which lie at the offsets.
pub(super) unsafe fn null_function<T, const N: usize>(
    structure: *const T,
    functions: [(&'static str, usize); N],
) -> Option<&'static str> {
    let null = |offset: usize| {
        // SAFETY: the caller promises that the offset is a field's.
        let function = unsafe { structure.byte_add(offset) }.cast::<usize>();
        // SAFETY: a function pointer is as wide as a usize and aligned as one, and the structure is alive.
        unsafe { function.read() == 0 }
    };
    functions
        .into_iter()
        .find(|&(_, offset)| null(offset))
        .map(|(name, _)| name)
}
