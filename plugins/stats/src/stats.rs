//! The plugin itself, without exports: the `tollgate` command contains it too, behind `inline`.

use super::moments::{Moments, Number};
use tollgate_plugin::{Block, COLUMNS, Config, Element, Error, Result, Sink, Value, operations};

/// The most columns that are supported. Their statistics take 1 GiB.
const MOST_COLUMNS: usize = 1 << 24;

/// Descriptive statistics of a block's columns.
///
/// They have no settings.
#[derive(Config)]
pub(crate) struct Stats {
    #[config(skip)]
    moments: Vec<Moments>,
}

#[operations]
impl Stats {
    /// For each column: the number of values that are not NaN, the number of NaN, mean, standard deviation (ddof 0),
    /// minimum and maximum.
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
            other => Err(Error::input(format!("cannot compute statistics of {other}"))),
        }?;
        let columns = &self.moments;
        output.texts(Names::of(input).take(columns.len()))?;
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
        self.clear(columns)?;
        // In chunks of rows, so that one pass over memory is enough for all columns.
        const ROWS: usize = 256;
        for rows in values.chunks(ROWS.saturating_mul(columns).max(1)) {
            for (column, moments) in self.moments.iter_mut().enumerate() {
                moments.add(rows.iter().skip(column).step_by(columns).map(|value| value.to_f64()));
            }
        }
        Ok(())
    }

    /// Starts again with this many columns. A block without rows can declare any number of them at no cost.
    fn clear(&mut self, columns: usize) -> Result<()> {
        self.moments.clear();
        let bytes = columns.saturating_mul(size_of::<Moments>());
        if columns > MOST_COLUMNS {
            return Err(Error::input(format!(
                "the input has {columns} columns; at most {MOST_COLUMNS} are supported: reshape it so that its last \
                    axis is shorter"
            )));
        }
        self.moments.try_reserve_exact(columns).map_err(|_| {
            Error::input(format!(
                "out of memory: the statistics of {columns} columns take {bytes} bytes: reshape the input so that its \
                    last axis is shorter"
            ))
        })?;
        self.moments.resize(columns, Moments::default());
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

/// An endless iterator over the columns' names: those that the block gives, then `c` and the column's
/// number.
#[derive(Clone)]
struct Names<'a> {
    given: std::str::SplitTerminator<'a, char>,
    column: u64,
}

impl<'a> Names<'a> {
    fn of(input: &Block<'a>) -> Self {
        let given = match input.attribute(COLUMNS) {
            Some(Value::Text(names)) => names,
            _ => "",
        };
        // A list of texts, each with a NUL at its end.
        let given = given.split_terminator('\0');
        Self { given, column: 0 }
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = Name<'a>;

    fn next(&mut self) -> Option<Name<'a>> {
        let column = self.column;
        self.column += 1;
        Some(self.given.next().map_or_else(|| Name::numbered(column), Name::Given))
    }
}

/// A column's name without an allocation: each call can have many columns.
enum Name<'a> {
    Given(&'a str),
    /// `c` and a number, at the end of the bytes, beginning at this one.
    Numbered([u8; 21], usize),
}

impl Name<'_> {
    fn numbered(column: u64) -> Self {
        let (mut bytes, mut at, mut rest) = ([b'c'; 21], 20, column);
        loop {
            bytes[at] = b'0' + (rest % 10) as u8;
            (at, rest) = (at - 1, rest / 10);
            if rest == 0 {
                return Self::Numbered(bytes, at);
            }
        }
    }
}

impl AsRef<str> for Name<'_> {
    fn as_ref(&self) -> &str {
        match self {
            Self::Given(name) => name,
            Self::Numbered(bytes, at) => str::from_utf8(&bytes[*at..]).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_without_a_name_is_called_by_its_number() {
        for column in [0, 9, 10, 123_456, u64::MAX] {
            assert_eq!(Name::numbered(column).as_ref(), format!("c{column}"));
        }
    }

    #[test]
    fn columns_beyond_the_names_that_are_given_have_numbers() {
        let attributes = [tollgate_plugin::Attribute::new(COLUMNS, Value::Text("a\0\0b\0"))];
        let input = Block::of(&[0.0; 5], &[1, 5], &attributes).unwrap();
        let names = Names::of(&input).take(5);
        let names: Vec<String> = names.map(|name| name.as_ref().to_owned()).collect();
        assert_eq!(names, ["a", "", "b", "c3", "c4"]);
    }
}
