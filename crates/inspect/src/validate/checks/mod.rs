//! The checks. Each runs in its own process.

mod inputs;
mod lifecycle;
mod repeat;

use super::input::{EMPTY, Input, ORDINARY, Place, SINGLE, Values};
use super::subject::{Live, Room, Subject, Tier};
use super::told::Told;

use fastrand::Rng;
use serde_json::json;
use tollgate_host::{OperationInfo, Settings};
use tollgate_platform::child;

/// A check.
pub(super) struct Check {
    pub(super) name: &'static str,
    /// What holds if it passes.
    pub(super) what: &'static str,
    pub(super) run: fn(&mut Bench) -> Result<Passed, Problem>,
}

/// The result of a check that passed.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// The number of calls.
    pub(super) calls: u64,
    /// The digest of the results, which must be equal in another process.
    pub(super) digest: u64,
}

/// Why a check did not pass.
#[derive(Debug)]
pub(super) enum Problem {
    /// The plugin failed it.
    Broken(String),
    /// It does not apply to this plugin, or cannot run on this machine.
    NotApplicable(String),
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self::Broken(problem)
    }
}

/// The plugin under test and its inputs.
pub(super) struct Bench {
    pub(super) subject: Subject,
    pub(super) rng: Rng,
    pub(super) calls: u64,
}

/// Every check after `gate`, in the order in which they run.
pub(super) const CHECKS: [Check; 25] = [
    Check {
        name: "load",
        what: "it loads, and creates and destroys an instance",
        run: lifecycle::load,
    },
    Check {
        name: "ordinary",
        what: "each operation works on ordinary blocks of each type that it takes",
        run: inputs::ordinary,
    },
    Check {
        name: "output",
        what: "its output matches its manifest",
        run: inputs::output,
    },
    Check {
        name: "empty",
        what: "it handles blocks without elements",
        run: |bench| inputs::survives(bench, Values::Ordinary, Place::Roomy, &EMPTY),
    },
    Check {
        name: "single",
        what: "it handles blocks of one element, of rank 0 and of the highest rank",
        run: |bench| inputs::survives(bench, Values::Ordinary, Place::Roomy, &SINGLE),
    },
    Check {
        name: "large",
        what: "it handles blocks of 32 MiB",
        run: inputs::large,
    },
    Check {
        name: "values",
        what: "it handles NaN, infinities and extreme values",
        run: |bench| inputs::survives(bench, Values::Special, Place::Roomy, &ORDINARY),
    },
    Check {
        name: "alignment",
        what: "it handles data with the least alignment that its element type allows",
        run: |bench| inputs::survives(bench, Values::Ordinary, Place::LeastAligned, &ORDINARY),
    },
    Check {
        name: "element-type",
        what: "it handles element types that it does not take",
        run: inputs::element_type,
    },
    Check {
        name: "attributes",
        what: "it handles missing, invalid and many attributes",
        run: inputs::attributes,
    },
    Check {
        name: "strides",
        what: "it handles blocks with strides",
        run: inputs::strides,
    },
    Check {
        name: "bounds",
        what: "it does not read past the end of its input or write past the end of its room",
        run: inputs::bounds,
    },
    Check {
        name: "input",
        what: "it does not change its input",
        run: inputs::input,
    },
    Check {
        name: "sink",
        what: "it handles a sink that refuses room or a commit, and then does not return OK",
        run: inputs::sink,
    },
    Check {
        name: "faults",
        what: "each failure has a message",
        run: inputs::faults,
    },
    Check {
        name: "configuration",
        what: "each value that its schema allows creates an instance or is refused with a message",
        run: lifecycle::configuration,
    },
    Check {
        name: "instances",
        what: "it can create and destroy many instances, one after the other and at once",
        run: lifecycle::instances,
    },
    Check {
        name: "deterministic",
        what: "the same input gives the same bytes in other instances and other processes",
        run: repeat::deterministic,
    },
    Check {
        name: "stateless",
        what: "a stateless operation does not depend on earlier calls",
        run: repeat::stateless,
    },
    Check {
        name: "threads",
        what: "different threads can create, call and destroy an instance",
        run: repeat::threads,
    },
    Check {
        name: "concurrent",
        what: "instances called concurrently give the same results as alone",
        run: repeat::concurrent,
    },
    Check {
        name: "leaks",
        what: "calls and instances do not leak memory",
        run: lifecycle::leaks,
    },
    Check {
        name: "state",
        what: "a saved state restores another instance, and a refused state changes nothing",
        run: lifecycle::state,
    },
    Check {
        name: "tiers",
        what: "both tiers give the same bytes",
        run: repeat::tiers,
    },
    Check {
        name: "exit",
        what: "a process that used it exits normally",
        run: lifecycle::exit,
    },
];

impl Bench {
    fn operations(&self) -> Vec<(u32, OperationInfo)> {
        (0..).zip(self.subject.manifest.operations.clone()).collect()
    }

    /// Says where the check is: what the parent knows of a child that does not come back.
    fn at(&self, operation: &str, input: &str) {
        // A parent that is gone ends this process anyway.
        let _ = child::note(json!({ "operation": operation, "input": input }).to_string().as_bytes());
    }

    /// An instance with the configuration.
    fn instance(&self) -> Result<Live, Problem> {
        self.instance_of(self.subject.tier, &self.subject.settings)
    }

    fn instance_of(&self, tier: Tier, settings: &Settings) -> Result<Live, Problem> {
        self.subject
            .create(tier, settings)
            .map_err(|told| Problem::Broken(format!("create failed: {}", told.text())))
    }

    /// Calls an operation once, in a new instance.
    fn once(&mut self, (index, info): &(u32, OperationInfo), input: &Input, place: Place) -> Result<Told, Problem> {
        let mut instance = self.instance()?;
        self.call(&mut instance, (*index, info), input, place, Room::default())
    }

    fn call(
        &mut self,
        instance: &mut Live,
        (index, info): (u32, &OperationInfo),
        input: &Input,
        place: Place,
        room: Room,
    ) -> Result<Told, Problem> {
        self.at(&info.name, &input.what());
        let memory = input.place(place).map_err(|error| no_memory(&error))?;
        self.calls += 1;
        let told = input.with(&memory, |block| instance.call(index, block, room));
        told.panic()?;
        Ok(told)
    }

    /// Ordinary inputs for an operation: each element type that it takes, in each shape.
    fn inputs(&mut self, info: &OperationInfo, values: Values, shapes: &[&[u64]]) -> Vec<Input> {
        let mut inputs = Vec::new();
        for element in info.elements() {
            for shape in shapes {
                inputs.push(Input::new(&mut self.rng, element, shape, values));
            }
        }
        inputs
    }

    /// The problem of an operation with two different results, which is not the fault of one call.
    fn differs(&self, operation: &str, problem: String) -> Problem {
        self.at(operation, "");
        Problem::Broken(problem)
    }

    fn passed(&self) -> Result<Passed, Problem> {
        Ok(Passed {
            calls: self.calls,
            digest: 0,
        })
    }
}

fn no_memory(error: &std::io::Error) -> Problem {
    Problem::NotApplicable(format!("cannot allocate memory for the input: {error}"))
}
