//! The probe's own function, called by the pointer that each tier gives, without the host around it: what the host's
//! whole call is held against.

#![allow(unsafe_code)]

use super::super::failure::Failure;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr;
use tollgate::platform::dylib::{self, Library};
use tollgate::{Block, Boundary, Host};
use tollgate_abi::stable::{AbiHeaderRef, RootRef, STABLE_SYMBOL};
use tollgate_abi::{ABI, ENTRY_SYMBOL, EntryFn, Fault, HostInfo, Level, Sink, Status, Text};
use tollgate_meter::Row;

type Call = unsafe extern "C" fn(*mut c_void, u32, *const Block<'_>, *mut Sink<'_>) -> Status;

/// Two rows, or none where the probe's file was not built beside this program.
pub(crate) fn rows(host: &Host) -> Result<Vec<Row<'static>>, Failure> {
    let probe = host.open("probe")?;
    let Some(file) = probe.file() else {
        return Ok(Vec::new());
    };
    let failed = |what: &str, error: &dyn std::fmt::Display| Failure::Work {
        code: "bench",
        message: format!("cannot {what} of {}: {error}", file.display()),
    };
    // SAFETY: the host has just loaded this very file through its gate, so its constructors have run before.
    let library = unsafe { dylib::open(file) }.map_err(|error| failed("open another copy", &error))?;
    let library: &'static Library = Box::leak(Box::new(library));
    // SAFETY: the host compared the file's entry with the contract, so the symbol has this type.
    let entry = unsafe { library.get::<EntryFn>(ENTRY_SYMBOL) }.map_err(|error| failed("find the entry", &error))?;
    // SAFETY: the contract's entry may be called by any thread.
    let entry = unsafe { entry() };
    // SAFETY: the host compared the version and the size of the entry that the same code returned.
    let entry = unsafe { &*entry };
    let mut instance = ptr::null_mut();
    // SAFETY: all pointers are live for the call, and the probe has no configuration.
    let status = unsafe { (entry.create)(&HOST, ptr::null(), 0, &mut sink(), &mut instance) };
    if status != Status::OK {
        return Err(failed("make an instance", &status.text()));
    }
    let mut rows = vec![row("c-abi", entry.call, instance)];
    // SAFETY: the symbol is abi_stable's own, by its name.
    if let Ok(header) = unsafe { library.get::<AbiHeaderRef>(STABLE_SYMBOL) }
        && let Ok(header) = header.upgrade()
        && probe.clone().behind(Boundary::StableAbi).is_ok()
    {
        // SAFETY: the host compared the layouts of the same file just now, and found them equal.
        let root = unsafe { header.unchecked_layout::<RootRef>() };
        let root = root.map_err(|error| failed("read the stable tier", &format!("{error:?}")))?;
        rows.push(row("stable-abi", root.call(), instance));
    }
    Ok(rows)
}

fn row(tier: &str, call: Call, instance: *mut c_void) -> Row<'static> {
    static VALUES: [f64; 1] = [1.0];
    let mut sink = sink();
    let block = Block::of(&VALUES, &[1], &[]);
    let body = move |x: u64| {
        let Ok(block) = &block else { return 0 };
        // SAFETY: the instance is the probe's and used by this thread alone; block and sink are live, and `nothing`, the
        // operation 0, uses neither.
        let status = unsafe { call(instance, 0, block, &mut sink) };
        x + u64::from(status == Status::OK)
    };
    Row::throughput(format!("empty operation, bare pointer of {tier}"), body)
        .answers(7, 8)
        .payload(0)
        .copied_bytes(0)
        .callee("call", call as *const () as usize)
}

static HOST: HostInfo = HostInfo {
    size: size_of::<HostInfo>() as u32,
    abi: ABI,
    name: Text::new("tollgate bench"),
    version: Text::new(env!("CARGO_PKG_VERSION")),
    extension,
};

/// A sink that takes nothing.
fn sink() -> Sink<'static> {
    Sink {
        size: size_of::<Sink<'_>>() as u32,
        reserved: 0,
        capacity: 0,
        data: ptr::without_provenance_mut(tollgate_abi::ROOM_ALIGNMENT),
        context: ptr::null_mut(),
        reserve,
        commit,
        fail,
        log,
        life: PhantomData,
    }
}

unsafe extern "C" fn extension(_id: *const std::ffi::c_char) -> *const c_void {
    ptr::null()
}

unsafe extern "C" fn reserve(_sink: *mut Sink<'_>, _bytes: u64) -> Status {
    Status::ROOM
}

unsafe extern "C" fn commit(_sink: *mut Sink<'_>, _block: *const Block<'_>) -> Status {
    Status::COMMIT
}

unsafe extern "C" fn fail(_sink: *mut Sink<'_>, _fault: *const Fault<'_>) {}

unsafe extern "C" fn log(_sink: *mut Sink<'_>, _level: Level, _message: *const Text<'_>) {}
