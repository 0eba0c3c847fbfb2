//! Paths on the command line, taken from the directory where they were typed. Every argument that is a path has one of
//! these parsers: chores start cargo and other programs in the workspace's directory, where a relative path would name
//! something else.

use clap::builder::{OsStringValueParser, TypedValueParser};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Parses the path of a file or directory; the value is absolute.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(std::path::absolute::<OsString>)
}

/// Parses a program; the value is what [`found`] gives.
pub(crate) fn program() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(found)
}

/// A program: absolute if it has a directory, and otherwise a name that is searched for in `PATH`.
pub(crate) fn found(typed: OsString) -> io::Result<PathBuf> {
    match Path::new(&typed).parent() {
        Some(directory) if directory == Path::new("") => Ok(typed.into()),
        _ => std::path::absolute(typed),
    }
}

/// The directory that the variable `CARGO_TARGET_DIR` names, absolute. Cargo takes it from the directory where cargo
/// runs, so a chore that starts cargo elsewhere passes on this one.
pub(crate) fn target_directory() -> io::Result<Option<PathBuf>> {
    std::env::var_os("CARGO_TARGET_DIR")
        .filter(|directory| !directory.is_empty())
        .map(std::path::absolute)
        .transpose()
}
