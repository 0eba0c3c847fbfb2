//! macOS.

pub(crate) use super::unix::{REMOVABLE_WHILE_OPEN, open, page_size};
use crate::Status;

pub(crate) const NAME: &str = "macos";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;
pub(crate) const DYLIB_STATUS: Status = Status::Supported;
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Supported;
