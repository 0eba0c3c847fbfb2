//! Cost against payload behind each boundary: logarithmic axes, the fitted lines, and where lines cross.

use super::chart::{anchor, percent};
use super::scale::{Log, bytes, tick};
use maud::{Markup, html};
use tollgate_meter::{Fit, Report, RowReport};

/// The heights of the picture and of its plot.
pub(crate) const HEIGHT: u32 = 380;
const PLOT: f64 = 350.0;

/// The position of a payload of zero, which has no logarithm, and the ends of the axis, in percent.
const NOTHING: f64 = 7.0;
const BEGIN: f64 = 17.0;
const END: f64 = 93.0;

/// The number of styles (colour and dashes). Further lines reuse them from the first on.
pub(crate) const STYLES: usize = 8;

/// A series of payloads, with a line for each boundary.
pub(crate) struct Series<'r> {
    pub(crate) name: &'r str,
    pub(crate) lines: Vec<Line<'r>>,
}

/// One boundary's prices in order of payload.
pub(crate) struct Line<'r> {
    pub(crate) boundary: &'r str,
    pub(crate) points: Vec<(u64, &'r RowReport)>,
    pub(crate) fit: Option<&'r Fit>,
}

/// The series of the report that have more than one payload.
pub(crate) fn series(report: &Report) -> Vec<Series<'_>> {
    let mut all: Vec<Series<'_>> = Vec::new();
    for row in &report.rows {
        let (Some(name), Some(payload)) = (row.series.as_deref(), row.payload) else {
            continue;
        };
        let boundary = row.boundary.as_deref().unwrap_or("no boundary");
        let at = all.iter().position(|series| series.name == name).unwrap_or_else(|| {
            all.push(Series {
                name,
                lines: Vec::new(),
            });
            all.len() - 1
        });
        let lines = &mut all[at].lines;
        match lines.iter_mut().find(|line| line.boundary == boundary) {
            Some(line) => line.points.push((payload, row)),
            None => lines.push(Line {
                boundary,
                points: vec![(payload, row)],
                fit: report
                    .fits
                    .iter()
                    .find(|fit| fit.series == name && fit.boundary == row.boundary),
            }),
        }
    }
    for line in all.iter_mut().flat_map(|series| &mut series.lines) {
        line.points.sort_by_key(|(payload, _)| *payload);
    }
    all.retain(|series| series.lines.iter().any(|line| line.points.len() > 1));
    all
}

impl Series<'_> {
    fn payloads(&self) -> Vec<u64> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let mut payloads: Vec<u64> = points.map(|(payload, _)| *payload).collect();
        payloads.sort_unstable();
        payloads.dedup();
        payloads
    }

    /// The picture's content, for an `svg` of any width and of [`HEIGHT`].
    pub(crate) fn draw(&self) -> Markup {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let prices = points().flat_map(|(_, row)| [row.ns.low, row.ns.high]);
        let payloads = self.payloads();
        let (Some(prices), Some(&most)) = (Log::over(prices), payloads.last()) else {
            return html! {};
        };
        let least = payloads.iter().copied().find(|payload| *payload > 0).unwrap_or(1);
        let place = |payload: f64| match payload {
            ..0.5 => NOTHING,
            _ => BEGIN + (END - BEGIN) * (payload / least as f64).ln() / (most as f64 / least as f64).ln().max(1e-9),
        };
        let x = |payload: u64| percent(place(payload as f64));
        let y = |ns: f64| format!("{:.2}", PLOT * (1.0 - prices.at(ns) / 100.0));
        html! {
            @for value in prices.ticks() {
                line.grid x1="0" x2="100%" y1=(y(value)) y2=(y(value)) {}
                text.tick x="0" y=(y(value)) dy="-3" { (tick(value)) }
            }
            @for payload in &payloads {
                line.grid x1=(x(*payload)) x2=(x(*payload)) y1="0" y2=(PLOT) {}
                text.tick x=(x(*payload)) y=(PLOT + 18.0) text-anchor=(anchor(place(*payload as f64))) { (bytes(*payload)) }
            }
            @for (at, line) in self.lines.iter().enumerate() {
                g class={ "line s" (at % STYLES) } {
                    @if let Some(fit) = line.fit {
                        (fitted(fit, least, most, &place, &y))
                    }
                    @for pair in line.points.windows(2) {
                        // No line from a payload of zero: it has no place on a logarithmic axis.
                        @if pair[0].0 > 0 {
                            line x1=(x(pair[0].0)) y1=(y(pair[0].1.ns.min)) x2=(x(pair[1].0)) y2=(y(pair[1].1.ns.min)) {}
                        }
                    }
                    @for (payload, row) in &line.points {
                        line.error x1=(x(*payload)) x2=(x(*payload)) y1=(y(row.ns.low)) y2=(y(row.ns.high)) {}
                        circle cx=(x(*payload)) cy=(y(row.ns.min)) r=(4.5 - (at % STYLES) as f64 * 0.5) {}
                    }
                }
            }
        }
    }

    /// One sentence for each pair of boundaries: which one is cheaper, and where.
    pub(crate) fn crossings(&self) -> Vec<String> {
        let pairs = (0..self.lines.len()).flat_map(|one| (one + 1..self.lines.len()).map(move |other| (one, other)));
        pairs
            .map(|(one, other)| crossing(&self.lines[one], &self.lines[other]))
            .collect()
    }
}

