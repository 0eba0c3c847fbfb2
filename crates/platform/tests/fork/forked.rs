//! What a forked child does and leaves alone, where processes can be forked.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use tollgate_platform::child::{self, Builder, Outcome};
use tollgate_platform::fork::{self, Error};
use tollgate_platform::segment::{Mapping, Segment};
use tollgate_platform::step::{StepError, Stepper};

/// Does what this process was started for, if a test of this program started it.
pub(crate) fn is_a_child() -> bool {
    if let Some(task) = child::accept(|_| true) {
        child::answer(
            match task.role.as_str() {
                "nested" => nested_fork(),
                other => panic!("no such role: {other}"),
            }
            .as_bytes(),
        );
    }
    if std::env::args().any(|argument| argument == "--prints") {
        prints();
        return true;
    }
    false
}

pub(crate) fn tests() {
    for (name, test) in [
        (
            "what_the_child_gives_arrives_and_what_it_changes_does_not",
            gives as fn(),
        ),
        ("what_the_child_writes_to_a_segment_does_not_arrive", segment),
        ("a_crash_an_exit_and_a_panic_are_errors", ends),
        ("a_process_with_other_threads_is_not_forked", threads),
        ("a_payload_that_panics_when_it_is_dropped_ends_the_child", payload),
        (
            "a_captured_value_that_panics_when_it_is_dropped_ends_the_child",
            captured,
        ),
        ("a_panic_hook_that_panics_or_exits_ends_the_child", hooks),
        (
            "what_the_parent_registered_for_its_end_does_not_run_in_the_child",
            registered,
        ),
        ("what_the_parent_has_not_written_yet_is_written_once", buffered),
        ("a_closure_that_forks_gives_one_answer", copied),
        ("a_process_that_the_child_left_behind_is_not_waited_for", left_behind),
        ("a_fork_of_a_child_that_was_forked_counts_its_threads_anew", nested),
        (
            "a_stepped_payload_that_panics_when_it_is_dropped_ends_the_child",
            stepped,
        ),
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

fn segment() {
    let segment = Segment::new(1 << 16).unwrap();
    // One that is gone leaves nothing to copy.
    drop(Segment::new(1).unwrap());
    // SAFETY: the last byte of the segment.
    let last = unsafe { segment.start().add(segment.len() - 1) };
    // SAFETY: the segment lives, and nobody borrows the byte.
    let write = |value: u8| unsafe { last.write(value) };
    // SAFETY: as above.
    let read = || unsafe { last.read() };
    write(1);
    let seen = fork::run(|| {
        let before = read();
        write(7);
        // The child's own forked child has a copy too.
        let inner = fork::run(|| {
            write(8);
            vec![read()]
        });
        let inner = inner.unwrap()[0];
        vec![before, inner, read()]
    });
    assert_eq!(seen.unwrap(), [1, 8, 7]);
    assert_eq!(read(), 1);
    write(2);
    let mapping = Mapping::new(segment.descriptor(), segment.len() as u64 - 1, 1).unwrap();
    let mut shared = [0];
    mapping.copy_to(0, &mut shared).unwrap();
    assert_eq!(shared, [2], "what this process writes is still shared");
    match Stepper::new().count(|_| write(9)) {
        Ok(_) | Err(StepError::Unsupported(_)) => assert_eq!(read(), 2),
        Err(error) => println!("skipped: the calls cannot be stepped: {error}"),
    }
}

fn ends() {
    let crash = fork::run(|| std::process::abort()).unwrap_err();
    assert!(matches!(crash, Error::Signalled { .. }), "{crash}");
    let exit = fork::run(|| std::process::exit(7)).unwrap_err();
    // Only glibc passes the code on.
    let code_of_exit = if cfg!(all(target_os = "linux", target_env = "gnu")) {
        7
    } else {
        fork::EXITED
    };
    assert!(matches!(exit, Error::Exited { code } if code == code_of_exit), "{exit}");
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

/// Runs what may not go on as a second copy of this process, and gives what it gave. A copy would say so in a file and
/// end.
fn once<T>(run: impl FnOnce() -> T) -> std::thread::Result<T> {
    static SELF: AtomicU32 = AtomicU32::new(0);
    SELF.store(std::process::id(), Ordering::SeqCst);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("went on");
    let result = catch_unwind(AssertUnwindSafe(run));
    let mut log = OpenOptions::new().create(true).append(true).open(&file).unwrap();
    writeln!(log, "{}", std::process::id()).unwrap();
    if std::process::id() != SELF.load(Ordering::SeqCst) {
        // SAFETY: `_exit` has no precondition.
        unsafe { libc::_exit(0) };
    }
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        format!("{}\n", std::process::id())
    );
    result
}

fn run_once(work: impl FnOnce() -> Vec<u8>) -> Result<Vec<u8>, Error> {
    once(|| fork::run(work)).expect("nothing unwinds out of the fork")
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("planted in a drop")
    }
}

fn payload() {
    let error = run_once(|| panic_any(Bomb)).unwrap_err();
    assert!(matches!(error, Error::Exited { code: 101 }), "{error}");
}

/// Panics when it is dropped in another process: this one drops what the closure captured too.
struct ForTheChild(u32);

impl Drop for ForTheChild {
    fn drop(&mut self) {
        assert_eq!(std::process::id(), self.0, "planted in a drop");
    }
}

fn captured() {
    let bomb = ForTheChild(std::process::id());
    let error = run_once(move || {
        let _bomb = bomb;
        vec![1]
    });
    assert!(matches!(error, Err(Error::Exited { code: 101 })), "{error:?}");
    let bomb = ForTheChild(std::process::id());
    // A second panic while the first unwinds ends the process at once.
    let error = run_once(move || {
        let _bomb = bomb;
        panic!("planted")
    });
    assert!(matches!(error, Err(Error::Signalled { .. })), "{error:?}");
}

fn hooks() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| panic!("planted in a hook")));
    let panicked = run_once(|| panic!("planted"));
    let _ = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| std::process::exit(7)));
    let exited = run_once(|| panic!("planted"));
    std::panic::set_hook(usual);
    assert!(matches!(panicked, Err(Error::Signalled { .. })), "{panicked:?}");
    assert!(
        matches!(exited, Err(Error::Exited { code: 7 | fork::EXITED })),
        "{exited:?}"
    );
}

