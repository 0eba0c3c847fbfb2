//! Figures as people read them: in a unit that keeps them short, and with the digits that were measured.

use tollgate_meter::RowReport;

/// The most digits of a figure that is not exact.
const DIGITS: i32 = 3;

/// How far apart the processes' prices of a row are, in nanoseconds.
pub(crate) fn uncertainty(row: &RowReport) -> f64 {
    row.ns.high - row.ns.low
}

/// The same as a part of the price.
pub(crate) fn spread(row: &RowReport) -> f64 {
    uncertainty(row) / row.ns.low
}

/// A row's price: `0.271 ns`.
pub(crate) fn price(row: &RowReport) -> String {
    time_within(row.ns.min, uncertainty(row))
}

/// A row's typical price.
pub(crate) fn typical(row: &RowReport) -> String {
    let medians = || row.per_process.iter().map(|process| process.median);
    let range = medians().fold(f64::NEG_INFINITY, f64::max) - medians().fold(f64::INFINITY, f64::min);
    time_within(row.ns.typical, range.max(0.0))
}

/// A time in the unit that makes it short, with the digits that its uncertainty leaves.
pub(crate) fn time_within(ns: f64, uncertainty: f64) -> String {
    let (scale, unit) = match rounded(ns, uncertainty).0.abs() {
        size if size < 1e3 => (1.0, "ns"),
        size if size < 1e6 => (1e3, "µs"),
        size if size < 1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    format!("{} {unit}", significant(ns / scale, uncertainty / scale))
}

/// A time without an uncertainty of its own.
pub(crate) fn time(ns: f64) -> String {
    time_within(ns, 0.0)
}

/// A number with three digits, or with fewer if its uncertainty reaches further up. At least one digit stays.
pub(crate) fn significant(value: f64, uncertainty: f64) -> String {
    let (value, place) = rounded(value, uncertainty);
    let decimals = usize::try_from(-place).unwrap_or(0);
    grouped(&format!("{value:.decimals$}"))
}

/// The value, rounded to a power of ten, and that power.
fn rounded(value: f64, uncertainty: f64) -> (f64, i32) {
    let power = |value: f64| value.abs().log10().floor().clamp(-300.0, 300.0) as i32;
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let at = |first: i32| {
        let supported = if uncertainty > 0.0 {
            power(uncertainty)
        } else {
            i32::MIN
        };
        let place = (first - DIGITS + 1).max(supported.min(first));
        // A negative power of ten is not exact, so that one divides by the positive power.
        let value = match place {
            0.. => (value / 10.0_f64.powi(place)).round() * 10.0_f64.powi(place),
            _ => (value * 10.0_f64.powi(-place)).round() / 10.0_f64.powi(-place),
        };
        (value, place)
    };
    let first = power(value);
    // 9.996 becomes 10.0: it has one digit more before the point.
    match at(first) {
        (value, _) if power(value) > first => at(first + 1),
        rounded => rounded,
    }
}

/// An exact count of instructions or allocations, in eighths at the finest.
pub(crate) fn exact(count: f64) -> String {
    let text = format!("{count:.3}");
    grouped(text.trim_end_matches('0').trim_end_matches('.'))
}

/// A comma before each three digits, from ten thousand on.
fn grouped(number: &str) -> String {
    let (whole, rest) = match number.find('.') {
        Some(point) => number.split_at(point),
        None => (number, ""),
    };
    if whole.trim_start_matches('-').len() < 5 {
        return number.to_owned();
    }
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

/// A part as a percentage with two digits: `0.0 %`, `2.6 %`, `19 %`.
pub(crate) fn percent(part: f64) -> String {
    match 100.0 * part {
        percent if percent < 9.95 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

/// Gigabytes a second of a row with a payload of a kibibyte or more.
pub(crate) fn rate(row: &RowReport) -> Option<String> {
    let bytes = row.payload.filter(|bytes| *bytes >= 1024)? as f64;
    let rate = bytes / row.ns.min;
    Some(significant(rate, rate * spread(row)))
}

/// A number of bytes.
pub(crate) fn bytes(count: u64) -> String {
    let (divisor, unit) = match count {
        0..1024 => (1, "B"),
        1024..1_048_576 => (1024, "KiB"),
        1_048_576..1_073_741_824 => (1 << 20, "MiB"),
        _ => (1 << 30, "GiB"),
    };
    match count % divisor {
        0 => format!("{} {unit}", count / divisor),
        _ => format!("{:.1} {unit}", count as f64 / divisor as f64),
    }
}

/// Words in lines of at most `width` characters. Lines after the first begin with `indent`.
pub(crate) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{indent}{word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_no_digit_that_its_uncertainty_swallows() {
        for (value, uncertainty, shown) in [
            (10.56, 0.27, "10.6"),
            (1.117, 0.001, "1.12"),
            (0.2712, 0.0, "0.271"),
            (23.69, 4.6, "24"),
            (88.0, 176.0, "90"),
            (9.996, 0.0, "10.0"),
            (96.0, 30.0, "100"),
            (5297.0, 16.0, "5300"),
            (19566.0, 3.0, "19,600"),
            (0.0, 1.0, "0"),
            (-1.26, 0.1, "-1.3"),
        ] {
            assert_eq!(significant(value, uncertainty), shown, "{value} within {uncertainty}");
        }
    }

    #[test]
    fn times_and_sizes_have_the_unit_that_keeps_them_short() {
        for (ns, uncertainty, shown) in [
            (0.2712, 0.0, "0.271 ns"),
            (162.508, 3.0, "163 ns"),
            (999.7, 0.0, "1.00 µs"),
            (5297.0, 16.0, "5.30 µs"),
            (2_064_277.0, 200_000.0, "2.1 ms"),
            (3e9, 0.0, "3.00 s"),
        ] {
            assert_eq!(time_within(ns, uncertainty), shown);
        }
        assert_eq!(
            (bytes(0), bytes(4096), bytes(1536), bytes(64 << 20)),
            ("0 B".into(), "4 KiB".into(), "1.5 KiB".into(), "64 MiB".into())
        );
    }

    #[test]
    fn an_exact_count_keeps_all_its_digits() {
        for (count, shown) in [
            (0.0, "0"),
            (5.25, "5.25"),
            (375.125, "375.125"),
            (27686.0, "27,686"),
            (1e6, "1,000,000"),
        ] {
            assert_eq!(exact(count), shown);
        }
    }

    #[test]
    fn words_are_never_cut_and_lines_never_too_long() {
        assert_eq!(wrapped("- one two three", 9, "  "), "- one two\n  three");
        assert_eq!(wrapped("incomprehensible word", 9, ""), "incomprehensible\nword");
        assert_eq!(wrapped("", 9, ""), "");
    }
}
