//! macOS.

pub(crate) use super::absent::*;
pub(crate) use super::unix::{
    REMOVABLE_WHILE_OPEN, directory_of_owner, exit_now, file_of_everyone, file_of_owner, open, page_size, parent_id,
    signal, wait_for_end_of_input, without_waiting,
};
use crate::Status;

pub(crate) const NAME: &str = "macos";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;
pub(crate) const DYLIB_STATUS: Status = Status::Supported;
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Supported;
