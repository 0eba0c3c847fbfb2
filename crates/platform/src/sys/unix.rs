//! What Linux, macOS and the BSDs share.

pub(super) mod forked;

use crate::Status;
use crate::child::Limits;
use crate::dylib::{Error, Library};
use crate::trust::Distrust;
pub(crate) use forked::{exit_now, fork};
use libloading::os::unix::{Library as UnixLibrary, RTLD_LAZY, RTLD_LOCAL, RTLD_NOW};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use rustix::process::{Pid, Resource, Rlimit, WaitId, WaitIdOptions};
use rustix::stdio::{stderr, stdin, stdout};
use std::ffi::OsStr;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

pub(crate) const REMOVABLE_WHILE_OPEN: bool = true;

pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// # Safety
/// As [`crate::dylib::open`].
pub(crate) unsafe fn open(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller guarantees that the constructors may run here.
    let library = unsafe { UnixLibrary::open(Some(path), RTLD_NOW | RTLD_LOCAL) }?;
    Ok(library.into())
}

/// # Safety
/// As [`crate::dylib::open_lazily`].
pub(crate) unsafe fn open_lazily(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller guarantees that the constructors may run here.
    let library = unsafe { UnixLibrary::open(Some(path), RTLD_LAZY | RTLD_LOCAL) }?;
    Ok(library.into())
}

pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// Why fork is not supported on a system on which [`super::threads`] is not.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const THREADS_UNKNOWN: &str =
    "only a process with one thread can be forked, and only Linux reports the number of threads";

pub(crate) fn signal_name(signal: i32) -> Option<&'static str> {
    let names = [
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGALRM, "SIGALRM"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGINT, "SIGINT"),
        (libc::SIGKILL, "SIGKILL"),
        (libc::SIGPIPE, "SIGPIPE"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGSYS, "SIGSYS"),
        (libc::SIGTERM, "SIGTERM"),
        (libc::SIGTRAP, "SIGTRAP"),
        (libc::SIGUSR1, "SIGUSR1"),
        (libc::SIGUSR2, "SIGUSR2"),
        (libc::SIGXCPU, "SIGXCPU"),
        (libc::SIGXFSZ, "SIGXFSZ"),
    ];
    names
        .into_iter()
        .find_map(|(number, name)| (number == signal).then_some(name))
}

/// The child leads its own process group.
pub(crate) fn in_a_group(command: &mut Command) {
    command.process_group(0);
}

/// The child must not have been reaped.
pub(crate) fn kill_group(child: &Child) {
    // It is not an error if no process is left.
    let _ = rustix::process::kill_process_group(Pid::from_child(child), rustix::process::Signal::KILL);
}

/// Whether the child has ended. This does not reap it.
pub(crate) fn has_ended(child: &mut Child) -> io::Result<bool> {
    has_exited(Pid::from_child(child))
}

fn has_exited(child: Pid) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    loop {
        match rustix::process::waitid(WaitId::Pid(child), options) {
            Err(rustix::io::Errno::INTR) => {}
            status => return Ok(status?.is_some()),
        }
    }
}

/// Ends this process immediately, and its whole process group if it leads one.
pub(crate) fn end_group_now(code: i32) -> ! {
    if rustix::process::getpgrp() == rustix::process::getpid() {
        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::KILL);
    }
    exit_now(code)
}

/// Moves the pipes to the parent to other descriptors. From then on standard input is empty, and standard output is
/// redirected to standard error.
pub(crate) fn take_streams() -> io::Result<(Box<dyn Read + Send>, Box<dyn Write + Send>)> {
    let input = rustix::io::fcntl_dupfd_cloexec(stdin(), 3)?;
    let output = rustix::io::fcntl_dupfd_cloexec(stdout(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(stderr())?;
    Ok((Box::new(File::from(input)), Box::new(File::from(output))))
}

/// Sets the limits. `address_space` is the memory limit plus what is already mapped. A limit that is already lower is
/// kept.
pub(super) fn limit(limits: &Limits, address_space: Option<u64>) -> io::Result<()> {
    // One second more until the signal that cannot be caught: the first signal shows the reason.
    let cpu = limits.cpu_seconds.map(|seconds| (seconds, seconds.saturating_add(1)));
    let same = |limit: Option<u64>| limit.map(|limit| (limit, limit));
    for (resource, limit) in [
        (Resource::Cpu, cpu),
        (Resource::Fsize, same(limits.file_size)),
        (Resource::Nofile, same(limits.open_files)),
        (Resource::Core, same(limits.core)),
        (Resource::As, same(address_space)),
    ] {
        if let Some((current, maximum)) = limit {
            limit_one(resource, current, maximum)?;
        }
    }
    Ok(())
}

pub(super) fn limit_one(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let before = rustix::process::getrlimit(resource);
    let at_most = |limit: u64, bound: Option<u64>| Some(bound.map_or(limit, |bound| limit.min(bound)));
    let after = Rlimit {
        current: at_most(current, before.current),
        maximum: at_most(maximum, before.maximum),
    };
    Ok(rustix::process::setrlimit(resource, after)?)
}

/// `getppid`, which is always a system call.
#[inline]
pub(crate) fn parent_id() -> Option<u32> {
    // SAFETY: the call has no precondition and always succeeds.
    let parent = unsafe { libc::getppid() };
    u32::try_from(parent).ok()
}

/// Opening a pipe does not wait for its other end.
pub(crate) fn without_waiting(options: &mut OpenOptions) -> bool {
    options.custom_flags(libc::O_NONBLOCK);
    true
}

pub(crate) fn directory_of_owner(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o700));
}

