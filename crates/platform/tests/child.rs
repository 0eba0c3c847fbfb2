//! The child is this program executed again: it answers, crashes, exits or hangs, and the parent gets the matching
//! outcome.
//!
//! This test is a program without a harness, because it must ask for its role at the beginning of main.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use tollgate_platform::Status;
use tollgate_platform::child::{self, Builder, Ended, Error, Instead, Limits, Outcome, Task};

/// How long a test waits for an event that should happen immediately.
const SOON: Duration = Duration::from_secs(30);

fn main() {
    if let Status::Unsupported(reason) = child::status() {
        println!("skipped: {reason}");
        return;
    }
    // `.ci/cross` sets it if the kernel runs programs of other processors with qemu.
    if emulated() && std::env::var_os("TOLLGATE_EMULATED_CHILDREN").is_none() {
        println!("skipped: a program that qemu runs cannot start itself again");
        return;
    }
    // Roles of programs that do not ask for their role.
    match child::role().as_deref() {
        Some("forgets") => forget(),
        Some("stays-silent") => loop {
            std::thread::park();
        },
        Some("greets-otherwise") => {
            print!("\ntollgate child 99\n");
            std::process::exit(0)
        }
        Some("writes-before") => println!("a program may write before it asks"),
        _ => {}
    }
    match child::accept(|_| true) {
        Some(task) => as_child(&task),
        None => as_parent(),
    }
}

/// Whether qemu runs this program.
fn emulated() -> bool {
    std::env::var("TOLLGATE_RUNNER").is_ok_and(|runner| runner.contains("qemu-"))
}

/// A program that does not ask for its role does its own work, which starts this program.
fn forget() -> ! {
    println!("hello, this is the program's own work");
    let error = Builder::this_program("forgets").spawn().unwrap_err();
    assert!(matches!(&error, Error::Recursion { role } if role == "forgets"));
    std::process::exit(3)
}

