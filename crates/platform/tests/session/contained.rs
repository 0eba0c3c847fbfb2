//! Tests for platforms on which everything that a child starts is killed with it.

use super::*;
use std::io::{BufRead, BufReader, Read, Write};

pub(super) fn all() {
    let tests: [(&str, fn()); 15] = [
        ("a_call_that_forks_once_and_returns_twice_is_an_error", twice),
        ("a_copy_that_speaks_later_is_an_error_then", twice_later),
        ("what_forks_once_by_itself_is_left_behind_and_counted", left_behind),
        ("a_plugin_that_does_all_of_it_leaves_nothing", all_of_it),
        ("a_dropped_session_leaves_nothing", dropped),
        ("a_session_whose_parent_is_killed_leaves_nothing", orphaned),
        ("a_child_with_more_threads_than_it_may_have_is_ended", many_threads),
        (
            "a_child_with_more_processes_than_it_may_have_is_ended_with_them",
            many_processes,
        ),
        (
            "what_a_child_starts_is_ended_also_when_its_guardian_was_killed",
            without_guardian,
        ),
        ("a_session_whose_guardian_was_stopped_ends", stopped_guardian),
        ("a_session_within_a_session_ends_with_it", nested),
        ("garbage_between_replies_is_an_error", garbage),
        ("a_promise_of_more_bytes_than_there_are_is_refused", promise),
        ("a_child_that_closes_all_its_descriptors_is_gone", closes),
        ("the_stepper_and_forks_work_while_a_session_waits", forks_in_a_session),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} ... ok");
    }
}

/// Forks once.
fn fork() -> bool {
    // SAFETY: the other thread of this process waits in a read and holds no lock.
    let forked = unsafe { libc::fork() };
    assert!(forked >= 0);
    forked == 0
}

fn wait_for_ever() -> ! {
    // SAFETY: the call has no precondition; its alarm ends this process should nobody else.
    unsafe { libc::alarm(300) };
    loop {
        // SAFETY: the call has no precondition.
        unsafe { libc::pause() };
    }
}