pub(crate) fn new_directory_of_owner(builder: &mut DirBuilder) {
    builder.mode(0o700);
}

pub(crate) fn file_of_owner(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// The umask applies, as for every new file.
pub(crate) fn file_of_everyone(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o666));
}

pub(crate) const TEMPORARY_VARIABLES: &[&str] = &["TMPDIR"];

/// Restores the owner's permissions on the directory. It is not an error if this fails.
pub(crate) fn permit_owner(directory: &Path) {
    let _ = std::fs::set_permissions(directory, Permissions::from_mode(0o700));
}

/// Whether it was killed by SIGKILL.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGKILL)
}

/// In addition to the directory in `TMPDIR`.
pub(crate) fn temporary_directories() -> Vec<PathBuf> {
    vec![std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")]
}

pub(crate) fn split_paths(value: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(value).collect()
}

pub(crate) const TRUST_STATUS: Status = Status::Supported;

/// The owner of the running program's file, and its group if the group can write it.
fn program() -> (Option<u32>, Option<u32>) {
    static PROGRAM: OnceLock<(Option<u32>, Option<u32>)> = OnceLock::new();
    *PROGRAM.get_or_init(|| {
        let file = std::env::current_exe().and_then(std::fs::metadata);
        let writable = |file: &&Metadata| file.mode() & 0o020 != 0;
        (
            file.as_ref().ok().map(MetadataExt::uid),
            file.as_ref().ok().filter(writable).map(MetadataExt::gid),
        )
    })
}

pub(crate) fn distrust(metadata: &Metadata) -> Option<Distrust> {
    let (owner, writing_group) = program();
    let (user, group, mode) = (metadata.uid(), metadata.gid(), metadata.mode());
    if user != 0 && user != rustix::process::geteuid().as_raw() && Some(user) != owner {
        return Some(Distrust::Owner { user });
    }
    if mode & 0o002 != 0 {
        return Some(Distrust::Everyone);
    }
    if mode & 0o020 != 0 && group != rustix::process::getegid().as_raw() && Some(group) != writing_group {
        return Some(Distrust::Group { group });
    }
    None
}

/// With memmap2.
pub(crate) const MAP_STATUS: Status = Status::Supported;

pub(crate) const GUARD_STATUS: Status = Status::Supported;

/// Zeroed pages, followed by an inaccessible page.
#[derive(Debug)]
pub(crate) struct Pages {
    start: NonNull<u8>,
    bytes: usize,
}

impl Pages {
    /// At least this many bytes.
    pub(crate) fn guarded(bytes: usize) -> io::Result<Self> {
        let page = page_size();
        let bytes = bytes.checked_next_multiple_of(page).ok_or(io::ErrorKind::OutOfMemory)?;
        let whole = bytes.checked_add(page).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: a new mapping, at an address that the system chooses, does not affect existing memory.
        let start = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                whole,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )
        }?;
        let pages = Self {
            start: NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?,
            bytes,
        };
        // SAFETY: the offset is inside the mapping.
        let guard = unsafe { start.byte_add(bytes) };
        // SAFETY: the page is the mapping's last, to which nobody has a pointer.
        unsafe { mprotect(guard, page, MprotectFlags::empty()) }?;
        Ok(pages)
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// The size of the accessible memory in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the mapping, including the last page, belongs to this value, and nobody borrows it any longer.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.bytes + page_size()) };
        debug_assert!(unmapped.is_ok(), "{unmapped:?}");
    }
}
