//! Measures in processes of this test program itself. It has no harness, because `run_if_measuring` must come first.
//!
//! The first argument selects the rows that a process builds, so that a measuring process can be made to fail.

use std::hint::black_box;
use std::time::Duration;
use tollgate_meter::{Ending, Error, Layouts, Meter, Options, ProofKind, Report, Row, Rows};
use tollgate_platform::child::{self, Instead, Outcome};
use tollgate_platform::fork;

#[inline(never)]
fn callee(x: u64) -> u64 {
    black_box(x) + 1
}

fn case() -> String {
    std::env::args().nth(1).unwrap_or_default()
}

fn in_child() -> bool {
    child::role().is_some()
}

fn rows() -> Result<Rows<'static>, String> {
    let mut rows = Rows::new()
        .row(Row::latency("nothing", |x| x).answers(7, 7))
        .row(
            Row::latency("add", |x| x.wrapping_add(1))
                .answers(7, 8)
                .boundary("inline"),
        )
        .row(
            Row::latency("callee", |x| callee(x) + 2)
                .answers(7, 10)
                .callee("callee", callee as *const () as usize),
        )
        .row(Row::latency("allocation", |x| *black_box(Box::new(x))).answers(7, 7))
        .row(
            Row::throughput("no allocation", |x| x ^ 3)
                .answers(7, 4)
                .copied_bytes(0),
        )
        .row(
            Row::latency("not stepped", |x| x)
                .answers(7, 7)
                .uncounted("it waits for another thread"),
        );
    match case().as_str() {
        "wrong" => rows.push(Row::latency("odd", |x| x + u64::from(in_child())).answers(1, 1)),
        "crash" => {
            rows.push(Row::latency("crashing", |x| if in_child() { std::process::abort() } else { x }).answers(1, 1))
        }
        "exit" => {
            rows.push(Row::latency("exiting", |x| if in_child() { std::process::exit(9) } else { x }).answers(1, 1))
        }
        "hang" => rows.push(
            Row::latency("waiting", |x| {
                while in_child() {
                    std::thread::park();
                }
                x
            })
            .answers(1, 1),
        ),
        "claim" => rows.extend(claims()),
        "names" => rows.extend(names()),
        "differ" if in_child() => rows.push(Row::latency("one more", |x| x)),
        "fail" if in_child() => return Err("a library is missing".to_owned()),
        // In one process only: the counting process has the request to count.
        "crash when counted" => rows.push(
            Row::latency("fragile", |x| {
                if std::env::var("TOLLGATE_METER").is_ok_and(|request| request.contains("Count")) && x > 1 {
                    std::process::abort()
                }
                2
            })
            .answers(1, 2),
        ),
        _ => {}
    }
    Ok(rows)
}

/// Claims that are true in an optimised build, and others that are never true.
fn claims() -> [Row<'static>; 4] {
    static FROM: [u8; 256] = [1; 256];
    let mut to = vec![0; FROM.len()];
    let mut copy = move |length: usize| {
        to[..black_box(length)].copy_from_slice(black_box(&FROM[..length]));
        black_box(to.as_slice());
        0
    };
    let mut other = copy.clone();
    [
        Row::latency("claimed", |x| x ^ 5)
            .answers(7, 2)
            .claims(ProofKind::Inlined),
        Row::latency("claimed falsely", callee)
            .answers(7, 8)
            .callee("callee", callee as *const () as usize)
            .claims(ProofKind::Inlined),
        Row::throughput("copies as it says", move |_| copy(256))
            .answers(1, 0)
            .copied_bytes(256),
        Row::throughput("copies more", move |_| other(256))
            .answers(1, 0)
            .copied_bytes(255),
    ]
}

/// A row that names a different function than it calls, and one that names none. Their bodies are pointers,
/// which the loop calls directly, with optimisation or without.
fn names() -> [Row<'static>; 2] {
    [
        Row::latency("names another", callee)
            .answers(7, 8)
            .callee("another", another as *const () as usize),
        Row::latency("names none", callee).answers(7, 8),
    ]
}