/// The fitted price along the axis, in short steps.
fn fitted(fit: &Fit, least: u64, most: u64, place: &dyn Fn(f64) -> f64, y: &dyn Fn(f64) -> String) -> Markup {
    const STEPS: i32 = 40;
    let payload = |step: i32| least as f64 * (most as f64 / least as f64).powf(f64::from(step) / f64::from(STEPS));
    let price = |payload: f64| fit.fixed_ns.value + fit.ns_per_byte.value * payload;
    html! {
        @for step in 0..STEPS {
            @let (from, to) = (payload(step), payload(step + 1));
            @if price(from) > 0.0 && price(to) > 0.0 {
                line.fit x1=(percent(place(from))) y1=(y(price(from))) x2=(percent(place(to))) y2=(y(price(to))) {}
            }
        }
    }
}

/// Where two lines cross, by the measured rows: at each payload one is cheaper, or they tie.
fn crossing(one: &Line<'_>, other: &Line<'_>) -> String {
    let decided: Vec<(u64, bool)> = one
        .points
        .iter()
        .filter_map(|(payload, row)| {
            let (_, opposite) = other.points.iter().find(|(of, _)| of == payload)?;
            let apart =
                row.unsteady.is_none() && opposite.unsteady.is_none() && !row.ties_with.contains(&opposite.title());
            apart.then_some((*payload, row.ns.min < opposite.ns.min))
        })
        .collect();
    let (a, b) = (one.boundary, other.boundary);
    let changes: Vec<String> = decided
        .windows(2)
        .filter(|pair| pair[0].1 != pair[1].1)
        .map(|pair| {
            let cheaper = if pair[1].1 { a } else { b };
            format!(
                "between {} and {}, beyond which {cheaper} is cheaper",
                bytes(pair[0].0),
                bytes(pair[1].0)
            )
        })
        .collect();
    let Some((_, cheaper)) = decided.first() else {
        return format!("{a} and {b} tie at every payload.");
    };
    if !changes.is_empty() {
        return format!("{a} and {b} cross {}.", changes.join(", and again "));
    }
    let (cheaper, dearer) = if *cheaper { (a, b) } else { (b, a) };
    let payloads: Vec<String> = decided.iter().map(|(payload, _)| bytes(*payload)).collect();
    let where_ = match decided.len() == one.points.len() {
        true => "at every payload".to_owned(),
        false => format!("at {}", payloads.join(", ")),
    };
    let elsewhere = match decided.len() == one.points.len() {
        true => "The lines do not cross.",
        false => "At other payloads they tie. The lines do not cross.",
    };
    format!("{cheaper} is cheaper than {dearer} {where_}. {elsewhere}")
}