fn as_child(task: &Task) -> ! {
    match task.role.as_str() {
        "echo" => {
            let words: Vec<String> = std::env::args().skip(1).collect();
            let value = std::env::var("CHILD_TEST_VALUE").unwrap();
            let request = String::from_utf8_lossy(&task.request);
            child::answer(format!("{} {value} {request}", words.join("+")).as_bytes())
        }
        "length" | "writes-before" => child::answer(&task.request.len().to_le_bytes()),
        "again" => {
            assert!(child::accept(|_| true).is_none());
            child::answer(b"once")
        }
        "prints" => {
            println!("a library prints");
            let mut line = String::new();
            let read = std::io::stdin().read_line(&mut line).unwrap();
            child::answer(format!("{read} bytes of input").as_bytes())
        }
        // Each child starts the next one and passes on its answer, until one is refused.
        "nest" => match Builder::this_program("nest").spawn().and_then(child::Child::wait) {
            Ok(Outcome::Value(value)) => child::answer(&[&value[..], b"."].concat()),
            Err(Error::TooDeep { .. }) => child::answer(b""),
            other => panic!("{other:?}"),
        },
        "exit" => std::process::exit(7),
        "exit-0" => std::process::exit(0),
        "abort" => std::process::abort(),
        "deliver-and-exit" => {
            child::deliver(b"done").unwrap();
            std::process::exit(0)
        }
        "deliver-and-abort" => {
            child::note(b"first").unwrap();
            child::note(b"second").unwrap();
            child::deliver(b"done").unwrap();
            std::process::abort()
        }
        "note-and-hang" => {
            child::note(b"before").unwrap();
            hang()
        }
        "complain" => {
            eprintln!("{}", "x".repeat(1 << 20));
            child::answer(b"complained")
        }
        "talk" => loop {
            child::note(&[b'x'; 1024]).unwrap_or_else(|_| std::process::exit(0));
        },
        "count" => {
            // The lifeline thread exists, and the stepper allows it.
            let count = tollgate_platform::step::Stepper::new().count(|_| {});
            child::answer(format!("{:?}", count.map(|count| count.instructions_per_call)).as_bytes())
        }
        "leave-behind" => {
            #[expect(clippy::zombie_processes, reason = "that nobody waits for it is what is tested")]
            let left = Command::new("sleep").arg("1000").stdin(Stdio::null()).spawn().unwrap();
            child::answer(left.id().to_string().as_bytes())
        }
        "hang" => hang(),
        "allocate" => {
            let little: Result<(), _> = Vec::<u8>::new().try_reserve_exact(64 << 20);
            let much: Result<(), _> = Vec::<u8>::new().try_reserve_exact(512 << 20);
            child::answer(format!("{} {}", little.is_ok(), much.is_ok()).as_bytes())
        }
        "spin" => loop {
            std::hint::black_box(0);
        },
        "write" => {
            let mut file = tempfile::tempfile().unwrap();
            let written = (0..1024).map(|_| file.write_all(&[0; 1024])).find_map(Result::err);
            child::answer(format!("{written:?}").as_bytes())
        }
        "open" => {
            let opened = (0..1000)
                .map_while(|_| std::fs::File::open("/dev/null").ok())
                .count_kept();
            child::answer(opened.to_string().as_bytes())
        }
        "core" => child::answer(std::fs::read_to_string("/proc/self/limits").unwrap().as_bytes()),
        other => panic!("no such role: {other}"),
    }
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

trait Kept {
    /// The greatest number at one time.
    fn count_kept(self) -> usize;
}

impl<I: Iterator> Kept for I {
    fn count_kept(self) -> usize {
        self.collect::<Vec<_>>().len()
    }
}

fn as_parent() {
    if std::env::args().any(|argument| argument == "--middle") {
        return middle();
    }
    let tests: [(&str, fn()); 18] = [
        (
            "arguments_environment_and_request_reach_the_child_and_its_value_comes_back",
            value,
        ),
        ("a_request_of_any_length_reaches_the_child", long_request),
        ("a_task_is_accepted_once", once),
        ("an_exit_code_a_signal_and_a_hang_are_told_apart", endings),
        ("a_value_counts_if_the_ordinary_exit_after_it_is_one", delivered),
        ("notes_are_kept_of_a_child_that_dies_or_hangs", notes),
        ("standard_error_is_captured_as_far_as_its_limit", captured),
        ("what_a_library_prints_does_not_spoil_the_answer", printing),
        ("children_start_children_to_a_depth_of_eight", nesting),
        ("a_program_that_forgot_to_ask_is_refused_and_starts_nothing", forgotten),
        ("a_program_that_may_be_named_is_started_in_its_place", named_program),
        ("a_program_may_write_before_it_greets", writes_before),
        ("a_child_that_answers_too_much_is_an_error", too_much),
        ("a_child_ends_when_its_parent_does", orphan),
        ("what_a_child_started_ends_with_it", left_behind),
        ("each_limit_holds_in_the_child", limits),
        ("limits_that_the_platform_cannot_set_are_refused", no_limits),
        ("the_stepper_works_in_a_child_that_watches_its_lifeline", stepping),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} ... ok");
    }
}

fn run(builder: Builder) -> Outcome {
    builder.spawn().unwrap().wait().unwrap()
}

fn ended(builder: Builder) -> Ended {
    builder.spawn().unwrap().finish().unwrap()
}

/// Whether this platform has Unix processes, as the module's documentation says.
fn has_signals() -> bool {
    cfg!(all(unix, not(tollgate_backend = "fallback")))
}

fn value() {
    let outcome = run(Builder::this_program("echo")
        .args(["a", "b"])
        .env("CHILD_TEST_VALUE", "c")
        .request("d"));
    assert_eq!(outcome, Outcome::Value(b"a+b c d".to_vec()));
}

fn long_request() {
    for length in [0_usize, 1, 4096, 1 << 16, 3 << 20] {
        let outcome = run(Builder::this_program("length").request(vec![b'x'; length]));
        assert_eq!(outcome, Outcome::Value(length.to_le_bytes().to_vec()));
    }
}

fn once() {
    assert_eq!(run(Builder::this_program("again")), Outcome::Value(b"once".to_vec()));
    assert!(child::accept(|_| true).is_none(), "this process is no child");
}

