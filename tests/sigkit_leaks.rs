//! However a call of sigkit ends, it leaks no memory, in C or in Rust: live allocations are counted at `malloc`
//! and `free`. The counter replaces both for the whole process, which works with glibc.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::cell::Cell;
use std::ffi::c_void;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use tollgate_cli::sigkit::shapes::{self, Counter};
use tollgate_cli::sigkit::{Moments, histogram};

thread_local! {
    /// Allocations less frees, by this thread.
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static MADE: Cell<i64> = const { Cell::new(0) };
}

unsafe extern "C" {
    fn __libc_malloc(bytes: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, bytes: usize) -> *mut c_void;
    fn __libc_realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
    fn __libc_free(memory: *mut c_void);
}

fn count(change: i64) {
    // An exiting thread has no thread-locals any more and is not counted.
    let _ = LIVE.try_with(|live| live.set(live.get() + change));
    let _ = MADE.try_with(|made| made.set(made.get() + change.max(0)));
}

/// # Safety
/// As C's `malloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
    count(1);
    // SAFETY: this is glibc's malloc under its other name.
    unsafe { __libc_malloc(bytes) }
}

/// # Safety
/// As C's `calloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(number: usize, bytes: usize) -> *mut c_void {
    count(1);
    // SAFETY: this is glibc's calloc under its other name.
    unsafe { __libc_calloc(number, bytes) }
}

/// # Safety
/// As C's `realloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void {
    count(i64::from(memory.is_null()));
    // SAFETY: this is glibc's realloc under its other name; the caller's memory is glibc's.
    unsafe { __libc_realloc(memory, bytes) }
}

/// # Safety
/// As C's `free`.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(memory: *mut c_void) {
    count(-i64::from(!memory.is_null()));
    // SAFETY: this is glibc's free under its other name; the caller's memory is glibc's.
    unsafe { __libc_free(memory) }
}

/// The allocations that `work` makes, and how many of them are left afterwards.
fn made_and_left(work: impl Fn()) -> (i64, i64) {
    // The first run makes one-time allocations, such as the unwinder's own tables.
    work();
    let before = (MADE.get(), LIVE.get());
    work();
    (MADE.get() - before.0, LIVE.get() - before.1)
}

/// A panic that prints nothing: the harness would keep what it prints.
fn silent_panic() -> ! {
    resume_unwind(Box::new(7_i32))
}

#[test]
fn a_panic_in_a_histograms_closure_leaks_nothing() {
    let (made, left) = made_and_left(|| {
        let owned = Box::new([1_u8; 100]);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            histogram(&[1.0], 0.0..=4.0, 4, move |_| {
                assert_eq!(owned.len(), 100);
                silent_panic()
            })
        }));
        assert_eq!(*unwound.unwrap_err().downcast::<i32>().unwrap(), 7);
    });
    assert!(made >= 3, "the counts, the box and the payload are allocated: {made}");
    assert_eq!(left, 0);
}

#[test]
fn a_panic_in_an_applied_closure_leaks_nothing() {
    let (made, left) = made_and_left(|| {
        let unwound = catch_unwind(|| shapes::apply(|_| silent_panic(), 1));
        assert!(unwound.is_err());
    });
    assert!(made >= 1, "the payload is allocated: {made}");
    assert_eq!(left, 0);
}

#[test]
fn a_histogram_that_is_stopped_or_refused_leaks_nothing() {
    let (made, left) = made_and_left(|| {
        let stopped = histogram(&[1.0], 0.0..=4.0, 4, |_| ControlFlow::Break(()));
        assert!(stopped.is_ok_and(|counted| counted.stopped));
        assert!(histogram(&[1.0], 0.0..=0.0, 4, |_| ControlFlow::Continue(())).is_err());
    });
    assert_eq!((made, left), (1, 0));
}

#[test]
fn a_handle_that_is_dropped_leaks_nothing() {
    let (made, left) = made_and_left(|| {
        let mut moments = Moments::new().unwrap();
        moments.push_block(&[1.0; 3_000]).unwrap();
        assert_eq!(Counter::new(1).unwrap().add(1), 2);
    });
    assert_eq!((made, left), (2, 0));
}

#[test]
fn the_most_used_calls_allocate_nothing() {
    let mut moments = Moments::new().unwrap();
    let before = MADE.get();
    moments.push(1.0).unwrap();
    moments.push_block(&[2.0, 3.0]).unwrap();
    let sum = shapes::sum(&[1.0, 2.0]).unwrap() + moments.summary().mean;
    let applied = shapes::apply_times(|x| x + 1, 0, 10);
    assert_eq!((MADE.get() - before, sum, applied), (0, 5.0, 10));
}
