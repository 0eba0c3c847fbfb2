//! SVG files with their own colours, for light and dark backgrounds.

use super::super::figures::{price, typical};
use super::COLOURS;
use super::chart::{numbers, span, track};
use super::group::{Section, from_the_cheapest, sections};
use super::payload::{self, GUTTER, STYLES, Series};
use super::scale::Log;
use maud::{Markup, PreEscaped, html};
use tollgate_meter::Report;

/// The width of all pictures. A page of text shows them as they are, and a phone at two thirds, where they can still be
/// read.
const WIDTH: u32 = 520;
const MARGIN: u32 = 16;
const INNER: u32 = WIDTH - 2 * MARGIN;
const TOP: u32 = 64;
/// A row: its name and price, and under them its track.
const STEP: u32 = 32;
const TEXT: u32 = 15;
const THIN: u32 = 12;

/// A report's pictures, each with the name of its file.
pub(crate) fn all(report: &Report) -> Vec<(String, String)> {
    let sections = sections(report);
    let mut all = vec![("overview.svg".to_owned(), overview(report, &sections))];
    all.extend(sections.iter().map(|section| {
        let name = format!("prices-{}.svg", section.file_name());
        (name, prices(report, section))
    }));
    all.extend(payload::series(report).iter().map(|series| {
        let name = format!(
            "payload-{}.svg",
            series
                .name
                .to_lowercase()
                .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        );
        (name, payloads(report, series))
    }));
    all
}

/// The file: a picture with this height and title, and the machine under it.
fn file(report: &Report, title: &str, height: u32, content: &Markup) -> String {
    let cpu = report.machine.cpu.as_deref().unwrap_or("a processor of unknown name");
    let machine = format!(
        "{cpu}, {}; {} processes of {} batches",
        report.machine.os, report.method.processes, report.method.batches
    );
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(WIDTH) height=(height) viewBox={ "0 0 " (WIDTH) " " (height) } {
            title { (title) }
            style { (PreEscaped(COLOURS)) "rect.page { fill: var(--page); }" }
            rect.page width="100%" height="100%" {}
            text.head x=(MARGIN) y="28" { (title) }
            text.small x=(MARGIN) y=(height - 12) { (machine) }
            (content)
        }
    }
    .into_string()
}

/// Rows under one another.
fn list(axis: &Log, rows: &[(String, Markup, String)]) -> Markup {
    html! {
        svg x=(MARGIN) y=(TOP - 20) width=(INNER) height="16" { (numbers(axis)) }
        @for (at, (name, track, price)) in rows.iter().enumerate() {
            @let y = TOP + STEP * at as u32;
            line.grid x1=(MARGIN) x2=(WIDTH - MARGIN) y1=(y) y2=(y) {}
            text x=(MARGIN) y=(y + TEXT) { (name) }
            text x=(WIDTH - MARGIN) y=(y + TEXT) text-anchor="end" { (price) }
            svg x=(MARGIN) y=(y + STEP - THIN - 1) width=(INNER) height=(THIN) { (track) }
        }
    }
}

fn height(rows: usize) -> u32 {
    TOP + STEP * rows as u32 + 38
}

fn overview(report: &Report, sections: &[Section<'_>]) -> String {
    let sorted = from_the_cheapest(sections);
    let Some(axis) = Log::over(sorted.iter().flat_map(|section| section.minima())) else {
        return String::new();
    };
    let rows: Vec<_> = sorted
        .iter()
        .map(|section| (short(section.name), span(&section.minima(), &axis), section.range()))
        .collect();
    file(
        report,
        "What calls cost, sorted by the cheapest of each kind",
        height(rows.len()),
        &list(&axis, &rows),
    )
}

fn prices(report: &Report, section: &Section<'_>) -> String {
    let Some(axis) = Log::over(section.prices()) else {
        return String::new();
    };
    let rows: Vec<_> = section
        .rows
        .iter()
        .map(|entry| {
            let price = format!("{}, typical {}", price(entry.row), typical(entry.row));
            (short(&entry.way), track(entry.row, &axis), price)
        })
        .collect();
    let title = format!("What a call costs: {}", section.name);
    file(report, &title, height(rows.len()), &list(&axis, &rows))
}

fn payloads(report: &Report, series: &Series<'_>) -> String {
    const HEAD: u32 = 46;
    let plot = payload::HEIGHT;
    let mut below = HEAD + plot;
    let legend: Vec<Markup> = series
        .lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let y = below + 20;
            let small = line.joint().map(str::to_owned).into_iter().chain(line.fit.as_ref().map(super::price_of));
            let small: Vec<String> = small.collect();
            below = y + 4 + 16 * small.len() as u32;
            html! {
                g class={ "line s" (at % STYLES) } {
                    line x1=(MARGIN) x2="52" y1=(y - 4) y2=(y - 4) {}
                    circle cx="34" cy=(y - 4) r="4" {}
                }
                text x="62" y=(y) { (line.label()) }
                @for (at, said) in small.iter().enumerate() { text.small x=(MARGIN) y=(y + 16 * (at as u32 + 1)) { (said) } }
            }
        })
        .collect();
    let content = html! {
        svg x=(MARGIN) y=(HEAD) width=(GUTTER) height=(plot) { (series.numbers()) }
        svg x=(MARGIN + GUTTER) y=(HEAD) width=(INNER - GUTTER) height=(plot) { (series.draw()) }
        @for line in &legend { (line) }
    };
    let title = format!("Cost against payload: {}", series.name);
    file(report, &title, below + 40, &content)
}

/// The name, cut to fit before its track.
fn short(name: &str) -> String {
    const MOST: usize = 36;
    match name.chars().count() {
        ..=MOST => name.to_owned(),
        _ => name.chars().take(MOST - 1).chain(['…']).collect(),
    }
}
