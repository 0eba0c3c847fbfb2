//! `report.html`: the price list as one file that needs neither a network nor scripts.

mod chart;
mod group;
mod payload;
mod picture;
mod row;
mod scale;

use super::conclusions::{self, Conclusion, Kind, conclusions};
use super::figures::{significant, time};
use chart::{TRACK, numbers, span};
use group::from_the_cheapest;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use payload::{GUTTER, STYLES};
use scale::Log;
use tollgate::Boundary;
use tollgate_meter::{Fit, Layouts, Report};

pub(crate) use group::{Entry, Section, sections, told_ties};
pub(crate) use payload::{Series, series};
pub(crate) use picture::all as pictures;

/// What the pictures and the page share.
const COLOURS: &str = include_str!("colours.css");
const PAGE: &str = include_str!("page.css");

/// The text by which this command recognises its own pages.
pub(crate) const GENERATOR: &str = "<meta name=\"generator\" content=\"tollgate\">";

/// The whole page. All text of a report is escaped.
pub(crate) fn page(report: &Report, quick: bool) -> String {
    let report = &told_ties(report);
    let sections = sections(report);
    let series = series(report);
    let machine = &report.machine;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                (PreEscaped(GENERATOR))
                // Forbids loading and scripts, whatever a name in the report contains.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "What a call costs" }
                style { (PreEscaped(COLOURS)) (PreEscaped(PAGE)) }
            }
            body {
                main {
                    h1 { "What a call costs on this machine" }
                    p.muted {
                        (machine.cpu.as_deref().unwrap_or("a processor of unknown name"))
                        ", " (machine.cores) " CPUs"
                        @if let Some(ghz) = machine.ghz { ", " (format!("{ghz:.2}")) " GHz" }
                        ", " (machine.os)
                        @if machine.virtualised == Some(true) { ", a virtual machine" }
                    }
                    nav {
                        a href="#prices" { "Prices" }
                        @if !series.is_empty() { a href="#payload" { "Payload" } }
                        a href="#read" { "How to read it" }
                        a href="#machine" { "Machine and method" }
                    }
                    @if quick {
                        p.warning { "This was a quick run. Its intervals are wide, and it is not to be compared with \
                            a full one." }
                    }
                    @for note in report.method.notes.iter().filter(|note| !note.starts_with("Processes vary")) { p.warning { (note) } }
                    @let conclusions = conclusions(report);
                    (list(&conclusions.iter().filter(|one| one.kind == Kind::Finding).collect::<Vec<_>>()))
                    (overview(&sections))
                    (prices(&sections))
                    @if !series.is_empty() { (payloads(&series)) }
                    // What is about payloads stands beside their picture.
                    @let notes: Vec<&Conclusion> = conclusions
                        .iter()
                        .filter(|one| one.kind == Kind::Note && !one.figures.contains_key("series"))
                        .collect();
                    @if !notes.is_empty() {
                        h2 id="notes" { "Notes" }
                        (list(&notes))
                    }
                    (how_to_read())
                    (method(report))
                }
            }
        }
    }
    .into_string()
}

fn list(conclusions: &[&Conclusion]) -> Markup {
    html! { @if !conclusions.is_empty() { ul { @for conclusion in conclusions { li { (conclusion.sentence) } } } } }
}

/// The numbers of the axis, over the tracks of the rows under it.
fn axis_row(axis: &Log) -> Markup {
    html! { div.row.axis { div.name {} svg height="16" aria-hidden="true" { (numbers(axis)) } div.price {} } }
}

