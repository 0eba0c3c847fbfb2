//! `tollgate view`.

use super::failure::{Failure, one_line};
use super::input::{self, Opened};
use super::{Progress, Report, draw, number};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use tollgate::view::{Access, ByteOrder, File, Item, Member, Number, Policy, Summary, Type, View};
use tollgate::{Element, SAMPLE_RATE};

/// How many elements are shown at each end.
const ENDS: u64 = 3;

const EXAMPLES: &str = "\
Examples:
  tollgate view samples/ecg.npy
  tollgate view scores.npz --member x
  zcat data.npy.gz | tollgate view -";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file: .npy, .npz, .wav or .safetensors, or `-` for standard input
    file: PathBuf,
    /// View the bytes as elements of this type, without converting them: u8, i16, f64, bool, c64, …
    #[arg(long = "as", value_name = "TYPE", value_parser = element)]
    element: Option<Element>,
    #[command(flatten)]
    input: input::Options,
}

fn element(name: &str) -> Result<Element, String> {
    Element::from_name(name)
        .filter(|element| *element != Element::TEXT)
        .ok_or_else(|| {
            let names = Element::NAMED.iter().filter(|(element, _)| *element != Element::TEXT);
            let names: Vec<&str> = names.map(|(_, name)| *name).collect();
            format!("unknown type; the types are {}", names.join(", "))
        })
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let _progress = Progress::spinner("reading");
    let Opened { file, stdin_bytes } = input::file(&arguments.file, &arguments.input)?;
    let member = arguments.input.member.as_deref();
    let whole = member.is_none() && arguments.element.is_none();
    if whole && file.members().len() != 1 && file.archive().is_some() {
        return Ok(listing(&arguments.file, &file, stdin_bytes));
    }
    let mut view = file.decode(member)?;
    if let Some(element) = arguments.element {
        view = view.reinterpreted(element)?;
    }
    if view.element() == Element::BOOL {
        // Only 0 and 1 are valid.
        view.elements::<bool>(Policy::IN_PLACE)?;
    }
    let mut json = json(&view, stdin_bytes);
    if file.archive().is_some() {
        json["members"] = file.members().iter().map(entry).collect();
    }
    Ok(Report::new(text(&view, stdin_bytes), json))
}

/// The report on a mapped file; for the demo.
pub(crate) fn report(file: &Path) -> Result<Report, Failure> {
    let view = input::open(file, &input::Options::default(), false)?.view;
    Ok(Report::new(text(&view, None), json(&view, None)))
}

/// A member of an archive, without viewing it.
fn entry(member: &Member) -> Json {
    json!({"name": member.name, "bytes": member.bytes, "compressed": member.compressed})
}

/// Lists an archive's members: type and shape of those that can be viewed in place, the size of others.
fn listing(path: &Path, file: &File, stdin_bytes: Option<usize>) -> Report {
    let format = file.archive().unwrap_or_default();
    let name = match stdin_bytes {
        Some(_) => "standard input".to_owned(),
        None => path.display().to_string(),
    };
    let mut text = format!("{name}: {format}, {} members\n", file.members().len());
    text.push_str(&input::note(stdin_bytes));
    let mut members = Vec::new();
    for member in file.members() {
        let mut entry = entry(member);
        text.push_str(&format!("  {}: ", one_line(&member.name)));
        match file.view(Some(&member.name)) {
            Ok(view) => {
                text.push_str(&format!(
                    "{} of {}, {} at byte {}\n",
                    number::shape(view.shape()),
                    view.kind(),
                    view.access().name(),
                    view.offset()
                ));
                entry.as_object_mut().expect("it was made as one").extend(lie(&view));
            }
            Err(_) if member.compressed => text.push_str(&format!("compressed, {} bytes when decoded\n", member.bytes)),
            Err(error) => {
                let refusal = error.refusal().to_string();
                text.push_str(&format!("{}\n", one_line(&refusal)));
                entry["refused"] = refusal.into();
            }
        }
        members.push(entry);
    }
    if !members.is_empty() {
        text.push_str("use --member NAME to show one of them\n");
    }
    let document = json!({
        "file": name,
        "format": format,
        "member": null,
        "stdin_bytes": stdin_bytes,
        "members": members,
    });
    Report::new(text, document)
}

