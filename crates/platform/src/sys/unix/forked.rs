//! Forked children: how one is created, how it always ends, and how its result is read.

use super::has_exited;
use crate::fork::Error;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, WaitOptions, WaitStatus, waitpid};
use std::io::{self, PipeReader, Read, Write};
use std::panic::AssertUnwindSafe;

/// The exit code of Rust's own `main` after a panic.
pub(in crate::sys) const PANICKED: i32 = 101;

/// How long to wait for a result before checking whether the child is still running.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 10_000_000,
};

/// Ends this process immediately: no destructors or exit handlers of measured or foreign code run.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no precondition.
    unsafe { libc::_exit(code) }
}

/// Forks. `work` runs in the child, which ends with `_exit` and the code that `work` returns. The child neither returns
/// nor unwinds out of this function, whatever `work` does.
///
/// # Safety
/// `work` may be called in a forked child of this process: no other thread holds a lock that it needs.
pub(in crate::sys) unsafe fn fork_into(work: impl FnOnce() -> i32) -> io::Result<Pid> {
    // The content of this buffer would be written twice if the child exits with `std::process::exit`.
    let _ = io::stdout().flush();
    // SAFETY: the caller guarantees that `work` may be called in the child. Besides that, the child only registers a
    // handler and ends.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => live(work),
        pid => Ok(Pid::from_raw(pid).expect("fork gives a parent a positive number")),
    }
}

/// The whole life of a forked child.
fn live(work: impl FnOnce() -> i32) -> ! {
    // If anything below unwinds, this ends the process.
    let _end = End;
    crate::child::be_forked();
    end_at_exit();
    if super::super::segment::make_private().is_err() {
        exit_now(PANICKED);
    }
    let own = std::process::id();
    let code = match std::panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(code) => code,
        // Dropping the payload runs foreign code, which may panic again.
        Err(payload) => {
            std::mem::forget(payload);
            PANICKED
        }
    };
    // `work` may have forked too, and then it returns twice.
    exit_now(if std::process::id() == own { code } else { PANICKED })
}

struct End;

impl Drop for End {
    fn drop(&mut self) {
        exit_now(PANICKED)
    }
}

cfg_if::cfg_if! {
    if #[cfg(all(target_os = "linux", target_env = "gnu"))] {
        /// The parent's exit handlers must not run in the child: `exit` runs the last registered handler first, and
        /// this one ends the process.
        fn end_at_exit() {
            type Handler = extern "C" fn(libc::c_int, *mut libc::c_void);
            unsafe extern "C" {
                fn on_exit(handler: Handler, data: *mut libc::c_void) -> libc::c_int;
            }
            extern "C" fn end(code: libc::c_int, _data: *mut libc::c_void) {
                exit_now(code)
            }
            // SAFETY: the handler has the type with which the C library calls it, exists for the life of the process,
            // and reads nothing through its pointer.
            let registered = unsafe { on_exit(end, std::ptr::null_mut()) };
            if registered != 0 {
                exit_now(PANICKED);
            }
        }
    } else {
        /// As with glibc, but the C library does not pass the code to the handler: it is lost.
        fn end_at_exit() {
            extern "C" fn end() {
                exit_now(crate::fork::EXITED)
            }
            // SAFETY: the handler has the type with which the C library calls it, and exists for the life of the
            // process.
            let registered = unsafe { libc::atexit(end) };
            if registered != 0 {
                exit_now(PANICKED);
            }
        }
    }
}

/// # Safety
/// As [`fork_into`].
pub(crate) unsafe fn fork(work: &mut dyn FnMut() -> Vec<u8>) -> Result<Vec<u8>, Error> {
    let system = |tried| move |source: io::Error| Error::System { tried, source };
    let (reader, writer) = io::pipe().map_err(system("open a pipe"))?;
    let mut ends = Some((reader, writer));
    let both = &mut ends;
    let child = move || {
        let Some((reader, mut writer)) = both.take() else {
            return PANICKED;
        };
        // If the child held this end itself, its writes would block forever once the parent is gone.
        drop(reader);
        let own = std::process::id();
        let answer = work();
        // A copy of this child that `work` forked has no result to send.
        let written = std::process::id() == own && writer.write_all(&answer).is_ok();
        if written { 0 } else { PANICKED }
    };
    // SAFETY: the caller upholds this function's contract, which is that of `fork_into`.
    let pid = unsafe { fork_into(child) }.map_err(system("fork"))?;
    let Some((mut reader, writer)) = ends.take() else {
        unreachable!("the closure ran in the child alone");
    };
    drop(writer);
    let answer = receive(&mut reader, pid);
    let status = reap(pid).map_err(system("wait"))?;
    match (status.exit_status(), status.terminating_signal()) {
        (Some(0), _) => answer.map_err(system("read the answer")),
        (Some(code), _) => Err(Error::Exited { code }),
        (None, signal) => Err(Error::Signalled {
            signal: signal.unwrap_or_default(),
        }),
    }
}

/// Reads until the end of the stream or of the child: a process that the child left behind may hold the pipe.
fn receive(reader: &mut PipeReader, pid: Pid) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut bytes = vec![0; 64 << 10];
    loop {
        // Check the child before reading: when it has ended, everything that it wrote is in the pipe.
        let ended = has_exited(pid)?;
        let wait = if ended { Timespec::default() } else { LOOK };
        let ready = match poll(&mut [PollFd::new(&*reader, PollFlags::IN)], Some(&wait)) {
            Ok(ready) => ready > 0,
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if ready {
            match reader.read(&mut bytes) {
                Ok(0) => return Ok(answer),
                Ok(length) => answer.extend_from_slice(&bytes[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        } else if ended {
            return Ok(answer);
        }
    }
}

fn reap(pid: Pid) -> io::Result<WaitStatus> {
    loop {
        match waitpid(Some(pid), WaitOptions::empty()) {
            Ok(Some((_, status))) => return Ok(status),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
