use super::super::recorded;
use super::*;
use serde_json::json;

/// A report of rows, each with its name and, in the series `sum`, its boundary and payload. The price
/// in nanoseconds is the row's position in the list, from 1.
pub(crate) fn report(rows: &[(&str, Option<(&str, u64)>)]) -> Report {
    let rows: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(at, (name, sized))| {
            let ns = at as f64 + 1.0;
            let process = json!({ "min": ns, "median": ns, "batches": 200, "calls": 8, "unroll": 8 });
            json!({
                "row": name, "boundary": sized.map(|sized| sized.0), "placement": null, "payload": sized.map(|sized| sized.1),
                "series": sized.map(|_| "sum"), "mode": "throughput",
                "ns": { "min": ns, "typical": 1.1 * ns, "low": ns, "high": 1.2 * ns }, "per_process": [process],
                "cycles": 3.0 * ns, "instructions": 5.25, "objects": [["<b>object</b>", 5.25]], "allocations": 0.0, "copied_bytes": null,
                "proof": { "kind": "direct", "object": "<i>object</i>", "symbol": "<u>symbol</u>", "reason": null }, "ties_with": []
            })
        })
        .collect();
    let document = json!({
        "machine": {
            "cpu": "a <processor> & more", "cores": 2, "os": "linux", "target": "t", "governor": null, "virtualised": true,
            "hypervisor": "H", "ghz": 3.0, "clock": "c", "clock_resolution_ns": 1.0, "clock_cost_ns": 20.0,
            "build": {
                "rustc": "rustc 1", "c_compiler": "cc 1", "profile": "release", "opt_level": "3", "target_features": "", "rustflags": ""
            }
        },
        "method": {
            "processes": 1, "layouts": "one for each process", "batches": 200, "batch_us": 50.0, "unroll": 8,
            "resolution_ns": { "latency": 0.03, "throughput": 0.03 }, "cycles": "", "instructions": "",
            "confidence": 0.99, "seed": 1, "notes": ["a <note>"]
        },
        "rows": rows
    });
    serde_json::from_value(document).unwrap()
}

/// Rows of two boundaries at 0 B, 64 B and 4 KiB, at these prices.
fn two_lines(one: [f64; 3], other: [f64; 3]) -> Report {
    let payloads = [0, 64, 4096];
    let names: Vec<String> = ["a", "b"]
        .iter()
        .flat_map(|boundary| payloads.map(|payload| format!("sum of {payload} B, {boundary}")))
        .collect();
    let rows: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), Some((["a", "b"][at / 3], payloads[at % 3]))))
        .collect();
    let mut report = report(&rows);
    for (row, ns) in report.rows.iter_mut().zip(one.into_iter().chain(other)) {
        row.ns.min = ns;
    }
    report
}

#[test]
fn a_name_with_markup_in_it_stays_text() {
    let bad = "<script>alert(1)</script> & \"quotes\", <img src=x onerror=alert(1)>";
    let report = report(&[
        (bad, None),
        ("sum of 0 B, x", Some(("<script>", 0))),
        ("sum of 64 B, x", Some(("<script>", 64))),
    ]);
    let mut texts = vec![page(&report, true)];
    texts.extend(pictures(&report).into_iter().map(|(_, text)| text));
    assert!(texts.len() >= 4);
    for text in &texts {
        for tag in [
            "<script",
            "<img",
            "<b>object",
            "<i>object",
            "<u>",
            "<processor",
            "<note",
        ] {
            assert!(!text.contains(tag), "{tag} in {text}");
        }
        assert!(text.contains("a &lt;processor&gt; &amp; more"), "{text}");
    }
    assert!(
        texts[0].contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "{}",
        texts[0]
    );
    for (name, _) in pictures(&report) {
        assert!(
            name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)),
            "{name}"
        );
    }
}

#[test]
fn a_page_loads_nothing_runs_nothing_and_knows_light_dark_and_phones() {
    let page = page(&report(&[("add, Rust", None)]), false);
    for absent in ["http:", "https:", "<script", "<link", "@import", "url(", "src="] {
        assert!(!page.contains(absent), "{absent}");
    }
    for present in [
        "default-src 'none'",
        "prefers-color-scheme: dark",
        "width=device-width",
        "max-width: 720px",
        GENERATOR,
        "How to read it",
        "a &lt;note&gt;",
    ] {
        assert!(page.contains(present), "{present}");
    }
    assert!(!page.contains("quick run"));
}

