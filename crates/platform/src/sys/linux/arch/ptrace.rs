//! The tracer's side of the stepper, and the tracee's.

use super::super::super::unix::forked::{PANICKED, exit_now as exit, fork_into};
use super::maps::Maps;
use super::processor::{AFTER_END, Registers, arrival, is_call, marked};
use crate::step::{Arrival, Plan, Seen, StepError, Trace};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid};
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::io;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// The number of checks before sleeping between two checks: a step ends within microseconds.
const EAGER_LOOKS: u32 = 2000;
const NAP: Duration = Duration::from_micros(50);

/// # Safety
/// As [`crate::step::Stepper::count_among_threads`].
pub(crate) unsafe fn trace(mut run: &mut dyn FnMut(u64), calls: u64, plan: &Plan<'_>) -> Result<Trace, StepError> {
    let parent = rustix::process::getpid();
    // SAFETY: the caller guarantees that `run` may be called in a forked child of this process. Besides that, the child
    // only makes system calls.
    let pid = unsafe { fork_into(|| be_traced(parent, &mut run, calls)) }.map_err(system("fork"))?;
    let mut tracee = Tracee {
        pid,
        mode: libc::PTRACE_CONT as Request,
        ended: false,
        until: Instant::now() + plan.deadline,
        deadline: plan.deadline,
    };
    tracee.follow(plan)
}

/// The child: binds itself to its parent, allows tracing, stops to notify its parent, makes one call so that one-time
/// work is finished, and then makes the counted calls between the markers.
fn be_traced(parent: Pid, run: &mut &mut dyn FnMut(u64), calls: u64) -> i32 {
    let tied = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    if tied.is_err() || rustix::process::getppid() != Some(parent) {
        return PANICKED;
    }
    // SAFETY: this request takes no arguments and touches no memory.
    let traced = unsafe { libc::ptrace(libc::PTRACE_TRACEME) } == 0;
    if traced {
        // SAFETY: raising a signal has no precondition; the parent waits for this stop.
        unsafe { libc::raise(libc::SIGSTOP) };
        // A panic of this call unwinds to the place where the child was forked, which ends the child.
        run(1);
        let data = (&raw mut *run).cast::<c_void>();
        // SAFETY: `data` points to the live, unaliased closure that `entry` expects; `entry` does not unwind; and this
        // process is traced, as the successful request says.
        unsafe { marked(entry, data, calls) };
    }
    PANICKED
}

/// # Safety
/// `data` must point to a `&mut dyn FnMut(u64)` that nothing else uses during the call.
unsafe extern "C" fn entry(data: *mut c_void, calls: u64) {
    // SAFETY: the caller guarantees exactly this.
    let run = unsafe { &mut *data.cast::<&mut dyn FnMut(u64)>() };
    if let Err(payload) = std::panic::catch_unwind(AssertUnwindSafe(|| run(calls))) {
        // Dropping it could panic again, and nothing may unwind from here.
        std::mem::forget(payload);
        exit(PANICKED);
    }
}

fn system(tried: &'static str) -> impl Fn(io::Error) -> StepError {
    move |source| StepError::System { tried, source }
}

/// A traced child. Dropping it kills and reaps it.
struct Tracee {
    pid: Pid,
    /// The mode in which it was last continued.
    mode: Request,
    /// It was reaped, so its id may belong to another process.
    ended: bool,
    until: Instant,
    deadline: Duration,
}

impl Drop for Tracee {
    fn drop(&mut self) {
        while !self.ended {
            // It has not been reaped, so the id is still the child's. A failure cannot be handled.
            let _ = kill_process(self.pid, Signal::KILL);
            match waitpid(Some(self.pid), WaitOptions::empty()) {
                Ok(Some((_, status))) => self.ended = status.exited() || status.signaled(),
                Err(rustix::io::Errno::INTR) | Ok(None) => {}
                Err(_) => self.ended = true,
            }
        }
    }
}

