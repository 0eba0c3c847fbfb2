//! Formats an operation's output as its manifest declares it. No plugin is special.

use super::failure::one_line;
use super::number;
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use serde_json::{Map, Value as Json, json};
use std::io::IsTerminal;
use tollgate::view::{Number, Summary, summarize};
use tollgate::{Block, Column, Element, Gives, Output};

/// A cell of a table.
enum Cell {
    Text(String),
    Number(Number),
    Other(String),
}

/// An operation's output as a JSON document.
pub(crate) fn json(output: &Output) -> Json {
    if let (Gives::Table { rows, .. }, Some(columns)) = (output.gives(), output.columns()) {
        let columns: Vec<_> = columns.map(|(column, block)| (column, cells(&block))).collect();
        let count = columns.first().map_or(0, |(_, cells)| cells.len());
        let mut list = Vec::with_capacity(count);
        for row in 0..count {
            let mut object = Map::new();
            for (column, cells) in &columns {
                object.insert(column.name.clone(), cell_json(&cells[row]));
            }
            list.push(Json::Object(object));
        }
        return json!({ rows.as_str(): list });
    }
    match output.block() {
        Some(block) => {
            let mut object = Map::new();
            object.insert("element".to_owned(), block.element().to_string().into());
            object.insert("shape".to_owned(), block.shape().into());
            if let Some(summary) = summarize(block.element(), block.as_bytes(), 3) {
                object.extend(summary_json(&summary));
            }
            Json::Object(object)
        }
        None => Json::Null,
    }
}

/// An operation's output for people.
pub(crate) fn text(output: &Output) -> String {
    if let Some(columns) = output.columns() {
        let columns: Vec<_> = columns.map(|(column, block)| (column, cells(&block))).collect();
        return table_text(&columns);
    }
    match output.block() {
        Some(block) => {
            let mut text = format!("{}, {}\n", block.element(), number::shape(block.shape()));
            if let Some(summary) = summarize(block.element(), block.as_bytes(), 3) {
                text.push_str(&summary_text(&summary));
            }
            text
        }
        None => "no output\n".to_owned(),
    }
}

fn table_text(columns: &[(&Column, Vec<Cell>)]) -> String {
    let mut table = plain_table();
    table.set_header(columns.iter().map(|(column, _)| {
        if column.unit.is_empty() {
            column.name.clone()
        } else {
            format!("{} ({})", column.name, column.unit)
        }
    }));
    for row in 0..columns.first().map_or(0, |(_, cells)| cells.len()) {
        table.add_row(columns.iter().map(|(_, cells)| match &cells[row] {
            Cell::Text(text) => comfy_table::Cell::new(one_line(text)),
            Cell::Number(value) => {
                comfy_table::Cell::new(number::short_exact(*value)).set_alignment(CellAlignment::Right)
            }
            Cell::Other(text) => comfy_table::Cell::new(text).set_alignment(CellAlignment::Right),
        }));
    }
    format!("{}\n", table.trim_fmt())
}

/// A table as all commands print it.
pub(crate) fn plain_table() -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table
}

/// The width of the terminal that standard output is, if it is one. Asked only of a terminal: the crate would look at
/// the other standard streams as well.
pub(crate) fn terminal_width() -> Option<u16> {
    let (width, _) = terminal_size::terminal_size().filter(|_| std::io::stdout().is_terminal())?;
    Some(width.0)
}

fn cells(block: &Block<'_>) -> Vec<Cell> {
    let bytes = block.as_bytes();
    if block.element() == Element::TEXT {
        let text = String::from_utf8_lossy(bytes);
        return text
            .split_terminator('\0')
            .map(|text| Cell::Text(text.to_owned()))
            .collect();
    }
    // If the ends are long enough they hold all elements; there are never more elements than bytes.
    match summarize(block.element(), bytes, bytes.len()) {
        Some(summary) => summary.first.into_iter().map(Cell::Number).collect(),
        None => bytes
            .chunks_exact(block.element().bytes().max(1))
            .map(|element| {
                let digits: Vec<String> = element.iter().map(|byte| format!("{byte:02x}")).collect();
                Cell::Other(digits.concat())
            })
            .collect(),
    }
}

fn cell_json(cell: &Cell) -> Json {
    match cell {
        Cell::Text(text) | Cell::Other(text) => text.as_str().into(),
        Cell::Number(value) => number::exact(*value),
    }
}

/// A summary's fields, as every JSON document has them.
pub(crate) fn summary_json(summary: &Summary) -> Map<String, Json> {
    let list = |numbers: &[Number]| Json::Array(numbers.iter().map(|value| number::exact(*value)).collect());
    let optional = |value: Option<Number>| value.map_or(Json::Null, number::exact);
    let mut fields = Map::new();
    fields.insert("first".to_owned(), list(&summary.first));
    fields.insert("last".to_owned(), list(&summary.last));
    fields.insert("min".to_owned(), optional(summary.min));
    fields.insert("max".to_owned(), optional(summary.max));
    fields.insert("mean".to_owned(), summary.mean.map_or(Json::Null, number::real));
    fields.insert("nan_count".to_owned(), summary.nan_count.into());
    fields
}

/// A summary for people: two lines.
pub(crate) fn summary_text(summary: &Summary) -> String {
    let list = |numbers: &[Number]| {
        let numbers: Vec<String> = numbers.iter().map(|value| number::short_exact(*value)).collect();
        numbers.join(", ")
    };
    let optional = |value: Option<Number>| value.map_or_else(|| "none".to_owned(), number::short_exact);
    format!(
        "first {} … last {}\nmin {}, max {}, mean {}, NaN {}\n",
        list(&summary.first),
        list(&summary.last),
        optional(summary.min),
        optional(summary.max),
        summary.mean.map_or_else(|| "none".to_owned(), number::short),
        summary.nan_count
    )
}
