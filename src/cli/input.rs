//! Opens a user's file. No other module of the command maps files.

#![allow(unsafe_code)]

use super::failure::Failure;
use std::path::Path;
use tollgate::view::{File, View};

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Read the file into memory instead of mapping it. Use this if another program may change or truncate the file
    #[arg(long)]
    pub(crate) read: bool,
    /// The array to open in an archive (.npz, .safetensors)
    #[arg(long, value_name = "NAME")]
    pub(crate) member: Option<String>,
}

/// Opens `path` as a memory mapping, or reads it if the user asked for that.
pub(crate) fn file(path: &Path, options: &Options) -> Result<File, Failure> {
    if options.read {
        return Ok(File::read(path)?);
    }
    // SAFETY: the user ensures that nobody changes the file meanwhile: the help of `--read` asks for it, and `--read`
    // is there for files for which that cannot be ensured. This process itself does not write to a file that it has
    // open as input.
    let file = unsafe { File::map(path) }?;
    Ok(file)
}

/// Views `path`, or the member of it that the user named. A compressed member is decoded, unless a copy is refused.
pub(crate) fn open(path: &Path, options: &Options, no_copy: bool) -> Result<View, Failure> {
    let (file, member) = (file(path, options)?, options.member.as_deref());
    Ok(if no_copy {
        file.view(member)
    } else {
        file.decode(member)
    }?)
}
