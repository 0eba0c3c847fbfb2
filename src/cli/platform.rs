//! `tollgate platform`.

use super::{Report, number, result};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use tollgate::platform::{affinity, cache, clock::Clock, dylib, facilities, page, variant};
use tollgate::sigkit;
use tollgate::view::Vectors;

pub(crate) fn run() -> Report {
    let clock = Clock::measure();
    Report::new(text(&clock), json(&clock))
}

/// A loop that is compiled for several processors, with the way that is chosen here and all that could be.
struct Dispatch {
    name: &'static str,
    chosen: &'static str,
    available: Vec<&'static str>,
}

fn dispatches() -> [Dispatch; 2] {
    let ways = sigkit::Backend::ALL.into_iter();
    let vectors = Vectors::ALL.into_iter();
    [
        Dispatch {
            name: "crc32c",
            chosen: sigkit::Backend::chosen().name(),
            available: ways.filter(|way| way.available()).map(sigkit::Backend::name).collect(),
        },
        Dispatch {
            name: "view-loops",
            chosen: Vectors::chosen().name(),
            available: vectors.filter(|way| way.available()).map(Vectors::name).collect(),
        },
    ]
}

fn json(clock: &Clock) -> Json {
    let variant = variant();
    let facilities: Vec<Json> = facilities()
        .into_iter()
        .map(|facility| {
            json!({
                "name": facility.name,
                "status": facility.status.name(),
                "reason": facility.status.reason(),
            })
        })
        .collect();
    json!({
        "target": variant.target,
        "family": variant.family,
        "endian": variant.endian,
        "pointer_width": variant.pointer_width,
        "variant": { "backend": variant.backend, "arch": variant.arch },
        "clock": {
            "name": clock.name,
            "resolution_ns": number::real(clock.resolution_ns),
            "cost_ns": number::real(clock.cost_ns),
            "now": {
                "name": clock.now.name,
                "resolution_ns": number::real(clock.now.resolution_ns),
                "cost_ns": number::real(clock.now.cost_ns),
            },
            "counter": clock.counter.map(|counter| json!({
                "name": counter.name,
                "hertz": number::real(counter.hertz),
                "cost_ns": number::real(counter.cost_ns),
            })),
        },
        "page_size": page::size(),
        "cache_line": cache::line_size(),
        "cache_padding": align_of::<cache::CachePadded<u8>>(),
        "cpus": affinity::allowed().ok(),
        "cores": affinity::cores().ok(),
        "dylib": {
            "file_name": dylib::file_name("NAME"),
            "search_variable": dylib::SEARCH_VARIABLE,
            "search_directories": dylib::search_directories(),
        },
        "cpu_features": variant.cpu_features,
        "dispatch": dispatches().map(|dispatch| json!({
            "name": dispatch.name,
            "chosen": dispatch.chosen,
            "available": dispatch.available,
        })),
        "facilities": facilities,
    })
}

fn text(clock: &Clock) -> String {
    let variant = variant();
    let mut text = format!(
        "built for {}: {}-endian, {}-bit pointers; back end {}, processor module {}\n",
        variant.target, variant.endian, variant.pointer_width, variant.backend, variant.arch
    );
    let _ = writeln!(
        text,
        "clock {}: a reading costs {:.1} ns, the least step is {:.1} ns",
        clock.name, clock.cost_ns, clock.resolution_ns
    );
    if let Some(counter) = clock.counter {
        let _ = writeln!(
            text,
            "counter {}: {:.1} MHz, a reading costs {:.1} ns",
            counter.name,
            counter.hertz / 1e6,
            counter.cost_ns
        );
    }
    let _ = writeln!(
        text,
        "time in order between threads, {}: a reading costs {:.1} ns, the least step is {:.1} ns",
        clock.now.name, clock.now.cost_ns, clock.now.resolution_ns
    );
    let _ = writeln!(
        text,
        "page size {} bytes; cache line {} bytes, values are kept apart by {}",
        page::size(),
        cache::line_size(),
        align_of::<cache::CachePadded<u8>>()
    );
    if let Ok(cores) = affinity::cores() {
        let cores: Vec<String> = cores.iter().map(|cpus| numbers(cpus)).collect();
        let allowed = affinity::allowed().map_or_else(|_| "unknown".to_owned(), |cpus| numbers(&cpus));
        let _ = writeln!(
            text,
            "cores, each with its CPUs: {}; CPUs allowed here: {allowed}",
            cores.join(" | ")
        );
    }
    if let Some(variable) = dylib::SEARCH_VARIABLE {
        let directories: Vec<String> = dylib::search_directories()
            .iter()
            .map(|directory| directory.display().to_string())
            .collect();
        let _ = writeln!(
            text,
            "shared libraries are named {}; {variable} has the system look in: {}",
            dylib::file_name("NAME"),
            if directories.is_empty() {
                "nothing more".to_owned()
            } else {
                directories.join(", ")
            }
        );
    }
    let _ = writeln!(
        text,
        "processor features in use here: {}",
        variant.cpu_features.join(" ")
    );
    for dispatch in dispatches() {
        let _ = writeln!(
            text,
            "{} runs as {}, of {}",
            dispatch.name,
            dispatch.chosen,
            dispatch.available.join(", ")
        );
    }
    let mut table = result::plain_table();
    table.set_header(["facility", "status", "why"]);
    for facility in facilities() {
        table.add_row([
            facility.name,
            facility.status.name(),
            facility.status.reason().unwrap_or(""),
        ]);
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    text
}

fn numbers(cpus: &[usize]) -> String {
    let words: Vec<String> = cpus.iter().map(usize::to_string).collect();
    words.join(" ")
}
