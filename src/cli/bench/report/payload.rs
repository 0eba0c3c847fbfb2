//! Cost against payload behind each boundary: logarithmic axes, the fitted lines, and where lines cross.

use super::super::conclusions::{between, listed};
use super::super::figures::bytes;
use super::chart::{anchor, percent};
use super::scale::{Log, tick};
use maud::{Markup, html};
use tollgate_meter::{Estimate, Fit, Report, RowReport};

/// The heights of the picture and of its plot.
pub(crate) const HEIGHT: u32 = 380;
const PLOT: f64 = 350.0;
/// Room above the uppermost grid line, for half a number.
const TOP: f64 = 8.0;

/// Prices that differ by a smaller part than this are drawn as one: the lines would cover each other.
const CLOSE: f64 = 0.02;

/// The width of the numbers left of the plot: no grid line crosses them.
pub(crate) const GUTTER: u32 = 64;

/// The position of a payload of zero, which has no logarithm, and the ends of the axis, in percent.
const NOTHING: f64 = 7.0;
const BEGIN: f64 = 17.0;
const END: f64 = 93.0;

/// The number of styles (colour and dashes). Further lines reuse them from the first on.
pub(crate) const STYLES: usize = 8;

/// A series of payloads, with a line for each boundary, or for several that cannot be told apart.
pub(crate) struct Series<'r> {
    pub(crate) name: &'r str,
    pub(crate) lines: Vec<Line<'r>>,
}

/// Prices in order of payload.
pub(crate) struct Line<'r> {
    /// Those that it stands for.
    pub(crate) boundaries: Vec<&'r str>,
    language: Option<&'r str>,
    points: Vec<Point<'r>>,
    /// Whether some of the boundaries were told apart somewhere, though too little for a picture.
    pub(crate) told_apart: bool,
    pub(crate) fit: Option<Fit>,
}

/// The rows of a line at one payload.
struct Point<'r> {
    payload: u64,
    rows: Vec<&'r RowReport>,
}

impl Point<'_> {
    fn least(&self, of: fn(&RowReport) -> f64) -> f64 {
        self.rows.iter().map(|row| of(row)).fold(f64::INFINITY, f64::min)
    }

    fn min(&self) -> f64 {
        self.least(|row| row.ns.min)
    }

    /// From the lowest to the highest of the processes' prices.
    fn range(&self) -> (f64, f64) {
        (self.least(|row| row.ns.low), -self.least(|row| -row.ns.high))
    }

    /// Whether each pair of rows was compared.
    fn compared(&self, other: &Self) -> bool {
        self.pairs(other).all(|(one, other)| compared(one, other))
    }

    /// Whether no pair of rows was told apart.
    fn alike(&self, other: &Self) -> bool {
        self.pairs(other)
            .all(|(one, other)| !compared(one, other) || tie(one, other))
    }

    /// Whether all prices are so close that a picture cannot show the difference.
    fn close(&self, other: &Self) -> bool {
        self.pairs(other)
            .all(|(one, other)| (one.ns.min / other.ns.min).ln().abs() < CLOSE.ln_1p())
    }

    /// Whether each pair of rows was compared and told apart.
    fn apart(&self, other: &Self) -> bool {
        self.pairs(other)
            .all(|(one, other)| compared(one, other) && !tie(one, other))
    }

    fn pairs<'p>(&'p self, other: &'p Self) -> impl Iterator<Item = (&'p RowReport, &'p RowReport)> {
        self.rows
            .iter()
            .flat_map(move |one| other.rows.iter().map(move |other| (*one, *other)))
    }
}

fn compared(one: &RowReport, other: &RowReport) -> bool {
    one.unsteady.is_none() && other.unsteady.is_none()
}

fn tie(one: &RowReport, other: &RowReport) -> bool {
    one.ties_with.contains(&other.title())
}

impl<'r> Line<'r> {
    /// The boundaries' names.
    pub(crate) fn name(&self) -> String {
        listed(&self.boundaries)
    }

    /// The name and the language.
    pub(crate) fn label(&self) -> String {
        let language = self
            .language
            .map(|language| format!(" ({language})"))
            .unwrap_or_default();
        format!("{}{language}", self.name())
    }

