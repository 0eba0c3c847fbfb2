//! Conclusions from the figures: one list, for the terminal, the page and the document.

use super::figures::{bytes, exact, price, significant, time, time_within, uncertainty};
use super::report::{Series, price_of, series};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use tollgate_meter::{Report, RowReport};

/// What the figures show, or what a reader must know of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Conclusion {
    /// What it is about: the same in every measurement, whatever the figures are.
    pub(crate) code: &'static str,
    /// How much it matters.
    pub(crate) kind: Kind,
    /// For people.
    pub(crate) sentence: String,
    /// The figures of the sentence with all their digits, times in nanoseconds; and the rows that it is about.
    pub(crate) figures: Map<String, Json>,
}

/// Findings come before the prices, notes after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Finding,
    Note,
}

fn conclusion(code: &'static str, kind: Kind, sentence: String, figures: Json) -> Conclusion {
    let figures = match figures {
        Json::Object(figures) => figures,
        _ => Map::new(),
    };
    Conclusion {
        code,
        kind,
        sentence,
        figures,
    }
}

/// All conclusions for which the rows were measured. The report must be one of
/// [`told_ties`](super::report::told_ties).
pub(crate) fn conclusions(report: &Report) -> Vec<Conclusion> {
    let mut all = Vec::new();
    all.extend(inlining(report));
    all.extend(host(report));
    all.extend(of_plugin(report));
    all.extend(handoffs(report));
    all.extend(COMPARED.iter().filter_map(|pair| compared(report, pair)));
    all.extend(languages(report));
    let series = series(report);
    all.extend(series.iter().flat_map(payloads));
    all.extend(report.rows.iter().filter_map(allocating));
    all.extend(report.rows.iter().filter_map(two_prices));
    all.extend(unsteady(report));
    all
}

/// The difference of two prices, with the digits that both leave.
fn difference(more: &RowReport, less: &RowReport) -> String {
    time_within(more.ns.min - less.ns.min, uncertainty(more) + uncertainty(less))
}

fn inlining(report: &Report) -> Option<Conclusion> {
    let (inlined, rust, c) = (
        report.row("add, Rust, inlined")?,
        report.row("add, Rust, not inlined")?,
        report.row("add, static C")?,
    );
    let tie = c.ties_with.contains(&rust.row);
    let said = match tie {
        true => "A call into C costs the same as a call into Rust that is not inlined",
        false => "A call into C, and a call into Rust that is not inlined",
    };
    let sentence = format!(
        "{said}: {} into static C, {} into Rust. Each callee is one addition. An inlined call costs {} less.",
        price(c),
        price(rust),
        difference(c, inlined)
    );
    let figures = json!({
        "static_c_ns": c.ns.min, "not_inlined_ns": rust.ns.min, "inlined_ns": inlined.ns.min, "tie": tie
    });
    Some(conclusion("inlining", Kind::Finding, sentence, figures))
}

fn host(report: &Report) -> Option<Conclusion> {
    let (bare, host) = (
        report.row("empty operation, bare pointer of c-abi")?,
        report.row("empty operation, c-abi")?,
    );
    let figures = json!({ "host_ns": host.ns.min, "bare_ns": bare.ns.min });
    let sentence = match host.ties_with.contains(&bare.row) || host.ns.min <= bare.ns.min {
        true => format!(
            "This run does not tell the host's whole call of a plugin from the plugin's bare function: {} and {}.",
            price(host),
            price(bare)
        ),
        false => format!(
            "The host's whole call of a plugin costs {} more than the plugin's bare function: {} and {}.",
            difference(host, bare),
            price(host),
            price(bare)
        ),
    };
    Some(conclusion("host-call", Kind::Finding, sentence, figures))
}

/// What the host's whole call of a plugin's operation costs over the bare function, for the smallest block behind each
/// boundary: there the difference is the largest part.
fn of_plugin(report: &Report) -> Vec<Conclusion> {
    let mut boundaries = Vec::new();
    let mut all = Vec::new();
    for bare in &report.rows {
        let Some(name) = bare.row.strip_prefix("bare function of ") else {
            continue;
        };
        let parts: Vec<&str> = name.split(", ").collect();
        let [operation, size, boundary] = parts[..] else {
            continue;
        };
        let Some(host) = report.row(&format!("{operation} of {size}, {boundary}")) else {
            continue;
        };
        if boundaries.contains(&boundary) {
            continue;
        }
        boundaries.push(boundary);
        let tie = host.ties_with.contains(&bare.row) || host.ns.min <= bare.ns.min;
        let prices = format!("{} and {}", price(host), price(bare));
        let sentence = match tie {
            true => format!(
                "With {size}, this run does not tell the host's whole call of {operation} behind {boundary} from the \
                    bare function: {prices}."
            ),
            false => format!(
                "With {size}, the host's whole call of {operation} behind {boundary} costs {} more than the bare \
                    function: {prices}.",
                difference(host, bare)
            ),
        };
        let figures = json!({ "host_ns": host.ns.min, "bare_ns": bare.ns.min, "bytes": bare.payload, "tie": tie });
        all.push(conclusion("host-call-of-plugin", Kind::Finding, sentence, figures));
    }
    all
}

