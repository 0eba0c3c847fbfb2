//! The stepper counts the executed code, and always ends its child.
#![cfg(all(target_os = "linux", target_arch = "x86_64", not(tollgate_backend = "fallback")))]

use std::arch::asm;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tollgate_platform::step::{Arrival, StepCount, StepError, Stepper};

/// Held while a child exists, so that no other test sees it between its end and its reaping.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The harness runs tests in threads, so the closures here only use arithmetic, memory and the test's own output.
fn count(stepper: &Stepper, calls: impl FnMut(u64)) -> Result<StepCount, StepError> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: the closures of this file take no lock but the allocator's, which glibc and musl free in a forked child.
    unsafe { stepper.count_among_threads(calls) }
}

/// Whether an emulator of user programs runs this program, which does not support tracing. Then the refusal is tested.
fn refused_by_emulator() -> bool {
    let emulated = std::env::var("TOLLGATE_RUNNER").is_ok_and(|runner| runner.contains("qemu-"));
    if emulated {
        let refused = count(&Stepper::new(), five_instructions);
        assert!(matches!(refused, Err(StepError::Refused)), "{refused:?}");
        eprintln!("skipped: qemu lets no process be traced, and the stepper says so");
    }
    emulated
}

/// Runs a loop of exactly five instructions per iteration.
fn five_instructions(rounds: u64) {
    // SAFETY: the instructions change one register, which is declared, and the flags; rounds is not zero.
    unsafe {
        asm!("2:", "nop", "nop", "nop", "dec {rounds}", "jnz 2b", rounds = inout(reg) rounds => _, options(nomem, nostack));
    }
}

#[inline(never)]
extern "C" fn callee(x: u64) -> u64 {
    black_box(x) + 1
}

fn no_child_is_left() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stats = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        if let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) {
            stats.push(stat);
        }
    }
    let own = std::process::id().to_string();
    for stat in stats {
        // The name may contain spaces and parentheses; the state and the parent follow the last parenthesis.
        let Some((_, rest)) = stat.rsplit_once(')') else {
            continue;
        };
        let mut fields = rest.split_whitespace();
        let (state, parent) = (fields.next().unwrap(), fields.next().unwrap());
        assert!(parent != own || state != "Z", "a child was not reaped: {stat}");
    }
}

#[test]
fn a_body_of_k_instructions_counts_k_every_time() {
    if refused_by_emulator() {
        return;
    }
    for _ in 0..3 {
        let count = count(&Stepper::new(), five_instructions).unwrap();
        assert_eq!(count.instructions_per_call, 5.0);
        assert_eq!(count.call_instructions, 0.0);
        assert_eq!(count.allocations, 0.0);
        assert_eq!(count.by_object.len(), 1, "{:?}", count.by_object);
        assert!(count.calls_out.is_empty(), "{:?}", count.calls_out);
    }
}

#[test]
fn a_repeated_string_instruction_counts_once() {
    if refused_by_emulator() {
        return;
    }
    let mut bytes = [0u8; 256];
    let counted = count(&Stepper::new(), |rounds| {
        // SAFETY: 256 bytes are written at a pointer to 256 writable bytes; the direction flag is clear, and what
        // changes is declared.
        unsafe {
            asm!("2:", "mov rdi, {bytes}", "mov ecx, 256", "rep stosb", "dec {rounds}", "jnz 2b",
                bytes = in(reg) bytes.as_mut_ptr(), rounds = inout(reg) rounds => _,
                in("al") 1u8, out("rcx") _, out("rdi") _, options(nostack));
        }
    })
    .unwrap();
    assert_eq!(counted.instructions_per_call, 5.0);
}

#[test]
fn a_watched_function_is_seen_with_the_kind_of_its_call() {
    if refused_by_emulator() {
        return;
    }
    let address = callee as *const () as usize;
    let stepper = Stepper::new()
        .watch(address)
        .watch(five_instructions as *const () as usize);
    let direct = count(&stepper, |calls| {
        for _ in 0..calls {
            black_box(callee(1));
        }
    })
    .unwrap();
    assert_eq!(direct.watched[0].entries, 1.0);
    assert_eq!(direct.watched[0].address, address);
    assert_eq!((direct.watched[1].entries, direct.watched[1].arrival), (0.0, None));
    assert!(direct.call_instructions >= 1.0);
    // The loop calls it directly, and it is in this program's file.
    let called = direct.called.iter().find(|entry| entry.address == address).unwrap();
    assert_eq!((called.entries, called.arrival), (1.0, Some(Arrival::Direct)));
    assert!(called.offset.is_some() && called.object.contains("step"), "{called:?}");

    let pointer: extern "C" fn(u64) -> u64 = black_box(callee);
    let indirect = count(&stepper, |calls| {
        for _ in 0..calls {
            black_box(black_box(pointer)(1));
        }
    })
    .unwrap();
    assert_eq!(indirect.watched[0].entries, 1.0);
    assert_eq!(indirect.watched[0].arrival, Some(Arrival::Indirect));
}

#[test]
fn a_crash_is_an_error_with_its_signal() {
    if refused_by_emulator() {
        return;
    }
    let result = count(&Stepper::new(), |_| {
        // SAFETY: an undefined instruction raises a signal and changes nothing.
        unsafe { asm!("ud2") }
    });
    assert!(matches!(result, Err(StepError::Signalled { signal: 4 })), "{result:?}");
    let later = count(&Stepper::new(), |calls| {
        if calls > 1 {
            // SAFETY: as above.
            unsafe { asm!("ud2") }
        }
    });
    assert!(matches!(later, Err(StepError::Signalled { signal: 4 })), "{later:?}");
    no_child_is_left();
}

#[test]
fn an_exit_is_an_error_with_its_code() {
    if refused_by_emulator() {
        return;
    }
    let result = count(&Stepper::new(), |_| {
        // SAFETY: `_exit` has no precondition.
        unsafe { libc::_exit(3) }
    });
    assert!(matches!(result, Err(StepError::Exited { code: 3 })), "{result:?}");
    no_child_is_left();
}

#[test]
fn a_panic_ends_with_the_code_of_a_panic() {
    if refused_by_emulator() {
        return;
    }
    let result = count(&Stepper::new(), |_| std::panic::resume_unwind(Box::new(())));
    assert!(matches!(result, Err(StepError::Exited { code: 101 })), "{result:?}");
}

#[test]
fn an_endless_loop_ends_at_the_step_limit() {
    if refused_by_emulator() {
        return;
    }
    let result = count(&Stepper::new().step_limit(5000), |calls| {
        if calls > 1 {
            loop {
                std::hint::spin_loop();
            }
        }
    });
    assert!(
        matches!(result, Err(StepError::StepLimit { limit: 5000 })),
        "{result:?}"
    );
    no_child_is_left();
}

#[test]
fn waiting_without_end_is_given_up_at_the_deadline() {
    if refused_by_emulator() {
        return;
    }
    let deadline = Duration::from_millis(100);
    for hang_at in [1, 2] {
        let result = count(&Stepper::new().deadline(deadline), |calls| {
            if calls == hang_at {
                loop {
                    std::thread::sleep(Duration::from_secs(1000));
                }
            }
        });
        assert!(matches!(result, Err(StepError::Deadline { .. })), "{result:?}");
    }
    no_child_is_left();
}

#[test]
fn a_process_with_other_threads_is_refused() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || receiver.recv());
    let result = Stepper::new().count(five_instructions);
    assert!(matches!(result, Err(StepError::Threads(2..))), "{result:?}");
    drop(sender);
    other.join().unwrap().unwrap_err();
}
