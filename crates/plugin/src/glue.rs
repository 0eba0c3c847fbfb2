//! The functions of the contract over a [`Plugin`].

use crate::panics::{Caught, guard, install_hook, print};
use crate::sink::{Sink, fail};
use crate::{Error, Plugin, Result, host};
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, NonNull};
use std::slice;
use tollgate_abi::{ABI, Attribute, Block, Entry, HostInfo, STATE, StateFunctions, Status};

/// The entry of the plugin `P`.
pub(crate) const fn entry<P: Plugin>() -> Entry {
    Entry {
        size: size_of::<Entry>() as u32,
        abi: ABI,
        create: create::<P>,
        call: call::<P>,
        destroy: destroy::<P>,
        extension: extension::<P>,
    }
}

/// # Safety
/// As in the contract for `create`: the pointers point to live values that satisfy it, for the duration of the call,
/// and `instance` is writable.
unsafe extern "C" fn create<P: Plugin>(
    host: *const HostInfo,
    config: *const Attribute<'_>,
    count: u64,
    sink: *mut tollgate_abi::Sink<'_>,
    instance: *mut *mut c_void,
) -> Status {
    install_hook();
    let make = || {
        // SAFETY: the host passes a live HostInfo, whose `abi` is among its first two fields in every version.
        let abi = unsafe { (*host).abi };
        if abi != ABI {
            return Err(Error::new(format!(
                "this plugin uses version {ABI} of the contract, and the host uses version {abi}"
            )));
        }
        let attributes = match count {
            0 => &[],
            // SAFETY: the host passes `count` live attributes.
            count => unsafe { slice::from_raw_parts(config, count as usize) },
        };
        // SAFETY: the host passes a HostInfo of this version, which lives as long as the process.
        unsafe { host::remember(host) };
        P::from_attributes(attributes).map(Box::new)
    };
    // SAFETY: the host passes a live sink, which is this call's own.
    match unsafe { reported(sink, make) } {
        Ok(plugin) => {
            // SAFETY: the host passes a place to write a pointer to.
            unsafe { *instance = Box::into_raw(plugin).cast() };
            Status::OK
        }
        Err(status) => status,
    }
}

/// # Safety
/// As in the contract for `call`: an instance that `create` made and that no other thread uses now, a live block and a
/// live sink.
unsafe extern "C" fn call<P: Plugin>(
    instance: *mut c_void,
    operation: u32,
    input: *const Block<'_>,
    output: *mut tollgate_abi::Sink<'_>,
) -> Status {
    let run = || {
        // SAFETY: `create::<P>` made the instance from a Box<P>, and the host lets one thread at a time use it.
        let plugin = unsafe { &mut *instance.cast::<P>() };
        // SAFETY: the host passes a live block that keeps the contract.
        let input = unsafe { &*input };
        // SAFETY: the host passes a sink, which is not null.
        let raw = unsafe { NonNull::new_unchecked(output) };
        // SAFETY: the sink is live, keeps the contract and is this call's own, by the host's promise.
        let mut sink = unsafe { Sink::from_raw(raw) };
        plugin.call(operation, input, &mut sink)
    };
    // SAFETY: the host passes a live sink, which is this call's own.
    match unsafe { reported(output, run) } {
        Ok(()) => Status::OK,
        Err(status) => status,
    }
}

/// # Safety
/// As in the contract for `destroy`: null, or an instance that `create` made and that nobody uses any longer.
unsafe extern "C" fn destroy<P: Plugin>(instance: *mut c_void) {
    if instance.is_null() {
        return;
    }
    // SAFETY: `create::<P>` made the instance from a Box<P>, and gives it back once.
    let plugin = unsafe { Box::from_raw(instance.cast::<P>()) };
    // There is no sink to report a panic through. The guard keeps the panic from crossing the contract.
    if let Err(caught) = guard(|| drop(plugin)) {
        print("a plugin panicked while dropping an instance", &caught);
    }
}

