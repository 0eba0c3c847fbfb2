//! The parts of all pictures. Positions along an axis are percentages, so that a picture fills any
//! width and its texts keep their size.

use super::scale::{Log, tick};
use maud::{Markup, html};
use tollgate_meter::RowReport;

/// The height of a row's track.
pub(crate) const TRACK: u32 = 24;

/// A position along an axis as an attribute's value.
pub(crate) fn percent(place: f64) -> String {
    format!("{place:.3}%")
}

/// Grid lines across a track at the numbers of the axis.
fn grid(axis: &Log, height: u32) -> Markup {
    html! {
        @for value in axis.ticks() {
            @let x = percent(axis.at(value));
            line.grid x1=(x) x2=(x) y1="0" y2=(height) {}
        }
    }
}

/// One row's price: the range of the processes' fastest batches, each of them, the fastest, and the typical batch.
pub(crate) fn track(row: &RowReport, axis: &Log) -> Markup {
    let middle = TRACK / 2;
    let x = |ns: f64| percent(axis.at(ns));
    let (low, high) = (x(row.ns.low), x(row.ns.high));
    html! {
        (grid(axis, TRACK))
        line.range x1=(low) x2=(high) y1=(middle) y2=(middle) {}
        @for end in [&low, &high] {
            line.range x1=(end) x2=(end) y1=(middle - 5) y2=(middle + 5) {}
        }
        @for process in &row.per_process {
            circle.each cx=(x(process.min)) cy=(middle) r="2" {}
        }
        line.typical x1=(x(row.ns.typical)) x2=(x(row.ns.typical)) y1=(middle - 8) y2=(middle + 8) {}
        circle.min cx=(x(row.ns.min)) cy=(middle) r="4.5" {}
    }
}

/// A section in one line: from its cheapest row to its most expensive, with a point for each.
pub(crate) fn span(minima: &[f64], axis: &Log) -> Markup {
    let middle = TRACK / 2;
    let least = minima.iter().copied().fold(f64::INFINITY, f64::min);
    let most = minima.iter().copied().fold(0.0, f64::max);
    html! {
        (grid(axis, TRACK))
        line.span x1=(percent(axis.at(least))) x2=(percent(axis.at(most))) y1=(middle) y2=(middle) {}
        @for ns in minima {
            circle.min cx=(percent(axis.at(*ns))) cy=(middle) r="4" {}
        }
    }
}

/// The numbers of an axis. Those at its ends are aligned inwards.
pub(crate) fn numbers(axis: &Log) -> Markup {
    html! {
        @for value in axis.ticks() {
            @let place = axis.at(value);
            text.tick x=(percent(place)) y="12" text-anchor=(anchor(place)) { (tick(value)) }
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