    /// Why it is one line, if it stands for several.
    pub(crate) fn joint(&self) -> Option<&'static str> {
        match (self.boundaries.len(), self.told_apart) {
            (..2, _) => None,
            (_, false) => Some("one line: they cannot be told apart"),
            (_, true) => Some("one line: less than 2 % apart at every payload"),
        }
    }

    /// Whether the two were compared, and at each payload cannot be told apart or are too close to show.
    fn is_same_as(&self, other: &Self) -> bool {
        let points = || self.points.iter().zip(&other.points);
        self.language == other.language
            && self.points.len() == other.points.len()
            && points().all(|(one, other)| one.payload == other.payload && (one.alike(other) || one.close(other)))
            && points().any(|(one, other)| one.compared(other))
    }

    fn join(&mut self, other: Line<'r>) {
        let alike = self
            .points
            .iter()
            .zip(&other.points)
            .all(|(one, other)| one.alike(other));
        self.told_apart |= other.told_apart || !alike;
        self.boundaries.extend(other.boundaries);
        for (point, more) in self.points.iter_mut().zip(other.points) {
            point.rows.extend(more.rows);
        }
        self.fit = match (self.fit.take(), other.fit) {
            (Some(one), Some(other)) => Some(Fit {
                fixed_ns: hull(one.fixed_ns, other.fixed_ns),
                ns_per_byte: hull(one.ns_per_byte, other.ns_per_byte),
                worst: one.worst.max(other.worst),
                ..one
            }),
            (one, other) => one.or(other),
        };
    }
}

/// One estimate for both: in the middle, and as wide as they are together.
fn hull(one: Estimate, other: Estimate) -> Estimate {
    Estimate {
        value: (one.value + other.value) / 2.0,
        low: one.low.min(other.low),
        high: one.high.max(other.high),
    }
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
        let point = Point {
            payload,
            rows: vec![row],
        };
        match lines.iter_mut().find(|line| line.boundaries == [boundary]) {
            Some(line) => line.points.push(point),
            None => lines.push(Line {
                boundaries: vec![boundary],
                language: row.language.as_deref(),
                points: vec![point],
                told_apart: false,
                fit: report
                    .fits
                    .iter()
                    .find(|fit| fit.series == name && fit.boundary == row.boundary)
                    .cloned(),
            }),
        }
    }
    for series in &mut all {
        for line in &mut series.lines {
            line.points.sort_by_key(|point| point.payload);
        }
        let mut joint: Vec<Line<'_>> = Vec::new();
        for line in series.lines.drain(..) {
            match joint.iter_mut().find(|other| other.is_same_as(&line)) {
                Some(other) => other.join(line),
                None => joint.push(line),
            }
        }
        series.lines = joint;
    }
    all.retain(|series| series.lines.iter().any(|line| line.points.len() > 1));
    all
}

/// Where two lines cross, or which is cheaper.
pub(crate) struct Crossing {
    pub(crate) one: String,
    pub(crate) other: String,
    /// The payloads between which the cheaper one changes.
    pub(crate) between: Vec<(u64, u64)>,
    pub(crate) sentence: String,
}

