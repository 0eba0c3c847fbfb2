//! Forked children. There is no harness: a process is forked while it has one thread.

use tollgate_platform::fork::{self, Error};

fn main() {
    let facilities = tollgate_platform::facilities();
    let fork = facilities.iter().find(|facility| facility.name == "fork").unwrap();
    if let Some(reason) = fork.status.reason() {
        let refused = fork::run(Vec::new);
        assert!(
            matches!(refused, Err(Error::Unsupported(said)) if said == reason),
            "{refused:?}"
        );
        println!("test a_platform_that_does_not_fork_says_so ... ok");
        println!("skipped: this process cannot be forked: {reason}");
        return;
    }
    // An emulator of user programs has a thread of its own in the process, which a fork would lose.
    if std::env::var("TOLLGATE_RUNNER").is_ok_and(|runner| runner.contains("qemu-")) {
        let refused = fork::run(Vec::new);
        assert!(matches!(refused, Err(Error::Threads(_))), "{refused:?}");
        println!("test an_emulators_thread_is_seen_and_the_fork_refused ... ok");
        println!("skipped: qemu's own thread is in the process, so it is not forked, and the refusal says so");
        return;
    }
    for (name, test) in [
        (
            "what_the_child_gives_arrives_and_what_it_changes_does_not",
            gives as fn(),
        ),
        ("a_crash_an_exit_and_a_panic_are_errors", ends),
        ("a_process_with_other_threads_is_not_forked", threads),
    ] {
        test();
        println!("test {name} ... ok");
    }
}

fn gives() {
    let mut calls = 0;
    let answer = fork::run(|| {
        calls += 1;
        vec![calls; 1 << 20]
    });
    assert_eq!(answer.unwrap(), vec![1; 1 << 20]);
    assert_eq!(calls, 0);
}

fn ends() {
    let crash = fork::run(|| std::process::abort()).unwrap_err();
    assert!(matches!(crash, Error::Signalled { .. }), "{crash}");
    let exit = fork::run(|| std::process::exit(7)).unwrap_err();
    assert!(matches!(exit, Error::Exited { code: 7 }), "{exit}");
    let panic = fork::run(|| panic!("planted")).unwrap_err();
    assert!(matches!(panic, Error::Exited { code: 101 }), "{panic}");
}

fn threads() {
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || receive.recv());
    let error = fork::run(Vec::new).unwrap_err();
    assert!(matches!(error, Error::Threads(2)), "{error}");
    drop(send);
    assert!(other.join().is_ok());
    fork::run(Vec::new).unwrap();
}
