//! The stepper: exact instruction counts without hardware counters.
//!
//! Method: a forked child runs the measured calls between two breakpoints. Its parent steps it through them one
//! instruction at a time (`PTRACE_SINGLESTEP`), and records the program counter at each step. This is done for two
//! calls and for four. Half of the difference is one call, so the code around the calls (the markers, the closure's
//! entry and exit, lazy binding at a first call) cancels exactly. One call is made before the first marker, so that
//! one-time work is finished.
//!
//! A step is a retired instruction, with two exceptions: a repeated string instruction (`rep movsb`) counts once,
//! however many bytes it moves, and the kernel's work in a system call is not counted. Counts are repeatable if the
//! code does the same work again. Code that reads the time (`Instant::now`) takes a few instructions more or less each
//! time.
//!
//! # Platform differences
//! - Linux on x86-64: as above. A kernel or sandbox that forbids `ptrace` gives [`StepError::Refused`].
//! - All other platforms: always [`StepError::Unsupported`]. On 64-bit ARM each stop clears the exclusive monitor, so
//!   an `ldxr`/`stxr` loop would never end under the stepper.
//!
//! # What the stepper will not do
//! It follows one thread: the work of other threads or processes for the closure is not counted. It does not name
//! symbols: an entry has a file and an offset, and the file's symbol table has the name.

use crate::{Status, fork};
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// Counts the instructions of a closure. See the [module's documentation](self) for the method.
#[derive(Debug, Clone)]
pub struct Stepper {
    step_limit: u64,
    deadline: Duration,
    watched: Vec<usize>,
}

/// The cost of one call in instructions. All figures are halves of integers, and exact.
#[derive(Debug, Clone, PartialEq)]
pub struct StepCount {
    /// Instructions executed in user code.
    pub instructions_per_call: f64,
    /// The number of call instructions among them. Zero proves that nothing was called: all executed code is in the
    /// function that contains the loop.
    pub call_instructions: f64,
    /// Calls of the C library's `malloc`, `calloc`, `realloc`, `posix_memalign` and `aligned_alloc`, from outside of
    /// them: if one calls another, this counts once.
    pub allocations: f64,
    /// Bytes that were passed to the C library's `memcpy` and `memmove`, from outside of them. Copies by other
    /// instructions are not counted.
    pub copied_bytes: f64,
    /// The instructions for each mapped object, most first: a file's path, `[vdso]`, or `[anonymous]` for code that was
    /// generated at run time.
    pub by_object: Vec<(String, f64)>,
    /// Entries to each watched address, in the order of [`Stepper::watch`].
    pub watched: Vec<Entry>,
    /// Calls and jumps from the executable into another object, by address.
    pub calls_out: Vec<Entry>,
    /// The direct calls of the counted loop, by address, without the calls that these make: the call instructions with
    /// the highest stack pointer.
    pub called: Vec<Entry>,
}

/// How often and how an address was entered.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The address of the entered code, in this process.
    pub address: usize,
    /// The mapped object that contains it; empty if the address was never entered.
    pub object: String,
    /// Its offset in the object's file; `None` if it is not part of a file, or the address was never entered.
    pub offset: Option<u64>,
    /// The instruction that first led there; `None` if the address was never entered.
    pub arrival: Option<Arrival>,
    /// The number of entries per call.
    pub entries: f64,
}

/// The kind of instruction that led to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// A call or jump with its target in the instruction.
    Direct,
    /// A call or jump through a register or memory: a pointer, a table of functions, a linkage table.
    Indirect,
    /// Anything else: falling through, a return, or an instruction that could not be read.
    Other,
}

/// Why counting failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// This platform has no stepper.
    #[error("instructions cannot be counted here: {0}")]
    Unsupported(&'static str),
    /// The process has other threads, and only the calling thread exists after a fork.
    #[error(
        "cannot count instructions: the process has {0} threads, and only a process with one thread can be \
         stepped: count before starting threads, or in a child process"
    )]
    Threads(usize),
    /// The kernel did not allow the child to be traced.
    #[error(
        "the kernel refused to let a child process be traced (PTRACE_TRACEME): allow ptrace in this sandbox to count \
            instructions"
    )]
    Refused,
    /// A system call failed.
    #[error("could not {tried} while counting instructions")]
    System {
        /// What was attempted.
        tried: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The closure ended the process.
    #[error("the process of the counted code exited with code {code} (a panic exits with 101)")]
    Exited {
        /// The exit code.
        code: i32,
    },
    /// The closure was stopped by a signal.
    #[error("the counted code was stopped by signal {signal}")]
    Signalled {
        /// The signal's number.
        signal: i32,
    },
    /// The closure took more steps than the limit.
    #[error(
        "the counted code was still running after {limit} instructions: raise the step limit, or count fewer calls"
    )]
    StepLimit {
        /// The limit, in steps.
        limit: u64,
    },
    /// The closure took longer than the deadline.
    #[error("the counted code timed out after {deadline:?}: raise the deadline if the code is slow")]
    Deadline {
        /// The deadline.
        deadline: Duration,
    },
    /// Four calls took fewer steps than two, so a call has no fixed number of instructions.
    #[error("four calls took fewer instructions than two: the counted code does not do the same work in each call")]
    Varies,
}

