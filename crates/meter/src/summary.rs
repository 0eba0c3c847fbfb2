//! Makes a report from the measurements of each process.

use crate::arch;
use crate::count::Count;
use crate::fit::{Points, fit};
use crate::hardware::Hardware;
use crate::load::Disturbance;
use crate::peaks::peaks;
use crate::proof::Proof;
use crate::report::{First, Fit, Layouts, Machine, Method, Nanoseconds, Report, Resolution, RowReport, title};
use crate::row::{Mode, Row, Rows};
use crate::sample::{BATCH, PerProcess, Plan, Sample};
use crate::statistics::{CONFIDENCE, Threshold, likelihood_of_tie, maximum, median, minimum, rejected};
use crate::timed::UNROLL;

/// What code layout can add to most calls by accident: the range of the same code's figures in one process.
const LAYOUT: f64 = 0.06;

/// What was measured.
pub(crate) struct Measured {
    pub(crate) plan: Plan,
    pub(crate) layouts: Layouts,
    /// At least one.
    pub(crate) samples: Vec<Sample>,
    /// One for each chosen row.
    pub(crate) counts: Vec<Result<Count, String>>,
}

/// Summarises what was measured of the chosen rows.
pub(crate) fn report(rows: &Rows<'_>, chosen: &[usize], measured: Measured) -> Report {
    let Measured {
        plan,
        layouts,
        samples,
        counts,
    } = measured;
    let floor = |mode| least(samples.iter().map(|sample| sample.floor(mode)));
    let resolution_ns = Resolution {
        latency: floor(Mode::Latency),
        throughput: floor(Mode::Throughput),
    };
    let cycle_ns = arch::CALIBRATION.map(|known| least(samples.iter().map(|s| &s.dependent)) / known.cycles);
    let disturbance = Disturbance::of(&samples);
    let method = Method {
        processes: samples.len(),
        layouts,
        only: Vec::new(),
        batches: plan.turns,
        batch_us: BATCH.as_secs_f64() * 1e6,
        unroll: UNROLL,
        resolution_ns,
        cycles: match arch::CALIBRATION {
            Some(known) => format!(
                "a dependent sequence of {}, {} cycles each",
                known.instruction, known.cycles
            ),
            None => "no instruction of known latency is listed for this processor".to_owned(),
        },
        instructions: instructions(&counts),
        hardware: hardware(&samples),
        confidence: CONFIDENCE,
        seed: plan.seed,
        waited: disturbance.waited,
        stolen: disturbance.stolen,
        notes: notes(layouts, &disturbance),
    };
    let threshold = |mode| Threshold {
        resolution_ns: match mode {
            Mode::Latency => resolution_ns.latency,
            Mode::Throughput => resolution_ns.throughput,
        },
        relative: match layouts {
            Layouts::EachProcess => disturbance.widening(),
            Layouts::One => LAYOUT + disturbance.widening(),
        },
    };
    let minima: Vec<Vec<f64>> = (0..chosen.len())
        .map(|at| samples.iter().map(|sample| sample.rows[at].min).collect())
        .collect();
    let fits = fits(chosen.iter().map(|&index| &rows.list[index]).zip(&minima));
    let unsteady: Vec<Option<String>> = (0..chosen.len())
        .map(|at| unsteady(samples.iter().map(|sample| &sample.rows[at])))
        .collect();
    let listed: Vec<&Row<'_>> = chosen.iter().map(|&index| &rows.list[index]).collect();
    let ties = ties(&listed, &minima, &unsteady, threshold);
    let rows = listed
        .iter()
        .zip(counts)
        .zip(unsteady)
        .enumerate()
        .map(|(at, ((row, count), unsteady))| {
            let per_process: Vec<PerProcess> = samples.iter().map(|sample| sample.rows[at]).collect();
            let ties_with = ties[at]
                .iter()
                .map(|&other| title(&listed[other].name, listed[other].boundary.as_deref()))
                .collect();
            let mut report = row_report(row, per_process, count, cycle_ns, ties_with);
            report.peaks = peaks(samples.iter().map(|sample| &sample.classes[at]));
            report.unsteady = unsteady;
            report.hardware = fewest_cycles(
                samples
                    .iter()
                    .filter_map(|sample| sample.hardware.as_ref().ok()?.get(at)),
            );
            if disturbance.is_load() {
                report.ns.high = report.ns.high.max(report.ns.typical);
            }
            report
        })
        .collect();
    Report {
        machine: Machine {
            ghz: cycle_ns.map(|ns| 1.0 / ns),
            ..Machine::here()
        },
        method,
        rows,
        fits,
    }
}