/// A function that is never called.
#[inline(never)]
fn another(x: u64) -> u64 {
    black_box(x) + 3
}

/// The quickest options that still give a spread.
fn options(case: &str) -> Options {
    Options {
        processes: 2,
        batches: 5,
        arguments: vec![case.into()],
        ..Options::default()
    }
}

/// Measures the case's rows, as built in this process.
fn measure(options: &Options) -> Result<Report, Error> {
    let mut rows = rows().unwrap();
    let case = options.arguments[0].to_str().unwrap();
    let extra = match case {
        "wrong" => Some(Row::latency("odd", |x| x).answers(1, 1)),
        "crash" => Some(Row::latency("crashing", |x| x).answers(1, 1)),
        "exit" => Some(Row::latency("exiting", |x| x).answers(1, 1)),
        "hang" => Some(Row::latency("waiting", |x| x).answers(1, 1)),
        "crash when counted" => Some(Row::latency("fragile", |_| 2).answers(1, 2)),
        _ => None,
    };
    rows.extend(extra);
    match case {
        "claim" => rows.extend(claims()),
        "names" => rows.extend(names()),
        _ => {}
    }
    tollgate_meter::run(rows, options)
}

fn stepper_is_supported() -> bool {
    tollgate_platform::facilities()
        .iter()
        .any(|facility| facility.name == "stepper" && facility.status.reason().is_none())
}

fn main() {
    if case() != "forgetful" && case() != "silent" {
        println!("a program may write before it asks");
        tollgate_meter::run_if_measuring(rows);
    }
    if in_child() {
        // A program that does not call it continues with its own work.
        match case().as_str() {
            "silent" => std::process::exit(0),
            _ => {
                let error = measure(&options("")).unwrap_err();
                assert!(matches!(
                    error,
                    Error::Process {
                        process: 1,
                        source: child::Error::Recursion { .. }
                    }
                ));
                std::process::exit(4);
            }
        }
    }
    let tests: [(&str, fn()); 11] = [
        ("every_row_is_measured_in_every_process", every_row),
        ("counts_are_equal_over_runs_and_say_what_allocates", counts),
        ("rows_are_chosen_by_name", only),
        (
            "a_wrong_answer_in_a_measuring_process_is_refused_and_names_the_row",
            wrong,
        ),
        ("a_crash_an_exit_and_a_hang_are_told_apart", endings),
        ("other_rows_than_the_parents_are_refused", differing_rows),
        ("a_program_that_does_not_ask_is_found_out", forgetful),
        ("a_row_that_crashes_when_stepped_is_reported_without_counts", fragile),
        ("a_row_is_told_the_name_of_what_it_called", named),
        ("a_claim_that_the_trace_does_not_prove_is_an_error", claimed),
        ("closures_are_priced_in_forks_of_a_process_with_one_thread", forked),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} ... ok");
    }
}

