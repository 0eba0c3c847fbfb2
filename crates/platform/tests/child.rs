//! A child is this program again: it answers, crashes, exits or hangs, and its parent is told which.
//!
//! This test is a program of its own, without a harness, since it must ask for its role first thing in `main`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use tollgate_platform::child::{self, Builder, Error, Outcome};

fn main() {
    match child::role().as_deref() {
        Some(role) => as_child(role),
        None => as_parent(),
    }
}

fn as_child(role: &str) {
    child::end_with_parent().unwrap();
    match role {
        "echo" => {
            let words: Vec<String> = std::env::args().skip(1).collect();
            let value = std::env::var("CHILD_TEST_VALUE").unwrap();
            child::answer(format!("{} {value}", words.join("+")).as_bytes())
        }
        "recurse" => match Builder::this_program("echo").spawn() {
            Err(Error::Recursion { role }) => child::answer(role.as_bytes()),
            other => panic!("{other:?}"),
        },
        "exit" => std::process::exit(7),
        "abort" => std::process::abort(),
        "talk" => loop {
            std::io::stdout()
                .write_all(&[b'x'; 1024])
                .unwrap_or_else(|_| std::process::exit(0));
        },
        "count" => {
            // The lifeline's thread is there, and the stepper knows it.
            let count = tollgate_platform::step::Stepper::new().count(|_| {});
            child::answer(format!("{:?}", count.map(|count| count.instructions_per_call)).as_bytes())
        }
        "hang" => loop {
            std::thread::park();
        },
        other => panic!("no such role: {other}"),
    }
}

fn as_parent() {
    if std::env::args().any(|argument| argument == "--middle") {
        return middle();
    }
    let tests: [(&str, fn()); 6] = [
        (
            "arguments_and_environment_reach_the_child_and_its_value_comes_back",
            value,
        ),
        ("an_exit_code_a_signal_and_a_hang_are_told_apart", endings),
        ("a_child_cannot_start_a_child", recursion),
        ("a_child_that_answers_too_much_is_an_error", too_much),
        ("a_child_ends_when_its_parent_does", orphan),
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

fn value() {
    let outcome = run(Builder::this_program("echo")
        .args(["a", "b"])
        .env("CHILD_TEST_VALUE", "c"));
    assert_eq!(outcome, Outcome::Value(b"a+b c".to_vec()));
}

fn endings() {
    assert_eq!(run(Builder::this_program("exit")), Outcome::Exit { code: 7 });
    let aborted = run(Builder::this_program("abort"));
    if cfg!(all(unix, not(tollgate_backend = "fallback"))) {
        assert_eq!(aborted, Outcome::Signal { signal: 6 });
    } else {
        assert!(matches!(aborted, Outcome::Exit { .. }), "{aborted:?}");
    }
    let deadline = Duration::from_millis(100);
    let hung = run(Builder::this_program("hang").deadline(deadline));
    assert_eq!(hung, Outcome::Hang { deadline });
}

fn recursion() {
    assert_eq!(
        run(Builder::this_program("recurse")),
        Outcome::Value(b"recurse".to_vec())
    );
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
    let supported = tollgate_platform::facilities()
        .iter()
        .any(|facility| facility.name == "stepper" && facility.status.name() == "supported");
    assert_eq!(text.starts_with("Ok(0.0)"), supported, "{text}");
}

/// Starts this program as a parent in between, which starts a hanging child, says its number and is then killed: the
/// number must be free again soon.
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
        let status = format!("/proc/{}/status", line.trim());
        let gone = || match std::fs::read_to_string(&status) {
            // Nobody may be there to reap it, but it runs no more.
            Ok(text) => text.contains("State:\tZ"),
            Err(_) => true,
        };
        for _ in 0..1000 {
            if gone() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the child {} outlived its parent by ten seconds", line.trim());
    }
}

fn middle() {
    let child = Builder::this_program("hang").spawn().unwrap();
    println!("{}", child.id());
    let _ = child.wait();
}
