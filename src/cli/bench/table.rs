//! The price list as text: rows by section, and conclusions from the figures.

use super::super::result::plain_table;
use super::lessons::{figure, lessons};
use super::report::{Series, place, price_of, series, told_ties};
use comfy_table::{Cell, CellAlignment};
use std::fmt::Write;
use tollgate_meter::{Report, RowReport};

pub(crate) fn text(report: &Report, quick: bool) -> String {
    let report = &told_ties(report);
    let mut text = String::new();
    let machine = &report.machine;
    let _ = write!(
        text,
        "What a call costs on this machine: {}, {} cores",
        machine.cpu.as_deref().unwrap_or("a processor of unknown name"),
        machine.cores
    );
    if let Some(ghz) = machine.ghz {
        let _ = write!(text, ", {ghz:.2} GHz");
    }
    let _ = writeln!(text, "; {}", machine.os);
    let mut table = plain_table();
    let headings = [
        "",
        "ns",
        "typical",
        "spread",
        "first",
        "cycles",
        "instr.",
        "×",
        "call",
        "ties with",
    ];
    table.set_header(
        headings
            .iter()
            .enumerate()
            .map(|(column, heading)| aligned(column, (*heading).to_owned())),
    );
    let mut section = "";
    let mut first = None;
    for row in &report.rows {
        let (name, way) = place(row);
        if name != section {
            section = name;
            first = Some(row);
            table.add_row([Cell::new(name)]);
        }
        let cells = cells(row, section, way, first.filter(|first| first.row != row.row));
        table.add_row(
            cells
                .into_iter()
                .enumerate()
                .map(|(column, cell)| aligned(column, cell)),
        );
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    text.push('\n');
    for sentence in lessons(report).into_iter().chain(remarks(report)) {
        let _ = writeln!(text, "- {sentence}");
    }
    let method = &report.method;
    let _ = write!(
        text,
        "\nns: the fastest of {} batches that other batches confirm, the minimum over {} processes; typical: the \
            median; \
         spread: the range of the processes' fastest batches; first: the first call in a process. The empty loop costs \
         {} ns a call; nothing is subtracted. instr.: {}. Hardware counters: {}. {}",
        method.batches,
        method.processes,
        figure(method.resolution_ns.latency.max(method.resolution_ns.throughput)),
        method.instructions,
        method.hardware,
        method.notes.join(" ")
    );
    if quick {
        text.push_str(" This was a quick run: do not compare it with a full one.");
    }
    text.push('\n');
    text
}

/// The first and last columns are aligned left, the figures between them right.
fn aligned(column: usize, content: String) -> Cell {
    let alignment = match column {
        1..=7 => CellAlignment::Right,
        _ => CellAlignment::Left,
    };
    Cell::new(content).set_alignment(alignment)
}

/// A tie's name is cut to this many characters; the page and the document have it in full.
const TIE: usize = 18;

fn cells(row: &RowReport, section: &str, way: &str, first: Option<&RowReport>) -> [String; 10] {
    let or_dash = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
    let spread = (row.ns.high - row.ns.low) / row.ns.low * 100.0;
    let ties: Vec<&str> = row
        .ties_with
        .iter()
        .filter(|tie| tie.starts_with(section))
        .map(|tie| tie.split_once(", ").map_or(tie.as_str(), |(_, way)| way))
        .collect();
    let ratio = match (first, row.payload) {
        (Some(first), payload) if payload == first.payload => format!("{:.1}", row.ns.min / first.ns.min),
        _ => String::new(),
    };
    // A row with a length is shown as a rate.
    let rate = match row.payload {
        Some(bytes) if bytes >= 1024 => format!("{:.1} GB/s", bytes as f64 / row.ns.min),
        _ => row.proof.kind.to_string(),
    };
    [
        format!("  {way}"),
        figure(row.ns.min),
        figure(row.ns.typical),
        format!("{spread:.1} %"),
        or_dash(row.first_ns.map(|first| first.min)),
        or_dash(row.cycles),
        or_dash(row.counted_instructions()),
        ratio,
        rate,
        match ties.as_slice() {
            _ if row.unsteady.is_some() => "not compared".to_owned(),
            [one] if one.chars().count() > TIE => one.chars().take(TIE - 1).chain(['…']).collect(),
            [one] => (*one).to_owned(),
            [] => String::new(),
            all => format!("{} rows", all.len()),
        },
    ]
}

/// Notes on rows: those that allocate, those with two prices, and those whose price depends on
/// their payload.
fn remarks(report: &Report) -> Vec<String> {
    let two = report.rows.iter().filter(|row| row.peaks.len() > 1).map(|row| {
        let peaks = row.peaks.iter();
        let peaks: Vec<String> = peaks
            .map(|peak| format!("{} ns ({:.0} %)", figure(peak.ns), 100.0 * peak.share))
            .collect();
        format!("{} has {} prices: {}.", row.title(), peaks.len(), peaks.join(", "))
    });
    let fits = report.fits.iter().map(|fit| {
        let behind = fit
            .boundary
            .iter()
            .map(|boundary| format!(" behind {boundary}"))
            .collect::<String>();
        format!("{}{behind}: {}.", fit.series, price_of(fit))
    });
    let series = series(report);
    let crossings = series.iter().flat_map(Series::crossings);
    let allocating = report.rows.iter().filter_map(|row| {
        let count = row.allocations.filter(|count| *count > 0.0)?;
        let times = if count == 1.0 {
            "once".to_owned()
        } else {
            format!("{count} times")
        };
        Some(format!("{} allocates memory {times} per call.", row.title()))
    });
    let told = |crossing: &String| !crossing.ends_with("tie at every payload.");
    let crossings = crossings.filter(told);
    allocating.chain(two).chain(fits).chain(crossings).collect()
}

/// A cell of figures.
pub(crate) fn right(content: &str) -> Cell {
    Cell::new(content).set_alignment(CellAlignment::Right)
}
