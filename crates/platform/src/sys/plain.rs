//! Implementations with `std` only: child processes without signals, groups and limits, and with unchanged standard
//! streams; files without owners and modes.

use crate::Status;
use crate::child::Limits;
use crate::dylib::{Error, Library};
use crate::fork;
use crate::trust::Distrust;
use std::ffi::OsStr;
use std::fs::{DirBuilder, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

const NO_LIMITS: &str = "only the back ends of Unix limit child processes";

pub(crate) const CHILD_STATUS: Status = if cfg!(target_os = "wasi") {
    Status::Unsupported("WASI starts no processes")
} else {
    Status::Degraded(
        "the program is found by its path: a child runs another program if the file was replaced, and output printed \
            by a child damages its answer",
    )
};
/// With memmap2.
pub(crate) const MAP_STATUS: Status = if cfg!(any(unix, windows)) {
    Status::Supported
} else {
    Status::Unsupported("memory mapping is not supported: files are read into memory instead")
};
pub(crate) const LIMITS_STATUS: Status = Status::Unsupported(NO_LIMITS);

pub(crate) fn containment_status() -> Status {
    if cfg!(target_os = "wasi") {
        Status::Unsupported("WASI starts no processes")
    } else {
        Status::Degraded("processes that a child started are not killed with it")
    }
}

pub(crate) fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

pub(crate) fn signal_name(_signal: i32) -> Option<&'static str> {
    None
}

const NO_FORK: &str = "only the back end of Linux forks";

pub(crate) const FORK_STATUS: Status = Status::Unsupported(NO_FORK);

/// # Safety
/// As its Unix counterpart; it does nothing.
pub(crate) unsafe fn fork(_work: &mut dyn FnMut() -> Vec<u8>) -> Result<Vec<u8>, fork::Error> {
    Err(fork::Error::Unsupported(NO_FORK))
}

pub(crate) fn exit_now(code: i32) -> ! {
    std::process::exit(code)
}

pub(crate) fn end_group_now(code: i32) -> ! {
    exit_now(code)
}

pub(crate) fn in_a_group(_command: &mut Command) {}

pub(crate) fn kill_group(_child: &Child) {}

pub(crate) fn has_ended(child: &mut Child) -> io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

pub(crate) fn was_killed(_status: ExitStatus) -> bool {
    false
}

/// The environment variables that platforms read for the temporary directory.
pub(crate) const TEMPORARY_VARIABLES: &[&str] = &["TMPDIR", "TMP", "TEMP"];

pub(crate) fn permit_owner(_directory: &Path) {}

pub(crate) fn take_streams() -> io::Result<(Box<dyn Read + Send>, Box<dyn Write + Send>)> {
    Ok((Box::new(io::stdin()), Box::new(io::stdout())))
}

pub(crate) fn set_limits(limits: &Limits) -> io::Result<()> {
    if *limits == Limits::default() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::Unsupported, NO_LIMITS))
}

pub(crate) const TRUST_STATUS: Status = Status::Unsupported("only the back ends of Unix check who can write a file");

pub(crate) fn distrust(_metadata: &Metadata) -> Option<Distrust> {
    None
}

pub(crate) fn new_directory_of_owner(_builder: &mut DirBuilder) {}

pub(crate) fn directory_of_owner(_builder: &mut tempfile::Builder<'_, '_>) {}

pub(crate) fn file_of_owner(_options: &mut OpenOptions) {}

pub(crate) fn file_of_everyone(_builder: &mut tempfile::Builder<'_, '_>) {}

pub(crate) fn without_waiting(_options: &mut OpenOptions) -> bool {
    false
}

pub(crate) fn temporary_directories() -> Vec<PathBuf> {
    // On WASI std has none, and panics.
    let directory = match cfg!(target_os = "wasi") {
        true => crate::directories::named("TMPDIR").unwrap_or_else(|| "/tmp".into()),
        false => std::env::temp_dir(),
    };
    vec![directory]
}

pub(crate) fn split_paths(value: &OsStr) -> Vec<PathBuf> {
    match cfg!(target_os = "wasi") {
        true => value
            .as_encoded_bytes()
            .split(|byte| *byte == b':')
            .filter_map(|part| std::str::from_utf8(part).ok().map(PathBuf::from))
            .collect(),
        false => std::env::split_paths(value).collect(),
    }
}

/// The loader refuses files that may not be executed, with an error.
pub(crate) fn may_execute(_directory: &Path) -> io::Result<bool> {
    Ok(true)
}

/// There is no system call with almost no work.
pub(crate) fn parent_id() -> Option<u32> {
    None
}

/// # Safety
/// As [`crate::dylib::open`].
pub(crate) unsafe fn open_lazily(path: &Path) -> Result<Library, Error> {
    // SAFETY: the caller's contract is the one of `open`.
    unsafe { super::open(path) }
}
