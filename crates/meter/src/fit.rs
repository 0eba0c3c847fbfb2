//! Price against payload: a fixed part and a part for each byte.

use crate::report::{Estimate, Fit};
use crate::statistics::{interval, mean};

/// The confidence of a fit's intervals.
const CONFIDENCE: f64 = 0.95;

/// What several processes measured of one series behind one boundary.
pub(crate) struct Points<'s> {
    pub(crate) series: &'s str,
    pub(crate) boundary: Option<&'s str>,
    /// Bytes, and the minima of each process at that payload, in nanoseconds.
    pub(crate) points: Vec<(f64, Vec<f64>)>,
}

/// Fits `fixed + per byte × bytes` by least squares of the relative differences: an error of a nanosecond matters at 64
/// bytes and not at 64 MiB. Each process is fitted alone, so that the intervals show how far processes differ. `None`
/// for fewer than three payloads.
pub(crate) fn fit(points: &Points<'_>) -> Option<Fit> {
    if points.points.len() < 3 {
        return None;
    }
    let processes = points.points.iter().map(|(_, minima)| minima.len()).min()?;
    let lines: Vec<(f64, f64)> = (0..processes)
        .map(|process| {
            let of_process = points.points.iter().map(|(bytes, minima)| (*bytes, minima[process]));
            line(of_process)
        })
        .collect::<Option<_>>()?;
    let fixed: Vec<f64> = lines.iter().map(|line| line.0).collect();
    let per_byte: Vec<f64> = lines.iter().map(|line| line.1).collect();
    let (a, b) = (mean(&fixed).0, mean(&per_byte).0);
    let off = points.points.iter().map(|(bytes, minima)| {
        let measured = mean(minima).0;
        (a + b * bytes - measured).abs() / measured
    });
    Some(Fit {
        series: points.series.to_owned(),
        boundary: points.boundary.map(str::to_owned),
        fixed_ns: estimate(&fixed),
        ns_per_byte: estimate(&per_byte),
        worst: off.fold(0.0, f64::max),
    })
}

fn estimate(values: &[f64]) -> Estimate {
    let (low, high) = interval(values, CONFIDENCE);
    let value = mean(values).0;
    let finite = |bound: f64| if bound.is_finite() { bound } else { value };
    Estimate {
        value,
        low: finite(low),
        high: finite(high),
    }
}

/// The line with the smallest relative errors through these points; `None` if there is none.
fn line(points: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in points {
        let weight = 1.0 / (y * y);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    let determinant = w * wxx - wx * wx;
    let line = ((wy * wxx - wx * wxy) / determinant, (w * wxy - wx * wy) / determinant);
    (line.0.is_finite() && line.1.is_finite()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(prices: &[[f64; 3]]) -> Points<'static> {
        let bytes = [0.0, 64.0, 4096.0, 1e6];
        Points {
            series: "sum",
            boundary: Some("c-abi"),
            points: bytes.into_iter().zip(prices.iter().map(|p| p.to_vec())).collect(),
        }
    }

    #[test]
    fn a_line_is_found_again_with_an_interval_as_wide_as_the_processes_lie_apart() {
        let price = |fixed: f64, bytes: f64| fixed + 0.25 * bytes;
        let prices = [0.0, 64.0, 4096.0, 1e6].map(|bytes| [5.0, 5.1, 4.9].map(|fixed| price(fixed, bytes)));
        let fit = fit(&points(&prices)).unwrap();
        assert!((fit.fixed_ns.value - 5.0).abs() < 1e-9, "{fit:?}");
        assert!((fit.ns_per_byte.value - 0.25).abs() < 1e-9, "{fit:?}");
        // Mean 5, deviation 0.1, t for two degrees of freedom 4.3027: 0.2484 either way.
        assert!((fit.fixed_ns.low - 4.7516).abs() < 1e-3, "{fit:?}");
        assert!(fit.worst < 1e-9, "{fit:?}");
    }

    #[test]
    fn what_is_no_line_says_how_far_it_is_off() {
        let fit = fit(&points(&[[5.0; 3], [20.0; 3], [40.0; 3], [900_000.0; 3]])).unwrap();
        assert!(fit.worst > 0.2, "{fit:?}");
    }

    #[test]
    fn two_payloads_are_no_series() {
        assert!(fit(&points(&[[5.0; 3], [20.0; 3]])).is_none());
    }
}
