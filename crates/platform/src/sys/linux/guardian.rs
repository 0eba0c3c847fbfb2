//! The guardian of a child: the process that the parent started. It starts the child and outlives it.
//!
//! It is the subreaper of all processes that the child starts: a process that loses its parent, even by a double fork
//! and `setsid`, becomes a child of the guardian. The guardian can therefore kill all of them without risk to other
//! processes: it only kills its own children, which keep their ids until it reaps them, and their children then become
//! its own.
//! own children are killed, they keep their numbers until the guardian reaps them, and theirs become its own then.

use crate::Status;
use crate::child::{ABANDONED, GUARDIAN, Start};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, kill_process, kill_process_group,
    pidfd_open, wait, waitid, waitpid,
};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The interval in which the guardian counts processes.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// This many checks only read the machine's number of processes, which costs almost nothing. The next check counts the
/// child's.
const CHEAP_LOOKS: u32 = 10;

/// How long the guardian tries to kill what the child left. A process that the kernel does not end in this time (it
/// waits for a device) ends later.
const ENDING: Duration = Duration::from_secs(3);

/// The parent requests the end.
static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn stop(_signal: libc::c_int) {
    STOP.store(true, Ordering::SeqCst);
}

/// Emulators of user programs have no subreapers: to QEMU's, the call is an invalid argument.
pub(crate) fn containment_status() -> Status {
    match rustix::process::child_subreaper() {
        Ok(_) => Status::Supported,
        Err(_) => Status::Degraded(
            "the system has no child subreapers: a process that leaves the child's process group is not killed with it",
        ),
    }
}

/// Makes this process the guardian of the child that it starts. It exits when the child has ended, with the same
/// status.
pub(crate) fn guard(start: &Start) -> io::Result<()> {
    if containment_status() != Status::Supported {
        return Ok(());
    }
    let own = rustix::process::getpid();
    rustix::process::set_child_subreaper(Some(own))?;
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
        let handler = stop as extern "C" fn(libc::c_int);
        // SAFETY: the handler has the type with which the kernel calls it, exists for the life of the process, and only
        // stores to an atomic. The child does not inherit it across its `exec`.
        let before = unsafe { libc::signal(signal, handler as *const () as libc::sighandler_t) };
        if before == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    let mut arguments = std::env::args_os();
    let mut command = Command::new(super::this_program().map_err(io::Error::other)?);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    command
        .args(arguments)
        .env(GUARDIAN, own.as_raw_nonzero().to_string())
        .process_group(0);
    let child = Pid::from_child(&command.spawn()?);
    let watched = Watch::new(start.processes).until(child);
    let end = end_all(child);
    report(start, &watched, end.killed);
    // The child may have seen it first.
    if lifeline_is_closed() {
        remove_directory();
    }
    match (watched, end.child) {
        (Seen::End, Some(status)) => end_as(status),
        _ => super::exit_now(ABANDONED),
    }
}

/// Binds the child to its guardian: if the guardian is killed, the kernel kills the child.
pub(crate) fn end_with_guardian() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // The guardian may already have ended.
    let parent = rustix::process::getppid().map(|parent| parent.as_raw_nonzero().to_string());
    match parent == std::env::var(GUARDIAN).ok() {
        true => Ok(()),
        false => Err(io::ErrorKind::NotFound.into()),
    }
}

/// The events that a guardian waits for.
enum Seen {
    /// The child's end.
    End,
    /// The parent told it to stop.
    Stop,
    /// The parent closed the lifeline, or ended.
    ParentGone,
    /// More processes than the child's limit.
    TooMany(u64),
}

struct Watch {
    limit: u64,
    /// `/proc/loadavg`, if it exists.
    load: Option<File>,
    /// The lowest number on the machine since the child was started.
    fewest: u64,
    looks: u32,
}

impl Watch {
    fn new(limit: u64) -> Watch {
        let mut watch = Watch {
            limit,
            load: File::open("/proc/loadavg").ok(),
            fewest: u64::MAX,
            looks: 0,
        };
        watch.fewest = watch.machine().unwrap_or(u64::MAX);
        watch
    }

    fn until(mut self, child: Pid) -> Seen {
        // Without a pidfd (Linux before 5.3), the check every 20 ms detects the end.
        let ended = pidfd_open(child, PidfdFlags::empty()).ok();
        loop {
            let mut polled = vec![lifeline()];
            polled.extend(ended.as_ref().map(|ended| PollFd::new(ended, PollFlags::IN)));
            // A signal that interrupts it is handled like everything else.
            let _ = poll(&mut polled, Some(&LOOK));
            let gone = is_closed(&polled[0]);
            if has_ended(child) {
                return Seen::End;
            }
            if STOP.load(Ordering::SeqCst) {
                return Seen::Stop;
            }
            if gone {
                return Seen::ParentGone;
            }
            reap_others(child);
            if let Some(count) = self.too_many() {
                return Seen::TooMany(count);
            }
        }
    }

    /// The number of processes and threads, if it exceeds the limit.
    fn too_many(&mut self) -> Option<u64> {
        self.looks += 1;
        let machine = self.machine();
        let more = machine.is_none_or(|machine| machine.saturating_sub(self.fewest) > self.limit / 2);
        self.fewest = self.fewest.min(machine.unwrap_or(u64::MAX));
        if !more && self.looks <= CHEAP_LOOKS {
            return None;
        }
        self.looks = 0;
        let count = count_below("self", self.limit);
        (count > self.limit).then_some(count)
    }

    /// The number of processes and threads of the machine.
    fn machine(&mut self) -> Option<u64> {
        let load = self.load.as_mut()?;
        let mut text = [0; 64];
        load.seek(SeekFrom::Start(0)).ok()?;
        let length = load.read(&mut text).ok()?;
        let text = std::str::from_utf8(&text[..length]).ok()?;
        // Three averages, and then running/all.
        text.split_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
    }
}

