//! `tollgate bench check`: compares with a baseline and reports the rows that cost more.

use super::super::failure::Failure;
use super::super::result::plain_table;
use super::figures::{exact, time};
use super::table::right;
use super::{Measuring, document};
use crate::cli::Report;
use std::fmt::Write;
use std::path::PathBuf;
use tollgate::Host;
use tollgate_meter::Machine;
use tollgate_meter::compare::{Change, Comparison, Instructions, TOLERANCE, Verdict, compare, suits};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A measurement that `bench --save FILE` wrote on this machine
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// Measure quickly; the baseline must be of a quick run too
    #[arg(long)]
    quick: bool,
    /// The smallest change of a price that counts, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0 * TOLERANCE, value_parser = percent)]
    tolerance: f64,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=1000.0).contains(&percent) => Ok(percent),
        _ => Err("it must be a number of percent from 0 to 1000".to_owned()),
    }
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let path = &arguments.baseline;
    let (baseline, plugin) = document::read(path)?;
    let mut measuring = Measuring::new(host, &baseline.method.only, arguments.quick);
    let refused = |refusal: tollgate_meter::compare::Refusal| document::refused(path, &refusal.to_string());
    // Checked before the measurement, which takes a minute.
    let (processes, batches) = (measuring.options.processes, measuring.options.batches);
    suits(&baseline, &Machine::here(), processes, batches).map_err(refused)?;
    measuring.request = plugin;
    let (now, _) = measuring.run(host)?;
    let comparison = compare(&baseline, &now, arguments.tolerance / 100.0).map_err(refused)?;
    let mut json = serde_json::to_value(&comparison).map_err(super::not_json)?;
    json["machine"] = serde_json::to_value(&now.machine).map_err(super::not_json)?;
    let mut report = Report::new(text(&comparison, &path.display().to_string()), json);
    let regressions: Vec<&Change> = comparison.regressions().collect();
    if !regressions.is_empty() {
        report.failure = Some(Failure::Work {
            code: "regression",
            message: sentence(&regressions, comparison.rows.len(), &path.display().to_string()),
        });
    }
    Ok(report)
}

/// How many rows the message names; the table and the document list all.
const NAMED: usize = 4;

fn sentence(regressions: &[&Change], rows: usize, baseline: &str) -> String {
    let named: Vec<String> = regressions.iter().take(NAMED).map(|row| said(row)).collect();
    let more = match regressions.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "{} of {rows} rows cost more than in {baseline}: {}{more}",
        regressions.len(),
        named.join("; ")
    )
}

/// A row with its time and its instructions.
fn said(row: &Change) -> String {
    let instructions = match row.instructions {
        Some(Instructions { before, now }) if before == now => format!("{} instructions, unchanged", exact(now)),
        Some(Instructions { before, now }) => format!("{} to {} instructions", exact(before), exact(now)),
        None => "instructions not compared".to_owned(),
    };
    format!(
        "{}: {} to {} ({}), {instructions}",
        row.row,
        time(row.before_ns),
        time(row.now_ns),
        change(row)
    )
}

/// The change with its interval.
fn change(row: &Change) -> String {
    let percent = |ratio: f64| 100.0 * (ratio - 1.0);
    format!(
        "{:+.1} %, {:+.1} to {:+.1}",
        percent(row.ratio.value),
        percent(row.ratio.low),
        percent(row.ratio.high)
    )
}

fn text(comparison: &Comparison, baseline: &str) -> String {
    let mut text = String::new();
    let mut table = plain_table();
    table.set_header(["", "then", "now", "change", "instr. then", "now", ""].map(right));
    for row in &comparison.rows {
        let count =
            |of: fn(Instructions) -> f64| row.instructions.map_or_else(|| "-".to_owned(), |both| exact(of(both)));
        let verdict = match (row.time, row.regression) {
            (Verdict::Slower, _) => "slower",
            (_, true) => "more instructions",
            (Verdict::Faster, _) => "faster",
            (Verdict::Unjudged, _) => "time not judged",
            (Verdict::Same, _) => "",
        };
        let [then, now] = [row.before_ns, row.now_ns].map(time);
        let figures = [
            then,
            now,
            change(row),
            count(|both| both.before),
            count(|both| both.now),
        ];
        let mut cells = vec![comfy_table::Cell::new(&row.row)];
        cells.extend(figures.iter().map(|figure| right(figure)));
        cells.push(comfy_table::Cell::new(verdict));
        table.add_row(cells);
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    text.push('\n');
    for (what, rows) in [
        ("No longer measured", &comparison.gone),
        ("Not in the baseline", &comparison.new),
    ] {
        if !rows.is_empty() {
            let _ = writeln!(text, "{what}: {}.", rows.join("; "));
        }
    }
    for changed in &comparison.circumstances {
        let or_none = |value: &str| {
            if value.is_empty() {
                "none".to_owned()
            } else {
                value.to_owned()
            }
        };
        let (before, now) = (or_none(&changed.before), or_none(&changed.now));
        let _ = writeln!(text, "Also changed: {}, from {before} to {now}.", changed.what);
    }
    let mut reasons: Vec<&str> = comparison
        .rows
        .iter()
        .filter_map(|row| row.unjudged.as_deref())
        .collect();
    reasons.dedup();
    for reason in reasons {
        let _ = writeln!(text, "Time not judged: {reason}.");
    }
    let count = comparison.regressions().count();
    let faster = comparison.rows.iter().filter(|row| row.time == Verdict::Faster).count();
    let _ = writeln!(
        text,
        "Against {baseline}: {} rows, {count} cost more, {faster} less. A change counts if it is \
         significant at {:.0} % confidence over all rows together and is at least {} %. One more instruction always \
         counts if the builds are alike.",
        comparison.rows.len(),
        100.0 * comparison.confidence,
        100.0 * comparison.tolerance
    );
    text
}
