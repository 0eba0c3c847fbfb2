//! Platforms without shared libraries.

use crate::Status;
use crate::dylib::Error;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;
use std::path::Path;

const NO_LIBRARIES: &str =
    "this platform has no shared libraries: plugins are linked into the program, or run behind another boundary";

pub(crate) const DYLIB_STATUS: Status = Status::Unsupported(NO_LIBRARIES);
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Unsupported(NO_LIBRARIES);
pub(crate) const SEARCH_VARIABLE: Option<&str> = None;
pub(crate) const REMOVABLE_WHILE_OPEN: bool = false;

/// An open shared library. This platform has none: the type has no values.
#[derive(Debug)]
pub struct Library(Infallible);

/// A symbol of a library. The type has no values.
#[derive(Debug)]
pub struct Symbol<'l, T>(Infallible, PhantomData<&'l T>);

impl Library {
    /// Never called: there is no library.
    ///
    /// # Safety
    /// None.
    ///
    /// # Errors
    /// None.
    pub unsafe fn get<T>(&self, _symbol: impl AsRef<[u8]>) -> Result<Symbol<'_, T>, Error> {
        match self.0 {}
    }

    /// Never called: there is no library.
    ///
    /// # Errors
    /// None.
    pub fn close(self) -> Result<(), Error> {
        match self.0 {}
    }
}

impl<T> Deref for Symbol<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.0 {}
    }
}

/// # Safety
/// None: it never opens anything.
pub(crate) unsafe fn open(_path: &Path) -> Result<Library, Error> {
    Err(Error::DlOpenUnknown)
}