/// The child reads the lifeline. The guardian only checks whether it is closed.
fn lifeline() -> PollFd<'static> {
    PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::empty())
}

fn is_closed(lifeline: &PollFd<'_>) -> bool {
    let closed = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    lifeline.revents().intersects(closed)
}

fn lifeline_is_closed() -> bool {
    let mut polled = [lifeline()];
    poll(&mut polled, Some(&Timespec::default())).is_ok() && is_closed(&polled[0])
}

/// Counts the processes and threads below a process, without the process itself. It stops at the limit plus one.
fn count_below(process: &str, limit: u64) -> u64 {
    let mut count = 0;
    let mut left: Vec<String> = children(process);
    while let Some(process) = left.pop() {
        let threads = std::fs::read_dir(format!("/proc/{process}/task")).map_or(1, |threads| threads.count());
        count += threads.max(1) as u64;
        if count > limit {
            break;
        }
        left.extend(children(&process));
    }
    count
}

/// The ids of a process's children.
fn children(process: &str) -> Vec<String> {
    let mut found = Vec::new();
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let Ok(text) = std::fs::read_to_string(thread.path().join("children")) else {
            continue;
        };
        found.extend(text.split_whitespace().map(str::to_owned));
    }
    found
}

fn has_ended(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    // A child that cannot be waited for is no longer a child.
    !matches!(
        waitid(WaitId::Pid(child), options),
        Ok(None) | Err(rustix::io::Errno::INTR)
    )
}

/// Reaps the adopted processes that have ended, but not the child itself.
fn reap_others(child: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    while let Ok(Some(_)) = waitid(WaitId::All, options) {
        // The call does not say which process ended, so each one is queried.
        let mut reaped = false;
        for other in own_children().into_iter().filter(|other| *other != child) {
            reaped |= matches!(waitpid(Some(other), WaitOptions::NOHANG), Ok(Some(_)));
        }
        if !reaped {
            return;
        }
    }
}

fn own_children() -> Vec<Pid> {
    let parsed = children("self").into_iter().filter_map(|child| child.parse().ok());
    parsed.filter_map(Pid::from_raw).collect()
}

struct Ends {
    /// How the child ended.
    child: Option<WaitStatus>,
    /// The number of other processes that were killed.
    killed: u64,
}

/// Kills the child, its process group, and all processes that the guardian has adopted or adopts, and reaps them.
fn end_all(child: Pid) -> Ends {
    let mut ends = Ends { child: None, killed: 0 };
    // The child is not reaped yet, so its id and its group's id cannot belong to others. A process of the group cannot
    // escape by forking: a fork does not complete in a process that has a pending signal to its group.
    kill(child);
    let until = Instant::now() + ENDING;
    let mut nap = Duration::from_micros(100);
    loop {
        own_children().into_iter().for_each(kill);
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((process, status))) if process == child => ends.child = Some(status),
                Ok(Some((_, status))) => {
                    ends.killed += u64::from(status.terminating_signal() == Some(libc::SIGKILL));
                }
                Ok(None) => break,
                Err(rustix::io::Errno::INTR) => {}
                // No process is left.
                Err(_) => return ends,
            }
        }
        if Instant::now() > until {
            return ends;
        }
        std::thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(5));
    }
}

/// Kills a child of the guardian that is not reaped, and its process group if it leads one.
fn kill(child: Pid) {
    // It is not an error if no process is left.
    let _ = kill_process_group(child, Signal::KILL);
    let _ = kill_process(child, Signal::KILL);
}

/// Tells the parent what it cannot see itself.
fn report(start: &Start, seen: &Seen, killed: u64) {
    let frame = match *seen {
        Seen::TooMany(count) => crate::child::too_many(start, count),
        _ if killed > 0 => crate::child::left_behind(start, killed),
        _ => return,
    };
    let mut output = io::stdout();
    // If the parent is gone, no report is needed.
    let _ = output.write_all(&frame).and_then(|()| output.flush());
}

/// Removes what the parent would have removed.
fn remove_directory() {
    if let Some(directory) = std::env::var_os(crate::child::DIRECTORY) {
        crate::child::remove(Path::new(&directory));
    }
}

/// Exits with the child's status, so that the parent sees it.
fn end_as(status: WaitStatus) -> ! {
    if let Some(signal) = status.terminating_signal() {
        // Only the child leaves a core dump.
        let none = rustix::process::Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
        // SAFETY: the default action has no precondition.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        // SAFETY: raising a signal has no precondition; this signal ends the process, as it ended the child.
        unsafe { libc::raise(signal) };
    }
    super::exit_now(status.exit_status().unwrap_or(ABANDONED))
}

/// Kills every process whose initial environment contains `mark`, and repeats this until there is none: for the
/// processes of a child whose guardian was killed.
pub(crate) fn kill_marked(mark: &str) {
    let until = Instant::now() + ENDING;
    while kill_each_marked(mark) > 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A descriptor holds the process before it is inspected, so that its id cannot be reused.
fn kill_each_marked(mark: &str) -> usize {
    let own = std::process::id().to_string();
    let mut killed = 0;
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = process.file_name();
        let number = name.to_str().filter(|name| **name != own);
        let Some(number) = number.and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else {
            continue;
        };
        let Ok(held) = pidfd_open(number, PidfdFlags::empty()) else {
            continue;
        };
        // A zombie has no environment.
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        let is_marked = environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes());
        // It is not an error if it is gone.
        if is_marked && rustix::process::pidfd_send_signal(&held, Signal::KILL).is_ok() {
            killed += 1;
        }
    }
    killed
}
