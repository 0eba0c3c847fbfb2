//! An output as text for people.

use super::cell::{Cell, cells};
use super::output::Output;
use std::fmt::{self, Write};
use tollgate_abi::Block;
use tollgate_platform::sentence::one_line;

/// The significant digits of a real number, unless the format has a precision.
const DIGITS: usize = 6;

/// The elements of a block that are shown.
const ELEMENTS: usize = 8;

/// A table with a line for each row, aligned; or a block's shape, type and first elements, on one line. It does not end
/// with a line break.
///
/// Real numbers have six significant digits, or as many as the format's precision: `{table:.3}`. The exact values are
/// those of [`column`](Output::column). Control characters in texts are escaped.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(DIGITS);
        if self.columns().is_some() {
            return self.fmt_table(f, digits);
        }
        match self.block() {
            Some(block) => fmt_block(&block, f, digits),
            None => f.write_str("no output"),
        }
    }
}

/// A column as it is shown.
struct Shown {
    title: String,
    /// Numbers end at the same place; texts begin there.
    right: bool,
    cells: Vec<String>,
    width: usize,
}

impl Output {
    fn fmt_table(&self, f: &mut fmt::Formatter<'_>, digits: usize) -> fmt::Result {
        let shown = |(column, block): (&crate::Column, Block<'_>)| {
            let title = match column.unit.as_str() {
                "" => one_line(&column.name),
                unit => one_line(&format!("{} ({unit})", column.name)),
            };
            let cells: Vec<Cell<'_>> = cells(&block).collect();
            let right = !matches!(cells.first(), Some(Cell::Text(_)));
            let cells: Vec<String> = cells.into_iter().map(|cell| cell.shown(digits)).collect();
            let widths = cells.iter().chain([&title]).map(|text| text.chars().count());
            let width = widths.max().unwrap_or(0);
            Shown {
                title,
                right,
                cells,
                width,
            }
        };
        let columns: Vec<Shown> = self.columns().into_iter().flatten().map(shown).collect();
        let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
        let line = |text: &dyn Fn(&Shown) -> String| -> Result<String, fmt::Error> {
            let mut line = String::new();
            for (index, column) in columns.iter().enumerate() {
                let (text, width) = (text(column), column.width);
                if index > 0 {
                    line.push_str("  ");
                }
                if column.right {
                    write!(line, "{text:>width$}")?;
                } else {
                    write!(line, "{text:<width$}")?;
                }
            }
            Ok(line)
        };
        f.write_str(line(&|column| column.title.clone())?.trim_end())?;
        for row in 0..rows {
            let cells = line(&|column| column.cells.get(row).cloned().unwrap_or_default())?;
            write!(f, "\n{}", cells.trim_end())?;
        }
        Ok(())
    }
}

fn fmt_block(block: &Block<'_>, f: &mut fmt::Formatter<'_>, digits: usize) -> fmt::Result {
    match block.shape() {
        [] => write!(f, "{}:", block.element())?,
        shape => {
            let axes: Vec<String> = shape.iter().map(u64::to_string).collect();
            write!(f, "{} of {}:", axes.join(" × "), block.element())?;
        }
    }
    let mut elements = cells(block);
    for cell in elements.by_ref().take(ELEMENTS) {
        write!(f, " {}", cell.shown(digits))?;
    }
    if elements.next().is_some() {
        f.write_str(" …")?;
    }
    Ok(())
}
