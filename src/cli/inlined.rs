//! The Rust plugins that are part of this command: they run behind `inline`. They are compiled from the plugins'
//! sources.

#[path = "../../plugins/biquad/src/biquad.rs"]
mod biquad;
#[path = "../../plugins/convert/src/convert.rs"]
mod convert;
#[path = "../../plugins/biquad/src/filter.rs"]
mod filter;
#[path = "../../plugins/stats/src/moments.rs"]
mod moments;
#[path = "../../plugins/convert/src/number.rs"]
mod number;
#[path = "../../plugins/probe/src/probe.rs"]
mod probe;
#[path = "../../plugins/stats/src/stats.rs"]
mod stats;

use biquad::Biquad;
use convert::Convert;
use probe::Probe;
use stats::Stats;
use tollgate::{Boundary, Error, Host};
use tollgate_cli::parts;
use tollgate_plugin::inline;

/// Registers the plugins that are part of this command, behind `inline` and behind `static-c`. The Rust plugins are
/// left out if the command was built with `panic = "abort"`, as on WASI: a host refuses such plugins.
pub(crate) fn register(host: &Host) -> Result<(), Error> {
    if cfg!(panic = "unwind") {
        host.register(Boundary::Inline, &inline!(Biquad, "biquad"))?;
        host.register(Boundary::Inline, &inline!(Convert, "convert"))?;
        host.register(Boundary::Inline, &inline!(Stats, "stats"))?;
        host.register(Boundary::Inline, &inline!(Probe, "probe"))?;
    }
    host.register(Boundary::StaticC, &parts::crc32c())?;
    host.register(Boundary::StaticC, &parts::probe())
}
