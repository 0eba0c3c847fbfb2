//! `tollgate platform`.

use super::{Report, number, result};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use tollgate::view::Vectors;
use tollgate_cli::sigkit;
use tollgate_platform::{affinity, build, cache, clock::Clock, dylib, facilities, machine, page, variant};

pub(crate) fn run() -> Report {
    let clock = Clock::measure();
    Report::new(text(&clock), json(&clock))
}

/// A loop that has several variants, with the variant that is chosen here and all that exist.
struct Dispatch {
    name: &'static str,
    chosen: &'static str,
    available: Vec<&'static str>,
}

fn dispatches() -> [Dispatch; 2] {
    let ways = sigkit::Backend::ALL.into_iter();
    let vectors = Vectors::ALL.iter().copied();
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

/// The features of the command that this binary was built with.
fn features() -> Vec<&'static str> {
    let all = [
        ("progress", cfg!(feature = "progress")),
        ("stable", cfg!(feature = "stable")),
    ];
    all.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
}

fn json(clock: &Clock) -> Json {
    let (variant, build, machine) = (variant(), build(), machine());
    let facilities: Vec<Json> = facilities()
        .into_iter()
        .map(|facility| {
            json!({
                "name": facility.name,
                "purpose": facility.purpose,
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
        "build": {
            "version": env!("CARGO_PKG_VERSION"),
            "rustc": build.rustc,
            "profile": build.profile,
            "opt_level": build.opt_level,
            "target_features": build.target_features,
            "rustflags": build.rustflags,
            "features": features(),
        },
        "machine": { "os": machine.os, "cpu": machine.cpu, "hypervisor": machine.hypervisor },
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
    let (build, machine) = (build(), machine());
    let _ = writeln!(
        text,
        "tollgate {} by {}: {} build, optimised at level {}, features {}",
        env!("CARGO_PKG_VERSION"),
        build.rustc,
        build.profile,
        build.opt_level,
        listed(&features(), ", ", "none")
    );
    let _ = writeln!(
        text,
        "runs on {}, on {}",
        machine.os,
        machine.cpu.as_deref().unwrap_or("a processor of unknown name")
    );
    let _ = writeln!(
        text,
        "clock {}: a reading costs {:.1} ns, the smallest step is {:.1} ns",
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
        "clock ordered between threads {}: a reading costs {:.1} ns, the smallest step is {:.1} ns",
        clock.now.name, clock.now.cost_ns, clock.now.resolution_ns
    );
    let _ = writeln!(
        text,
        "page size {} bytes; cache line {} bytes, contended values are padded to {}",
        page::size(),
        cache::line_size(),
        align_of::<cache::CachePadded<u8>>()
    );
    let cores = affinity::cores().map_or_else(
        |_| "unknown".to_owned(),
        |cores| {
            listed(
                &cores.iter().map(|cpus| numbers(cpus)).collect::<Vec<_>>(),
                " | ",
                "none",
            )
        },
    );
    let allowed = affinity::allowed().map_or_else(|_| "unknown".to_owned(), |cpus| numbers(&cpus));
    let _ = writeln!(
        text,
        "CPUs of each core: {cores}; CPUs that this process may use: {allowed}"
    );
    let _ = writeln!(
        text,
        "shared library names: {}; {}",
        dylib::file_name("NAME"),
        match dylib::SEARCH_VARIABLE {
            Some(variable) => {
                let directories = dylib::search_directories();
                let directories: Vec<String> = directories.iter().map(|path| path.display().to_string()).collect();
                format!("search path {variable}: {}", listed(&directories, ", ", "empty"))
            }
            None => "search path unknown".to_owned(),
        }
    );
    let _ = writeln!(
        text,
        "processor features: {}",
        listed(&variant.cpu_features, " ", "none known")
    );
    for dispatch in dispatches() {
        let _ = writeln!(
            text,
            "{}: variant {}, chosen from {}",
            dispatch.name,
            dispatch.chosen,
            dispatch.available.join(", ")
        );
    }
    let mut table = result::plain_table();
    table.set_header(["facility", "status", "purpose, or why it is degraded or unsupported"]);
    for facility in facilities() {
        table.add_row([
            facility.name,
            facility.status.name(),
            facility.status.reason().unwrap_or(facility.purpose),
        ]);
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    text
}

/// The words joined, or `none` if there are none.
fn listed(words: &[impl AsRef<str>], between: &str, none: &str) -> String {
    match words.iter().map(AsRef::as_ref).collect::<Vec<_>>() {
        words if words.is_empty() => none.to_owned(),
        words => words.join(between),
    }
}

fn numbers(cpus: &[usize]) -> String {
    let words: Vec<String> = cpus.iter().map(usize::to_string).collect();
    words.join(" ")
}
