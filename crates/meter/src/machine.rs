//! The machine, as reports describe it.

use crate::report::{Build, Machine};
use tollgate_platform::clock::Clock;

impl Machine {
    /// The machine that this program runs on, and how the program was built. Its speed is unknown until something is
    /// measured; the C compiler is known only if the program sets it.
    pub fn here() -> Machine {
        let machine = tollgate_platform::machine();
        let build = tollgate_platform::build();
        let clock = Clock::measure();
        Machine {
            cpu: machine.cpu,
            cores: machine.cores,
            os: machine.os,
            target: tollgate_platform::variant().target.to_owned(),
            governor: machine.governor,
            virtualised: machine.virtualised,
            hypervisor: machine.hypervisor,
            build: Build {
                rustc: build.rustc.to_owned(),
                c_compiler: None,
                profile: build.profile.to_owned(),
                opt_level: build.opt_level.to_owned(),
                target_features: build.target_features.to_owned(),
                rustflags: build.rustflags.to_owned(),
            },
            ghz: None,
            clock: clock.name.to_owned(),
            clock_resolution_ns: clock.resolution_ns,
            clock_cost_ns: clock.cost_ns,
        }
    }
}
