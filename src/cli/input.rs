//! Opens a user's file: the one place in the command where a file is mapped.

#![allow(unsafe_code)]

use super::failure::Failure;
use std::path::Path;
use tollgate::view::{self, View};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Read the file into memory instead of mapping it: for files that another program may change or cut meanwhile
    #[arg(long)]
    pub(crate) read: bool,
}

/// Opens `path`: mapped, unless the user asked for reading.
pub(crate) fn open(path: &Path, options: &Options) -> Result<View, Failure> {
    if options.read {
        return Ok(view::read(path)?);
    }
    // SAFETY: that nobody changes the file meanwhile is the user's to see to, who is told so by the help of `--read`, and
    // has `--read` where it cannot be promised. This process itself does not write to a file that it has open as input.
    let view = unsafe { view::map(path) }?;
    Ok(view)
}