fn least<'s>(figures: impl Iterator<Item = &'s PerProcess>) -> f64 {
    minimum(&figures.map(|figures| figures.min).collect::<Vec<_>>())
}

/// A line for each series and boundary, in the order of their first rows.
fn fits<'s>(rows: impl Iterator<Item = (&'s Row<'s>, &'s Vec<f64>)>) -> Vec<Fit> {
    let mut all: Vec<Points<'_>> = Vec::new();
    for (row, minima) in rows {
        let (Some(series), Some(bytes)) = (row.series.as_deref(), row.payload) else {
            continue;
        };
        let boundary = row.boundary.as_deref();
        let known = all
            .iter()
            .position(|points| points.series == series && points.boundary == boundary);
        let at = known.unwrap_or_else(|| {
            all.push(Points {
                series,
                boundary,
                points: Vec::new(),
            });
            all.len() - 1
        });
        all[at].points.push((bytes as f64, minima.clone()));
    }
    all.iter().filter_map(fit).collect()
}

/// The ties of each row. All comparable pairs are tested together.
fn ties(
    rows: &[&Row<'_>],
    minima: &[Vec<f64>],
    unsteady: &[Option<String>],
    threshold: impl Fn(Mode) -> Threshold,
) -> Vec<Vec<usize>> {
    let pairs: Vec<(usize, usize)> = (0..rows.len())
        .flat_map(|a| (a + 1..rows.len()).map(move |b| (a, b)))
        .filter(|&(a, b)| comparable(rows[a], rows[b]))
        .collect();
    let likelihoods: Vec<f64> = pairs
        .iter()
        .map(|&(a, b)| match (&unsteady[a], &unsteady[b]) {
            (None, None) => likelihood_of_tie(&minima[a], &minima[b], threshold(rows[a].mode)),
            // Too few of its batches were undisturbed, so its minimum means nothing.
            _ => 1.0,
        })
        .collect();
    let mut ties = vec![Vec::new(); rows.len()];
    for (&(a, b), _) in pairs
        .iter()
        .zip(rejected(&likelihoods))
        .filter(|(_, rejected)| !rejected)
    {
        ties[a].push(b);
        ties[b].push(a);
    }
    for list in &mut ties {
        list.sort_unstable();
    }
    ties
}

/// A process's fastest batch counts if this many batches were about as fast.
const FEWEST_UNDISTURBED: u32 = 3;

/// Why a row's figures are not compared, if too few of its batches were undisturbed.
fn unsteady<'s>(processes: impl Iterator<Item = &'s PerProcess>) -> Option<String> {
    let (mut sure, mut all) = (0, 0);
    for process in processes {
        all += 1;
        sure += usize::from(process.undisturbed >= FEWEST_UNDISTURBED);
    }
    (sure * 2 < all).then(|| {
        format!(
            "in {} of {all} processes fewer than {FEWEST_UNDISTURBED} batches were within 5 % of the fastest: the row \
                is not compared with others",
            all - sure
        )
    })
}

/// Rows are compared only if they do the same amount of work in the same mode and, as far as they say, language.
fn comparable(row: &Row<'_>, other: &Row<'_>) -> bool {
    row.mode == other.mode && row.payload == other.payload && row.language == other.language
}

