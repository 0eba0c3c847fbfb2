//! Sessions: a child answers many requests, and is killed with everything that it started and left.
//!
//! This test is a program without a harness, because it must ask for its role at the beginning of main. The forks here
//! happen once, wait without doing anything, and are killed by an alarm if everything else fails.

#[cfg(target_os = "linux")]
mod contained;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tollgate_platform::Status;
use tollgate_platform::child::{self, Builder, Error, Limits, Outcome, Session, Task};

/// How long a test waits for an event that should happen immediately.
const SOON: Duration = Duration::from_secs(60);

/// The environment variable by which these tests find the processes of a child.
const MARK: &str = "SESSION_TEST_MARK";

fn main() {
    if let Status::Unsupported(reason) = child::status() {
        println!("skipped: {reason}");
        return;
    }
    let emulated = std::env::var("TOLLGATE_RUNNER").is_ok_and(|runner| runner.contains("qemu-"));
    if emulated && std::env::var_os("TOLLGATE_EMULATED_CHILDREN").is_none() {
        println!("skipped: a program that qemu runs cannot start itself again");
        return;
    }
    if let Some(task) = child::accept(|_| true) {
        return serve(&task);
    }
    if std::env::args().any(|argument| argument == "--middle") {
        return middle();
    }
    let everywhere: [(&str, fn()); 9] = [
        ("each_request_has_its_reply", replies),
        ("a_request_that_takes_too_long_ends_the_session", late),
        ("a_session_has_a_deadline_as_a_whole", whole),
        ("a_child_that_ends_in_a_call_is_gone", gone),
        ("a_reply_of_more_than_the_limit_is_an_error", too_much),
        ("a_panic_in_a_call_is_the_childs_end", panics),
        ("notes_arrive_with_the_replies", notes),
        ("a_child_has_a_directory_to_itself_which_is_removed", directory),
        ("a_child_that_refuses_to_begin_says_why", refuses),
    ];
    for (name, test) in everywhere {
        test();
        println!("test {name} ... ok");
    }
    #[cfg(target_os = "linux")]
    match child::containment_status().reason() {
        None => contained::all(),
        Some(reason) => println!("skipped: {reason}"),
    }
}

fn serve(task: &Task) {
    if task.role == "limited" {
        task.serve(|_| Vec::new()).unwrap();
        return;
    }
    child::note(b"began").unwrap();
    let mut last = 0_u64;
    let served = task.serve(|request| {
        last += 1;
        let text = String::from_utf8_lossy(request);
        match text.split_once(' ').unwrap_or((&text, "")) {
            ("echo", rest) => rest.as_bytes().to_vec(),
            ("count", _) => last.to_string().into_bytes(),
            ("note", rest) => {
                child::note(rest.as_bytes()).unwrap();
                Vec::new()
            }
            ("long", length) => vec![7; length.parse().unwrap()],
            ("hang", _) => loop {
                std::thread::park();
            },
            ("abort", _) => std::process::abort(),
            ("exit", code) => std::process::exit(code.parse().unwrap()),
            ("panic", _) => panic!("planted"),
            ("leave-file", _) => {
                let file = std::env::temp_dir().join("left");
                std::fs::write(&file, "left").unwrap();
                file.into_os_string().into_encoded_bytes()
            }
            #[cfg(target_os = "linux")]
            (hostile, rest) => contained::call(hostile, rest),
            #[cfg(not(target_os = "linux"))]
            (other, _) => panic!("no such request: {other}"),
        }
    });
    if served.is_err() {
        // The parent is gone, or the called code closed the pipe to it.
        std::process::exit(1);
    }
}

/// A session whose child, and all processes that it starts, have a unique mark.
fn session() -> (Session, String) {
    with(|builder| builder)
}

fn with(change: impl FnOnce(Builder) -> Builder) -> (Session, String) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mark = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let builder = Builder::this_program("serve").env(MARK, &mark).deadline(SOON);
    (change(builder).start().unwrap(), mark)
}

fn ask(session: &mut Session, request: &str) -> String {
    String::from_utf8(session.ask(request.as_bytes(), SOON).unwrap()).unwrap()
}

fn replies() {
    let (mut session, _) = session();
    for length in [0_usize, 1, 4096, 1 << 16, 3 << 20] {
        let text = "x".repeat(length);
        assert_eq!(ask(&mut session, &format!("echo {text}")), text);
    }
    for number in 6..100 {
        assert_eq!(ask(&mut session, "count"), number.to_string());
    }
    let ended = session.end(SOON).unwrap();
    assert_eq!(ended.outcome, Outcome::Exit { code: 0 });
    assert_eq!(ended.left_behind, 0);
    assert_eq!(ended.notes, [b"began"]);
}

