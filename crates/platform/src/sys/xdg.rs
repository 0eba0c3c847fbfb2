//! The directories of a user's files, by the XDG Base Directory Specification.

use crate::directories::named;
use std::path::PathBuf;

pub(crate) fn cache_directory() -> Option<PathBuf> {
    named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))
}

pub(crate) fn data_directory() -> Option<PathBuf> {
    named("XDG_DATA_HOME").or_else(|| Some(named("HOME")?.join(".local/share")))
}
