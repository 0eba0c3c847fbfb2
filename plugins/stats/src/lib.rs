//! Descriptive statistics of a block's columns, in one pass over its memory.
//!
//! The last axis of a block is its columns and all axes before it are rows; a block of one axis is one column.
//! NaN values are counted apart and skipped. Sums are in `f64`, whatever the element type, so integers beyond 2^53 are
//! rounded to the nearest `f64` first.

#![forbid(unsafe_code)]

mod moments;

use moments::{Moments, Number};
use tollgate_plugin::{Block, COLUMNS, Config, Element, Error, Result, Sink, Value, export, operations, texts};

/// Statistics have no settings.
#[derive(Config)]
pub struct Stats {
    #[config(skip)]
    moments: Vec<Moments>,
}

#[operations]
impl Stats {
    /// Per column: values that are not NaN, NaN values, mean, standard deviation (ddof 0), least and greatest value.
    #[operation(
        takes = [f64, f32, i64, i32, i16, i8, u64, u32, u16, u8],
        gives = table(columns { name: text, count: u64, nan_count: u64, mean: f64, std: f64, min: f64, max: f64 }),
        state = stateless
    )]
    fn describe(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        match input.element() {
            Element::F64 => self.fill::<f64>(input),
            Element::F32 => self.fill::<f32>(input),
            Element::I64 => self.fill::<i64>(input),
            Element::I32 => self.fill::<i32>(input),
            Element::I16 => self.fill::<i16>(input),
            Element::I8 => self.fill::<i8>(input),
            Element::U64 => self.fill::<u64>(input),
            Element::U32 => self.fill::<u32>(input),
            Element::U16 => self.fill::<u16>(input),
            Element::U8 => self.fill::<u8>(input),
            other => Err(Error::input(format!("statistics of {other} are not defined here"))),
        }?;
        let columns = &self.moments;
        output.texts((0..columns.len()).map(|column| name(input, column)))?;
        write(output, columns, Moments::count)?;
        write(output, columns, |moments| moments.nan_count)?;
        write(output, columns, Moments::mean)?;
        write(output, columns, Moments::std)?;
        write(output, columns, Moments::min)?;
        write(output, columns, Moments::max)
    }
}

impl Stats {
    fn fill<T: Number>(&mut self, input: &Block<'_>) -> Result<()> {
        let values = input.as_slice::<T>()?;
        let columns = match input.shape() {
            [] | [_] => 1,
            [.., columns] => usize::try_from(*columns)?,
        };
        self.moments.clear();
        self.moments.resize(columns, Moments::default());
        // In chunks of rows, so that one pass over memory serves all columns.
        const ROWS: usize = 256;
        for rows in values.chunks(ROWS.saturating_mul(columns).max(1)) {
            for (column, moments) in self.moments.iter_mut().enumerate() {
                moments.add(rows.iter().skip(column).step_by(columns).map(|value| value.to_f64()));
            }
        }
        Ok(())
    }
}

fn write<T: tollgate_plugin::Scalar>(
    output: &mut Sink<'_>,
    columns: &[Moments],
    value: impl Fn(&Moments) -> T,
) -> Result<()> {
    for (to, moments) in output.reserve::<T>(columns.len())?.iter_mut().zip(columns) {
        *to = value(moments);
    }
    output.commit()
}

fn name(input: &Block<'_>, column: usize) -> String {
    let given = match input.attribute(COLUMNS) {
        Some(Value::Text(names)) => texts(names).nth(column),
        _ => None,
    };
    given.map_or_else(|| format!("c{column}"), str::to_owned)
}

export!(Stats);