/// Handoffs are priced one by one: there and back.
fn handoffs(report: &Report) -> Option<Conclusion> {
    let rows: Vec<&RowReport> = report
        .rows
        .iter()
        .filter(|row| row.row.starts_with("thread handoff, "))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let way = |row: &RowReport| row.row.trim_start_matches("thread handoff, ").replace(", ", " on the ");
    let said: Vec<String> = rows.iter().map(|row| format!("{} {}", price(row), way(row))).collect();
    let figures: Map<String, Json> = rows.iter().map(|row| (row.row.clone(), row.ns.min.into())).collect();
    let sentence = format!("One handoff to another thread and back costs {}.", said.join(", "));
    Some(conclusion("handoff", Kind::Finding, sentence, Json::Object(figures)))
}

/// Two rows of one section, one language and one payload, and what follows if the first costs more.
struct Compared {
    code: &'static str,
    costly: &'static str,
    cheap: &'static str,
    what: &'static str,
    cure: &'static str,
}

const COMPARED: [Compared; 3] = [
    Compared {
        code: "batch-calls",
        costly: "biquad of 1024 samples, C, one call each",
        cheap: "biquad of 1024 samples, C, one call",
        what: "1,024 samples in 1,024 calls, and in one call",
        cure: "Each call stores the filter's state in memory and the next call waits for it; a single call keeps it in \
            registers. Batch calls.",
    },
    Compared {
        code: "ready-data",
        costly: "text of 16 bytes, made for the call",
        cheap: "text of 16 bytes, ready",
        what: "A text converted for each call, and one converted before",
        cure: "Keep data in the form in which it crosses the boundary.",
    },
    Compared {
        code: "by-pointer",
        costly: "struct of 24 bytes, by value",
        cheap: "struct of 24 bytes, by pointer",
        what: "24 bytes by value, and by pointer",
        cure: "Pass larger things by pointer.",
    },
];

fn compared(report: &Report, pair: &Compared) -> Option<Conclusion> {
    let (costly, cheap) = (report.row(pair.costly)?, report.row(pair.cheap)?);
    let comparable = costly.language == cheap.language && costly.unsteady.is_none() && cheap.unsteady.is_none();
    if !comparable || costly.ns.min <= cheap.ns.min || costly.ties_with.contains(&cheap.row) {
        return None;
    }
    let sentence = format!(
        "{}: {} and {}, {} times as much. {}",
        pair.what,
        price(costly),
        price(cheap),
        ratio(costly, cheap),
        pair.cure
    );
    let figures = json!({
        "costly": costly.row, "costly_ns": costly.ns.min, "cheap": cheap.row, "cheap_ns": cheap.ns.min,
        "ratio": costly.ns.min / cheap.ns.min
    });
    Some(conclusion(pair.code, Kind::Finding, sentence, figures))
}

/// A ratio of two prices, with at most two digits after the point and those that both prices leave.
pub(crate) fn ratio(row: &RowReport, first: &RowReport) -> String {
    let ratio = row.ns.min / first.ns.min;
    let relative = uncertainty(row) / row.ns.min + uncertainty(first) / first.ns.min;
    // Two digits tell what a ratio is for. 0.998 is 1.0.
    let two = 10.0_f64.powf((1.005 * ratio).log10().floor() - 1.0);
    significant(ratio, (relative * ratio).max(two))
}