fn endings() {
    assert_eq!(run(Builder::this_program("exit")), Outcome::Exit { code: 7 });
    assert_eq!(run(Builder::this_program("exit-0")), Outcome::Exit { code: 0 });
    let aborted = run(Builder::this_program("abort"));
    if has_signals() {
        assert_eq!(aborted, Outcome::Signal { signal: 6 });
        assert_eq!(aborted.signal_name(), Some("SIGABRT"));
        assert_eq!(aborted.to_string(), "was killed by signal 6 (SIGABRT)");
    } else {
        assert!(matches!(aborted, Outcome::Exit { .. }), "{aborted:?}");
    }
    let deadline = Duration::from_millis(300);
    let hung = run(Builder::this_program("hang").deadline(deadline));
    assert_eq!(hung, Outcome::Hang { deadline });
}

fn delivered() {
    let done = run(Builder::this_program("deliver-and-exit"));
    assert_eq!(done, Outcome::Value(b"done".to_vec()));
    let died = run(Builder::this_program("deliver-and-abort"));
    assert!(
        matches!(died, Outcome::Signal { .. } | Outcome::Exit { .. }),
        "{died:?}"
    );
}

fn notes() {
    let died = ended(Builder::this_program("deliver-and-abort"));
    assert_eq!(died.notes, [b"first".to_vec(), b"second".to_vec()]);
    let deadline = Duration::from_secs(2);
    let hung = ended(Builder::this_program("note-and-hang").deadline(deadline));
    assert_eq!(hung.outcome, Outcome::Hang { deadline });
    assert_eq!(hung.notes, [b"before".to_vec()]);
}

fn captured() {
    let complained = ended(Builder::this_program("complain").capture_stderr(100));
    assert_eq!(complained.outcome, Outcome::Value(b"complained".to_vec()));
    assert_eq!(complained.stderr, [b'x'; 100]);
}

fn printing() {
    if !has_signals() {
        println!("skipped: this platform leaves standard streams as they are");
        return;
    }
    let printed = ended(Builder::this_program("prints").capture_stderr(1000));
    assert_eq!(printed.outcome, Outcome::Value(b"0 bytes of input".to_vec()));
    assert_eq!(printed.stderr, b"a library prints\n");
}

fn nesting() {
    assert_eq!(run(Builder::this_program("nest")), Outcome::Value(b".......".to_vec()));
}

fn refused(builder: &Builder) -> (Instead, String) {
    let error = builder.spawn().unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('\n'), "one sentence: {text}");
    match error {
        Error::NoGreeting { program, instead, .. } => {
            assert_eq!(program, std::env::current_exe().unwrap());
            (*instead, text)
        }
        other => panic!("{other:?}"),
    }
}

fn forgotten() {
    let (instead, text) = refused(&Builder::this_program("forgets"));
    assert_eq!(
        instead,
        Instead::Ended {
            outcome: Outcome::Exit { code: 3 },
            said: "hello, this is the program's own work".to_owned()
        }
    );
    assert!(
        text.contains(
            "did not greet as a child process in the role \"forgets\": it exited with code 3 after it printed \"hello, "
        ),
        "{text}"
    );
    assert!(text.contains("tollgate::worker::run_if_worker"), "{text}");
    let handshake = Duration::from_millis(300);
    let (instead, text) = refused(&Builder::this_program("stays-silent").handshake(handshake));
    assert_eq!(instead, Instead::Running { said: String::new() });
    assert!(text.contains("it was still running without output"), "{text}");
    let (instead, _) = refused(&Builder::this_program("greets-otherwise"));
    assert_eq!(instead, Instead::Version { found: "99".to_owned() });
}

fn named_program() {
    let this = std::env::current_exe().unwrap();
    let outcome = run(Builder::program(&this, "length").request("four"));
    assert_eq!(outcome, Outcome::Value(4_usize.to_le_bytes().to_vec()));
    if emulated() {
        println!("skipped: qemu does not tell who starts a program that it is not there");
        return;
    }
    let missing = this.with_file_name("no such program");
    let error = Builder::program(&missing, "length").spawn().unwrap_err();
    assert!(
        matches!(&error, Error::Spawn { program, .. } if *program == missing),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("no such program in the role \"length\""),
        "{error}"
    );
}

fn writes_before() {
    let outcome = run(Builder::this_program("writes-before").request("four"));
    assert_eq!(outcome, Outcome::Value(4_usize.to_le_bytes().to_vec()));
}

