//! sigkit's results through the safe binding, compared with NumPy, SciPy and mpmath (c-src/tests/golden.py).

use crate::support::sample;
use serde_json::Value as Json;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use tollgate::view::{self, Policy};
use tollgate_cli::sigkit::{Backend, Biquad, Coefficients, Crc32c, Error, Kind, Moments, Summary, crc32c, histogram};

fn golden(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("c-src/tests/golden")
        .join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

/// A number. JSON has no NaN and no infinities, so these are strings.
fn number(json: &Json) -> f64 {
    match json.as_str() {
        Some(text) => text.parse().expect("\"nan\", \"inf\" or \"-inf\""),
        None => json.as_f64().expect("a number"),
    }
}

fn numbers(json: &Json) -> Vec<f64> {
    list(json).iter().map(number).collect()
}

/// A sample file's values without its NaNs, all of them or one column.
fn samples(entry: &Json) -> Vec<f64> {
    let view = view::read(sample(entry["file"].as_str().unwrap())).unwrap();
    // The files are little-endian; this machine may not be.
    let values: Vec<f64> = if let Ok(values) = view.elements::<f64>(Policy::IN_PLACE) {
        values.iter().collect()
    } else if let Ok(values) = view.elements::<f32>(Policy::IN_PLACE) {
        values.iter().map(f64::from).collect()
    } else {
        view.elements::<i32>(Policy::IN_PLACE)
            .unwrap()
            .iter()
            .map(f64::from)
            .collect()
    };
    let (column, columns) = match entry["column"].as_u64() {
        Some(column) => (column as usize, view.shape()[1] as usize),
        None => (0, 1),
    };
    let column = values.into_iter().skip(column).step_by(columns);
    column.filter(|value| !value.is_nan()).collect()
}

/// Three ways to compute the same moments.
fn ways(values: &[f64]) -> Result<[(&'static str, Summary); 3], Error> {
    let mut block = Moments::new()?;
    block.push_block(values)?;
    let mut single = Moments::new()?;
    values.iter().try_for_each(|value| single.push(*value))?;
    let mut merged = Moments::new()?;
    for piece in values.chunks(7) {
        let mut part = Moments::new()?;
        part.push_block(piece)?;
        merged.merge(&part)?;
    }
    Ok([
        ("block", block.summary()),
        ("single", single.summary()),
        ("merged", merged.summary()),
    ])
}

fn assert_near(found: f64, expected: f64, bound: f64, what: &str) {
    let same = found == expected || (found.is_nan() && expected.is_nan());
    assert!(
        same || (found - expected).abs() <= bound,
        "{what}: {found:e}, expected {expected:e} within {bound:e}"
    );
}

/// The quantities, each with the name of its bound in the golden file and the factor of the bound.
fn quantities(summary: &Summary) -> [(&'static str, f64, &'static str, f64); 7] {
    [
        ("mean", summary.mean, "mean_bound", 1.0),
        ("variance", summary.variance, "variance_bound", 1.0),
        // n / (n - 1) is at most 2.
        ("sample_variance", summary.sample_variance, "variance_bound", 2.0),
        ("skewness", summary.skewness, "skewness_bound", 1.0),
        ("kurtosis", summary.kurtosis, "kurtosis_bound", 1.0),
        ("min", summary.min, "", 0.0),
        ("max", summary.max, "", 0.0),
    ]
}

#[test]
fn moments_of_real_data_are_scipys_to_ten_digits() {
    let golden = golden("moments.json");
    assert_eq!(list(&golden["files"]).len(), 4);
    for entry in list(&golden["files"]) {
        for (way, summary) in ways(&samples(entry)).unwrap() {
            assert_eq!(summary.count, entry["count"].as_u64().unwrap());
            for (name, found, _, _) in quantities(&summary) {
                let expected = number(&entry[name]);
                let what = format!("{name} of {}, {way}", entry["file"]);
                assert_near(found, expected, 1e-10 * expected.abs(), &what);
            }
        }
    }
}

#[test]
fn moments_of_hostile_data_are_within_their_stated_bounds() {
    let golden = golden("moments.json");
    assert!(list(&golden["sets"]).len() >= 18);
    for entry in list(&golden["sets"]) {
        for (way, summary) in ways(&numbers(&entry["values"])).unwrap() {
            assert_eq!(summary.count, entry["count"].as_u64().unwrap());
            // The bound is for blocks; single pushes and merges have four times that (moments.c).
            let slack = if way == "block" { 1.0 } else { 4.0 };
            for (name, found, bound, factor) in quantities(&summary) {
                let bound = if bound.is_empty() {
                    0.0
                } else {
                    slack * factor * number(&entry[bound])
                };
                let what = format!("{name} of {}, {way}", entry["name"]);
                assert_near(found, number(&entry[name]), bound, &what);
            }
        }
    }
}

fn kind(entry: &Json) -> Kind {
    let gain_db = number(&entry["gain_db"]);
    match entry["kind"].as_str().unwrap() {
        "low_pass" => Kind::LowPass,
        "high_pass" => Kind::HighPass,
        "band_pass" => Kind::BandPass,
        "notch" => Kind::Notch,
        "peaking" => Kind::Peaking { gain_db },
        "low_shelf" => Kind::LowShelf { gain_db },
        "high_shelf" => Kind::HighShelf { gain_db },
        other => panic!("no such kind: {other}"),
    }
}

#[test]
fn filters_of_each_kind_are_scipys_to_twelve_digits() {
    let golden = golden("biquad.json");
    let mut input = samples(&serde_json::json!({"file": "ecg.npy", "column": null}));
    input.truncate(golden["input_length"].as_u64().unwrap() as usize);
    assert_eq!(list(&golden["filters"]).len(), 8);
    for entry in list(&golden["filters"]) {
        let [rate, frequency, q] = ["sample_rate", "frequency", "q"].map(|name| number(&entry[name]));
        let expected = numbers(&entry["coefficients"]);
        let [b0, b1, b2, a1, a2] = expected[..] else {
            panic!("{entry} has other coefficients")
        };
        let golden = Coefficients { b0, b1, b2, a1, a2 };

        let mut designed = Biquad::design(kind(entry), rate, frequency, q).unwrap();
        let found = designed.coefficients();
        let found = [found.b0, found.b1, found.b2, found.a1, found.a2];
        for (index, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            // An absolute bound: 1 - cos(w) of a low frequency has lost digits by design.
            assert_near(
                found,
                expected,
                1e-15,
                &format!("coefficient {index} of {}", entry["kind"]),
            );
        }

        // With the golden coefficients only the filtering is compared. With designed coefficients, their rounding error
        // is amplified by the inverse square of the angle per sample: 1.4e-11 was seen at 20 Hz of 48 kHz,
        // and less than 1e-12 for the others.
        let w = std::f64::consts::TAU * frequency / rate;
        let amplified = (1e-15 / (w * w)).max(1e-11);
        let expected = numbers(&entry["output"]);
        for (filter, bound) in [
            (&mut Biquad::from_coefficients(golden), 1e-12),
            (&mut designed, amplified),
        ] {
            let mut output = vec![0.0; input.len()];
            filter.process(&input, &mut output).unwrap();
            assert_eq!(output.len(), expected.len());
            for (index, (found, expected)) in output.into_iter().zip(&expected).enumerate() {
                let what = format!("output {index} of {}", entry["kind"]);
                assert_near(found, *expected, bound * expected.abs().max(1.0), &what);
            }
        }
    }
}

#[test]
fn histograms_have_numpys_counts_and_edges_exactly() {
    let golden = golden("histogram.json");
    let files = list(&golden["files"]).iter().map(|entry| (entry, samples(entry)));
    let sets = list(&golden["sets"])
        .iter()
        .map(|entry| (entry, numbers(&entry["values"])));
    let mut compared = 0;
    for (entry, values) in files.chain(sets) {
        let range = number(&entry["low"])..=number(&entry["high"]);
        let (mut counts, mut edges) = (Vec::new(), vec![*range.start()]);
        let counted = histogram(&values, range, entry["bins"].as_u64().unwrap() as usize, |bin| {
            assert_eq!(bin.index, counts.len());
            assert_eq!(Some(&bin.left), edges.last());
            counts.push(bin.count);
            edges.push(bin.right);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(serde_json::json!(counts), entry["counts"], "{entry}");
        assert_eq!(edges, numbers(&entry["edges"]), "{entry}");
        for (name, found) in [("below", counted.below), ("above", counted.above), ("nan", counted.nan)] {
            assert_eq!(found, entry[name].as_u64().unwrap(), "{name} of {entry}");
        }
        assert!(!counted.stopped);
        compared += 1;
    }
    assert!(compared >= 8, "{compared}");
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn checksums_are_those_of_the_rfc_and_of_the_reference_with_each_backend() {
    let golden = golden("crc32c.json");
    let vectors = list(&golden["vectors"])
        .iter()
        .map(|entry| (entry, bytes(entry["bytes"].as_str().unwrap())));
    let prefixes = list(&golden["prefixes"]).iter().map(|entry| {
        let pattern = (0..entry["length"].as_u64().unwrap()).map(|i| (131 * i + 17 + i / 256) as u8);
        (entry, pattern.collect())
    });
    for (entry, data) in vectors.chain(prefixes) {
        assert_eq!(u64::from(crc32c(&data)), entry["crc"].as_u64().unwrap(), "{entry}");
        for backend in Backend::ALL.into_iter().filter(|backend| backend.available()) {
            let mut crc = Crc32c::new();
            crc.update_with(backend, &data).unwrap();
            assert_eq!(
                u64::from(crc.value()),
                entry["crc"].as_u64().unwrap(),
                "{entry} with {backend}"
            );
        }
    }
}
