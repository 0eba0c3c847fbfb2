//! One row of the price list: its track, its price, and its details.

use super::super::figures::{bytes, exact, percent, price, rate, significant, spread, time, typical};
use super::axis_row;
use super::chart::{TRACK, track};
use super::group::{Entry, Section};
use super::scale::Log;
use maud::{Markup, html};
use tollgate_meter::{Proof, ProofKind, RowReport};

/// A section: its rows over one axis.
pub(crate) fn section(section: &Section<'_>) -> Markup {
    let Some(axis) = Log::over(section.prices()) else {
        return html! {};
    };
    html! {
        section {
            h3 { (section.name) }
            (axis_row(&axis))
            @for entry in &section.rows { (priced(entry, &axis)) }
        }
    }
}

/// One line, which opens the details.
fn priced(entry: &Entry<'_>, axis: &Log) -> Markup {
    let (way, row) = (&entry.way, entry.row);
    let label = format!(
        "minimum {}, typically {}, processes from {} to {}",
        price(row),
        typical(row),
        time(row.ns.low),
        time(row.ns.high)
    );
    let ties = match row.unsteady {
        Some(_) => "*",
        None => &entry.ties,
    };
    html! {
        details {
            summary.row {
                div.name title=(way) { (way) }
                svg height=(TRACK) role="img" aria-label=(label) { (track(row, axis)) }
                div.price { b { (price(row)) } span.ties { (ties) } }
                div.facts { (facts(row).join(" · ")) }
            }
            dl { @for (name, value) in all(row) { dt { (name) } dd { (value) } } }
        }
    }
}

/// What a wide page shows beside the price.
fn facts(row: &RowReport) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(cycles(row).map(|cycles| format!("{cycles} cycles")));
    facts.extend(
        row.counted_instructions()
            .map(|count| format!("{} instr.", exact(count))),
    );
    facts.extend(rate(row).map(|rate| format!("{rate} GB/s")));
    facts
}

/// With three digits, or fewer if the processes differ by more.
fn cycles(row: &RowReport) -> Option<String> {
    Some(significant(row.cycles?, row.cycles? * spread(row)))
}

/// The details.
fn all(row: &RowReport) -> Vec<(&'static str, String)> {
    let ns = &row.ns;
    let mut all = vec![
        ("Row", row.title()),
        ("Price", format!("{}, typically {}", price(row), typical(row))),
        (
            "Processes",
            format!(
                "their fastest batches are between {} and {}, {} apart",
                time(ns.low),
                time(ns.high),
                percent(spread(row))
            ),
        ),
    ];
    all.extend(rate(row).map(|rate| ("Rate", format!("{rate} GB/s"))));
    all.extend(cycles(row).map(|cycles| ("Cycles", cycles)));
    if row.peaks.len() > 1 {
        let peaks = row.peaks.iter();
        let peaks: Vec<String> = peaks
            .map(|peak| format!("{} in {:.0} % of batches", time(peak.ns), 100.0 * peak.share))
            .collect();
        all.push(("Two prices", peaks.join(", ")));
    }
    if let Some(first) = row.first_ns {
        all.push((
            "First call",
            format!("minimum {}, typically {}", time(first.min), time(first.typical)),
        ));
    }
    let objects = row.objects.iter();
    let objects: Vec<String> = objects
        .map(|(object, count)| format!("{} in {object}", exact(*count)))
        .collect();
    match (&row.uncounted, row.instructions) {
        (Some(reason), _) => all.push(("Instructions", format!("not counted: {reason}"))),
        (None, Some(count)) if objects.is_empty() => all.push(("Instructions", exact(count))),
        (None, Some(count)) => all.push(("Instructions", format!("{}: {}", exact(count), objects.join(", ")))),
        (None, None) => {}
    }
    all.extend(row.hardware.map(|counted| {
        let figures = [
            (counted.cycles, "cycles"),
            (counted.instructions, "instructions"),
            (counted.branch_misses, "branch misses"),
            (counted.cache_misses, "cache misses"),
        ];
        let figures = figures.map(|(count, name)| format!("{} {name}", significant(count, 0.0)));
        ("Processor's counters", figures.join(", "))
    }));
    all.extend(row.allocations.map(|count| ("Allocations", exact(count))));
    all.extend(row.copied_bytes.map(|count| ("Copied", format!("{} B", exact(count)))));
    all.push(("Proof", proof(&row.proof)));
    all.push(("Timed", row.mode.to_string()));
    all.extend(row.boundary.clone().map(|boundary| ("Boundary", boundary)));
    all.extend(row.language.clone().map(|language| ("Language", language)));
    all.extend(row.placement.clone().map(|placement| ("Placement", placement)));
    all.extend(row.payload.map(|payload| ("Payload", bytes(payload))));
    match &row.unsteady {
        Some(why) => all.push(("Not compared", why.clone())),
        None if row.ties_with.is_empty() => {}
        None => all.push(("Ties with", row.ties_with.join("; "))),
    }
    all
}

fn proof(proof: &Proof) -> String {
    let what = match proof.kind {
        ProofKind::Inlined => "inlined: no call ran",
        ProofKind::Direct => "direct: called by an instruction that holds the address",
        ProofKind::Indirect => "indirect: called through a register or memory",
        ProofKind::Remote => "remote: done by another process or machine",
        ProofKind::Unproved => "unproved",
    };
    let symbol = proof.symbol.iter().map(|symbol| format!(", {symbol}"));
    let object = proof.object.iter().map(|object| format!(", in {object}"));
    let reason = proof.reason.iter().map(|reason| format!(": {reason}"));
    std::iter::once(what.to_owned())
        .chain(symbol)
        .chain(object)
        .chain(reason)
        .collect()
}
