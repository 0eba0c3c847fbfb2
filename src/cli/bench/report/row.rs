//! One row of the price list: its track, its price, and its details.

use super::chart::{TRACK, numbers, track};
use super::group::Section;
use super::scale::{Log, bytes, digits, time};
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
            div.row.axis {
                div.name {}
                svg height="16" aria-hidden="true" { (numbers(&axis)) }
                div.price {}
            }
            @for (way, row) in &section.rows { (price(way, row, &axis)) }
        }
    }
}

fn price(way: &str, row: &RowReport, axis: &Log) -> Markup {
    let ns = &row.ns;
    let label = format!(
        "minimum {}, typically {}, processes from {} to {}",
        time(ns.min),
        time(ns.typical),
        time(ns.low),
        time(ns.high)
    );
    html! {
        div.row {
            div.name { (way) }
            svg height=(TRACK) role="img" aria-label=(label) { (track(row, axis)) }
            div.price { b { (time(ns.min)) } br; span.muted { "typical " (time(ns.typical)) } }
            details {
                summary { (facts(row).join(" · ")) }
                dl { @for (name, value) in all(row) { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// The line that is always shown.
fn facts(row: &RowReport) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(bytes) = row.payload.filter(|bytes| *bytes >= 1024) {
        facts.push(format!("{} GB/s", digits(bytes as f64 / row.ns.min)));
    }
    facts.extend(row.cycles.map(|cycles| format!("{} cycles", digits(cycles))));
    facts.extend(
        row.counted_instructions()
            .map(|count| format!("{} instructions", exact(count))),
    );
    facts.extend(
        row.allocations
            .filter(|count| *count > 0.0)
            .map(|count| format!("{} allocations", exact(count))),
    );
    facts.push(row.proof.kind.to_string());
    if row.peaks.len() > 1 {
        facts.push("two prices".to_owned());
    }
    match (&row.unsteady, row.ties_with.len()) {
        (Some(_), _) => facts.push("not compared".to_owned()),
        (None, 0) => {}
        (None, 1) => facts.push("1 tie".to_owned()),
        (None, ties) => facts.push(format!("{ties} ties")),
    }
    facts
}

/// The details.
fn all(row: &RowReport) -> Vec<(&'static str, String)> {
    let ns = &row.ns;
    let mut all = vec![(
        "Processes",
        format!(
            "their fastest batches are between {} and {}, {:.1} % apart",
            time(ns.low),
            time(ns.high),
            100.0 * (ns.high / ns.low - 1.0)
        ),
    )];
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
        let figures = figures.map(|(count, name)| format!("{} {name}", digits(count)));
        ("Processor's counters", figures.join(", "))
    }));
    all.extend(row.allocations.map(|count| ("Allocations", exact(count))));
    all.extend(row.copied_bytes.map(|count| ("Copied", format!("{} B", exact(count)))));
    all.push(("Proof", proof(&row.proof)));
    all.push(("Timed", row.mode.to_string()));
    all.extend(row.boundary.clone().map(|boundary| ("Boundary", boundary)));
    all.extend(row.placement.clone().map(|placement| ("Placement", placement)));
    all.extend(row.payload.map(|payload| ("Payload", bytes(payload))));
    match &row.unsteady {
        Some(why) => all.push(("Not compared", why.clone())),
        None if row.ties_with.is_empty() => {}
        None => all.push(("Ties with", row.ties_with.join("; "))),
    }
    all
}

/// An exact count, in eighths at the finest.
fn exact(count: f64) -> String {
    let text = format!("{count:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
