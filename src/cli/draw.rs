//! Pictures in a terminal: a record's layout, a waveform, a histogram.

use super::failure::one_line;
use super::number;
use tollgate::view::{ByteOrder, Field, Record, Summary, Type, View};

/// The width of a picture in columns.
const WIDTH: usize = 64;
const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A record larger than this is listed without a map.
const LARGEST_MAP: usize = 512;
const MAP_ROW: usize = 32;

/// Lists a record's fields and padding with their offsets, then draws a map with one character for each byte.
pub(crate) fn layout(record: &Record) -> String {
    let mut text = String::new();
    let mut map = vec!['·'; record.bytes as usize];
    for (index, field) in record.fields.iter().enumerate() {
        mark(field, field.offset as usize, letter(index), &mut map);
    }
    let padding = map.iter().filter(|byte| **byte == '·').count();
    text.push_str(&format!(
        "  record size {} bytes, of which {padding} are padding\n",
        record.bytes
    ));
    list(record, 0, "  ", &mut text);
    if map.len() <= LARGEST_MAP {
        for (row, bytes) in map.chunks(MAP_ROW).enumerate() {
            let groups: Vec<String> = bytes.chunks(8).map(|group| group.iter().collect()).collect();
            text.push_str(&format!("  {:>5}  {}\n", row * MAP_ROW, groups.join(" ")));
        }
    }
    text
}

fn letter(index: usize) -> char {
    char::from(b'a' + (index % 26) as u8)
}

/// Marks a field's bytes, without the padding of records inside it.
fn mark(field: &Field, start: usize, letter: char, map: &mut [char]) {
    let Type::Record(inner) = &field.kind else {
        map[start..][..field.bytes()].fill(letter);
        return;
    };
    for element in (start..start + field.bytes()).step_by((inner.bytes as usize).max(1)) {
        for field in &inner.fields {
            mark(field, element + field.offset as usize, letter, map);
        }
    }
}

/// Writes one line for each field and each run of padding, in order of offset. Nested records are indented.
fn list(record: &Record, start: u64, indent: &str, text: &mut String) {
    let mut end = 0;
    let gap = |from: usize, to: usize, text: &mut String| {
        if to > from {
            let offset = start + from as u64;
            text.push_str(&format!("{indent}{offset:>5}  ·    {}\n", padding(to - from)));
        }
    };
    for (index, field) in record.fields.iter().enumerate() {
        gap(end, field.offset as usize, text);
        let letter = if indent.len() == 2 { letter(index) } else { ' ' };
        let axes: String = field.shape.iter().map(|axis| format!("[{axis}]")).collect();
        let order = match field.byte_order {
            ByteOrder::Any | ByteOrder::Mixed => String::new(),
            order => format!(", {}-endian", order.name()),
        };
        text.push_str(&format!(
            "{indent}{:>5}  {letter}    {}: {}{axes}{order}\n",
            start + u64::from(field.offset),
            one_line(&field.name),
            field.kind
        ));
        if let Type::Record(inner) = &field.kind {
            list(inner, start + u64::from(field.offset), &format!("{indent}    "), text);
        }
        end = end.max(field.offset as usize + field.bytes());
    }
    gap(end, record.bytes as usize, text);
}

fn padding(bytes: usize) -> String {
    format!("{bytes} byte{} of padding", if bytes == 1 { "" } else { "s" })
}

/// The peak magnitude of the first channel of sound in each column.
pub(crate) fn waveform(view: &View) -> Option<String> {
    let channels = match view.shape() {
        [_] => 1,
        [_, channels] => *channels as usize,
        _ => return None,
    };
    let frames = view.count() / channels.max(1);
    if frames == 0 {
        return None;
    }
    let columns = WIDTH.min(frames);
    // 8-bit samples are unsigned: silence is 128.
    let rest = if view.element() == tollgate::Element::U8 {
        128.0
    } else {
        0.0
    };
    let mut peaks = vec![0.0_f64; columns];
    let mut at = 0;
    view.for_each_real(|value| {
        if at % channels == 0 {
            let peak = &mut peaks[at / channels * columns / frames];
            // `max` ignores NaN.
            *peak = peak.max((value - rest).abs());
        }
        at += 1;
    });
    let greatest = peaks.iter().copied().fold(0.0, f64::max);
    let of = if channels == 1 { "" } else { " of the first channel" };
    let about = if rest == 0.0 {
        String::new()
    } else {
        format!(" about {rest}")
    };
    Some(format!(
        "  {}\n  peaks{of}{about}; the greatest is {}\n",
        bars(&peaks),
        number::short(greatest)
    ))
}

/// A histogram of the values between the finite minimum and maximum.
pub(crate) fn histogram(view: &View, summary: &Summary) -> Option<String> {
    let (min, max) = (summary.min?.to_f64(), summary.max?.to_f64());
    let real = matches!(view.kind(), Type::Plain(_) | Type::Packed(_));
    if !(real && min.is_finite() && max.is_finite() && (max - min).is_finite() && min < max) {
        return None;
    }
    let mut bins = vec![0_u64; WIDTH];
    view.for_each_real(|value| {
        if !value.is_nan() {
            let at = (value - min) / (max - min) * WIDTH as f64;
            bins[(at as usize).min(WIDTH - 1)] += 1;
        }
    });
    let counts: Vec<f64> = bins.iter().map(|count| *count as f64).collect();
    let most = bins.iter().max().copied().unwrap_or_default();
    Some(format!(
        "  {}\n  histogram from {} to {}: {WIDTH} bins, at most {most} per bin\n",
        bars(&counts),
        number::short(min),
        number::short(max)
    ))
}

/// One character for each value. A value above zero is never blank.
fn bars(values: &[f64]) -> String {
    let greatest = values.iter().copied().fold(0.0, f64::max);
    let level = |value: &f64| match *value / greatest {
        share if share > 0.0 => ((share * 8.0).round() as usize).clamp(1, 8),
        _ => 0,
    };
    values.iter().map(|value| LEVELS[level(value)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_inside_and_between_is_drawn_where_it_lies() {
        let field = |name: &str, offset, kind: Type, shape: &[u64]| Field {
            name: name.to_owned(),
            offset,
            kind,
            byte_order: ByteOrder::NATIVE,
            shape: shape.to_vec(),
        };
        let inner = Record {
            bytes: 4,
            fields: vec![field("x", 1, tollgate::Element::I16.into(), &[])],
        };
        let record = Record {
            bytes: 14,
            fields: vec![
                field("n", 0, tollgate::Element::U32.into(), &[]),
                field("many", 5, Type::Record(inner), &[2]),
            ],
        };
        let text = layout(&record);
        assert!(
            text.starts_with("  record size 14 bytes, of which 6 are padding\n      0  a    n: u32, "),
            "{text}"
        );
        assert!(
            text.contains("      4  ·    1 byte of padding\n      5  b    many: record of 4 bytes[2], "),
            "{text}"
        );
        assert!(
            text.ends_with("     13  ·    1 byte of padding\n      0  aaaa··bb ··bb··\n"),
            "{text}"
        );
    }

    #[test]
    fn bars_are_as_high_as_their_share_and_never_vanish() {
        assert_eq!(bars(&[0.0, 0.001, 4.0, 8.0]), " ▁▄█");
        assert_eq!(bars(&[0.0, 0.0]), "  ");
        assert_eq!(bars(&[]), "");
    }
}