impl Series<'_> {
    fn payloads(&self) -> Vec<u64> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let mut payloads: Vec<u64> = points.map(|point| point.payload).collect();
        payloads.sort_unstable();
        payloads.dedup();
        payloads
    }

    fn axis(&self) -> Option<Log> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        Log::over(points.map(Point::range).flat_map(|(low, high)| [low, high]))
    }

    /// The numbers of the vertical axis, for an `svg` of the width [`GUTTER`] left of the picture.
    pub(crate) fn numbers(&self) -> Markup {
        html! {
            @if let Some(prices) = self.axis() {
                @for value in prices.ticks() {
                    text.tick x=(GUTTER - 8) y=(height_of(&prices, value)) dy="4" text-anchor="end" { (tick(value)) }
                }
            }
        }
    }

    /// The picture's content, for an `svg` of any width and of [`HEIGHT`].
    pub(crate) fn draw(&self) -> Markup {
        let payloads = self.payloads();
        let (Some(prices), Some(&most)) = (self.axis(), payloads.last()) else {
            return html! {};
        };
        let least = payloads.iter().copied().find(|payload| *payload > 0).unwrap_or(1);
        let place = |payload: f64| match payload {
            ..0.5 => NOTHING,
            _ => BEGIN + (END - BEGIN) * (payload / least as f64).ln() / (most as f64 / least as f64).ln().max(1e-9),
        };
        let x = |payload: u64| percent(place(payload as f64));
        let y = |ns: f64| height_of(&prices, ns);
        html! {
            @for value in prices.ticks() {
                line.grid x1="0" x2="100%" y1=(y(value)) y2=(y(value)) {}
            }
            @for payload in &payloads {
                line.grid x1=(x(*payload)) x2=(x(*payload)) y1="0" y2=(PLOT) {}
                text.tick x=(x(*payload)) y=(PLOT + 18.0) text-anchor=(anchor(place(*payload as f64))) { (bytes(*payload)) }
            }
            @for (at, line) in self.lines.iter().enumerate() {
                g class={ "line s" (at % STYLES) } {
                    @if let Some(fit) = &line.fit {
                        (fitted(fit, least, most, &place, &y))
                    }
                    @for pair in line.points.windows(2) {
                        // No line from a payload of zero: it has no place on a logarithmic axis.
                        @if pair[0].payload > 0 {
                            line x1=(x(pair[0].payload)) y1=(y(pair[0].min())) x2=(x(pair[1].payload)) y2=(y(pair[1].min())) {}
                        }
                    }
                    @for point in &line.points {
                        @let (low, high) = point.range();
                        line.error x1=(x(point.payload)) x2=(x(point.payload)) y1=(y(low)) y2=(y(high)) {}
                        circle cx=(x(point.payload)) cy=(y(point.min())) r=(4.5 - (at % STYLES) as f64 * 0.5) {}
                    }
                }
            }
        }
    }

    /// For each pair of lines of one language: which is cheaper, and where.
    pub(crate) fn crossings(&self) -> Vec<Crossing> {
        let pairs = (0..self.lines.len()).flat_map(|one| (one + 1..self.lines.len()).map(move |other| (one, other)));
        pairs
            .map(|(one, other)| (&self.lines[one], &self.lines[other]))
            .filter(|(one, other)| one.language == other.language)
            .filter_map(|(one, other)| crossing(one, other))
            .collect()
    }
}

/// The position of a price, from the top of the plot.
fn height_of(prices: &Log, ns: f64) -> String {
    format!("{:.2}", TOP + (PLOT - TOP) * (1.0 - prices.at(ns) / 100.0))
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

/// Where two lines cross, by the measured rows: at each payload one is cheaper, or they are not told apart. `None` if
/// they are told apart nowhere.
fn crossing(one: &Line<'_>, other: &Line<'_>) -> Option<Crossing> {
    let decided: Vec<(u64, bool)> = one
        .points
        .iter()
        .filter_map(|point| {
            let opposite = other.points.iter().find(|opposite| opposite.payload == point.payload)?;
            point
                .apart(opposite)
                .then_some((point.payload, point.min() < opposite.min()))
        })
        .collect();
    let (a, b) = (one.name(), other.name());
    let changes: Vec<((u64, u64), bool)> = decided
        .windows(2)
        .filter(|pair| pair[0].1 != pair[1].1)
        .map(|pair| ((pair[0].0, pair[1].0), pair[1].1))
        .collect();
    let said: Vec<String> = changes
        .iter()
        .map(|((from, to), first)| {
            let cheaper = if *first { &a } else { &b };
            format!("{}, beyond which {cheaper} costs less", between(*from, *to))
        })
        .collect();
    let sentence = match decided.first()?.1 {
        _ if !said.is_empty() => format!("{a} and {b} cross {}.", said.join(", and again ")),
        first => {
            let (cheaper, dearer) = if first { (&a, &b) } else { (&b, &a) };
            let payloads: Vec<String> = decided.iter().map(|(payload, _)| bytes(*payload)).collect();
            let payloads: Vec<&str> = payloads.iter().map(String::as_str).collect();
            match decided.len() == one.points.len() {
                true => format!("{cheaper} costs less than {dearer} at every payload. The lines do not cross."),
                false => format!(
                    "{cheaper} costs less than {dearer} at {}. At other payloads they are not told apart. The lines do \
                     not cross.",
                    listed(&payloads)
                ),
            }
        }
    };
    Some(Crossing {
        one: a,
        other: b,
        between: changes.into_iter().map(|(between, _)| between).collect(),
        sentence,
    })
}