/// # Safety
/// `id` is a C string.
unsafe extern "C" fn extension<P: Plugin>(id: *const c_char) -> *const c_void {
    // SAFETY: the host passes a C string.
    let id = unsafe { CStr::from_ptr(id) };
    if P::SAVES && id == STATE {
        ptr::from_ref(const { &state::<P>() }).cast()
    } else {
        ptr::null()
    }
}

/// The state extension. Its functions are only for instances of the type that `create` makes.
const fn state<P: Plugin>() -> StateFunctions {
    StateFunctions {
        size: size_of::<StateFunctions>() as u32,
        reserved: 0,
        save: save::<P>,
        restore: restore::<P>,
    }
}

/// # Safety
/// As in the contract for `save`: an instance that `create` made and that no other thread uses now, and a live sink.
unsafe extern "C" fn save<P: Plugin>(instance: *mut c_void, output: *mut tollgate_abi::Sink<'_>) -> Status {
    let run = || {
        // SAFETY: `create::<P>` made the instance from a Box<P>, and nobody else uses it now.
        let plugin = unsafe { &*instance.cast::<P>() };
        // SAFETY: the host passes a sink, which is not null.
        let raw = unsafe { NonNull::new_unchecked(output) };
        // SAFETY: the sink is live, keeps the contract and is this call's own, by the host's promise.
        let mut sink = unsafe { Sink::from_raw(raw) };
        plugin.save_state(&mut sink)
    };
    // SAFETY: the host passes a live sink, which is this call's own.
    match unsafe { reported(output, run) } {
        Ok(()) => Status::OK,
        Err(status) => status,
    }
}

/// # Safety
/// As in the contract for `restore`: an instance that `create` made and that no other thread uses now, a live block and
/// a live sink.
unsafe extern "C" fn restore<P: Plugin>(
    instance: *mut c_void,
    state: *const Block<'_>,
    sink: *mut tollgate_abi::Sink<'_>,
) -> Status {
    let run = || {
        // SAFETY: `create::<P>` made the instance from a Box<P>, and nobody else uses it now.
        let plugin = unsafe { &mut *instance.cast::<P>() };
        // SAFETY: the host passes a live block that keeps the contract.
        let state = unsafe { &*state };
        plugin.restore_state(state)
    };
    // SAFETY: the host passes a live sink, which is this call's own.
    match unsafe { reported(sink, run) } {
        Ok(()) => Status::OK,
        Err(status) => status,
    }
}

/// Runs `body`. Reports its error or panic through the sink, and returns the status.
///
/// # Safety
/// `sink` points to a live sink that satisfies the contract and belongs to this call.
#[inline]
unsafe fn reported<R>(
    sink: *mut tollgate_abi::Sink<'_>,
    body: impl FnOnce() -> Result<R>,
) -> std::result::Result<R, Status> {
    match guard(body) {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(error)) => {
            // SAFETY: the caller promises a live sink.
            unsafe { report_error(sink, &error) };
            Err(error.status())
        }
        Err(caught) => {
            // SAFETY: the caller promises a live sink.
            unsafe { report_panic(sink, &caught) };
            Err(Status::PANICKED)
        }
    }
}

/// # Safety
/// `sink` points to a live sink that keeps the contract and is this call's own.
#[cold]
unsafe fn report_error(sink: *mut tollgate_abi::Sink<'_>, error: &Error) {
    // If the status came from the host, the host has already recorded the reason, and the last message counts: another
    // message here would replace it. An empty message keeps the host's reason, and adds the file and line in the
    // plugin's source. An author who wants to say more returns an error of the plugin's own instead.
    let message = if error.is_of_host() { "" } else { error.message() };
    let place = error.place();
    // SAFETY: the caller promises a live sink.
    unsafe { fail(sink, error.status(), message, place.file(), place.line()) };
}

/// # Safety
/// `sink` points to a live sink that keeps the contract and is this call's own.
#[cold]
unsafe fn report_panic(sink: *mut tollgate_abi::Sink<'_>, caught: &Caught) {
    // SAFETY: the caller promises a live sink.
    unsafe { fail(sink, Status::PANICKED, &caught.message, &caught.file, caught.line) };
}