fn every_row() {
    let mut seen = Vec::new();
    let report = tollgate_meter::run_with_progress(rows().unwrap(), &options(""), |progress| {
        seen.push((progress.done, progress.total));
    })
    .unwrap();
    assert_eq!(seen, [(1, 3), (2, 3), (3, 3)]);
    assert_eq!(report.method.layouts, Layouts::EachProcess);
    assert_eq!(report.method.processes, 2);
    let names: Vec<&str> = report.rows.iter().map(|row| row.row.as_str()).collect();
    assert_eq!(
        names,
        ["nothing", "add", "callee", "allocation", "no allocation", "not stepped"]
    );
    for row in &report.rows {
        assert_eq!(row.per_process.len(), 2);
        for process in &row.per_process {
            assert_eq!(process.batches, 5);
            assert!(process.min > 0.0 && process.min <= process.median, "{row:?}");
        }
        assert!(row.ns.min == row.ns.low && row.ns.low <= row.ns.high, "{row:?}");
    }
    assert_eq!(report.rows[1].boundary.as_deref(), Some("inline"));
    assert_eq!(report.rows[4].copied_bytes, Some(0.0));
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

fn counts() {
    let reports = [measure(&options("")).unwrap(), measure(&options("")).unwrap()];
    for report in &reports {
        let waiting = report.row("not stepped").unwrap();
        assert_eq!(waiting.uncounted.as_deref(), Some("it waits for another thread"));
        assert_eq!((waiting.instructions, waiting.proof.kind), (None, ProofKind::Unproved));
    }
    let counted = |name: &str| reports.each_ref().map(|report| report.row(name).unwrap().instructions);
    for name in ["nothing", "add", "callee", "allocation", "no allocation"] {
        let [first, second] = counted(name);
        assert_eq!(first, second, "{name}");
        assert_eq!(first.is_some(), stepper_is_supported(), "{name}");
    }
    if stepper_is_supported() {
        let row = |name| reports[0].row(name).unwrap();
        assert_eq!(row("allocation").allocations, Some(1.0));
        assert_eq!(row("no allocation").allocations, Some(0.0));
        assert_eq!(row("callee").proof.kind, ProofKind::Direct);
        assert_eq!(row("callee").proof.symbol.as_deref(), Some("callee"));
        // The instructions of an optimised build are known: a round of eight calls has two of its own.
        if cfg!(not(debug_assertions)) {
            assert_eq!(row("nothing").instructions, Some(0.25));
            assert_eq!(row("add").instructions, Some(1.25));
            assert_eq!(row("add").proof.kind, ProofKind::Inlined);
        }
    } else {
        assert!(reports[0].method.instructions.starts_with("not available"));
    }
}

fn only() {
    let chosen = |only: &[&str]| {
        let only = only.iter().map(|&part| part.to_owned()).collect();
        let report = measure(&Options {
            only,
            count: false,
            ..options("")
        })?;
        Ok(report.rows.into_iter().map(|row| row.row).collect::<Vec<_>>())
    };
    let by_name: Result<_, Error> = chosen(&["No alloc", "inline"]);
    assert_eq!(by_name.unwrap(), ["add", "no allocation"]);
    let error = chosen(&["wasm", "none"]).unwrap_err();
    assert!(matches!(error, Error::NoMatch { .. }));
    let text = error.to_string();
    assert!(
        text.contains("contains \"wasm\" or \"none\": names begin with \"nothing\", \"add\""),
        "{text}"
    );
}

fn wrong() {
    let error = measure(&options("wrong")).unwrap_err();
    assert!(
        matches!(&error, Error::WrongAnswer { row, .. } if row == "odd"),
        "{error}"
    );
    assert!(
        error.to_string().contains("2 for the argument 1, but 1 was expected"),
        "{error}"
    );
}

fn endings() {
    let ending = |options: &Options| match measure(options) {
        Err(Error::Ended { process: 1, ending }) => ending,
        other => panic!("{other:?}"),
    };
    let crashed = ending(&options("crash"));
    assert!(matches!(crashed, Ending::Signal(_) | Ending::Exit(_)), "{crashed}");
    assert_eq!(ending(&options("exit")), Ending::Exit(9));
    let deadline = Duration::from_millis(300);
    let hung = ending(&Options {
        deadline,
        ..options("hang")
    });
    assert_eq!(hung, Ending::Hang(deadline));
    let all = ending(&Options {
        whole: deadline,
        ..options("hang")
    });
    assert_eq!(all, Ending::Hang(deadline));
    let stuck = ending(&Options {
        silence: deadline,
        ..options("hang")
    });
    assert_eq!(stuck, Ending::Stuck(deadline));
}

fn differing_rows() {
    for (case, expected) in [
        ("differ", "not the same as the parent's"),
        ("fail", "a library is missing"),
    ] {
        let error = measure(&options(case)).unwrap_err();
        assert!(
            matches!(&error, Error::Refused { reason, .. } if reason.contains(expected)),
            "{error}"
        );
    }
}

fn forgetful() {
    let instead = |case: &str| match measure(&options(case)) {
        Err(error @ Error::Forgotten { process: 1, .. }) => {
            assert!(error.to_string().contains("run_if_measuring` first in `main`"));
            match error {
                Error::Forgotten {
                    source: child::Error::NoGreeting { instead, .. },
                    ..
                } => *instead,
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other:?}"),
    };
    for (case, code) in [("forgetful", 4), ("silent", 0)] {
        let instead = instead(case);
        assert!(
            matches!(&instead, Instead::Ended { outcome: Outcome::Exit { code: found }, .. } if *found == code),
            "{instead}"
        );
    }
}

fn fragile() {
    let report = measure(&options("crash when counted")).unwrap();
    let row = report.row("fragile").unwrap();
    assert_eq!(row.instructions, None);
    assert_eq!(row.proof.kind, ProofKind::Unproved);
    if stepper_is_supported() {
        assert!(row.uncounted.as_deref().unwrap().contains("signal 6"), "{row:?}");
        assert!(report.row("add").unwrap().instructions.is_some());
    }
}

fn claimed() {
    let claim = |only: &str, count| {
        measure(&Options {
            only: vec![only.to_owned()],
            count,
            ..options("claim")
        })
    };
    let error = claim("claimed falsely", true).unwrap_err();
    let Error::FalseClaim { row, claimed, found } = &error else {
        panic!("{error}");
    };
    assert_eq!((row.as_str(), *claimed), ("claimed falsely", ProofKind::Inlined));
    if stepper_is_supported() {
        assert!(found.starts_with("direct, into callee of "), "{found}");
        if cfg!(not(debug_assertions)) {
            claim("add", true).unwrap();
            // Only the first row: the one with a true claim comes before the other.
            let error = claim("claimed", true).unwrap_err();
            assert!(matches!(error, Error::FalseClaim { row, .. } if row == "claimed falsely"));
        }
    } else {
        assert!(found.starts_with("unproved: the call was not stepped: "), "{found}");
    }
    let copying = claim("copies", true);
    if stepper_is_supported() {
        assert_eq!(
            copying.unwrap_err().to_string(),
            "the row \"copies more\" claims that a call copies 255 bytes, but each call passed 256 bytes to memcpy \
                and memmove"
        );
        let report = claim("copies as", true).unwrap();
        assert_eq!(report.rows[0].copied_bytes, Some(256.0));
    } else {
        assert_eq!(copying.unwrap().rows[1].copied_bytes, Some(255.0));
    }
    // Nothing was counted, so no claim is refuted.
    claim("claimed falsely", false).unwrap();
}

fn forked() {
    if matches!(fork::run(Vec::new), Err(fork::Error::Unsupported(_))) {
        return;
    }
    let mut calls = 0_u64;
    let report = Meter::new().row("counts", || calls += 1).batches(5).run().unwrap();
    assert_eq!(report.method.layouts, Layouts::One);
    assert_eq!(report.rows[0].per_process.len(), report.method.processes);
    // Rows were called in children only.
    assert_eq!(calls, 0);
    let error = Meter::new().row("crashes", || std::process::abort()).run().unwrap_err();
    assert!(matches!(error, Error::Fork { pass: 1, .. }), "{error}");
}

fn named() {
    let report = measure(&options("names")).unwrap();
    let proof = |row: &str| report.row(row).unwrap().proof.clone();
    let wrong = proof("names another");
    assert_eq!(wrong.kind, ProofKind::Unproved);
    let reason = wrong.reason.unwrap();
    if stepper_is_supported() {
        assert!(
            reason.starts_with("another was not entered in each call; it entered "),
            "{reason}"
        );
        // Without optimisation the barriers between the calls are calls too.
        if cfg!(not(debug_assertions)) {
            assert!(reason.contains("processes::callee of "), "{reason}");
            let none = proof("names none");
            assert_eq!(none.kind, ProofKind::Direct);
            assert!(none.symbol.unwrap().ends_with("::callee"));
            assert!(none.object.unwrap().contains("processes"));
        }
    }
}