impl Tracee {
    fn follow(&mut self, plan: &Plan<'_>) -> Result<Trace, StepError> {
        match self.next_stop() {
            Ok(libc::SIGSTOP) => {}
            // It ended before the first stop, which only happens if tracing was refused.
            Err(StepError::Exited { .. }) => return Err(StepError::Refused),
            Ok(signal) => return Err(StepError::Signalled { signal }),
            Err(error) => return Err(error),
        }
        self.end_with_tracer()?;
        self.resume()?;
        match self.next_stop()? {
            libc::SIGTRAP => {}
            signal => return Err(StepError::Signalled { signal }),
        }
        let mut before = self.registers()?;
        let end = before.program_counter() + AFTER_END;
        let maps = Maps::read(self.pid).map_err(system("read the child's memory map"))?;
        let mut notes = Notes::new(plan, maps, before.program_counter());
        self.mode = libc::PTRACE_SINGLESTEP as Request;
        for _ in 0..plan.step_limit {
            self.resume()?;
            match self.next_stop()? {
                libc::SIGTRAP => {}
                signal => return Err(StepError::Signalled { signal }),
            }
            let after = self.registers()?;
            if after.program_counter() == end {
                return Ok(notes.into_trace());
            }
            notes.step(self, &before, &after);
            before = after;
        }
        Err(StepError::StepLimit { limit: plan.step_limit })
    }

    /// Waits for the child's next stop and returns its signal. Signals that would not end the child are ignored,
    /// because the instructions of their handlers are not the closure's.
    fn next_stop(&mut self) -> Result<i32, StepError> {
        loop {
            let status = self.next_status()?;
            if let Some(code) = status.exit_status() {
                self.ended = true;
                return Err(StepError::Exited { code });
            }
            if let Some(signal) = status.terminating_signal() {
                self.ended = true;
                return Err(StepError::Signalled { signal });
            }
            match status.stopping_signal() {
                Some(libc::SIGCHLD | libc::SIGCONT | libc::SIGURG | libc::SIGWINCH) => {
                    self.resume()?;
                }
                Some(signal) => return Ok(signal),
                None => {}
            }
        }
    }

    fn next_status(&self) -> Result<WaitStatus, StepError> {
        let mut looks = 0;
        loop {
            match waitpid(Some(self.pid), WaitOptions::NOHANG) {
                Ok(Some((_, status))) => return Ok(status),
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(system("wait for the child")(error.into())),
            }
            looks += 1;
            if looks % 64 == 0 && Instant::now() > self.until {
                return Err(StepError::Deadline {
                    deadline: self.deadline,
                });
            }
            if looks < EAGER_LOOKS {
                std::thread::yield_now();
            } else {
                std::thread::sleep(NAP);
            }
        }
    }

    /// The kernel kills the child if this process ends first.
    fn end_with_tracer(&self) -> Result<(), StepError> {
        // SAFETY: the child is stopped and this thread's tracee; the last argument is a set of flags, not a pointer.
        let result = unsafe {
            libc::ptrace(
                libc::PTRACE_SETOPTIONS as Request,
                self.pid.as_raw_nonzero().get(),
                std::ptr::null_mut::<c_void>(),
                libc::PTRACE_O_EXITKILL as usize as *mut c_void,
            )
        };
        self.done(result, "bind the child to this process")
    }

    /// Continues the stopped child in its mode, without a signal.
    fn resume(&self) -> Result<(), StepError> {
        // SAFETY: the child is stopped and this thread's tracee; neither mode reads memory of this process.
        let result = unsafe {
            libc::ptrace(
                self.mode,
                self.pid.as_raw_nonzero().get(),
                std::ptr::null_mut::<c_void>(),
                std::ptr::null_mut::<c_void>(),
            )
        };
        self.done(result, "continue the child")
    }

    fn registers(&self) -> Result<Registers, StepError> {
        let mut registers = Registers::empty();
        // SAFETY: the child is stopped and this thread's tracee; the last argument points to a live structure with the
        // layout that the kernel writes.
        let result = unsafe {
            libc::ptrace(
                libc::PTRACE_GETREGS as Request,
                self.pid.as_raw_nonzero().get(),
                std::ptr::null_mut::<c_void>(),
                registers.as_mut_ptr(),
            )
        };
        self.done(result, "read the child's registers")?;
        Ok(registers)
    }

    /// The word at `address` in the child, or `None` if it is not mapped. A word of all ones is also `None`: it is
    /// neither a branch instruction nor an address.
    fn word(&self, address: u64) -> Option<u64> {
        // SAFETY: the child is stopped and this thread's tracee; the address is the child's, and this process's memory
        // is not touched.
        let word = unsafe {
            libc::ptrace(
                libc::PTRACE_PEEKTEXT as Request,
                self.pid.as_raw_nonzero().get(),
                address as *mut c_void,
                std::ptr::null_mut::<c_void>(),
            )
        };
        (word != -1).then_some(word as u64)
    }

    fn done(&self, result: libc::c_long, tried: &'static str) -> Result<(), StepError> {
        match result {
            -1 => Err(system(tried)(io::Error::last_os_error())),
            _ => Ok(()),
        }
    }
}

