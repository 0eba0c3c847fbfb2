//! `crates/abi/include/tollgate.h` from the contract's types: the template `crates/abi/tollgate.h.in` has the prose and
//! the macros; the types' own descriptions ([`LAYOUTS`], [`CODES`]) fill in structures, codes, numbers and
//! comments.

mod comment;
mod declaration;

use crate::source::{self, Error};
use comment::{beside, block, text};
use declaration::declaration;
use std::fmt::Write;
use std::path::Path;
use tollgate_abi::{
    ABI, CODES, COLUMNS, Codes, Docs, Element, LAYOUTS, Layout, MAX_RANK, OWNED, ROOM_ALIGNMENT, SAMPLE_RATE, STATE,
};

/// The generated file.
pub(crate) const FILE: &str = "crates/abi/include/tollgate.h";

const TEMPLATE: &str = "crates/abi/tollgate.h.in";

const NOTICE: &str = "\
/*
 * Generated from the types in crates/abi/src and from crates/abi/tollgate.h.in by `cargo xtask codegen`: change \
 those and run
 * that, not this file.
 */
";

/// The width of a line in columns.
const WIDTH: usize = 120;

/// The content of [`FILE`].
pub(crate) fn generate(root: &Path) -> Result<String, Error> {
    header(&source::read(&root.join(TEMPLATE))?).map_err(Error::Contract)
}

fn header(template: &str) -> Result<String, String> {
    let state = STATE.to_str().map_err(|error| error.to_string())?;
    let owned = OWNED.to_str().map_err(|error| error.to_string())?;
    let record = Element::record(0).map_or(0, |record| record.0 >> 24);
    let numbers = [
        ("@ABI@", ABI.to_string()),
        ("@MAX_RANK@", MAX_RANK.to_string()),
        ("@ROOM_ALIGNMENT@", ROOM_ALIGNMENT.to_string()),
        ("@RECORD@", record.to_string()),
        ("@COLUMNS@", COLUMNS.to_owned()),
        ("@SAMPLE_RATE@", SAMPLE_RATE.to_owned()),
        ("@STATE@", state.to_owned()),
        ("@OWNED@", owned.to_owned()),
    ];
    let mut header = NOTICE.to_owned();
    for line in template.lines() {
        let mut line = line.to_owned();
        for (marker, value) in &numbers {
            line = line.replace(marker, value);
        }
        if let Some((before, rest)) = line.split_once("@docs ") {
            let (name, after) = rest
                .split_once('@')
                .ok_or_else(|| format!("{line:?} has no second @"))?;
            let _ = writeln!(header, "{before}{}{after}", text(codes(name)?.docs)?.join(" "));
        } else if let Some(name) = marked(&line, "struct") {
            header.push_str(&structure(layout(name)?)?);
        } else if let Some(name) = marked(&line, "codes") {
            header.push_str(&defines(codes(name)?)?);
        } else {
            let _ = writeln!(header, "{line}");
        }
    }
    match header.lines().find(|line| line.contains('@')) {
        Some(line) => Err(format!("{TEMPLATE}: unknown placeholder {line:?}")),
        None => Ok(header),
    }
}

/// The name in a line that is `@kind name@`.
fn marked<'a>(line: &'a str, kind: &str) -> Option<&'a str> {
    let inside = line.strip_prefix('@')?.strip_suffix('@')?;
    inside.strip_prefix(kind)?.strip_prefix(' ')
}

fn layout(name: &str) -> Result<&'static Layout, String> {
    let found = LAYOUTS.iter().find(|layout| layout.name == name);
    found.ok_or_else(|| format!("unknown structure {name:?}"))
}

fn codes(name: &str) -> Result<&'static Codes, String> {
    let found = CODES.iter().find(|codes| codes.rust == name);
    found.ok_or_else(|| format!("unknown code {name:?}"))
}

/// A structure with its comments.
fn structure(layout: &Layout) -> Result<String, String> {
    let name = layout.name;
    let tag = declaration::tag(name);
    let mut lines = Vec::new();
    for field in layout.fields {
        let declared = declaration(layout, field)?;
        lines.push(Line::new(
            format!("    {declared};"),
            field.docs,
            declared.contains("(*"),
        )?);
    }
    Ok(format!(
        "{}typedef struct {tag} {{\n{}}} tollgate_{name}_t;\n",
        block(layout.docs, "")?,
        aligned(&lines)
    ))
}

/// The names of a code's values.
fn defines(codes: &Codes) -> Result<String, String> {
    let mut lines = Vec::new();
    for code in codes.codes {
        let name = comment::code(codes.rust, code.name).ok_or_else(|| format!("{} has no name in C", codes.rust))?;
        let value = match codes.rust {
            "Element" => format!("TOLLGATE_ELEMENT({}, {})", code.value >> 24, code.value & 0xff_ffff),
            "Status" => code.value.to_string(),
            _ => format!("{}u", code.value),
        };
        lines.push(Line::new(format!("#define {name} {value}"), code.docs, false)?);
    }
    Ok(aligned(&lines))
}

/// A declaration with its comment, above it or beside it.
struct Line {
    above: String,
    declared: String,
    beside: Option<String>,
}

impl Line {
    fn new(declared: String, docs: Docs, above: bool) -> Result<Self, String> {
        let beside = beside(docs)?.filter(|comment| !above && declared.len() + 1 + comment.chars().count() <= WIDTH);
        let above = if beside.is_some() {
            String::new()
        } else {
            block(docs, "    ")?
        };
        Ok(Self {
            above,
            declared,
            beside,
        })
    }

    /// Whether its comment may begin at this column.
    fn fits(&self, column: usize) -> bool {
        self.beside
            .as_ref()
            .is_some_and(|comment| column + comment.chars().count() <= WIDTH)
    }
}

/// Aligns the comments beside consecutive lines, as far as they fit into the width.
fn aligned(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut rest = lines;
    while let Some(first) = rest.first() {
        // A run: lines with a comment beside them that all fit at the column of the longest.
        let (mut run, mut column) = (1, first.declared.len() + 1);
        while let Some(next) = rest.get(run) {
            let wider = column.max(next.declared.len() + 1);
            if !rest[..=run].iter().all(|line| line.fits(wider)) {
                break;
            }
            (run, column) = (run + 1, wider);
        }
        for line in &rest[..run] {
            let _ = match &line.beside {
                Some(comment) => writeln!(text, "{:<width$}{comment}", line.declared, width = column),
                None => writeln!(text, "{}{}", line.above, line.declared),
            };
        }
        rest = &rest[run..];
    }
    text
}
