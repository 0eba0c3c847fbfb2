//! The stepper counts calls of the allocator. This is the only test of its program: if other threads allocate between
//! the forks of the two compared children, the allocator behaves differently in them.
#![cfg(all(target_os = "linux", target_arch = "x86_64", not(tollgate_backend = "fallback")))]

use std::hint::black_box;
use tollgate_platform::step::{StepCount, Stepper};

fn count(calls: impl FnMut(u64)) -> StepCount {
    // SAFETY: the closures of this file take no lock but the allocator's, which glibc and musl free in a forked child.
    unsafe { Stepper::new().count_among_threads(calls) }.unwrap()
}

#[inline(never)]
extern "C" fn callee(x: u64) -> u64 {
    black_box(x) + 1
}

#[test]
fn an_allocation_is_counted_and_its_absence_too() {
    if std::env::var("TOLLGATE_RUNNER").is_ok_and(|runner| runner.contains("qemu-")) {
        eprintln!("skipped: qemu lets no process be traced, and tests/step.rs holds what the stepper says then");
        return;
    }
    let allocating = count(|calls| {
        for _ in 0..calls {
            black_box(Box::new(black_box(7u64)));
        }
    });
    assert_eq!(allocating.allocations, 1.0);
    let libc: f64 = allocating
        .by_object
        .iter()
        .filter(|(object, _)| object.contains("libc") || object.contains("ld-"))
        .map(|(_, instructions)| instructions)
        .sum();
    assert!(libc > 0.0, "{:?}", allocating.by_object);
    assert!(!allocating.calls_out.is_empty());
    let zeroed = count(|calls| {
        for _ in 0..calls {
            black_box(vec![0u8; black_box(100)]);
        }
    });
    assert_eq!(zeroed.allocations, 1.0);
    let none = count(|calls| {
        for _ in 0..calls {
            black_box(callee(1));
        }
    });
    assert_eq!(none.allocations, 0.0);
}
