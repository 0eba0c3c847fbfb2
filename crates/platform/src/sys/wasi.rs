//! WASI, preview 1: files and clocks, but no processes, users or shared libraries.

pub(crate) use super::absent::*;
pub(crate) use super::plain::*;
pub(crate) use super::unguarded::*;
pub(crate) use super::unguided::*;
pub(crate) use super::unplaced::*;
pub(crate) use super::unsegmented::*;
pub(crate) use super::without_libraries::*;
pub(crate) use super::xdg::*;
use crate::Status;

pub(crate) const NAME: &str = "wasi";
/// A page of linear memory, as WebAssembly defines it.
pub(crate) const PAGE_SIZE_STATUS: Status = Status::Supported;

pub(crate) fn page_size() -> usize {
    65_536
}
