//! The probe's own function, called by the pointer that each tier gives, without the host: the reference for the price
//! of the host's whole call.

#![allow(unsafe_code)]

use super::super::failure::Failure;
use super::copies;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr;
use tollgate::{Block, Boundary, Host};
use tollgate_abi::{ABI, Fault, HostInfo, Level, Sink, Status, Text};
use tollgate_meter::Row;

/// The index of the probe's operation that does nothing.
const NOTHING: u32 = 0;

type Call = unsafe extern "C" fn(*mut c_void, u32, *const Block<'_>, *mut Sink<'_>) -> Status;

/// Two rows, or none if the probe's file was not built beside this program.
pub(crate) fn rows(host: &Host) -> Result<Vec<Row<'static>>, Failure> {
    let probe = match host.open_behind("probe", Boundary::CAbi) {
        Ok(probe) => probe,
        Err(tollgate::Error::BoundaryNotOffered { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let is_ours = probe.manifest().config.is_empty()
        && probe
            .manifest()
            .operation("nothing")
            .is_some_and(|(index, _)| index == NOTHING);
    if probe.file().is_none() || !is_ours {
        return Ok(Vec::new());
    }
    let tier = |boundary| {
        let plugin = probe.clone().behind(boundary).ok()?;
        plugin.functions()
    };
    let Some(c_tier) = tier(Boundary::CAbi) else {
        return Ok(Vec::new());
    };
    let create = c_tier.bare_create();
    let mut instance = ptr::null_mut();
    // SAFETY: the host checked the entry; all pointers are live for the call, and the probe has no configuration.
    let status = unsafe { create(&HOST, ptr::null(), 0, &mut sink(), &mut instance) };
    if status != Status::OK {
        return Err(Failure::Work {
            code: "bench",
            message: format!("cannot create an instance of the probe to measure: {}", status.text()),
        });
    }
    // The instance lives as long as the process: both rows call it.
    let mut rows = vec![row("c-abi", c_tier.bare_call(), instance)];
    rows.extend(tier(Boundary::StableAbi).map(|stable| row("stable-abi", stable.bare_call(), instance)));
    Ok(rows)
}

fn row(tier: &str, call: Call, instance: *mut c_void) -> Row<'static> {
    static VALUES: [f64; 1] = [1.0];
    let mut sink = sink();
    let block = Block::of(&VALUES, &[1], &[]);
    let body = move |x: u64| {
        let Ok(block) = &block else { return 0 };
        // SAFETY: the instance is the probe's and used by this thread alone; block and sink are live, and `nothing`
        // uses neither.
        let status = unsafe { call(instance, NOTHING, block, &mut sink) };
        x + u64::from(status == Status::OK)
    };
    let row = Row::throughput(format!("empty operation, bare pointer of {tier}"), body)
        .answers(7, 8)
        .payload(0)
        .language("Rust")
        .callee("call", call as *const () as usize);
    copies(row, 0)
}

static HOST: HostInfo = HostInfo {
    size: size_of::<HostInfo>() as u32,
    abi: ABI,
    name: Text::new("tollgate bench"),
    version: Text::new(env!("CARGO_PKG_VERSION")),
    extension,
};

/// A sink that accepts nothing.
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
