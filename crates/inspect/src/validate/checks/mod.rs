//! The checks, each of which runs in a process of its own.

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

/// A check, by its name.
pub(super) struct Check {
    pub(super) name: &'static str,
    /// What holds where it passes.
    pub(super) what: &'static str,
    pub(super) run: fn(&mut Bench) -> Result<Passed, Problem>,
}

/// What a check that passed has to tell.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Calls that were made.
    pub(super) calls: u64,
    /// What other processes must give too.
    pub(super) digest: u64,
}

/// Why a check did not pass.
#[derive(Debug)]
pub(super) enum Problem {
    /// The plugin broke it.
    Broken(String),
    /// It says nothing about this plugin, or cannot be made on this machine.
    NotApplicable(String),
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self::Broken(problem)
    }
}

/// The plugin and what it is tried with.
pub(super) struct Bench {
    pub(super) subject: Subject,
    pub(super) rng: Rng,
    pub(super) calls: u64,
}

/// Every check after `gate`, in the order in which they run.
pub(super) const CHECKS: [Check; 25] = [
    Check {
        name: "load",
        what: "it is loaded, and makes and ends an instance",
        run: lifecycle::load,
    },
    Check {
        name: "ordinary",
        what: "each operation works on ordinary blocks of each type that it takes",
        run: inputs::ordinary,
    },
    Check {
        name: "output",
        what: "what it commits is what its manifest says",
        run: inputs::output,
    },
    Check {
        name: "empty",
        what: "blocks without elements do no harm",
        run: |bench| inputs::survives(bench, Values::Ordinary, Place::Roomy, &EMPTY),
    },
    Check {
        name: "single",
        what: "blocks of one element, of no axis and of the most axes do no harm",
        run: |bench| inputs::survives(bench, Values::Ordinary, Place::Roomy, &SINGLE),
    },
    Check {
        name: "large",
        what: "blocks of 32 MiB do no harm",
        run: inputs::large,
    },
    Check {
        name: "values",
        what: "NaN, infinities and extremes do no harm",
        run: |bench| inputs::survives(bench, Values::Special, Place::Roomy, &ORDINARY),
    },
    Check {
        name: "alignment",
        what: "data at its element's own alignment, and no more, does no harm",
        run: |bench| inputs::survives(bench, Values::Ordinary, Place::LeastAligned, &ORDINARY),
    },
    Check {
        name: "element-type",
        what: "element types that it does not take do no harm",
        run: inputs::element_type,
    },
    Check {
        name: "attributes",
        what: "missing, odd and many attributes do no harm",
        run: inputs::attributes,
    },
    Check {
        name: "strides",
        what: "blocks whose elements do not lie one after the other do no harm",
        run: inputs::strides,
    },
    Check {
        name: "bounds",
        what: "it reads no input past its end, and writes no room past its end",
        run: inputs::bounds,
    },
    Check {
        name: "input",
        what: "it leaves its input as it is",
        run: inputs::input,
    },
    Check {
        name: "sink",
        what: "a sink that refuses room or a commit does no harm, and is not taken for success",
        run: inputs::sink,
    },
    Check {
        name: "faults",
        what: "what fails says why",
        run: inputs::faults,
    },
    Check {
        name: "configuration",
        what: "each value that its schema allows makes an instance or is refused with a reason",
        run: lifecycle::configuration,
    },
    Check {
        name: "instances",
        what: "instances are made and ended again and again, and many live at once",
        run: lifecycle::instances,
    },
    Check {
        name: "deterministic",
        what: "the same input gives the same bytes, in other instances and other processes",
        run: repeat::deterministic,
    },
    Check {
        name: "stateless",
        what: "an operation that is stateless depends on no earlier call",
        run: repeat::stateless,
    },
    Check {
        name: "threads",
        what: "an instance may be made, called and ended by different threads",
        run: repeat::threads,
    },
    Check {
        name: "concurrent",
        what: "instances that are called at once give what they give alone",
        run: repeat::concurrent,
    },
    Check {
        name: "leaks",
        what: "calls and instances keep no memory",
        run: lifecycle::leaks,
    },
    Check {
        name: "state",
        what: "an instance goes on where another was saved, and refuses what is no state",
        run: lifecycle::state,
    },
    Check {
        name: "tiers",
        what: "both tiers give the same bytes",
        run: repeat::tiers,
    },
    Check {
        name: "exit",
        what: "a process that has used it ends in the ordinary way",
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
            .map_err(|told| Problem::Broken(format!("no instance could be made: {}", told.text())))
    }

    /// Calls one operation once, in a new instance.
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

    /// The problem of an operation that gave two things where it gives one: no one call is to blame.
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
    Problem::NotApplicable(format!("there is no memory to try it with: {error}"))
}
