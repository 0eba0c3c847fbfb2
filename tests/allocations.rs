//! What a call allocates, counted at `malloc`. This includes the plugin's own standard library, whose allocations end
//! there too. The counter replaces `malloc` for the whole process, which works with glibc.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod support;

use std::cell::Cell;
use std::ffi::c_void;
use support::{block, host};
use tollgate::{Operation, Output};

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

unsafe extern "C" {
    fn __libc_malloc(bytes: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, bytes: usize) -> *mut c_void;
    fn __libc_realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
    fn __libc_memalign(alignment: usize, bytes: usize) -> *mut c_void;
}

fn count() {
    // An exiting thread has no thread-locals any more and is not counted.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

/// # Safety
/// As C's `malloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
    count();
    // SAFETY: this is glibc's malloc under its other name.
    unsafe { __libc_malloc(bytes) }
}

/// # Safety
/// As C's `calloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(number: usize, bytes: usize) -> *mut c_void {
    count();
    // SAFETY: this is glibc's calloc under its other name.
    unsafe { __libc_calloc(number, bytes) }
}

/// # Safety
/// As C's `realloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void {
    count();
    // SAFETY: this is glibc's realloc under its other name; the caller's memory is glibc's.
    unsafe { __libc_realloc(memory, bytes) }
}

/// # Safety
/// As C's `posix_memalign`.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(to: *mut *mut c_void, alignment: usize, bytes: usize) -> i32 {
    count();
    // SAFETY: glibc's own function for aligned memory.
    let memory = unsafe { __libc_memalign(alignment, bytes) };
    if memory.is_null() {
        return 12; // ENOMEM
    }
    // SAFETY: the caller passes a place to write a pointer to.
    unsafe { *to = memory };
    0
}

/// # Safety
/// As C's `aligned_alloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn aligned_alloc(alignment: usize, bytes: usize) -> *mut c_void {
    count();
    // SAFETY: glibc's own function for aligned memory.
    unsafe { __libc_memalign(alignment, bytes) }
}

/// Allocations of `body` on this thread.
fn allocations(body: impl FnOnce()) -> u64 {
    let before = COUNT.get();
    body();
    COUNT.get() - before
}

fn operation(name: &str) -> Operation {
    host().open("misbehaves").unwrap().operation(name).unwrap()
}

/// Allocations of a thousand calls, after one that allocates the room.
fn of_calls(name: &str, values: &[f64]) -> u64 {
    let mut operation = operation(name);
    let mut output = Output::new();
    let shape = [values.len() as u64];
    let input = block(values, &shape);
    operation.call_into(&input, &mut output).unwrap();
    allocations(|| {
        for _ in 0..1000 {
            operation.call_into(&input, &mut output).unwrap();
        }
    })
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(7)))), 1);
    assert_eq!(allocations(|| ()), 0);
}

#[test]
fn a_call_of_an_empty_operation_allocates_nothing() {
    assert_eq!(of_calls("nothing", &[1.0]), 0);
}

#[test]
fn a_call_that_gives_a_block_allocates_nothing_once_there_is_room() {
    assert_eq!(of_calls("scale", &[1.0; 1000]), 0);
}

#[test]
fn a_plugin_that_allocates_is_caught() {
    assert_eq!(of_calls("allocates", &[1.0]), 1000);
}

#[test]
fn a_call_that_gives_a_table_allocates_in_the_host_nothing_once_there_is_room() {
    let mut describe = host().open("stats").unwrap().operation("describe").unwrap();
    let mut output = Output::new();
    let input = block(&[1.0, 2.0], &[2]);
    describe.call_into(&input, &mut output).unwrap();
    let counted = allocations(|| describe.call_into(&input, &mut output).unwrap());
    // The plugin joins the columns' names in a String: the name, and the growth of the joined text.
    assert!(counted <= 3, "{counted}");
}