static REGISTERED: OnceLock<PathBuf> = OnceLock::new();

extern "C" fn at_exit() {
    if let Some(file) = REGISTERED.get() {
        let _ = std::fs::write(file, "");
    }
}

fn registered() {
    let directory = tempfile::tempdir().unwrap();
    let file = REGISTERED.get_or_init(|| directory.path().join("ran"));
    // SAFETY: the handler has the type that the C library calls it by, and stays for the life of the process.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    for error in [run_once(|| std::process::exit(7)), run_once(|| panic!("planted"))] {
        assert!(matches!(error, Err(Error::Exited { .. })), "{error:?}");
    }
    run_once(Vec::new).unwrap();
    assert!(!file.exists(), "the parent's handler ran in a child");
}

/// Leaves a line without its end in the buffer of standard output.
fn prints() {
    print!("half a line");
    let _ = fork::run(|| std::process::exit(0));
}

fn buffered() {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).arg("--prints").output().unwrap();
    assert_eq!(output.stdout, b"half a line");
}

fn copied() {
    let answer = run_once(|| {
        // SAFETY: the process has one thread, and what follows in both writes and ends.
        let forked = unsafe { libc::fork() };
        assert!(forked >= 0);
        b"answer".to_vec()
    });
    assert_eq!(answer.unwrap(), b"answer");
}

fn left_behind() {
    // It reads until this process closes the other end, which it does once the fork has answered.
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut writer = Some(writer);
    let answer = run_once(|| {
        drop(writer.take());
        // SAFETY: the process has one thread, and the child reads and ends.
        if unsafe { libc::fork() } == 0 {
            let _ = reader.read(&mut [0]);
            // SAFETY: `_exit` has no precondition.
            unsafe { libc::_exit(0) };
        }
        b"answer".to_vec()
    });
    assert_eq!(answer.unwrap(), b"answer");
    drop(writer);
}

/// In a child: forks, starts a thread that holds a lock, and forks again.
fn nested_fork() -> String {
    if let Some(reason) = fork::status().reason() {
        return reason.to_owned();
    }
    let in_a_fork = || {
        let (to, from) = channel();
        let lock = Arc::new(Mutex::new(0));
        let theirs = lock.clone();
        std::thread::spawn(move || {
            let _held = theirs.lock();
            to.send(()).unwrap();
            loop {
                std::thread::park();
            }
        });
        from.recv().unwrap();
        format!("{:?}", fork::run(|| vec![u8::from(lock.try_lock().is_ok())]))
    };
    let first = fork::run(|| in_a_fork().into_bytes()).map(|text| String::from_utf8_lossy(&text).into_owned());
    // A fork that this crate did not make.
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    // SAFETY: the only other thread waits in a read and holds no lock.
    if unsafe { libc::fork() } == 0 {
        let _ = writer.write_all(in_a_fork().as_bytes());
        // SAFETY: `_exit` has no precondition.
        unsafe { libc::_exit(0) };
    }
    drop(writer);
    let mut second = String::new();
    reader.read_to_string(&mut second).unwrap();
    format!("{first:?} {second}")
}

fn nested() {
    let outcome = Builder::this_program("nested").spawn().unwrap().wait().unwrap();
    let expected = r#"Ok("Err(Threads(2))") Err(Threads(2))"#;
    assert_eq!(outcome, Outcome::Value(expected.as_bytes().to_vec()));
}

fn stepped() {
    let error = once(|| Stepper::new().count(|_| panic_any(Bomb))).expect("nothing unwinds out of the fork");
    let refused = matches!(error, Err(StepError::Unsupported(_) | StepError::Refused));
    assert!(
        refused || matches!(error, Err(StepError::Exited { code: 101 })),
        "{error:?}"
    );
    // In the measured calls alone, where unwinding is stepped too.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let error = once(|| {
        Stepper::new().count(|calls| {
            if calls > 1 {
                panic_any(Bomb)
            }
        })
    });
    std::panic::set_hook(usual);
    let error = error.expect("nothing unwinds out of the fork").unwrap_err();
    match error {
        StepError::Unsupported(_) | StepError::Refused | StepError::Exited { code: 101 } => {}
        StepError::StepLimit { .. } | StepError::Deadline { .. } => {}
        other => panic!("{other:?}"),
    }
}