fn overview(sections: &[Section<'_>]) -> Markup {
    let sorted = from_the_cheapest(sections);
    let Some(axis) = Log::over(sorted.iter().flat_map(|section| section.minima())) else {
        return html! {};
    };
    html! {
        h2 { "Sorted by the cheapest way of each kind" }
        p.muted { "Each point is a way to call, at its fastest batch. The axis is logarithmic: each step to the right \
            is a multiple." }
        div.overview {
            (axis_row(&axis))
            @for section in sorted {
                @let range = section.range();
                div.row {
                    div.name title=(section.name) { (section.name) }
                    svg height=(TRACK) role="img" aria-label=(range) { (span(&section.minima(), &axis)) }
                    div.price { (range) }
                }
            }
        }
    }
}

/// A mark as drawn on a track.
fn mark(content: &Markup, meaning: &str) -> Markup {
    html! { li { svg height="20" viewBox="0 0 34 20" aria-hidden="true" { (content) } span { (meaning) } } }
}

fn prices(sections: &[Section<'_>]) -> Markup {
    html! {
        h2 id="prices" { "Prices" }
        ul.legend {
            (mark(&html! { circle.min cx="17" cy="10" r="4.5" {} }, "the fastest batch: the price"))
            (mark(&html! { line.typical x1="17" x2="17" y1="2" y2="18" {} }, "the typical batch"))
            (mark(&html! {
                line.range x1="4" x2="30" y1="10" y2="10" {} line.range x1="4" x2="4" y1="5" y2="15" {} line.range x1="30" x2="30" y1="5" y2="15" {}
            }, "the range of the processes"))
            (mark(&html! { circle.each cx="12" cy="10" r="2" {} circle.each cx="22" cy="10" r="2" {} }, "a process's \
                fastest batch"))
        }
        p.muted {
            "Each section has its own axis. Rows of a section that have a letter in common cannot be told apart; a row \
                with a star is not compared. Click a row to see its details."
        }
        @for section in sections { (row::section(section)) }
    }
}

/// A fitted price in words.
pub(crate) fn price_of(fit: &Fit) -> String {
    let (fixed, each) = (&fit.fixed_ns, &fit.ns_per_byte);
    format!(
        "{} ns and {} ns for each KiB; off by up to {:.0} %",
        conclusions::span(fixed.value, fixed.low, fixed.high, 1.0),
        conclusions::span(each.value, each.low, each.high, 1024.0),
        100.0 * fit.worst
    )
}

fn payloads(series: &[Series<'_>]) -> Markup {
    html! {
        h2 id="payload" { "Cost against payload" }
        p {
            "Both axes are logarithmic. Points are measured, with the range of the processes as bars. Dotted lines \
                are the fitted price: a fixed part and a part for each byte, "
            "with 95 % confidence intervals over processes. If the fitted line is far off, one price does not hold \
                for all payloads: larger ones no longer fit in a cache."
        }
        @for series in series {
            h3 { (series.name) }
            div.plot {
                svg.numbers width=(GUTTER) height=(payload::HEIGHT) aria-hidden="true" { (series.numbers()) }
                svg height=(payload::HEIGHT) role="img" aria-label="the price of each boundary at each payload" { (series.draw()) }
            }
            @for (at, line) in series.lines.iter().enumerate() {
                div class={ "price-line s" (at % STYLES) } {
                    b { (line.label()) @if let Some(joint) = line.joint() { ", " (joint) } }
                    @if let Some(fit) = &line.fit { " " span.muted { (price_of(fit)) } }
                }
            }
            @let crossings = series.crossings();
            @if !crossings.is_empty() {
                h3 { "Where the lines cross" }
                ul { @for crossing in &crossings { li { (crossing.sentence) } } }
            }
        }
    }
}

fn how_to_read() -> Markup {
    html! {
        h2 id="read" { "How to read it" }
        ul {
            li { b { "A boundary " } "is what a call crosses to reach a plugin:"
                ul { @for boundary in Boundary::ALL {
                    li { b { (boundary.name()) } ": " (boundary.description().trim()) }
                } }
            }
            li { b { "The price is a minimum. " } "It is the fastest of many batches in several processes, because \
                interruptions can only add time. It is the cost of an undisturbed call: right for comparing ways to \
                call, too low for a loaded server." }
            li { b { "The typical batch " } "is the median. If it is far from the minimum, the row has two prices or \
                other programs used the machine." }
            li { b { "The bar " } "shows the range of the processes' fastest batches. Each process has its own \
                address layout, so this is the effect of layout." }
            li { b { "A tie " } "means that this run cannot tell two rows apart: their paired differences over the \
                processes are within chance. Treat two rows that tie as equal, whatever their figures. Rows of \
                different modes, payloads or languages are not compared." }
            li { b { "Latency and throughput. " } "In latency mode each call waits for the answer of the one before; \
                in throughput mode none waits." }
            li { b { "Cycles " } "are the price in processor cycles. " b { "Instructions " } "are counted exactly, \
                but do not tell the time: 14 can take 4 cycles or 600." }
            li { b { "The proof " } "says what ran. It comes from single-stepping the timed loop, not from build \
                flags: " i { "inlined" } ", no call ran at all; " i { "direct" } ", called by an instruction that \
                    holds the address; " i { "indirect" } ", through a register or memory; " i { "unproved" } ", with the reason." }
            li { b { "First call. " } "The time of the first call in a process, with cold caches. It includes a \
                reading of the clock." }
        }
    }
}

fn method(report: &Report) -> Markup {
    let (machine, method) = (&report.machine, &report.method);
    let build = &machine.build;
    let part = |part: Option<f64>| part.map_or("unknown".to_owned(), |part| format!("{:.1} %", 100.0 * part));
    let virtualised = match (machine.virtualised, &machine.hypervisor) {
        (Some(true), Some(name)) => format!("yes, by {name}"),
        (Some(is), _) => (if is { "yes" } else { "no" }).to_owned(),
        (None, _) => "unknown".to_owned(),
    };
    let or = |value: &Option<String>, other: &str| value.clone().unwrap_or_else(|| other.to_owned());
    let layouts = match method.layouts {
        Layouts::EachProcess => "each with its own address layout",
        Layouts::One => "all in one address layout",
    };
    let floor = method.resolution_ns;
    let facts = [
        ("Processor", or(&machine.cpu, "unknown")),
        ("CPUs", machine.cores.to_string()),
        ("System", machine.os.clone()),
        ("Virtual machine", virtualised),
        ("Frequency governor", or(&machine.governor, "not visible")),
        ("Target", machine.target.clone()),
        ("Rust compiler", build.rustc.clone()),
        ("C compiler", or(&build.c_compiler, "none")),
        (
            "Build",
            format!(
                "{}, optimisation level {}, for {}",
                build.profile, build.opt_level, build.target_features
            ),
        ),
        (
            "RUSTFLAGS",
            if build.rustflags.is_empty() {
                "none".to_owned()
            } else {
                build.rustflags.clone()
            },
        ),
        (
            "Clock",
            format!(
                "{}: a reading costs {} ns, the smallest step is {} ns",
                machine.clock,
                significant(machine.clock_cost_ns, 0.0),
                significant(machine.clock_resolution_ns, 0.0)
            ),
        ),
        ("Processes", format!("{}, {layouts}", method.processes)),
        (
            "Batches",
            format!(
                "{} of {} to {} µs for each row in each process, in random order",
                method.batches,
                method.batch_us,
                2.0 * method.batch_us
            ),
        ),
        (
            "The loop itself",
            format!(
                "{} a call in latency rows and {} in throughput rows; nothing is subtracted",
                time(floor.latency),
                time(floor.throughput)
            ),
        ),
        ("Cycles", method.cycles.clone()),
        ("Instructions", method.instructions.clone()),
        ("Processor's counters", method.hardware.clone()),
        (
            "Ties",
            format!(
                "at {:.0} % confidence over all pairs together",
                100.0 * method.confidence
            ),
        ),
        (
            "Used by others",
            format!(
                "{} by other programs, {} by the hypervisor",
                part(method.waited),
                part(method.stolen)
            ),
        ),
        ("Seed", method.seed.to_string()),
    ];
    html! {
        h2 id="machine" { "Machine and method" }
        dl { @for (name, value) in facts { dt { (name) } dd { (value) } } }
        @for note in &method.notes { p.muted { (note) } }
    }
}

#[cfg(test)]
pub(crate) mod tests;