fn over(session: &mut Session) {
    let error = session.ask(b"count", SOON).unwrap_err();
    assert!(matches!(error, Error::Over { .. }), "{error:?}");
}

fn late() {
    let (mut session, _) = session();
    assert_eq!(ask(&mut session, "count"), "1");
    let within = Duration::from_millis(200);
    let error = session.ask(b"hang", within).unwrap_err();
    assert!(
        matches!(error, Error::Late { within: found, .. } if found == within),
        "{error:?}"
    );
    over(&mut session);
}

fn whole() {
    let deadline = Duration::from_millis(1500);
    let (mut session, _) = with(|builder| builder.deadline(deadline));
    let error = session.ask(b"hang", Duration::MAX).unwrap_err();
    assert!(
        matches!(error, Error::Late { within, .. } if within == deadline),
        "{error:?}"
    );
    over(&mut session);
}

fn gone() {
    let (mut session, _) = session();
    let error = session.ask(b"exit 7", SOON).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Gone {
                outcome: Outcome::Exit { code: 7 },
                ..
            }
        ),
        "{error:?}"
    );
    over(&mut session);
    let (mut session, _) = self::session();
    let error = session.ask(b"abort", SOON).unwrap_err();
    let Error::Gone { outcome, .. } = error else {
        panic!("{error:?}")
    };
    if cfg!(all(unix, not(tollgate_backend = "fallback"))) {
        assert_eq!(outcome.signal_name(), Some("SIGABRT"));
    }
}

fn panics() {
    let (mut session, _) = with(|builder| builder.capture_stderr(0));
    let error = session.ask(b"panic", SOON).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Gone {
                outcome: Outcome::Exit { code: 101 },
                ..
            }
        ),
        "{error:?}"
    );
}

fn too_much() {
    let (mut session, _) = with(|builder| builder.output_limit(1000));
    assert_eq!(session.ask(b"long 1000", SOON).unwrap(), [7; 1000]);
    let error = session.ask(b"long 1001", SOON).unwrap_err();
    assert!(matches!(error, Error::OutputLimit { limit: 1000, .. }), "{error:?}");
    over(&mut session);
}

fn notes() {
    let (mut session, _) = session();
    ask(&mut session, "note one");
    assert_eq!(session.take_notes(), [&b"began"[..], b"one"]);
    ask(&mut session, "note two");
    assert_eq!(session.end(SOON).unwrap().notes, [b"two"]);
}

fn directory() {
    let (mut session, _) = session();
    let file = PathBuf::from(ask(&mut session, "leave-file"));
    assert!(file.exists());
    let directory = file.parent().unwrap();
    assert_ne!(directory, std::env::temp_dir());
    session.end(SOON).unwrap();
    assert!(!directory.exists());
}

fn refuses() {
    // Fewer descriptors than the child already has open.
    let limits = Limits {
        open_files: Some(0),
        ..Limits::default()
    };
    let started = Builder::this_program("limited").limits(limits).start();
    match (Limits::status(), started) {
        (Status::Unsupported(_), Err(Error::LimitsUnsupported { .. })) => {}
        // The system accepts a limit below the number of open descriptors.
        (_, Ok(session)) => drop(session),
        (_, Err(error)) => assert!(matches!(error, Error::Refused { .. }), "{error:?}"),
    }
}

/// Starts a session in an intermediate process, prints the path of its child's directory, and hangs.
fn middle() {
    let mut session = Builder::this_program("serve").start().unwrap();
    #[cfg(target_os = "linux")]
    ask(&mut session, "sleeper");
    println!("{}", ask(&mut session, "leave-file"));
    let _ = session.ask(b"hang", SOON);
}

/// Whether all processes with the mark end within a short time. A zombie has no environment.
fn nothing_runs(mark: &str) -> bool {
    let wanted = format!("{MARK}={mark}");
    let until = Instant::now() + SOON;
    while runs(&wanted) {
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

fn runs(variable: &str) -> bool {
    let own = std::process::id().to_string();
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .any(|process| {
            let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
            process.file_name().to_str() != Some(&own)
                && environment
                    .split(|byte| *byte == 0)
                    .any(|found| found == variable.as_bytes())
        })
}
