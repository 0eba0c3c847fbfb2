//! Plugins in Rust that are part of this command: what runs behind `inline`. Their sources are the plugins' own.

#[path = "../../plugins/stats/src/moments.rs"]
mod moments;
#[path = "../../plugins/probe/src/probe.rs"]
mod probe;
#[path = "../../plugins/stats/src/stats.rs"]
mod stats;

use probe::Probe;
use stats::Stats;
use tollgate::{Boundary, Error, Host};
use tollgate_cli::parts;
use tollgate_plugin::inline;

/// Registers all that is part of this command: behind `inline`, and behind `static-c`. Those in Rust are left out where
/// the command was built so that a panic ends it, as it always is on WASI; a host takes no such plugin.
pub(crate) fn register(host: &Host) -> Result<(), Error> {
    if cfg!(panic = "unwind") {
        host.register(Boundary::Inline, &inline!(Stats, "stats"))?;
        host.register(Boundary::Inline, &inline!(Probe, "probe"))?;
    }
    host.register(Boundary::StaticC, &parts::crc32c())?;
    host.register(Boundary::StaticC, &parts::probe())
}