fn row_report(
    row: &Row<'_>,
    per_process: Vec<PerProcess>,
    count: Result<Count, String>,
    cycle_ns: Option<f64>,
    ties_with: Vec<String>,
) -> RowReport {
    let minima: Vec<f64> = per_process.iter().map(|process| process.min).collect();
    let medians: Vec<f64> = per_process.iter().map(|process| process.median).collect();
    let firsts: Vec<f64> = per_process.iter().map(|process| process.first).collect();
    let ns = Nanoseconds {
        min: minimum(&minima),
        typical: median(&medians),
        low: minimum(&minima),
        high: maximum(&minima),
    };
    let claimed = row.copied_bytes.map(|bytes| bytes as f64);
    let (instructions, allocations, copied, objects, proof, uncounted) = match count {
        Ok(count) => {
            let Count {
                instructions,
                allocations,
                copied,
                objects,
                proof,
            } = count;
            let copied = copied.max(claimed.unwrap_or(0.0));
            (
                Some(instructions),
                Some(allocations),
                Some(copied),
                objects,
                proof,
                None,
            )
        }
        Err(reason) => {
            let proof = Proof::uncounted(&reason);
            (None, None, claimed, Vec::new(), proof, Some(reason))
        }
    };
    RowReport {
        row: row.name.clone(),
        boundary: row.boundary.clone(),
        language: row.language.clone(),
        placement: row.placement.clone(),
        series: row.series.clone(),
        payload: row.payload,
        mode: row.mode,
        ns,
        first_ns: (minimum(&firsts) > 0.0).then(|| First {
            min: minimum(&firsts),
            typical: median(&firsts),
        }),
        peaks: Vec::new(),
        unsteady: None,
        per_process,
        cycles: cycle_ns.map(|cycle_ns| ns.min / cycle_ns),
        instructions,
        uncounted,
        objects,
        hardware: None,
        allocations,
        copied_bytes: copied,
        proof,
        ties_with,
    }
}

fn hardware(samples: &[Sample]) -> String {
    match samples.iter().find_map(|sample| sample.hardware.as_ref().err()) {
        Some(reason) => format!("not available: {reason}"),
        None => "the processor's own counters, over one more batch of each row in each process".to_owned(),
    }
}

fn fewest_cycles<'s>(counted: impl Iterator<Item = &'s Hardware>) -> Option<Hardware> {
    counted
        .min_by(|one, other| one.cycles.total_cmp(&other.cycles))
        .copied()
}

fn instructions(counts: &[Result<Count, String>]) -> String {
    match counts.iter().find_map(|count| count.as_ref().err()) {
        Some(reason) if counts.iter().all(Result::is_err) => format!("not available: {reason}"),
        _ => "single-stepping of the timed loop: half of four rounds minus two".to_owned(),
    }
}

