//! Opens a user's file: the one place in the command where a file is mapped.

#![allow(unsafe_code)]

use super::failure::Failure;
use std::path::Path;
use tollgate::view::{File, View};

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Read the file into memory instead of mapping it: for files that another program may change or cut meanwhile
    #[arg(long)]
    pub(crate) read: bool,
    /// Which array of an archive (.npz, .safetensors) it is
    #[arg(long, value_name = "NAME")]
    pub(crate) member: Option<String>,
}

/// Opens `path`: mapped, unless the user asked for reading.
pub(crate) fn file(path: &Path, options: &Options) -> Result<File, Failure> {
    if options.read {
        return Ok(File::read(path)?);
    }
    // SAFETY: that nobody changes the file meanwhile is the user's to see to, who is told so by the help of `--read`,
    // and has `--read` where it cannot be promised. This process itself does not write to a file that it has open as
    // input.
    let file = unsafe { File::map(path) }?;
    Ok(file)
}

/// Views `path`, or the member of it that the user named; a compressed member is decoded, unless no copy is taken.
pub(crate) fn open(path: &Path, options: &Options, no_copy: bool) -> Result<View, Failure> {
    let (file, member) = (file(path, options)?, options.member.as_deref());
    Ok(if no_copy {
        file.view(member)
    } else {
        file.decode(member)
    }?)
}