fn too_much() {
    let child = Builder::this_program("talk").output_limit(5000).spawn().unwrap();
    let result = child.wait();
    assert!(
        matches!(result, Err(Error::OutputLimit { limit: 5000, .. })),
        "{result:?}"
    );
}

fn stepping() {
    let Outcome::Value(value) = run(Builder::this_program("count")) else {
        panic!("the child ended otherwise");
    };
    let text = String::from_utf8(value).unwrap();
    assert_eq!(text.starts_with("Ok(0.0)"), facility("stepper").is_none(), "{text}");
}

/// The reason why a facility is not fully supported.
fn facility(name: &str) -> Option<&'static str> {
    let mut facilities = tollgate_platform::facilities().into_iter();
    facilities
        .find(|facility| facility.name == name)
        .unwrap()
        .status
        .reason()
}

/// Whether the process ends within a short time. It may be a zombie without a parent that reaps it.
fn is_gone(process: &str) -> bool {
    let status = format!("/proc/{}/status", process.trim());
    let until = std::time::Instant::now() + SOON;
    while std::fs::read_to_string(&status).is_ok_and(|text| !text.contains("State:\tZ")) {
        if std::time::Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Starts this program as an intermediate parent, which starts a hanging child, prints its id and is then killed. The
/// id must be free again soon.
fn orphan() {
    let mut middle = Command::new(std::env::current_exe().unwrap())
        .arg("--middle")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(middle.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    middle.kill().unwrap();
    middle.wait().unwrap();
    if cfg!(target_os = "linux") {
        assert!(is_gone(&line), "the child {} outlived its parent", line.trim());
    }
}

fn middle() {
    let child = Builder::this_program("hang").spawn().unwrap();
    println!("{}", child.id());
    let _ = child.wait();
}

fn left_behind() {
    if !has_signals() || !cfg!(target_os = "linux") {
        println!("skipped: this platform has no process groups, or no /proc to look into");
        return;
    }
    let Outcome::Value(number) = run(Builder::this_program("leave-behind")) else {
        panic!("the child ended otherwise");
    };
    let number = String::from_utf8(number).unwrap();
    assert!(
        is_gone(&number),
        "the process {number} outlived the child that started it"
    );
}

fn limits() {
    if let Some(reason) = facility("child-limits") {
        println!("skipped: {reason}");
        return;
    }
    let none = Limits::default();
    let text = |role: &str, limits: Limits| match run(Builder::this_program(role).limits(limits)) {
        Outcome::Value(value) => String::from_utf8(value).unwrap(),
        other => panic!("{other:?}"),
    };
    let memory = Some(256 << 20);
    match emulated() {
        true => println!("skipped: qemu limits no program's memory, since it would be its own"),
        false => assert_eq!(text("allocate", Limits { memory, ..none }), "true false"),
    }
    assert_eq!(text("allocate", none), "true true");
    let open_files = Some(20);
    let opened: usize = text("open", Limits { open_files, ..none }).parse().unwrap();
    assert!((1..20).contains(&opened), "{opened} files could be opened");
    let core = |limits: Limits| {
        let text = text("core", limits);
        let line = text
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        line.split_whitespace().skip(4).take(2).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(core(Limits { core: Some(0), ..none }), "0 0");
    let cpu_seconds = Some(1);
    let spun = run(Builder::this_program("spin").limits(Limits { cpu_seconds, ..none }));
    assert_eq!(spun.signal_name(), Some("SIGXCPU"), "{spun:?}");
    let file_size = Some(100 << 10);
    let wrote = run(Builder::this_program("write").limits(Limits { file_size, ..none }));
    assert_eq!(wrote.signal_name(), Some("SIGXFSZ"), "{wrote:?}");
    assert_eq!(text("write", none), "None");
}

fn no_limits() {
    let limits = Limits {
        core: Some(0),
        ..Limits::default()
    };
    let spawned = Builder::this_program("length").limits(limits).spawn();
    let unsupported = matches!(Limits::status(), Status::Unsupported(_));
    match spawned {
        Ok(_) => assert!(!unsupported),
        Err(Error::LimitsUnsupported { .. }) => assert!(unsupported),
        Err(other) => panic!("{other:?}"),
    }
}