fn notes(layouts: Layouts, disturbance: &Disturbance) -> Vec<String> {
    let layout = match layouts {
        Layouts::EachProcess => {
            "Processes vary the address layout only by whole pages. The linker's layout within pages is fixed, and \
                moves most \
             calls by 0 to 6 %."
        }
        Layouts::One => {
            "All passes had one address layout, which moves most calls by 0 to 6 % by accident: rows that differ by \
                less \
             than 6 % are reported as ties."
        }
    };
    let mut notes = vec![layout.to_owned()];
    notes.extend(disturbance.note());
    if cfg!(debug_assertions) {
        notes.push(
            "This program was built without optimisation: its prices are not those of a release build.".to_owned(),
        );
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn per(min: f64) -> PerProcess {
        PerProcess {
            first: 40.0,
            undisturbed: 10,
            min,
            median: min * 1.5,
            batches: 10,
            calls: 8,
            unroll: 8,
        }
    }

    fn measured(rows: &[[f64; 3]]) -> Measured {
        let samples = (0..3)
            .map(|process| Sample {
                classes: vec![BTreeMap::new(); rows.len()],
                hardware: Err("no counters in this test".to_owned()),
                waited: None,
                stolen: None,
                rows: rows.iter().map(|minima| per(minima[process])).collect(),
                floor_latency: per(0.03),
                floor_throughput: per(0.03),
                dependent: per(0.9),
            })
            .collect();
        Measured {
            plan: Plan { turns: 10, seed: 1 },
            layouts: Layouts::EachProcess,
            samples,
            counts: rows
                .iter()
                .map(|_| Err("not stepped in this test".to_owned()))
                .collect(),
        }
    }

    fn five() -> Rows<'static> {
        Rows::new()
            .row(Row::latency("a", |x| x))
            .row(Row::latency("b", |x| x).boundary("c-abi"))
            .row(Row::latency("c", |x| x))
            .row(Row::throughput("d", |x| x))
            .row(Row::latency("e", |x| x).payload(8))
    }

    #[test]
    fn a_report_gives_minimum_typical_and_spread_as_by_hand() {
        let report = report(&five(), &[0], measured(&[[1.2, 1.0, 1.1]]));
        let row = &report.rows[0];
        assert_eq!((row.ns.min, row.ns.low, row.ns.high), (1.0, 1.0, 1.2));
        assert!((row.ns.typical - 1.65).abs() < 1e-12);
        assert_eq!(row.per_process.len(), 3);
        assert_eq!(row.proof.kind, crate::ProofKind::Unproved);
        assert_eq!(row.uncounted.as_deref(), Some("not stepped in this test"));
    }

    #[test]
    fn ties_are_told_for_rows_of_one_mode_and_payload_alone() {
        let same = [1.0, 1.1, 1.0];
        let rows = [same, [1.1, 1.0, 1.0], [5.0, 5.1, 5.0], same, same];
        let report = report(&five(), &[0, 1, 2, 3, 4], measured(&rows));
        assert_eq!(report.rows[0].ties_with, ["b (c-abi)"]);
        assert_eq!(report.rows[1].ties_with, ["a"]);
        for row in &report.rows[2..] {
            assert!(row.ties_with.is_empty(), "{row:?}");
        }
        assert!(report.to_string().contains("tie: b (c-abi)"));
    }

    #[test]
    fn a_row_with_too_few_undisturbed_batches_is_compared_with_no_other() {
        let mut measured = measured(&[[1.0, 1.0, 1.0], [5.0, 5.0, 5.0]]);
        for sample in &mut measured.samples[..2] {
            sample.rows[1].undisturbed = 2;
        }
        let report = report(&five(), &[0, 2], measured);
        assert_eq!(report.rows[0].ties_with, ["c"]);
        let why = report.rows[1].unsteady.as_deref().unwrap();
        assert!(why.starts_with("in 2 of 3 processes fewer than 3 batches"), "{why}");
        assert_eq!(report.rows[0].unsteady, None);
    }

    #[test]
    fn rows_of_different_languages_are_not_compared() {
        let rows = |other: &str| {
            let row = |name: &str, language: &str| Row::latency(name, |x| x).language(language);
            Rows::new().row(row("a", "Rust")).row(row("b", other))
        };
        let ties = |other| {
            report(&rows(other), &[0, 1], measured(&[[1.0; 3], [1.0; 3]])).rows[0]
                .ties_with
                .len()
        };
        assert_eq!((ties("Rust"), ties("C")), (1, 0));
    }

    #[test]
    fn load_is_said_and_reaches_to_the_typical_batch() {
        let mut measured = measured(&[[1.0, 1.1, 1.0]]);
        for sample in &mut measured.samples {
            sample.waited = Some(0.5);
        }
        let report = report(&five(), &[0], measured);
        assert_eq!(report.rows[0].ns.high, report.rows[0].ns.typical);
        assert!(report.to_string().contains("The machine was busy"), "{report}");
    }

    #[test]
    fn the_processor_s_counts_stand_in_where_nothing_was_stepped_and_their_absence_is_explained() {
        let absent = report(&five(), &[0], measured(&[[1.2, 1.0, 1.1]]));
        let mut measured = measured(&[[1.2, 1.0, 1.1]]);
        assert_eq!(absent.rows[0].counted_instructions(), None);
        assert_eq!(absent.method.hardware, "not available: no counters in this test");
        for (process, sample) in measured.samples.iter_mut().enumerate() {
            let cycles = [5.0, 4.0, 6.0][process];
            sample.hardware = Ok(vec![Hardware {
                cycles,
                instructions: 10.0 * cycles,
                branch_misses: 0.0,
                cache_misses: 0.5,
            }]);
        }
        let there = report(&five(), &[0], measured);
        assert_eq!(there.rows[0].hardware.unwrap().cycles, 4.0);
        assert_eq!(there.rows[0].counted_instructions(), Some(40.0));
        assert!(there.method.hardware.starts_with("the processor's own counters"));
    }

    #[test]
    fn the_document_has_the_fields_that_its_readers_are_promised() {
        let report = report(&five(), &[1], measured(&[[1.2, 1.0, 1.1]]));
        let json = serde_json::to_value(&report).unwrap();
        let row = json["rows"][0].as_object().unwrap();
        for field in [
            "row",
            "boundary",
            "placement",
            "mode",
            "ns",
            "per_process",
            "cycles",
            "instructions",
            "allocations",
            "copied_bytes",
            "proof",
            "ties_with",
            "first_ns",
            "peaks",
            "unsteady",
        ] {
            assert!(row.contains_key(field), "{field} is missing");
        }
        assert_eq!(row["mode"], "latency");
        assert_eq!(row["proof"]["kind"], "unproved");
        assert_eq!(row["boundary"], "c-abi");
        let back: Report = serde_json::from_value(json).unwrap();
        assert_eq!(back, report);
    }
}
