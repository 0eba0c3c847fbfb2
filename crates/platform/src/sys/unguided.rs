//! Children without a guardian: only the back end of Linux has one.

use crate::child::Start;
use std::io;
use std::process::Child;

/// The process that was started is the child itself.
pub(crate) fn guard(_start: &Start) -> io::Result<()> {
    Ok(())
}

/// Never called: nothing names a guardian here.
pub(crate) fn end_with_guardian() -> io::Result<()> {
    Ok(())
}

/// There is nobody to be asked.
pub(crate) fn ask_to_end(_child: &Child) -> bool {
    false
}

/// Other processes' environments are not looked at here.
pub(crate) fn kill_marked(_mark: &str) {}