impl Default for Stepper {
    fn default() -> Stepper {
        Stepper::new()
    }
}

impl Stepper {
    /// A stepper with a limit of two million steps and a deadline of ten seconds for each child (there are two). A step
    /// takes a few microseconds, and about 16 µs in a virtual machine that exits to the hypervisor at each trap.
    pub fn new() -> Stepper {
        Stepper {
            step_limit: 2_000_000,
            deadline: Duration::from_secs(10),
            watched: Vec::new(),
        }
    }

    /// Sets the maximum number of steps of a child.
    pub fn step_limit(mut self, steps: u64) -> Stepper {
        self.step_limit = steps;
        self
    }

    /// Sets the maximum time of a child.
    pub fn deadline(mut self, deadline: Duration) -> Stepper {
        self.deadline = deadline;
        self
    }

    /// Counts the entries to `address`, the address of a function in this process (`f as usize`).
    pub fn watch(mut self, address: usize) -> Stepper {
        self.watched.push(address);
        self
    }

    /// Counts the cost of one of `calls` calls: the closure makes as many calls as its argument says. If it loops, the
    /// loop's own instructions are part of a call.
    ///
    /// The closure runs only in children: its changes in memory are not visible here.
    ///
    /// # Errors
    /// [`StepError::Threads`] if this process has other threads; otherwise the reason why the child could not be
    /// stepped to its end. The child is killed and reaped in every case.
    pub fn count(&self, calls: impl FnMut(u64)) -> Result<StepCount, StepError> {
        if let Status::Unsupported(reason) = crate::sys::STEP_STATUS {
            return Err(StepError::Unsupported(reason));
        }
        match fork::alone() {
            Ok(()) => {}
            Err(fork::Error::System { tried, source }) => return Err(StepError::System { tried, source }),
            Err(fork::Error::Threads(threads)) => return Err(StepError::Threads(threads)),
            Err(_) => return Err(StepError::Refused),
        }
        // SAFETY: there is no other thread whose locks or unfinished changes a fork could freeze. Only the calling
        // thread could start another one, and it is here.
        unsafe { self.count_among_threads(calls) }
    }

    /// Like [`count`](Stepper::count), in a process that has other threads.
    ///
    /// # Safety
    /// Only the calling thread exists after a fork, and locks that other threads held stay locked forever. The caller
    /// guarantees that the closure and everything that it calls is allowed in a child forked from a process with
    /// several threads (POSIX `fork`). The C library's allocator is available there with glibc, musl and Bionic. A lock
    /// that another thread held only makes the child wait until the deadline.
    ///
    /// # Errors
    /// As [`count`](Stepper::count), without [`StepError::Threads`].
    pub unsafe fn count_among_threads(&self, mut calls: impl FnMut(u64)) -> Result<StepCount, StepError> {
        let plan = Plan {
            step_limit: self.step_limit,
            deadline: self.deadline,
            watched: &self.watched,
        };
        // SAFETY: the caller upholds this function's contract, which is the one of `sys::trace`.
        let two = unsafe { crate::sys::trace(&mut calls, 2, &plan) }?;
        // SAFETY: as above.
        let four = unsafe { crate::sys::trace(&mut calls, 4, &plan) }?;
        difference(&two, &four, &self.watched)
    }
}

/// The arguments of a platform's `trace`.
#[derive(Debug)]
#[allow(dead_code, reason = "a platform without a stepper reads none of it")]
pub(crate) struct Plan<'a> {
    pub(crate) step_limit: u64,
    pub(crate) deadline: Duration,
    pub(crate) watched: &'a [usize],
}

/// What a platform's `trace` recorded between the markers.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) instructions: u64,
    pub(crate) call_instructions: u64,
    pub(crate) allocations: u64,
    pub(crate) copied_bytes: u64,
    pub(crate) objects: BTreeMap<String, u64>,
    /// By address, for all watched addresses that were entered.
    pub(crate) watched: BTreeMap<usize, Seen>,
    /// By address.
    pub(crate) calls_out: BTreeMap<usize, Seen>,
    /// By address, for all call instructions.
    pub(crate) calls: BTreeMap<usize, Seen>,
}

