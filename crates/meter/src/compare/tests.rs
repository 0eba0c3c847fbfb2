use super::*;
use serde_json::{Value as Json, json};

const STEADY: [f64; 4] = [10.0, 10.01, 10.0, 10.02];

fn row(name: &str, minima: &[f64], instructions: Option<f64>) -> Json {
    let per_process: Vec<Json> = minima
        .iter()
        .map(|min| json!({ "min": min, "median": min * 1.01, "batches": 200, "calls": 8, "unroll": 8 }))
        .collect();
    json!({
        "row": name, "boundary": null, "placement": null, "payload": null, "mode": "latency",
        "ns": { "min": minima[0], "typical": minima[0], "low": minima[0], "high": minima[0] },
        "per_process": per_process, "cycles": null, "instructions": instructions, "objects": [],
        "allocations": null, "copied_bytes": null,
        "proof": { "kind": "inlined", "object": null, "symbol": null, "reason": null }, "ties_with": []
    })
}

fn document(rows: &[Json]) -> Json {
    json!({
        "machine": {
            "cpu": "A", "cores": 2, "os": "linux 6", "target": "t", "governor": null, "virtualised": false,
            "hypervisor": null, "ghz": 3.0, "clock": "c", "clock_resolution_ns": 1.0, "clock_cost_ns": 20.0,
            "build": {
                "rustc": "rustc 1", "c_compiler": "cc 1", "profile": "release", "opt_level": "3",
                "target_features": "", "rustflags": ""
            }
        },
        "method": {
            "processes": 4, "layouts": "one for each process", "batches": 200, "batch_us": 50.0, "unroll": 8,
            "resolution_ns": { "latency": 0.03, "throughput": 0.03 }, "cycles": "", "instructions": "",
            "confidence": 0.99, "seed": 1, "notes": []
        },
        "rows": rows
    })
}

fn report(document: Json) -> Report {
    serde_json::from_value(document).unwrap()
}

fn of(rows: &[Json]) -> Report {
    report(document(rows))
}

fn times(values: [f64; 4], factor: f64) -> [f64; 4] {
    values.map(|value| value * factor)
}