/// Leaves one process that has left its group, its session and its parent, and waits.
fn leave_sleeper() {
    if fork() {
        // SAFETY: the call has no precondition.
        unsafe { libc::setsid() };
        if fork() {
            ignore_signals();
            wait_for_ever();
        }
        // SAFETY: `_exit` has no precondition.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    // SAFETY: the pointer is to a live integer, and the process that is waited for is any child of this one.
    assert!(unsafe { libc::wait(&mut status) } > 0);
}

fn ignore_signals() {
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGCHLD] {
        // SAFETY: ignoring a signal has no precondition.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

extern "C" fn hang() {
    wait_for_ever()
}

fn to_guardian(signal: i32) {
    // SAFETY: the call has no precondition.
    let guardian = unsafe { libc::getppid() };
    // SAFETY: the call has no precondition; the parent of this process is its guardian.
    assert_eq!(unsafe { libc::kill(guardian, signal) }, 0);
}

/// The pipe to the parent, which is not one of the three standard streams.
fn to_parent() -> std::fs::File {
    let is_pipe_to_write = |number: &i32| {
        let link = std::fs::read_link(format!("/proc/self/fd/{number}")).unwrap_or_default();
        // SAFETY: asking for its flags has no precondition.
        let flags = unsafe { libc::fcntl(*number, libc::F_GETFL) };
        link.to_string_lossy().starts_with("pipe:") && flags & libc::O_ACCMODE == libc::O_WRONLY
    };
    let found = (3..100).find(is_pipe_to_write).unwrap();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(format!("/proc/self/fd/{found}"));
    file.unwrap()
}

pub(super) fn call(request: &str, rest: &str) -> Vec<u8> {
    static LATER: std::sync::Mutex<Option<std::io::PipeWriter>> = std::sync::Mutex::new(None);
    match request {
        "fork" => {
            fork();
            std::process::id().to_string().into_bytes()
        }
        "fork-later" => {
            let (mut reader, writer) = std::io::pipe().unwrap();
            if fork() {
                drop(writer);
                reader.read_exact(&mut [0]).unwrap();
            } else {
                *LATER.lock().unwrap() = Some(writer);
            }
            Vec::new()
        }
        "let-go" => {
            let mut writer = LATER.lock().unwrap().take().unwrap();
            writer.write_all(b"x").unwrap();
            let mut status = 0;
            // SAFETY: the pointer is to a live integer, and the process that is waited for is any child of this one.
            assert!(unsafe { libc::wait(&mut status) } > 0);
            Vec::new()
        }
        "sleeper" => {
            leave_sleeper();
            Vec::new()
        }
        "ignore-signals" => {
            ignore_signals();
            Vec::new()
        }
        "hang-at-exit" => {
            // SAFETY: the handler has the type that the C library calls it by, and stays for the life of the process.
            assert_eq!(unsafe { libc::atexit(hang) }, 0);
            Vec::new()
        }
        "close-directory" => {
            let directory = std::env::temp_dir().join("closed");
            std::fs::create_dir(&directory).unwrap();
            std::fs::write(directory.join("left"), "left").unwrap();
            let none = std::os::unix::fs::PermissionsExt::from_mode(0o0);
            std::fs::set_permissions(&directory, none).unwrap();
            Vec::new()
        }
        "threads" => {
            for _ in 0..rest.parse().unwrap() {
                std::thread::spawn(|| wait_for_ever());
            }
            wait_for_ever()
        }
        "processes" => {
            for _ in 0..rest.parse().unwrap() {
                if fork() {
                    wait_for_ever();
                }
            }
            wait_for_ever()
        }
        "kill-guardian" => {
            leave_sleeper();
            to_guardian(libc::SIGKILL);
            wait_for_ever()
        }
        "stop-guardian" => {
            leave_sleeper();
            to_guardian(libc::SIGSTOP);
            wait_for_ever()
        }
        "nest" => {
            let mut inner = Builder::this_program("serve").start().unwrap();
            ask(&mut inner, "sleeper");
            let text = ask(&mut inner, "echo from within");
            // Neither ended nor dropped.
            std::mem::forget(inner);
            text.into_bytes()
        }
        "garbage" => {
            to_parent().write_all(b"a library that writes wherever it can").unwrap();
            Vec::new()
        }
        "promise" => {
            // A reply's.
            let mut head = vec![0x84];
            head.extend(1_u64.to_le_bytes());
            head.extend(std::process::id().to_le_bytes());
            head.extend((1_u64 << 60).to_le_bytes());
            to_parent().write_all(&head).unwrap();
            wait_for_ever()
        }
        "close" => {
            for number in 0..100 {
                // SAFETY: this is what the called code does to this process, and what is tested: no descriptor is used
                // by anything but the two pipes, whose ends are then errors.
                unsafe { libc::close(number) };
            }
            Vec::new()
        }
        "fork-run" => {
            let forked = tollgate_platform::fork::run(|| b"forked".to_vec()).unwrap();
            let stepped = tollgate_platform::step::Stepper::new().count(|_| {});
            let refused = matches!(stepped, Err(tollgate_platform::step::StepError::Threads(_)));
            assert!(!refused, "{stepped:?}");
            forked
        }
        other => panic!("no such request: {other}"),
    }
}

fn is_twice(error: &Error) {
    assert!(matches!(error, Error::TwoProcesses { .. }), "{error:?}");
}

fn twice() {
    let (mut session, mark) = session();
    // The kernel decides which of the two comes first. A copy that writes late is running when the child has ended.
    match session.ask(b"fork", SOON) {
        Err(error) => is_twice(&error),
        Ok(reply) => {
            assert_eq!(reply, session.id().to_string().as_bytes());
            match session.end(SOON) {
                Err(error) => is_twice(&error),
                Ok(ended) => assert_eq!(ended.left_behind, 1),
            }
        }
    }
    assert!(nothing_runs(&mark));
}

fn twice_later() {
    let (mut session, mark) = session();
    assert_eq!(ask(&mut session, "fork-later"), "");
    is_twice(&session.ask(b"let-go", SOON).unwrap_err());
    over(&mut session);
    assert!(
        !runs(&format!("{MARK}={mark}")),
        "nothing is left when the error is returned"
    );
}

fn left_behind() {
    let (mut session, mark) = session();
    ask(&mut session, "sleeper");
    assert!(runs(&format!("{MARK}={mark}")));
    let ended = session.end(SOON).unwrap();
    assert_eq!((ended.outcome, ended.left_behind), (Outcome::Exit { code: 0 }, 1));
    assert!(
        !runs(&format!("{MARK}={mark}")),
        "nothing is left when the session has ended"
    );
}

fn prepared() -> (Session, String, PathBuf) {
    let (mut session, mark) = session();
    ask(&mut session, "sleeper");
    ask(&mut session, "ignore-signals");
    ask(&mut session, "hang-at-exit");
    ask(&mut session, "close-directory");
    let file = PathBuf::from(ask(&mut session, "leave-file"));
    (session, mark, file.parent().unwrap().to_owned())
}

fn all_of_it() {
    let (session, mark, directory) = prepared();
    let within = Duration::from_millis(200);
    let error = session.end(within).unwrap_err();
    assert!(
        matches!(error, Error::Late { within: found, .. } if found == within),
        "{error:?}"
    );
    assert!(!runs(&format!("{MARK}={mark}")));
    assert!(!directory.exists());
}

fn dropped() {
    let (session, mark, directory) = prepared();
    drop(session);
    assert!(!runs(&format!("{MARK}={mark}")));
    assert!(!directory.exists());
}

fn orphaned() {
    let mark = format!("{}-middle", std::process::id());
    let mut middle = Command::new(std::env::current_exe().unwrap())
        .arg("--middle")
        .env(MARK, &mark)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(middle.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let directory = Path::new(line.trim()).parent().unwrap();
    assert!(directory.exists());
    middle.kill().unwrap();
    middle.wait().unwrap();
    assert!(nothing_runs(&mark));
    assert!(!directory.exists(), "the guardian removes what its parent cannot");
}

fn limited(processes: u64) -> (Session, String) {
    let processes = Some(processes);
    with(|builder| {
        builder.limits(Limits {
            processes,
            ..Limits::default()
        })
    })
}

fn is_too_many(error: &Error) {
    assert!(
        matches!(
            error,
            Error::ProcessLimit {
                limit: 6,
                found: 7..,
                ..
            }
        ),
        "{error:?}"
    );
}

fn many_threads() {
    let (mut session, mark) = limited(6);
    is_too_many(&session.ask(b"threads 8", SOON).unwrap_err());
    assert!(!runs(&format!("{MARK}={mark}")));
}

fn many_processes() {
    let (mut session, mark) = limited(6);
    ask(&mut session, "sleeper");
    is_too_many(&session.ask(b"processes 8", SOON).unwrap_err());
    assert!(!runs(&format!("{MARK}={mark}")));
}

fn without_guardian() {
    let (mut session, mark) = session();
    let error = session.ask(b"kill-guardian", SOON).unwrap_err();
    assert!(
        matches!(&error, Error::Gone { outcome, .. } if outcome.signal_name() == Some("SIGKILL")),
        "{error:?}"
    );
    assert!(nothing_runs(&mark));
}

fn stopped_guardian() {
    let (mut session, mark) = session();
    let within = Duration::from_millis(200);
    let error = session.ask(b"stop-guardian", within).unwrap_err();
    assert!(matches!(error, Error::Late { .. }), "{error:?}");
    assert!(nothing_runs(&mark));
}

fn nested() {
    let (mut session, mark) = session();
    assert_eq!(ask(&mut session, "nest"), "from within");
    drop(session);
    assert!(!runs(&format!("{MARK}={mark}")));
}

fn garbage() {
    let (mut session, _) = session();
    let error = session.ask(b"garbage", SOON).unwrap_err();
    assert!(matches!(error, Error::Output { .. }), "{error:?}");
    over(&mut session);
}

fn promise() {
    let (mut session, _) = session();
    let error = session.ask(b"promise", SOON).unwrap_err();
    assert!(matches!(error, Error::OutputLimit { .. }), "{error:?}");
}

fn closes() {
    let (mut session, mark) = session();
    let error = session.ask(b"close", SOON).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error:?}");
    assert!(nothing_runs(&mark));
}

fn forks_in_a_session() {
    let (mut session, _) = session();
    for _ in 0..20 {
        assert_eq!(ask(&mut session, "fork-run"), "forked");
    }
    session.end(SOON).unwrap();
}
