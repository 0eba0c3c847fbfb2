//! Linux (and Android, which has the same calls).

mod arch;
mod guardian;

pub(crate) use super::segment::{Mapped, SEGMENT_STATUS, Shared};
pub(crate) use super::unix::{
    GUARD_STATUS, MAP_STATUS, Pages, REMOVABLE_WHILE_OPEN, TEMPORARY_VARIABLES, TRUST_STATUS, directory_of_owner,
    distrust, end_group_now, exit_now, file_of_everyone, file_of_owner, fork, has_ended, in_a_group, kill_group,
    new_directory_of_owner, open, open_lazily, page_size, parent_id, permit_owner, signal, signal_name, split_paths,
    take_streams, temporary_directories, was_killed, without_waiting,
};
pub(crate) use super::xdg::*;
use crate::affinity;
use crate::load::Reading;
use crate::{Status, child};
pub(crate) use arch::{Counters, NO_COUNTERS, STEP_STATUS, trace};
pub(crate) use guardian::{containment_status, end_with_guardian, guard, kill_marked};
use rustix::thread::CpuSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const NAME: &str = "linux";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;
pub(crate) const DYLIB_STATUS: Status = Status::Supported;
pub(crate) const SEARCH_VARIABLE: Option<&str> = Some("LD_LIBRARY_PATH");
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Supported;
pub(crate) const AFFINITY_STATUS: Status = Status::Supported;
pub(crate) const CHILD_STATUS: Status = Status::Supported;
pub(crate) const FORK_STATUS: Status = Status::Supported;
pub(crate) const LIMITS_STATUS: Status = Status::Supported;

/// `MADV_HUGEPAGE` for the whole pages of the slice. Partial pages at its ends are not changed.
pub(crate) fn prefer_huge_pages<T>(memory: &mut [T]) -> io::Result<()> {
    let (page, start) = (page_size(), memory.as_mut_ptr());
    let skip = start.addr().next_multiple_of(page) - start.addr();
    let length = size_of_val(memory).saturating_sub(skip) / page * page;
    if length == 0 {
        return Ok(());
    }
    let start = start.wrapping_byte_add(skip).cast();
    // SAFETY: the range is within the slice, which belongs only to this call. The advice changes the pages of the
    // memory, and none of its bytes.
    Ok(unsafe { rustix::mm::madvise(start, length, rustix::mm::Advice::LinuxHugepage) }?)
}

pub(crate) fn load_status() -> Status {
    match load() {
        Some(_) => Status::Supported,
        None => Status::Unsupported("/proc is not mounted here, or this kernel keeps no account of who waited"),
    }
}

/// From `/proc`: `None` if it is not mounted, or the kernel does not count this.
pub(crate) fn load() -> Option<Reading> {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    // Nanoseconds on a CPU, nanoseconds waiting for one, slices.
    let waited = schedstat.split_whitespace().nth(1)?.parse().ok()?;
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    // `cpu` and then user, nice, system, idle, iowait, irq, softirq, steal.
    let stolen: u64 = stat.lines().next()?.split_whitespace().nth(8)?.parse().ok()?;
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    Some(Reading {
        waited: Duration::from_nanos(waited),
        stolen: Duration::from_secs_f64(stolen as f64 / ticks as f64),
    })
}

cfg_if::cfg_if! {
    if #[cfg(target_env = "gnu")] {
        pub(crate) const HEAP_STATUS: Status = Status::Supported;

        pub(crate) fn heap_in_use() -> Option<usize> {
            // SAFETY: it only reads counters, and has no precondition.
            let counted = unsafe { libc::mallinfo2() };
            Some(counted.uordblks + counted.hblkhd)
        }
    } else {
        pub(crate) const HEAP_STATUS: Status = Status::Unsupported("this C library does not report it");

        pub(crate) fn heap_in_use() -> Option<usize> {
            None
        }
    }
}

pub(crate) fn current_cpu() -> Result<usize, affinity::Error> {
    Ok(rustix::thread::sched_getcpu())
}

pub(crate) fn allowed_cpus() -> Result<Vec<usize>, affinity::Error> {
    let set = rustix::thread::sched_getaffinity(None).map_err(|source| affinity::Error::System {
        tried: "read the CPUs that this thread may run on".to_owned(),
        source: source.into(),
    })?;
    Ok((0..CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect())
}

pub(crate) fn allow(cpus: &[usize]) -> Result<(), affinity::Error> {
    let failed = |source| affinity::Error::System {
        tried: format!("restrict this thread to the CPUs {cpus:?}: name CPUs that are allowed"),
        source,
    };
    if cpus.iter().any(|&cpu| cpu >= CpuSet::MAX_CPU) {
        return Err(failed(io::ErrorKind::InvalidInput.into()));
    }
    let mut set = CpuSet::new();
    for &cpu in cpus {
        set.set(cpu);
    }
    rustix::thread::sched_setaffinity(None, &set).map_err(|source| failed(source.into()))
}

/// Where the system is told what it runs on.
const CPUS: &str = "/sys/devices/system/cpu";

pub(crate) fn cores_status() -> Status {
    match cores() {
        Ok(_) => Status::Supported,
        Err(_) => Status::Unsupported("/sys is not mounted here, or does not say it"),
    }
}

pub(crate) fn cores() -> Result<Vec<Vec<usize>>, affinity::Error> {
    let failed = |source| affinity::Error::Cores { source };
    let mut cores = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(CPUS).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // Only online CPUs have the file; other entries are not CPUs.
        if let Ok(list) = std::fs::read_to_string(path.join("topology/thread_siblings_list")) {
            cores.insert(listed(&list).ok_or_else(|| failed(io::ErrorKind::InvalidData.into()))?);
        }
    }
    match cores.is_empty() {
        true => Err(failed(io::ErrorKind::NotFound.into())),
        false => Ok(cores.into_iter().collect()),
    }
}