#[cfg(target_env = "gnu")]
type Request = libc::c_uint;
#[cfg(not(target_env = "gnu"))]
type Request = libc::c_int;

/// What is recorded from step to step.
struct Notes<'a> {
    trace: Trace,
    watched: &'a [usize],
    allocators: Functions,
    copiers: Functions,
    maps: Maps,
    executable: usize,
    /// The mapping of the program counter, as an index into `maps`.
    object: usize,
    counts: Vec<u64>,
}

impl<'a> Notes<'a> {
    fn new(plan: &'a Plan<'_>, mut maps: Maps, start: u64) -> Notes<'a> {
        let executable = maps.object(start);
        Notes {
            trace: Trace::default(),
            watched: plan.watched,
            allocators: Functions::new(allocators()),
            copiers: Functions::new(copiers()),
            maps,
            executable,
            object: executable,
            counts: Vec::new(),
        }
    }

    /// Records the instruction at `before`, which led to `after`.
    fn step(&mut self, tracee: &Tracee, before: &Registers, after: &Registers) {
        let (from, to) = (before.program_counter(), after.program_counter());
        if from == to {
            // One iteration of a repeated string instruction: the last iteration moves on and is counted.
            return;
        }
        self.trace.instructions += 1;
        if self.counts.len() <= self.object {
            self.counts.resize(self.object + 1, 0);
        }
        self.counts[self.object] += 1;
        let is_call = is_call(before, after);
        self.trace.call_instructions += u64::from(is_call);

        let object = self.maps.object(to);
        let stack = before.stack_pointer();
        let arrived = || match tracee.word(from) {
            Some(word) => arrival(word.to_le_bytes()),
            None => Arrival::Other,
        };
        if is_call {
            note(&mut self.trace.calls, to, &self.maps, stack, arrived);
        }
        if object != self.object {
            if self.object == self.executable {
                let arrival = arrived();
                // A return into the library that called back is not a call.
                if arrival != Arrival::Other {
                    note(&mut self.trace.calls_out, to, &self.maps, stack, || arrival);
                }
            }
            self.object = object;
        }
        if self.watched.contains(&(to as usize)) {
            note(&mut self.trace.watched, to, &self.maps, stack, arrived);
        }
        if self.allocators.entered(tracee, after) {
            self.trace.allocations += 1;
        }
        if self.copiers.entered(tracee, after) {
            self.trace.copied_bytes += after.third_argument();
        }
    }

    fn into_trace(mut self) -> Trace {
        for (object, &instructions) in self.counts.iter().enumerate() {
            if instructions > 0 {
                *self.trace.objects.entry(self.maps.name(object).to_owned()).or_default() += instructions;
            }
        }
        self.trace
    }
}

/// Records that `address` was entered, with the stack pointer of the instruction that led there.
fn note(seen: &mut BTreeMap<usize, Seen>, address: u64, maps: &Maps, stack: u64, arrived: impl FnOnce() -> Arrival) {
    let seen = seen.entry(address as usize).or_insert_with(|| {
        let (object, offset) = maps.place(address);
        Seen {
            object: object.to_owned(),
            offset,
            arrival: arrived(),
            entries: 0,
            stack,
        }
    });
    seen.entries += 1;
    seen.stack = seen.stack.max(stack);
}

/// Functions that are counted once if one of them calls another.
struct Functions {
    begin: Vec<u64>,
    /// Set inside one of them: its return address, and the stack pointer after the return.
    inside: Option<(u64, u64)>,
}

impl Functions {
    fn new(begin: Vec<u64>) -> Functions {
        Functions { begin, inside: None }
    }

    /// Whether the step that led to `after` entered one of them from outside.
    fn entered(&mut self, tracee: &Tracee, after: &Registers) -> bool {
        let (to, stack) = (after.program_counter(), after.stack_pointer());
        match self.inside {
            Some(back) if back == (to, stack) => self.inside = None,
            None if self.begin.contains(&to) => {
                self.inside = tracee.word(stack).map(|back| (back, stack + 8));
                return true;
            }
            _ => {}
        }
        false
    }
}

/// The addresses of the C library's copy functions: those that its loader selected for this processor.
fn copiers() -> Vec<u64> {
    vec![libc::memcpy as *const () as u64, libc::memmove as *const () as u64]
}

/// The addresses of the C library's allocation functions. They are the same in the child, which is a fork.
fn allocators() -> Vec<u64> {
    vec![
        libc::malloc as *const () as u64,
        libc::calloc as *const () as u64,
        libc::realloc as *const () as u64,
        libc::posix_memalign as *const () as u64,
        libc::aligned_alloc as *const () as u64,
    ]
}
