//! Forked children. There is no harness: a process is forked while it has one thread.

#[cfg(unix)]
mod forked;

use tollgate_platform::fork::{self, Error};

fn main() {
    #[cfg(unix)]
    if forked::is_a_child() {
        return;
    }
    if let Some(reason) = fork::status().reason() {
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
    #[cfg(unix)]
    forked::tests();
}