/// The numbers of a list such as `0-3,8`.
fn listed(list: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    for part in list.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last >= CpuSet::MAX_CPU {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

/// The first CPU's first cache.
pub(crate) fn cache_line() -> Option<usize> {
    let path = Path::new(CPUS).join("cpu0/cache/index0/coherency_line_size");
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

pub(crate) fn clock_source() -> Option<String> {
    let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}

pub(crate) fn threads() -> io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

/// The running program, even after its file was replaced or removed. Its path if `/proc` is not mounted.
pub(crate) fn this_program() -> Result<PathBuf, child::Error> {
    let link = PathBuf::from("/proc/self/exe");
    if link.exists() || std::fs::read_link(&link).is_ok() {
        return Ok(link);
    }
    std::env::current_exe().map_err(child::Error::Program)
}

pub(crate) fn set_limits(limits: &child::Limits) -> io::Result<()> {
    let address_space = match limits.memory {
        Some(more) => Some(mapped()?.saturating_add(more)),
        None => None,
    };
    super::unix::limit(limits, address_space)?;
    if let Some(processes) = limits.processes {
        // The guardian counts the child's processes; this limits what the child starts faster than the guardian counts.
        let most = processes.saturating_add(of_this_user()?).saturating_add(1024);
        super::unix::limit_one(rustix::process::Resource::Nproc, most, most)?;
    }
    Ok(())
}

/// The number of processes and threads of this process's user.
fn of_this_user() -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::getuid().as_raw();
    let mut count = 0;
    for process in std::fs::read_dir("/proc")? {
        let process = process?;
        let is_process = process.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit);
        // A process that has ended in the meantime does not count.
        if is_process && process.metadata().is_ok_and(|process| process.uid() == user) {
            count += std::fs::read_dir(process.path().join("task")).map_or(0, |threads| threads.count() as u64);
        }
    }
    Ok(count)
}

/// Asks the guardian to kill the child and to exit. True if there may be a guardian.
pub(crate) fn ask_to_end(child: &std::process::Child) -> bool {
    if containment_status() != Status::Supported {
        return false;
    }
    let guardian = rustix::process::Pid::from_child(child);
    // It is not reaped yet, so its id is still its own. It is not an error if it has ended.
    let _ = rustix::process::kill_process(guardian, rustix::process::Signal::TERM);
    true
}

/// The size of this process's mapped address space in bytes.
fn mapped() -> io::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages = text.split(' ').next().and_then(|pages| pages.parse::<u64>().ok());
    let pages =
        pages.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/self/statm has no first number"))?;
    Ok(pages.saturating_mul(page_size() as u64))
}

pub(crate) fn system_release() -> Option<String> {
    let name = rustix::system::uname();
    Some(name.release().to_string_lossy().into_owned())
}

/// The first of the names that `/proc/cpuinfo` uses on different processors.
pub(crate) fn cpu_model() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    ["model name", "Model Name", "cpu model", "Processor", "Hardware"]
        .iter()
        .find_map(|wanted| {
            text.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                (name.trim() == *wanted).then(|| value.trim().to_owned())
            })
        })
}

pub(crate) const MACHINE_STATUS: Status = Status::Supported;

/// The governors of all CPUs, without duplicates.
pub(crate) fn governor() -> Option<String> {
    let cpus = std::fs::read_dir(CPUS).ok()?;
    let names: std::collections::BTreeSet<String> = cpus
        .filter_map(|cpu| std::fs::read_to_string(cpu.ok()?.path().join("cpufreq/scaling_governor")).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// If the processor does not report it: a hypervisor that the system knows, or firmware that names one. Firmware that
/// names none proves nothing.
pub(crate) fn virtualised() -> Option<bool> {
    let told = ["/sys/hypervisor/type", "/proc/device-tree/hypervisor/compatible"];
    if told.iter().any(|file| Path::new(file).exists()) {
        return Some(true);
    }
    let makers = [
        "QEMU",
        "KVM",
        "VMware",
        "VirtualBox",
        "Xen",
        "Bochs",
        "Parallels",
        "Google Compute",
    ];
    let firmware = ["sys_vendor", "product_name"].map(|name| Path::new("/sys/class/dmi/id").join(name));
    let named = firmware.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    let mut named = named.filter(|name| makers.iter().any(|maker| name.contains(maker)));
    named.next().map(|_| true)
}

/// Whether files in the directory can be mapped as code: not if its file system is mounted noexec.
pub(crate) fn may_execute(directory: &Path) -> io::Result<bool> {
    let flags = rustix::fs::statvfs(directory)?.f_flag;
    Ok(!flags.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
}