/// What runs behind the boundaries, if it is not the same everywhere.
fn languages(report: &Report) -> Option<Conclusion> {
    let mut behind: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in &report.rows {
        let (Some(boundary), Some(language)) = (row.boundary.as_deref(), row.language.as_deref()) else {
            continue;
        };
        match behind.iter_mut().find(|(of, _)| *of == language) {
            Some((_, boundaries)) if boundaries.contains(&boundary) => {}
            Some((_, boundaries)) => boundaries.push(boundary),
            None => behind.push((language, vec![boundary])),
        }
    }
    if behind.len() < 2 {
        return None;
    }
    let build = &report.machine.build;
    let compiler = |language: &str| match (language, &build.c_compiler) {
        ("Rust", _) => build.rustc.split(" (").next().map(str::to_owned),
        (_, Some(c)) => c.split(';').next().map(str::to_owned),
        _ => None,
    };
    let said: Vec<String> = behind
        .iter()
        .map(|(language, boundaries)| {
            let compiler = compiler(language).map(|name| format!(" ({name})")).unwrap_or_default();
            format!("{language}{compiler} runs behind {}", listed(boundaries))
        })
        .collect();
    let sentence = format!(
        "{}. Rows of different languages are not ranked: their prices differ by what each compiler made of the source, \
         not only by the crossing.",
        said.join(", and ")
    );
    let figures = behind
        .iter()
        .map(|(language, of)| ((*language).to_owned(), json!(of)))
        .collect();
    Some(conclusion("languages", Kind::Finding, sentence, Json::Object(figures)))
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The fitted prices of a series, what cannot be told apart, and where its lines cross.
fn payloads(series: &Series<'_>) -> Vec<Conclusion> {
    let mut all = Vec::new();
    for line in &series.lines {
        if let Some(fit) = &line.fit {
            let sentence = format!("{} behind {}: {}.", series.name, line.name(), price_of(fit));
            let figures = json!({
                "series": series.name, "boundaries": line.boundaries, "fixed_ns": fit.fixed_ns,
                "ns_per_byte": fit.ns_per_byte, "worst": fit.worst
            });
            all.push(conclusion("payload", Kind::Note, sentence, figures));
        }
        if line.boundaries.len() > 1 {
            let said = match line.told_apart {
                true => "differs by less than 2 % at every payload",
                false => "cannot be told apart at any payload",
            };
            let sentence = format!("{} behind {} {said}.", series.name, listed(&line.boundaries));
            let figures = json!({
                "series": series.name, "boundaries": line.boundaries, "told_apart": line.told_apart
            });
            all.push(conclusion("same-price", Kind::Note, sentence, figures));
        }
    }
    all.extend(series.crossings().into_iter().map(|crossing| {
        let between: Vec<Json> = crossing
            .between
            .iter()
            .map(|(from, to)| json!({ "from_bytes": from, "to_bytes": to }))
            .collect();
        let figures = json!({
            "series": series.name, "one": crossing.one, "other": crossing.other, "crossings": between
        });
        conclusion(
            "crossing",
            Kind::Note,
            format!("{}: {}", series.name, crossing.sentence),
            figures,
        )
    }));
    all
}

fn allocating(row: &RowReport) -> Option<Conclusion> {
    let count = row.allocations.filter(|count| *count > 0.0)?;
    let times = if count == 1.0 {
        "once".to_owned()
    } else {
        format!("{} times", exact(count))
    };
    let sentence = format!("{} allocates memory {times} per call.", row.title());
    let figures = json!({ "row": row.title(), "allocations": count });
    Some(conclusion("allocates", Kind::Note, sentence, figures))
}

fn two_prices(row: &RowReport) -> Option<Conclusion> {
    if row.peaks.len() < 2 {
        return None;
    }
    // A peak is known to 2 %.
    let peaks: Vec<String> = row
        .peaks
        .iter()
        .map(|peak| format!("{} ({:.0} %)", time_within(peak.ns, 0.02 * peak.ns), 100.0 * peak.share))
        .collect();
    let sentence = format!("{} has {} prices: {}.", row.title(), peaks.len(), peaks.join(", "));
    let figures = json!({ "row": row.title(), "prices": row.peaks });
    Some(conclusion("two-prices", Kind::Note, sentence, figures))
}

fn unsteady(report: &Report) -> Option<Conclusion> {
    let rows: Vec<String> = report
        .rows
        .iter()
        .filter(|row| row.unsteady.is_some())
        .map(RowReport::title)
        .collect();
    if rows.is_empty() {
        return None;
    }
    let sentence = format!(
        "Not compared with other rows, because too few of their batches were undisturbed: {}.",
        rows.join("; ")
    );
    Some(conclusion(
        "not-compared",
        Kind::Note,
        sentence,
        json!({ "rows": rows }),
    ))
}

/// A fixed price and a price for each byte, as a sentence's figures.
pub(crate) fn span(value: f64, low: f64, high: f64, factor: f64) -> String {
    let figure = |of: f64| significant(of * factor, (high - low) * factor);
    format!("{} ({} to {})", figure(value), figure(low), figure(high))
}

/// A range of payloads in words.
pub(crate) fn between(from: u64, to: u64) -> String {
    format!("between {} and {}", bytes(from), bytes(to))
}

/// The price of the loop itself.
pub(crate) fn floor(report: &Report) -> String {
    let floor = report.method.resolution_ns;
    time(floor.latency.max(floor.throughput))
}
