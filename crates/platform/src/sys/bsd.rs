//! FreeBSD, NetBSD, OpenBSD and DragonFly BSD.

pub(crate) use super::absent::*;
pub(crate) use super::segment::{Mapped, SEGMENT_STATUS, Shared};
pub(crate) use super::unguided::*;
pub(crate) use super::unix::{
    GUARD_STATUS, MAP_STATUS, Pages, REMOVABLE_WHILE_OPEN, TEMPORARY_VARIABLES, TRUST_STATUS, directory_of_owner,
    distrust, end_group_now, exit_now, file_of_everyone, file_of_owner, fork, has_ended, in_a_group, kill_group,
    new_directory_of_owner, open, open_lazily, page_size, parent_id, permit_owner, signal, signal_name, split_paths,
    take_streams, temporary_directories, was_killed, without_waiting,
};
pub(crate) use super::unplaced::*;
pub(crate) use super::xdg::*;
use crate::Status;

pub(crate) const NAME: &str = "bsd";
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;
pub(crate) const DYLIB_STATUS: Status = Status::Supported;
pub(crate) const SEARCH_VARIABLE: Option<&str> = Some("LD_LIBRARY_PATH");
pub(crate) const PRIVATE_COPY_STATUS: Status = Status::Supported;
pub(crate) const CHILD_STATUS: Status =
    Status::Degraded("the program is found by its path: a child runs another program if the file was replaced");
pub(crate) const FORK_STATUS: Status = Status::Unsupported(super::unix::THREADS_UNKNOWN);
pub(crate) const LIMITS_STATUS: Status =
    Status::Degraded("the memory and the number of processes of a child are not limited");

pub(crate) fn containment_status() -> Status {
    Status::Degraded("a process that leaves the child's process group is not killed with it")
}

pub(crate) fn set_limits(limits: &crate::child::Limits) -> std::io::Result<()> {
    super::unix::limit(limits, None)
}

/// The loader refuses files that may not be executed, with an error.
pub(crate) fn may_execute(_directory: &std::path::Path) -> std::io::Result<bool> {
    Ok(true)
}
