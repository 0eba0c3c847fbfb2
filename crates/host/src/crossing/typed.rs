//! An output's values as typed slices.

use super::output::Output;
use crate::error::Error;
use crate::manifest::{Column, Gives};
use tollgate_abi::{Block, BlockError, Element, Scalar, texts};

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
        self.slice(&block, || format!("the column {:?}", column.name))
    }

    /// The texts of the column called `name`, in place.
    ///
    /// # Errors
    /// As for [`column`](Self::column).
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, Error> {
        let (column, block) = self.find(name)?;
        match texts_of(&block) {
            Some(list) => Ok(list.collect()),
            None => Err(self.not_given(format!("the column {:?}", column.name), Element::TEXT, block.element())),
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
        self.slice(&block, || "the block".to_owned())
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

    fn slice<'a, T: Scalar>(&'a self, block: &Block<'a>, part: impl FnOnce() -> String) -> Result<&'a [T], Error> {
        block.as_slice::<T>().map_err(|error| match error {
            BlockError::Element { needed, found } => self.not_given(part(), needed, found),
            // The host's own memory is aligned and in C order.
            _ => self.not_given(part(), T::ELEMENT, block.element()),
        })
    }

    #[cold]
    fn not_given(&self, part: String, requested: Element, found: Element) -> Error {
        Error::ElementNotGiven {
            plugin: self.plugin().to_owned(),
            operation: self.operation().to_owned(),
            part,
            requested,
            found,
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