#[test]
fn welch_is_as_by_hand() {
    // Means 2 and 5, variances 1 and 4: sqrt(1/3 + 4/3), and (5/3)^2 / ((1/3)^2 / 2 + (4/3)^2 / 2) = 50/17.
    let (difference, error, freedom) = welch(&[1.0, 2.0, 3.0], &[3.0, 5.0, 7.0]);
    assert_eq!(difference, 3.0);
    assert!((error - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    assert!((freedom - 50.0 / 17.0).abs() < 1e-12);
    assert!(welch(&[1.0], &[2.0, 3.0]).1.is_infinite());
}

#[test]
fn nothing_changes_against_itself() {
    let report = of(&[row("a", &STEADY, Some(4.25)), row("b", &[1.0, 1.2, 1.0, 1.1], None)]);
    let comparison = compare(&report, &report, TOLERANCE).unwrap();
    assert_eq!(comparison.rows.len(), 2);
    assert!(
        comparison
            .rows
            .iter()
            .all(|row| row.time == Verdict::Same && !row.regression)
    );
    assert!(comparison.gone.is_empty() && comparison.new.is_empty() && comparison.circumstances.is_empty());
}

#[test]
fn a_change_counts_where_it_is_real_and_matters() {
    let noisy = [10.0, 10.6, 10.1, 10.9];
    let before = of(&[
        row("real", &STEADY, None),
        row("small", &STEADY, None),
        row("noisy", &noisy, None),
        row("gain", &STEADY, None),
    ]);
    let now = of(&[
        row("real", &times(STEADY, 1.03), None),
        row("small", &times(STEADY, 1.01), None),
        row("noisy", &times(noisy, 1.03), None),
        row("gain", &times(STEADY, 0.9), None),
    ]);
    let comparison = compare(&before, &now, TOLERANCE).unwrap();
    let verdicts: Vec<Verdict> = comparison.rows.iter().map(|row| row.time).collect();
    assert_eq!(
        verdicts,
        [Verdict::Slower, Verdict::Same, Verdict::Same, Verdict::Faster]
    );
    let names: Vec<&str> = comparison.regressions().map(|row| row.row.as_str()).collect();
    assert_eq!(names, ["real"]);
    let ratio = comparison.rows[0].ratio;
    assert!(
        (ratio.value - 1.03).abs() < 1e-9 && ratio.low > 1.02 && ratio.high < 1.04,
        "{ratio:?}"
    );
    assert!(compare(&before, &now, 0.05).unwrap().regressions().next().is_none());
}

#[test]
fn one_more_instruction_is_a_regression_where_builds_are_alike_and_none_where_they_are_not() {
    let before = of(&[row("a", &STEADY, Some(4.25))]);
    let mut later = document(&[row("a", &STEADY, Some(5.25))]);
    let comparison = compare(&before, &report(later.clone()), TOLERANCE).unwrap();
    assert!(comparison.rows[0].regression);
    assert_eq!(comparison.rows[0].time, Verdict::Same);
    later["machine"]["build"]["rustc"] = "rustc 2".into();
    let comparison = compare(&before, &report(later), TOLERANCE).unwrap();
    assert!(!comparison.rows[0].regression && comparison.rows[0].instructions.is_none());
    assert_eq!(comparison.circumstances[0].what, "Rust compiler");
}

#[test]
fn fewer_instructions_are_none() {
    let (before, now) = (
        of(&[row("a", &STEADY, Some(4.25))]),
        of(&[row("a", &STEADY, Some(3.25))]),
    );
    assert!(!compare(&before, &now, TOLERANCE).unwrap().rows[0].regression);
}

#[test]
fn rows_that_are_gone_or_new_are_said_and_rows_of_another_payload_are_others() {
    let mut sized = row("a", &STEADY, None);
    sized["payload"] = 64.into();
    let before = of(&[row("a", &STEADY, None), row("old", &STEADY, None)]);
    let now = of(&[sized.clone(), row("a", &STEADY, None), row("young", &STEADY, None)]);
    let comparison = compare(&before, &now, TOLERANCE).unwrap();
    assert_eq!(
        (comparison.gone, comparison.new),
        (vec!["old".to_owned()], vec!["a".to_owned(), "young".to_owned()])
    );
    assert_eq!(
        compare(&before, &of(&[sized]), TOLERANCE),
        Err(Refusal::NothingInCommon)
    );
}

#[test]
fn what_moves_by_itself_is_not_judged_and_says_why() {
    let mut placed = row("handoff", &STEADY, None);
    placed["placement"] = "other core".into();
    let mut slow = placed.clone();
    slow["per_process"] = row("", &times(STEADY, 3.0), None)["per_process"].clone();
    let mut virtual_ = [document(&[placed]), document(&[slow])];
    let compared = |documents: &[Json; 2]| {
        let [before, now] = documents.clone().map(report);
        compare(&before, &now, TOLERANCE).unwrap().rows.remove(0)
    };
    assert_eq!(compared(&virtual_).time, Verdict::Slower);
    for document in &mut virtual_ {
        document["machine"]["virtualised"] = true.into();
    }
    let row = compared(&virtual_);
    assert_eq!((row.time, row.regression), (Verdict::Unjudged, false));
    assert!(row.unjudged.unwrap().contains("virtual machine"));
    let mut unsteady = [
        document(&[self::row("a", &STEADY, None)]),
        document(&[self::row("a", &times(STEADY, 2.0), None)]),
    ];
    unsteady[0]["rows"][0]["unsteady"] = "too few".into();
    assert_eq!(
        compared(&unsteady).unjudged.as_deref(),
        Some("in the baseline, too few")
    );
}

#[test]
fn a_processor_that_runs_slower_is_no_regression_of_the_program() {
    let before = of(&[row("a", &STEADY, None)]);
    let mut later = document(&[row("a", &times(STEADY, 1.05), None)]);
    assert!(compare(&before, &report(later.clone()), TOLERANCE).unwrap().rows[0].regression);
    later["machine"]["ghz"] = (3.0 / 1.05).into();
    let comparison = compare(&before, &report(later), TOLERANCE).unwrap();
    assert!(!comparison.rows[0].regression);
    assert_eq!(comparison.circumstances[0].what, "speed in GHz");
}

#[test]
fn another_machine_another_method_and_a_damaged_document_are_refused() {
    let good = || document(&[row("a", &STEADY, None)]);
    let refused = |change: fn(&mut Json)| {
        let mut baseline = good();
        change(&mut baseline);
        let refusal = compare(&report(baseline), &report(good()), TOLERANCE).unwrap_err();
        refusal.to_string()
    };
    for (change, said) in [
        (
            (|d| d["machine"]["cpu"] = "B".into()) as fn(&mut Json),
            "machine: processor was B and is A here",
        ),
        (
            |d| d["machine"]["cores"] = 8.into(),
            "machine: number of usable CPUs was 8 and is 2 here",
        ),
        (
            |d| d["machine"]["governor"] = "powersave".into(),
            "frequency governor was powersave and is unknown",
        ),
        (
            |d| d["machine"]["virtualised"] = true.into(),
            "being virtual was true and is false",
        ),
        (
            |d| d["method"]["batches"] = 60.into(),
            "4 processes of 60 batches and this run has 4 processes of 200 batches",
        ),
        (|d| d["method"]["batches"] = 60.into(), "use --quick"),
        (|d| d["method"]["batches"] = 2000.into(), "without --quick"),
        (|d| d["rows"] = json!([]), "it is damaged: it has no rows"),
        (
            |d| d["rows"] = json!([d["rows"][0], d["rows"][0]]),
            "it contains the row \"a\" twice",
        ),
        (
            |d| d["rows"][0]["per_process"][1]["min"] = 0.0.into(),
            "a price of 0 ns",
        ),
        (|d| d["rows"][0]["ns"]["min"] = (-1.0).into(), "a price of -1 ns"),
        (
            |d| d["method"]["processes"] = 8.into(),
            "has the figures of 4 processes, but there were 8",
        ),
    ] {
        let text = refused(change);
        assert!(text.contains(said), "{said:?} is not in {text:?}");
        assert!(!text.contains('\n'));
    }
}
