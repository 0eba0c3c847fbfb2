//! An output's values as typed slices.

use super::output::Output;
use crate::error::Error;
use crate::manifest::{Column, Gives};
use tollgate_abi::{Block, Element, Scalar, texts};

impl Output {
    /// The values of the column called `name`, in place.
    ///
    /// ```
    /// # use tollgate_host::{Error, Output};
    /// fn means(table: &Output) -> Result<&[f64], Error> {
    ///     table.column::<f64>("mean")
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] names the columns that there are; [`Error::ElementNotGiven`] names the type of the
    /// column's elements. A column of texts is read by [`texts`](Self::texts).
    pub fn column<T: Scalar>(&self, name: &str) -> Result<&[T], Error> {
        let (column, block) = self.find(name)?;
        block
            .as_slice()
            .map_err(|_| self.column_not_given(column, T::ELEMENT, block.element()))
    }

    /// The texts of the column called `name`, in place.
    ///
    /// # Errors
    /// As for [`column`](Self::column).
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, Error> {
        let (column, block) = self.find(name)?;
        match texts_of(&block) {
            Some(list) => Ok(list.collect()),
            None => Err(self.column_not_given(column, Element::TEXT, block.element())),
        }
    }

    /// The elements of the block in C order, in place.
    ///
    /// # Errors
    /// [`Error::NoBlock`], if the operation gave none; [`Error::ElementNotGiven`] names the type of its elements.
    pub fn values<T: Scalar>(&self) -> Result<&[T], Error> {
        let block = self.block().ok_or_else(|| Error::NoBlock {
            plugin: self.plugin().to_owned(),
            operation: self.operation().to_owned(),
            gives: self.phrase().to_owned(),
        })?;
        block.as_slice().map_err(|_| {
            let instead = match is_scalar(block.element()) {
                true => format!("values::<{}>", block.element()),
                false => "block".to_owned(),
            };
            self.not_given("the block".to_owned(), T::ELEMENT, block.element(), instead)
        })
    }

    /// The number of rows, if the operation gave a table.
    pub fn rows(&self) -> Option<usize> {
        let (_, first) = self.columns()?.next()?;
        Some(match texts_of(&first) {
            Some(texts) => texts.count(),
            None => first.shape().first().map_or(0, |rows| *rows as usize),
        })
    }

    fn find(&self, name: &str) -> Result<(&Column, Block<'_>), Error> {
        let found = self
            .columns()
            .and_then(|mut all| all.find(|(column, _)| column.name == name));
        found.ok_or_else(|| Error::UnknownColumn {
            plugin: self.plugin().to_owned(),
            operation: self.operation().to_owned(),
            column: name.to_owned(),
            known: self
                .columns()
                .map_or_else(Vec::new, |all| all.map(|(column, _)| column.name.clone()).collect()),
            gives: self.phrase().to_owned(),
        })
    }

    /// A column's memory is aligned and in C order, so only its type can be another one.
    #[cold]
    fn column_not_given(&self, column: &Column, requested: Element, found: Element) -> Error {
        let instead = match found {
            Element::TEXT => "texts".to_owned(),
            found if is_scalar(found) => format!("column::<{found}>"),
            _ => "columns".to_owned(),
        };
        self.not_given(format!("the column {:?}", column.name), requested, found, instead)
    }

    #[cold]
    fn not_given(&self, part: String, requested: Element, found: Element, instead: String) -> Error {
        Error::ElementNotGiven {
            plugin: self.plugin().to_owned(),
            operation: self.operation().to_owned(),
            part,
            requested,
            found,
            instead,
        }
    }

    /// What it is.
    fn phrase(&self) -> &'static str {
        match self.gives() {
            _ if self.block().is_some() => "a block",
            Gives::Table { .. } if self.columns().is_some() => "a table",
            Gives::None => "nothing",
            _ => "empty: no call has written to it, or the call failed",
        }
    }
}

/// The texts of a block of texts.
pub(super) fn texts_of<'a>(block: &Block<'a>) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
    let list = (block.element() == Element::TEXT).then(|| str::from_utf8(block.as_bytes()).ok())??;
    Some(texts(list))
}

/// Whether elements are of one of Rust's number types, so that they can be a slice.
fn is_scalar(element: Element) -> bool {
    use Element as E;
    [
        E::U8,
        E::U16,
        E::U32,
        E::U64,
        E::I8,
        E::I16,
        E::I32,
        E::I64,
        E::F32,
        E::F64,
    ]
    .contains(&element)
}
