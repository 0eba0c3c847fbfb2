//! Tests on recorded data how often `compare` errs and what it finds: 24 processes of `tollgate bench`, drawn from
//! repeatedly. The draws are seeded, so each run of this test gives the same result.

use tollgate_meter::Report;
use tollgate_meter::compare::{TOLERANCE, compare};

/// Three whole runs of 8 processes each, one after the other, on a shared 2-core virtual machine with other work on it.
const RECORDED: &str = include_str!("data/24-processes.json");

/// The number of processes of each of those runs; runs of more have narrower intervals.
const RUN: usize = 8;

fn recorded() -> Report {
    serde_json::from_str(RECORDED).expect("the recorded document is a report")
}

/// A run of the given processes.
fn run_of(recorded: &Report, processes: &[usize]) -> Report {
    let mut run = recorded.clone();
    run.method.processes = processes.len();
    for row in &mut run.rows {
        row.per_process = processes.iter().map(|&process| row.per_process[process]).collect();
        let minima = row.per_process.iter().map(|process| process.min);
        row.ns.min = minima.fold(f64::INFINITY, f64::min);
    }
    run
}

/// Two runs of processes that none of them share, drawn at random.
fn draw(recorded: &Report, random: &mut fastrand::Rng) -> (Report, Report) {
    let mut processes: Vec<usize> = (0..recorded.method.processes).collect();
    random.shuffle(&mut processes);
    let run = |at: usize| run_of(recorded, &processes[at * RUN..][..RUN]);
    (run(0), run(1))
}

#[test]
fn the_record_is_of_whole_runs() {
    let recorded = recorded();
    assert_eq!(recorded.method.processes, 24);
    assert!(recorded.rows.len() >= 60, "{}", recorded.rows.len());
    assert!(recorded.rows.iter().all(|row| row.per_process.len() == 24));
}

#[test]
fn a_program_against_itself_raises_no_more_than_one_alarm_in_a_hundred_runs() {
    let (recorded, mut random) = (recorded(), fastrand::Rng::with_seed(1));
    let mut alarms = Vec::new();
    for run in 0..200 {
        let (before, now) = draw(&recorded, &mut random);
        let comparison = compare(&before, &now, TOLERANCE).unwrap();
        let rows: Vec<_> = comparison.regressions().map(|row| row.row.clone()).collect();
        if !rows.is_empty() {
            alarms.push((run, rows));
        }
    }
    assert!(alarms.len() <= 2, "{} of 200 runs: {alarms:?}", alarms.len());
}

#[test]
fn whole_runs_one_after_the_other_raise_none_though_the_machine_was_busy() {
    let recorded = recorded();
    let runs: Vec<Report> = (0..3)
        .map(|run| run_of(&recorded, &(run * RUN..(run + 1) * RUN).collect::<Vec<_>>()))
        .collect();
    for (one, before) in runs.iter().enumerate() {
        for (other, now) in runs.iter().enumerate().filter(|(other, _)| *other != one) {
            let comparison = compare(before, now, TOLERANCE).unwrap();
            let rows: Vec<_> = comparison.regressions().collect();
            assert!(rows.is_empty(), "run {other} against run {one}: {rows:?}");
        }
    }
}

/// Rows whose processes agree this well are called steady.
const STEADY: f64 = 0.005;

#[test]
fn three_percent_planted_in_a_steady_row_are_found_and_nothing_else_is() {
    let (recorded, mut random) = (recorded(), fastrand::Rng::with_seed(2));
    let steady: Vec<usize> = (0..recorded.rows.len())
        .filter(|&at| {
            let row = &recorded.rows[at];
            let logs: Vec<f64> = row.per_process.iter().map(|process| process.min.ln()).collect();
            let mean = logs.iter().sum::<f64>() / logs.len() as f64;
            let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
            row.placement.is_none() && (squares / (logs.len() - 1) as f64).sqrt() < STEADY
        })
        .collect();
    // Many rows, so that the test does not depend on a few.
    assert!(steady.len() >= 30, "{}", steady.len());
    let (mut found, mut more) = (0, 0);
    for run in 0..100 {
        let (before, mut now) = draw(&recorded, &mut random);
        let planted = steady[run % steady.len()];
        let row = &mut now.rows[planted];
        for process in &mut row.per_process {
            process.min *= 1.03;
        }
        row.ns.min *= 1.03;
        let comparison = compare(&before, &now, TOLERANCE).unwrap();
        found += usize::from(comparison.rows[planted].regression);
        more += usize::from(comparison.regressions().count() > 1);
    }
    assert!(
        found >= 99 && more <= 1,
        "found {found} of 100, {more} runs with others"
    );
}

#[test]
fn one_instruction_more_is_found_in_every_row_that_was_counted() {
    let recorded = recorded();
    let before = run_of(&recorded, &(0..RUN).collect::<Vec<_>>());
    let mut counted = 0;
    for at in 0..before.rows.len() {
        let mut now = before.clone();
        let Some(instructions) = &mut now.rows[at].instructions else {
            continue;
        };
        *instructions += 1.0;
        counted += 1;
        let comparison = compare(&before, &now, TOLERANCE).unwrap();
        let rows: Vec<usize> = (0..comparison.rows.len())
            .filter(|&row| comparison.rows[row].regression)
            .collect();
        assert_eq!(rows, [at]);
    }
    assert!(counted > 30, "{counted}");
}