/// A view's type and layout: everything that is known without reading its elements.
fn lie(view: &View) -> Map<String, Json> {
    let report = view.report();
    let fields = json!({
        "element": view.kind().to_string(),
        "shape": view.shape(),
        "order": view.order().name(),
        "strides": view.strides(),
        "byte_order": view.byte_order().name(),
        "offset": view.offset(),
        "alignment": view.alignment(),
        "access": report.access.name(),
        "why": (!report.why.is_empty()).then(|| report.why.to_string()),
        "copied_bytes": report.copied_bytes,
    });
    match fields {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

pub(crate) fn json(view: &View, stdin_bytes: Option<usize>) -> Json {
    let (first, last) = ends(view);
    let summary = view.summary(0);
    let number = |number: Option<Number>| number.map_or(Json::Null, |number| item_json(&shown(view, number)));
    let list = |items: &[Item]| Json::Array(items.iter().map(item_json).collect());
    let mut document = json!({
        "file": view.path().display().to_string(),
        "format": view.format(),
        "member": view.member(),
        "stdin_bytes": stdin_bytes,
    });
    let values = json!({
        "first": list(&first),
        "last": list(&last),
        "min": number(summary.as_ref().and_then(|summary| summary.min)),
        "max": number(summary.as_ref().and_then(|summary| summary.max)),
        "mean": summary.as_ref().and_then(|summary| mean(view, summary)).map_or(Json::Null, number::real),
        "nan_count": summary.as_ref().map(|summary| summary.nan_count),
        "fields": fields(view.kind()),
        "decoded": decoded(view).map(|element| element.to_string()),
        "members": null,
    });
    if let (Json::Object(document), Json::Object(values)) = (&mut document, values) {
        document.extend(lie(view));
        document.extend(values);
    }
    document
}

fn text(view: &View, stdin_bytes: Option<usize>) -> String {
    let mut text = heading(view, view.report().copied_bytes as usize);
    text.push_str(&input::note(stdin_bytes));
    if let Type::Record(record) = view.kind() {
        text.push_str(&draw::layout(record));
    }
    if let Some(element) = decoded(view) {
        text.push_str(&format!(
            "  numbers are decoded into {element}, in its upper bytes, and shown as such\n"
        ));
    }
    let (first, last) = ends(view);
    let list = |items: &[Item]| items.iter().map(item_text).collect::<Vec<_>>().join(", ");
    text.push_str(&format!("  first {} … last {}\n", list(&first), list(&last)));
    if let Some(summary) = view.summary(0) {
        let optional =
            |number: Option<Number>| number.map_or_else(|| "none".to_owned(), |number| item_text(&shown(view, number)));
        let (min, max, nan) = (optional(summary.min), optional(summary.max), summary.nan_count);
        let mean = mean(view, &summary).map_or_else(|| "none".to_owned(), number::short);
        text.push_str(&match view.kind() {
            // Complex numbers are not ordered.
            Type::Plain(Element::C64 | Element::C128) => format!("  NaN {nan}\n"),
            Type::DateTime(_) | Type::TimeDelta(_) => format!("  min {min}, max {max}, NaT {nan}\n"),
            _ => format!("  min {min}, max {max}, mean {mean}, NaN {nan}\n"),
        });
        let sound = view.attributes().iter().any(|attribute| attribute.key() == SAMPLE_RATE);
        let picture = if sound {
            draw::waveform(view)
        } else {
            draw::histogram(view, &summary)
        };
        text.push_str(&picture.unwrap_or_default());
    }
    text
}

/// The type that packed numbers are decoded into and shown as.
fn decoded(view: &View) -> Option<Element> {
    matches!(view.kind(), Type::Packed(_)).then(|| view.element())
}

/// A record's fields as JSON; null for other types.
fn fields(kind: &Type) -> Json {
    let Type::Record(record) = kind else {
        return Json::Null;
    };
    let fields = record.fields.iter().map(|field| {
        json!({
            "name": field.name,
            "offset": field.offset,
            "bytes": field.bytes(),
            "element": field.kind.to_string(),
            "byte_order": field.byte_order.name(),
            "shape": field.shape,
            "fields": fields(&field.kind),
        })
    });
    fields.collect()
}

/// The first and last elements in C order.
fn ends(view: &View) -> (Vec<Item>, Vec<Item>) {
    let count = view.count() as u64;
    let items = |range: std::ops::Range<u64>| range.filter_map(|index| view.item(index)).collect();
    (items(0..count.min(ENDS)), items(count.saturating_sub(ENDS)..count))
}

fn is_time(view: &View) -> bool {
    matches!(view.kind(), Type::DateTime(_) | Type::TimeDelta(_))
}

/// A number of the summary as an element of the view's type.
fn shown(view: &View, number: Number) -> Item {
    match (view.kind(), number) {
        (Type::DateTime(unit) | Type::TimeDelta(unit), Number::Signed(count)) => Item::Time(Some(count), unit.clone()),
        _ => Item::Number(number),
    }
}

/// The mean, or `None` for times: they are counted from an arbitrary origin.
fn mean(view: &View, summary: &Summary) -> Option<f64> {
    if is_time(view) { None } else { summary.mean }
}

fn item_json(item: &Item) -> Json {
    match item {
        Item::Number(number) => number::exact(*number),
        Item::Bool(value) => (*value).into(),
        Item::Complex(re, im) => json!([number::exact(*re), number::exact(*im)]),
        Item::Text(text) => text.as_str().into(),
        Item::Bytes(bytes) => bytes.escape_ascii().to_string().into(),
        Item::Time(Some(count), _) => (*count).into(),
        Item::Time(None, _) => "NaT".into(),
        Item::Record(fields) => {
            let fields = fields.iter().map(|(name, item)| (name.clone(), item_json(item)));
            Json::Object(fields.collect())
        }
        Item::List(items) => Json::Array(items.iter().map(item_json).collect()),
        other => other.to_string().into(),
    }
}

fn item_text(item: &Item) -> String {
    match item {
        Item::Number(number) => number::short_exact(*number),
        other => other.to_string(),
    }
}

/// A file's type and layout in two lines, and how many bytes were copied.
pub(crate) fn heading(view: &View, copied_bytes: usize) -> String {
    let bytes = view.as_bytes().len();
    let report = view.report();
    let why = if report.why.is_empty() {
        String::new()
    } else {
        format!(" ({})", report.why)
    };
    let name = match view.member() {
        Some(member) => format!("{}:{}", view.path().display(), one_line(member)),
        None => view.path().display().to_string(),
    };
    let order = match view.byte_order() {
        ByteOrder::Any => String::new(),
        order => format!(", {}-endian", order.name()),
    };
    format!(
        "{name}: {}, {} of {} in {} order{order}\n  {bytes} bytes at offset {}, {} at an address that is a multiple \
            of {}: {}{why}, {copied_bytes} bytes copied\n",
        view.format(),
        number::shape(view.shape()),
        view.kind(),
        view.order().name(),
        view.offset(),
        if view.is_mapped() { "mapped" } else { "read into memory" },
        view.alignment(),
        match report.access {
            Access::Copied if copied_bytes == 0 => "available only as a copy",
            access => access.name(),
        },
    )
}
