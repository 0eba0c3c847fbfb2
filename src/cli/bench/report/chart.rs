//! The parts of all pictures. Positions along an axis are percentages, so that a picture fills any
//! width and its texts keep their size.

use super::scale::{Log, tick};
use maud::{Markup, html};
use tollgate_meter::RowReport;

/// The height of a row's track on a wide page. All heights inside it are parts of it.
pub(crate) const TRACK: u32 = 24;

/// A position along an axis as an attribute's value.
pub(crate) fn percent(place: f64) -> String {
    format!("{place:.3}%")
}

/// Grid lines across a track at the numbers of the axis.
fn grid(axis: &Log) -> Markup {
    html! {
        @for value in axis.ticks() {
            @let x = percent(axis.at(value));
            line.grid x1=(x) x2=(x) y1="0" y2="100%" {}
        }
    }
}

/// One row's price: the range of the processes' fastest batches, each of them, the fastest, and the typical batch.
pub(crate) fn track(row: &RowReport, axis: &Log) -> Markup {
    let x = |ns: f64| percent(axis.at(ns));
    let (low, high) = (x(row.ns.low), x(row.ns.high));
    html! {
        (grid(axis))
        line.range x1=(low) x2=(high) y1="50%" y2="50%" {}
        @for end in [&low, &high] {
            line.range x1=(end) x2=(end) y1="29%" y2="71%" {}
        }
        @for process in &row.per_process {
            circle.each cx=(x(process.min)) cy="50%" r="2" {}
        }
        line.typical x1=(x(row.ns.typical)) x2=(x(row.ns.typical)) y1="17%" y2="83%" {}
        circle.min cx=(x(row.ns.min)) cy="50%" r="4.5" {}
    }
}

/// A section in one line: from its cheapest row to its most expensive, with a point for each.
pub(crate) fn span(minima: &[f64], axis: &Log) -> Markup {
    let least = minima.iter().copied().fold(f64::INFINITY, f64::min);
    let most = minima.iter().copied().fold(0.0, f64::max);
    html! {
        (grid(axis))
        line.span x1=(percent(axis.at(least))) x2=(percent(axis.at(most))) y1="50%" y2="50%" {}
        @for ns in minima {
            circle.min cx=(percent(axis.at(*ns))) cy="50%" r="4" {}
        }
    }
}

/// The numbers of an axis. Those at its ends are aligned inwards. On a narrow page every other number is left out.
pub(crate) fn numbers(axis: &Log) -> Markup {
    let ticks = axis.ticks();
    html! {
        @for (at, value) in ticks.iter().enumerate() {
            @let place = axis.at(*value);
            @let left_out = ticks.len() > 4 && (ticks.len() - 1 - at) % 2 == 1;
            text.tick.wide[left_out] x=(percent(place)) y="12" text-anchor=(anchor(place)) { (tick(*value)) }
        }
    }
}

/// The alignment of a text at a position of an axis, so that it stays inside the picture.
pub(crate) fn anchor(place: f64) -> &'static str {
    match place {
        ..5.0 => "start",
        97.0.. => "end",
        _ => "middle",
    }
}