/// Entries to one address.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) object: String,
    pub(crate) offset: Option<u64>,
    pub(crate) arrival: Arrival,
    pub(crate) entries: u64,
    /// The highest stack pointer at an entry.
    pub(crate) stack: u64,
}

fn difference(two: &Trace, four: &Trace, watched: &[usize]) -> Result<StepCount, StepError> {
    let half = |two: u64, four: u64| match four.checked_sub(two) {
        Some(difference) => Ok(difference as f64 / 2.0),
        None => Err(StepError::Varies),
    };
    let entries = |address: usize, two: &BTreeMap<usize, Seen>, four: &BTreeMap<usize, Seen>| {
        let before = two.get(&address).map_or(0, |seen| seen.entries);
        let after = four.get(&address);
        Ok(Entry {
            address,
            object: after.map(|seen| seen.object.clone()).unwrap_or_default(),
            offset: after.and_then(|seen| seen.offset),
            arrival: after.map(|seen| seen.arrival),
            entries: half(before, after.map_or(0, |seen| seen.entries))?,
        })
    };
    let mut by_object = Vec::new();
    for (object, &after) in &four.objects {
        let instructions = half(two.objects.get(object).copied().unwrap_or(0), after)?;
        if instructions > 0.0 {
            by_object.push((object.clone(), instructions));
        }
    }
    by_object.sort_by(|a, b| b.1.total_cmp(&a.1));
    let all = |two: &BTreeMap<usize, Seen>, four: &BTreeMap<usize, Seen>| {
        let entered = four.keys().map(|&address| entries(address, two, four));
        entered
            .filter(|entry| !matches!(entry, Ok(entry) if entry.entries == 0.0))
            .collect::<Result<Vec<Entry>, StepError>>()
    };
    // A function that is called once, however many calls are made, is not called by the loop.
    let calls = all(&two.calls, &four.calls)?;
    let stack = |entry: &Entry| four.calls.get(&entry.address).map(|seen| seen.stack);
    let outermost = calls.iter().map(stack).max().flatten();
    let called = calls.into_iter().filter(|entry| stack(entry) == outermost).collect();
    Ok(StepCount {
        instructions_per_call: half(two.instructions, four.instructions)?,
        call_instructions: half(two.call_instructions, four.call_instructions)?,
        allocations: half(two.allocations, four.allocations)?,
        copied_bytes: half(two.copied_bytes, four.copied_bytes)?,
        by_object,
        watched: watched
            .iter()
            .map(|&address| entries(address, &two.watched, &four.watched))
            .collect::<Result<_, _>>()?,
        calls_out: all(&two.calls_out, &four.calls_out)?,
        called,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(object: &str, entries: u64, stack: u64) -> Seen {
        Seen {
            object: object.to_owned(),
            offset: Some(16),
            arrival: Arrival::Direct,
            entries,
            stack,
        }
    }

    fn trace(instructions: u64, object: &str, entries: u64) -> Trace {
        Trace {
            instructions,
            objects: BTreeMap::from([(object.to_owned(), instructions)]),
            watched: BTreeMap::from([(16, seen(object, entries, 0))]),
            ..Trace::default()
        }
    }

    #[test]
    fn one_call_is_half_of_what_four_cost_more_than_two() {
        let count = difference(&trace(107, "a", 2), &trace(114, "a", 4), &[16, 32]).unwrap();
        assert_eq!(count.instructions_per_call, 3.5);
        assert_eq!(count.by_object, [("a".to_owned(), 3.5)]);
        assert_eq!(count.watched[0].entries, 1.0);
        assert_eq!(count.watched[0].arrival, Some(Arrival::Direct));
        assert_eq!((count.watched[1].entries, count.watched[1].arrival), (0.0, None));
    }

    #[test]
    fn direct_calls_of_the_loop_exclude_one_time_calls_and_nested_calls() {
        let calls = |each: u64| Trace {
            calls: BTreeMap::from([
                (1, seen("around", 1, 900)),
                (2, seen("callee", each, 800)),
                (3, seen("in turn", 3 * each, 700)),
            ]),
            ..trace(each, "a", 0)
        };
        let count = difference(&calls(2), &calls(4), &[]).unwrap();
        let called: Vec<(usize, f64)> = count
            .called
            .iter()
            .map(|entry| (entry.address, entry.entries))
            .collect();
        assert_eq!(called, [(2, 1.0)]);
        assert_eq!(count.called[0].offset, Some(16));
    }

    #[test]
    fn four_calls_that_cost_less_than_two_are_refused() {
        let result = difference(&trace(9, "a", 2), &trace(8, "a", 4), &[]);
        assert!(matches!(result, Err(StepError::Varies)), "{result:?}");
    }
}
