//! Ownership of blocks passed over a boundary: the extension [`OWNED`].

use super::extension::null_function;
use super::sink::Lent;
use crate::crossing::handed::HandedBack;
use crate::manifest::Manifest;
use crate::refusal::Refusal;
use std::ffi::{CStr, c_void};
use std::mem::{MaybeUninit, offset_of};
use std::ops::Range;
use std::ptr::NonNull;
use tollgate_abi::{Block, OWNED, OwnedBlock, OwnedFunctions, Status};
use tollgate_block::Owned;

/// Checks the structure that a plugin returns for the id [`OWNED`], if its manifest lists it.
pub(super) fn take(
    manifest: &Manifest,
    ask: impl FnOnce(&CStr) -> *const c_void,
) -> Result<Option<&'static OwnedFunctions>, Refusal> {
    if !manifest.extensions.iter().any(|id| id.as_bytes() == OWNED.to_bytes()) {
        return Ok(None);
    }
    let mismatch = |problem: String| Refusal::EntryMismatch {
        problem: format!("its extension tollgate.owned/1 {problem}"),
    };
    let functions = ask(OWNED).cast::<OwnedFunctions>();
    if functions.is_null() || !functions.is_aligned() {
        return Err(mismatch("is an invalid pointer".to_owned()));
    }
    // SAFETY: by the contract, what answers this id is such a structure, which lives as long as the process; its size
    // comes first in every minor version.
    let size = unsafe { (*functions).size } as usize;
    let needed = size_of::<OwnedFunctions>();
    if size < needed {
        return Err(mismatch(format!("has {size} bytes; expected at least {needed}")));
    }
    // SAFETY: the structure is alive and long enough (checked above), and has the function at that offset.
    if let Some(null) = unsafe { null_function(functions, [("call", offset_of!(OwnedFunctions, call))]) } {
        return Err(mismatch(format!("has no function {null}: the pointer is NULL")));
    }
    // SAFETY: the structure is at least as long as this one, lives as long as the process, and its function is not
    // null.
    Ok(Some(unsafe { &*functions }))
}

/// The address range of a block, as numbers: the memory may be released when they are compared.
fn place(block: &Block<'_>) -> Range<usize> {
    let place = block.as_bytes().as_ptr_range();
    place.start.addr()..place.end.addr()
}

/// Passes ownership of a block, and takes the result. The outer error is the status of a failed call; the text says how
/// the result breaks the contract.
///
/// # Safety
/// `create` gave the instance, nobody destroyed it, and no other thread uses it meanwhile; the functions are its
/// plugin's.
pub(super) unsafe fn hand_over(
    (instance, functions): (NonNull<c_void>, &OwnedFunctions),
    operation: u32,
    input: Owned<'static>,
    sink: &mut Lent<'_>,
) -> Result<Result<HandedBack, String>, Status> {
    let taken = place(&input.block());
    let input = input.into_raw();
    let mut output = MaybeUninit::<OwnedBlock>::zeroed();
    let given = output.as_mut_ptr();
    // SAFETY: a live structure, whose first field is its size (`Grows`).
    unsafe { given.cast::<u32>().write(size_of::<OwnedBlock>() as u32) };
    // SAFETY: instance and function go together, by the caller's promise; input, output and sink are live and this
    // call's own.
    let status = unsafe { (functions.call)(instance.as_ptr(), operation, &input, given, sink.as_ptr()) };
    if status != Status::OK {
        return Err(status);
    }
    // SAFETY: the structure is alive, initialised with zeros at least, and has the function at that offset.
    if unsafe { null_function(given, [("release", offset_of!(OwnedBlock, release))]) }.is_some() {
        return Ok(Err("it gave a block whose function `release` is NULL".to_owned()));
    }
    // SAFETY: every field is initialised, and `release`, which alone may not be zero, is not.
    let given = unsafe { output.assume_init() };
    // SAFETY: by the contract, what a plugin gives is live until it is released, which may happen on any thread,
    // changed by nobody, and the host's alone.
    Ok(match unsafe { Owned::from_raw(given) } {
        Err(error) => Err(error.to_string()),
        Ok(block) => {
            let place = place(&block.block());
            let inside = place.is_empty() || (taken.start <= place.start && place.end <= taken.end);
            let copied_bytes = if inside { 0 } else { place.len() as u64 };
            Ok(HandedBack { block, copied_bytes })
        }
    })
}
