//! An output as a document.

use super::cell::{Cell, cells, hexadecimal};
use super::output::Output;
use crate::manifest::{Column, Gives};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeTuple, Serializer};
use tollgate_abi::Block;

/// A table is a map with one entry, as in the documents of the command: what a row stands for, and the list of rows,
/// each a map from column to value. A block is a map of `element` (the name of its type), `shape` and `values`, the
/// elements in C order. No output is nothing (`null` in JSON).
///
/// A complex number is a list of two numbers, and an element of a type that Rust has none for is a text of hexadecimal
/// digits. JSON has no NaN and no infinities: `serde_json` writes `null`.
impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let (Gives::Table { rows, .. }, Some(columns)) = (self.gives(), self.columns()) {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(rows, &Rows::new(columns))?;
            return map.end();
        }
        match self.block() {
            Some(block) => {
                let mut map = serializer.serialize_map(Some(3))?;
                map.serialize_entry("element", &block.element().to_string())?;
                map.serialize_entry("shape", block.shape())?;
                map.serialize_entry("values", &Values(&block))?;
                map.end()
            }
            None => serializer.serialize_none(),
        }
    }
}

struct Rows<'a> {
    names: Vec<&'a str>,
    columns: Vec<Vec<Cell<'a>>>,
}

impl<'a> Rows<'a> {
    fn new(columns: impl Iterator<Item = (&'a Column, Block<'a>)>) -> Self {
        let (names, columns) = columns
            .map(|(column, block)| (column.name.as_str(), cells(&block).collect()))
            .unzip();
        Self { names, columns }
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.columns.first().map_or(0, Vec::len);
        let mut list = serializer.serialize_seq(Some(rows))?;
        for row in 0..rows {
            list.serialize_element(&Row { table: self, row })?;
        }
        list.end()
    }
}

struct Row<'a> {
    table: &'a Rows<'a>,
    row: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.table.names.len()))?;
        for (name, cells) in self.table.names.iter().zip(&self.table.columns) {
            // Every column has as many rows: the output was compared with its manifest.
            map.serialize_entry(name, &cells.get(self.row))?;
        }
        map.end()
    }
}

struct Values<'a, 'b>(&'a Block<'b>);

impl Serialize for Values<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(cells(self.0))
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Unsigned(value) => serializer.serialize_u64(*value),
            Cell::Signed(value) => serializer.serialize_i64(*value),
            Cell::Single(value) => serializer.serialize_f32(*value),
            Cell::Double(value) => serializer.serialize_f64(*value),
            Cell::Boolean(value) => serializer.serialize_bool(*value),
            Cell::Complex(real, imaginary) => {
                let mut parts = serializer.serialize_tuple(2)?;
                parts.serialize_element(real)?;
                parts.serialize_element(imaginary)?;
                parts.end()
            }
            Cell::Bytes(bytes) => serializer.serialize_str(&hexadecimal(bytes)),
        }
    }
}