#[test]
fn the_pictures_of_readme_are_those_of_the_recorded_measurement() {
    let pictures = pictures(&told_ties(&recorded::report()));
    for name in ["overview.svg", "prices-add.svg", "payload-sum.svg"] {
        let (_, picture) = pictures.iter().find(|(of, _)| of == name).unwrap();
        recorded::compare(picture, &format!("docs/pictures/{name}"));
    }
}

#[test]
fn a_picture_stands_alone_with_its_colours() {
    for (name, text) in pictures(&two_lines([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])) {
        assert!(
            text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"520\""),
            "{name}"
        );
        assert!(
            text.contains("prefers-color-scheme: dark") && text.ends_with("</svg>"),
            "{name}"
        );
        assert!(!text.contains("NaN") && !text.contains("inf%"), "{name}: {text}");
    }
}

#[test]
fn where_lines_cross_is_said_by_what_was_measured() {
    let said = |report: &Report| -> Vec<String> {
        let series = series(report);
        series[0]
            .crossings()
            .into_iter()
            .map(|crossing| crossing.sentence)
            .collect()
    };
    assert_eq!(
        said(&two_lines([1.0, 2.0, 9.0], [2.0, 3.0, 4.0])),
        ["a and b cross between 64 B and 4 KiB, beyond which b costs less."]
    );
    assert_eq!(
        said(&two_lines([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])),
        ["a costs less than b at every payload. The lines do not cross."]
    );
    let mut tied = two_lines([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]);
    tied.rows[2].ties_with = vec![tied.rows[5].title()];
    assert_eq!(
        said(&tied),
        ["a costs less than b at 0 B and 64 B. At other payloads they are not told apart. The lines do not cross."]
    );
}

#[test]
fn lines_that_cannot_be_told_apart_are_drawn_as_one_and_named_so() {
    let mut report = two_lines([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]);
    for at in 0..3 {
        report.rows[at].ties_with = vec![report.rows[at + 3].title()];
        report.rows[at + 3].ties_with = vec![report.rows[at].title()];
    }
    let drawn = |report: &Report| -> Vec<String> { series(report)[0].lines.iter().map(|line| line.label()).collect() };
    assert_eq!(drawn(&report), ["a and b"]);
    assert!(series(&report)[0].crossings().is_empty());
    let page = page(&report, false);
    assert!(page.contains("a and b, one line: they cannot be told apart") && !page.contains("line s1"));
    // A difference that no picture shows is named.
    let mut close = report.clone();
    close.rows[0].ties_with.clear();
    assert!(super::page(&close, false).contains("a and b, one line: less than 2 % apart at every payload"));
    // One payload at which they are clearly apart is enough for two lines. If they were compared nowhere, nothing is
    // known.
    let mut apart = close;
    apart.rows[0].ns.min *= 1.03;
    assert_eq!(drawn(&apart), ["a", "b"]);
    report.rows[5].unsteady = Some("too few".to_owned());
    assert_eq!(drawn(&told_ties(&report)).len(), 1);
    for row in &mut report.rows {
        row.unsteady = Some("too few".to_owned());
    }
    assert_eq!(drawn(&told_ties(&report)), ["a", "b"]);
    assert!(series(&told_ties(&report))[0].crossings().is_empty());
}

#[test]
fn lines_of_different_languages_are_not_ranked_and_the_page_says_so() {
    let mut report = two_lines([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]);
    for (at, row) in report.rows.iter_mut().enumerate() {
        row.language = Some(if at < 3 { "Rust" } else { "C" }.to_owned());
    }
    assert!(series(&report)[0].crossings().is_empty());
    let page = page(&report, false);
    assert!(!page.contains("costs less than") && !page.contains("Where the lines cross"));
    assert!(page.contains("Rust (rustc 1) runs behind a, and C (cc 1) runs behind b. Rows of different languages"));
}
