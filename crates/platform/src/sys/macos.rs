//! macOS.

pub(crate) use super::absent::*;
pub(crate) use super::unix::{
    REMOVABLE_WHILE_OPEN, exit_now, open, page_size, parent_id, signal, wait_for_end_of_input,
};
use crate::Status;

pub(crate) const NAME: &str = "macos";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;
pub(crate) const DYLIB_STATUS: Status = Status::Supported;
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Supported;
