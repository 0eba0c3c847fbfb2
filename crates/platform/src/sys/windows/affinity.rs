//! The CPU that a thread runs on. Windows numbers CPUs in groups of up to 64; CPU `c` of group `g` is `64 * g + c`
//! here.

use crate::Status;
use crate::affinity::Error;
use std::io;
use windows_sys::Win32::System::Kernel::PROCESSOR_NUMBER;
use windows_sys::Win32::System::SystemInformation::{
    GROUP_AFFINITY, GetLogicalProcessorInformation, RelationProcessorCore, SYSTEM_LOGICAL_PROCESSOR_INFORMATION,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcessorNumberEx, GetCurrentThread, GetThreadGroupAffinity, SetThreadGroupAffinity,
};

const GROUP: usize = 64;

pub(crate) const AFFINITY_STATUS: Status = Status::Supported;

pub(crate) fn current_cpu() -> Result<usize, Error> {
    let mut number = PROCESSOR_NUMBER::default();
    // SAFETY: the pointer is to a live, writable structure, which is all that the call asks for.
    unsafe { GetCurrentProcessorNumberEx(&mut number) };
    Ok(usize::from(number.Group) * GROUP + usize::from(number.Number))
}

fn of_this_thread() -> io::Result<GROUP_AFFINITY> {
    let mut affinity = GROUP_AFFINITY::default();
    // SAFETY: it has no precondition.
    let thread = unsafe { GetCurrentThread() };
    // SAFETY: the handle is this thread's, and the pointer is to a live, writable structure.
    match unsafe { GetThreadGroupAffinity(thread, &mut affinity) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(affinity),
    }
}

/// The CPUs of a group whose bits are set.
fn numbered(group: u16, mask: usize) -> Vec<usize> {
    let set = (0..usize::BITS as usize).filter(|bit| mask >> bit & 1 == 1);
    set.map(|bit| usize::from(group) * GROUP + bit).collect()
}

pub(crate) fn allowed_cpus() -> Result<Vec<usize>, Error> {
    let affinity = of_this_thread().map_err(|source| Error::System {
        tried: "read the CPUs that this thread may run on".to_owned(),
        source,
    })?;
    Ok(numbered(affinity.Group, affinity.Mask))
}

pub(crate) fn allow(cpus: &[usize]) -> Result<(), Error> {
    let failed = |source| Error::System {
        tried: format!("restrict this thread to the CPUs {cpus:?}: name CPUs that are allowed"),
        source,
    };
    let group = cpus.first().map_or(0, |cpu| cpu / GROUP);
    let one_group = cpus
        .iter()
        .all(|cpu| cpu / GROUP == group && cpu % GROUP < usize::BITS as usize);
    let (Ok(number), true) = (u16::try_from(group), one_group) else {
        return Err(failed(io::Error::new(
            io::ErrorKind::InvalidInput,
            "they are not in one group of CPUs",
        )));
    };
    let wanted = GROUP_AFFINITY {
        Group: number,
        Mask: cpus.iter().fold(0, |mask, cpu| mask | 1 << (cpu % GROUP)),
        ..GROUP_AFFINITY::default()
    };
    // SAFETY: it has no precondition.
    let thread = unsafe { GetCurrentThread() };
    // SAFETY: the handle is this thread's, the first pointer is to a live structure, and the second may be null.
    match unsafe { SetThreadGroupAffinity(thread, &wanted, std::ptr::null_mut()) } {
        0 => Err(failed(io::Error::last_os_error())),
        _ => Ok(()),
    }
}

pub(crate) fn cores_status() -> Status {
    match cores() {
        Ok(_) => Status::Supported,
        Err(_) => Status::Unsupported("the system does not report it"),
    }
}

/// The cores of this thread's group.
pub(crate) fn cores() -> Result<Vec<Vec<usize>>, Error> {
    let failed = |source| Error::Cores { source };
    let group = of_this_thread().map_err(failed)?.Group;
    let one = size_of::<SYSTEM_LOGICAL_PROCESSOR_INFORMATION>();
    let mut bytes: u32 = 0;
    // SAFETY: with no room the call writes nothing but how much it wants.
    unsafe { GetLogicalProcessorInformation(std::ptr::null_mut(), &mut bytes) };
    let mut entries = vec![SYSTEM_LOGICAL_PROCESSOR_INFORMATION::default(); (bytes as usize).div_ceil(one)];
    // SAFETY: the entries have the room that is told, rounded up, and are plain data that any bytes make.
    if unsafe { GetLogicalProcessorInformation(entries.as_mut_ptr(), &mut bytes) } == 0 {
        return Err(failed(io::Error::last_os_error()));
    }
    entries.truncate(bytes as usize / one);
    let of_cores = entries
        .iter()
        .filter(|entry| entry.Relationship == RelationProcessorCore);
    let mut cores: Vec<Vec<usize>> = of_cores.map(|entry| numbered(group, entry.ProcessorMask)).collect();
    cores.sort();
    match cores.is_empty() {
        true => Err(failed(io::ErrorKind::NotFound.into())),
        false => Ok(cores),
    }
}
