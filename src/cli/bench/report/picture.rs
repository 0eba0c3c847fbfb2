//! SVG files with their own colours, for light and dark backgrounds.

use super::super::figures::{price, typical};
use super::COLOURS;
use super::chart::{TRACK, numbers, span, track};
use super::group::{Section, from_the_cheapest, sections};
use super::payload::{self, GUTTER, STYLES, Series};
use super::scale::Log;
use maud::{Markup, PreEscaped, html};
use tollgate_meter::Report;

/// The width of all pictures: that of a page of text.
const WIDTH: u32 = 860;
/// The start and width of a row's track.
const LEFT: u32 = 270;
const TRACK_WIDTH: u32 = 380;
const TOP: u32 = 62;
const STEP: u32 = 28;

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
            text.head x="16" y="28" { (title) }
            text.small x="16" y=(height - 12) { (machine) }
            (content)
        }
    }
    .into_string()
}

/// Names, tracks and prices under one another.
fn list(axis: &Log, rows: &[(String, Markup, String)]) -> Markup {
    html! {
        svg x=(LEFT) y=(TOP - 20) width=(TRACK_WIDTH) height="16" { (numbers(axis)) }
        @for (at, (name, track, price)) in rows.iter().enumerate() {
            @let y = TOP + STEP * at as u32;
            text x="16" y=(y + 16) { (name) }
            svg x=(LEFT) y=(y) width=(TRACK_WIDTH) height=(TRACK) { (track) }
            text x=(WIDTH - 16) y=(y + 16) text-anchor="end" { (price) }
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
        "What calls cost, sorted by the cheapest way of each kind",
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
    const LINE: u32 = 40;
    let legend = LINE * series.lines.len() as u32;
    let plot = payload::HEIGHT;
    let content = html! {
        svg x="16" y="46" width=(GUTTER) height=(plot) { (series.numbers()) }
        svg x=(16 + GUTTER) y="46" width=(WIDTH - GUTTER - 32) height=(plot) { (series.draw()) }
        @for (at, line) in series.lines.iter().enumerate() {
            @let y = 46 + plot + LINE * at as u32 + 20;
            g class={ "line s" (at % STYLES) } {
                line x1="16" x2="52" y1=(y - 4) y2=(y - 4) {}
                circle cx="34" cy=(y - 4) r="4" {}
            }
            text x="62" y=(y) { (line.label()) }
            @if let Some(fit) = &line.fit {
                text.small x="62" y=(y + 16) { (super::price_of(fit)) }
            }
        }
    };
    let title = format!("Cost against payload: {}", series.name);
    file(report, &title, 46 + plot + legend + 40, &content)
}

/// The name, cut to fit before its track.
fn short(name: &str) -> String {
    const MOST: usize = 36;
    match name.chars().count() {
        ..=MOST => name.to_owned(),
        _ => name.chars().take(MOST - 1).chain(['…']).collect(),
    }
}
