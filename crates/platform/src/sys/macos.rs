//! macOS.

pub(crate) use super::absent::*;
pub(crate) use super::unix::{
    GUARD_STATUS, Pages, REMOVABLE_WHILE_OPEN, directory_of_owner, end_group_now, exit_now, file_of_everyone,
    file_of_owner, has_ended, in_a_group, kill_group, open, page_size, parent_id, signal, signal_name, take_streams,
    without_waiting,
};
use crate::Status;

pub(crate) const NAME: &str = "macos";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;
pub(crate) const DYLIB_STATUS: Status = Status::Supported;
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Supported;
pub(crate) const LIMITS_STATUS: Status = Status::Degraded("macOS does not limit memory");

pub(crate) fn set_limits(limits: &crate::child::Limits) -> std::io::Result<()> {
    super::unix::limit(limits, None)
}
