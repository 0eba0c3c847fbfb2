//! Checks with ordinary and hostile inputs, and with a hostile sink.

use super::{Bench, Passed, Problem, no_memory};
use crate::validate::input::{EMPTY, Input, ORDINARY, Place, SINGLE, Values};
use crate::validate::subject::Room;
use crate::validate::told::Held;
use tollgate_abi::{COLUMNS, Element, SAMPLE_RATE, Status};
use tollgate_host::Error;

pub(super) fn ordinary(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for element in operation.1.elements() {
            let mut refusals = Vec::new();
            let mut worked = false;
            for shape in ORDINARY {
                let input = Input::new(&mut bench.rng, element, shape, Values::Ordinary);
                let told = bench.once(&operation, &input, Place::Roomy)?;
                worked |= told.status == Status::OK;
                if let Some(misuse) = told.misuse.first() {
                    return Err(Problem::Broken(misuse.clone()));
                }
                refusals.push(format!("{} gave {}", input.what(), told.text()));
            }
            if !worked {
                return Err(Problem::Broken(format!(
                    "its manifest says that it takes {element}, but it failed on every such block: {}",
                    refusals.join("; ")
                )));
            }
        }
    }
    bench.passed()
}

pub(super) fn output(bench: &mut Bench) -> Result<Passed, Problem> {
    for (_, info) in bench.operations() {
        let mut inputs = Vec::new();
        for shapes in [&ORDINARY[..], &EMPTY[..], &SINGLE[..]] {
            inputs.extend(bench.inputs(&info, Values::Ordinary, shapes));
        }
        for input in inputs {
            bench.at(&info.name, &input.what());
            bench.calls += 1;
            let memory = input.place(Place::Roomy).map_err(|error| no_memory(&error))?;
            let plugin = &bench.subject.plugin;
            let mut handle = plugin.operation(&info.name).map_err(|error| error.to_string())?;
            if let Err(error @ Error::ContractBroken { .. }) = input.with(&memory, |block| handle.call(block)) {
                return Err(Problem::Broken(error.to_string()));
            }
        }
    }
    bench.passed()
}

/// Calls every operation on these inputs. It may refuse them, but must return.
pub(super) fn survives(bench: &mut Bench, values: Values, place: Place, shapes: &[&[u64]]) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for input in bench.inputs(&operation.1, values, shapes) {
            bench.once(&operation, &input, place)?;
        }
    }
    bench.passed()
}

pub(super) fn large(bench: &mut Bench) -> Result<Passed, Problem> {
    const BYTES: u64 = 32 << 20;
    for operation in bench.operations() {
        let Some(element) = operation.1.elements().next() else {
            continue;
        };
        let count = BYTES / element.bytes() as u64;
        for shape in [&[count][..], &[count / 2, 2]] {
            let input = Input::new(&mut bench.rng, element, shape, Values::Ordinary);
            bench.once(&operation, &input, Place::Roomy)?;
        }
    }
    bench.passed()
}

pub(super) fn element_type(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for &(element, _) in Element::NAMED {
            if !operation.1.elements().any(|taken| taken == element) {
                // Enough elements that a plugin that assumes the largest element type does not read past the end.
                let input = Input::new(&mut bench.rng, element, &[16], Values::Ordinary);
                bench.once(&operation, &input, Place::Roomy)?;
            }
        }
    }
    bench.passed()
}

fn odd_attributes() -> Vec<(&'static str, Vec<(&'static str, Held)>)> {
    let rate = |held| vec![(SAMPLE_RATE, held)];
    vec![
        ("no attributes", Vec::new()),
        ("a sample rate of NaN", rate(Held::Real(f64::NAN))),
        ("a sample rate of -1", rate(Held::Real(-1.0))),
        ("a sample rate of 0", rate(Held::Real(0.0))),
        ("an infinite sample rate", rate(Held::Real(f64::INFINITY))),
        ("a sample rate that is an integer", rate(Held::Integer(i64::MIN))),
        ("a sample rate that is text", rate(Held::Text("fast".to_owned()))),
        (
            "an empty list of column names",
            vec![(COLUMNS, Held::Text(String::new()))],
        ),
        (
            "column names without a NUL",
            vec![(COLUMNS, Held::Text("one".to_owned()))],
        ),
        ("column names that are a number", vec![(COLUMNS, Held::Integer(3))]),
        ("a thousand attributes", vec![("", Held::Text("x".repeat(100))); 1000]),
    ]
}

pub(super) fn attributes(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for input in bench.inputs(&operation.1, Values::Ordinary, &ORDINARY[1..2]) {
            for (remark, attributes) in odd_attributes() {
                let input = input.clone().with_attributes(&attributes, remark);
                bench.once(&operation, &input, Place::Roomy)?;
            }
        }
    }
    bench.passed()
}

pub(super) fn strides(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for element in operation.1.elements() {
            let rng = &mut bench.rng;
            let inputs = [
                Input::strided(rng, element, &[5, 4], &[1, 5], "in Fortran order"),
                Input::strided(rng, element, &[50], &[2], "with every second element"),
                Input::strided(rng, element, &[5, 4], &[8, 1], "with padded rows"),
                Input::strided(rng, element, &[100_000], &[0], "with a stride of 0"),
            ];
            for input in inputs {
                bench.once(&operation, &input, Place::AtEnd)?;
            }
        }
    }
    bench.passed()
}

pub(super) fn bounds(bench: &mut Bench) -> Result<Passed, Problem> {
    own_sink(bench)?;
    let tight = Room {
        tight: true,
        ..Room::default()
    };
    let lengths: Vec<[u64; 1]> = (1..=33).chain([64, 127, 1000]).map(|length| [length]).collect();
    for (index, info) in bench.operations() {
        let lengths: Vec<&[u64]> = lengths.iter().map(|length| &length[..]).collect();
        for shapes in [&lengths[..], &ORDINARY[1..]] {
            for input in bench.inputs(&info, Values::Ordinary, shapes) {
                let mut instance = bench.instance()?;
                let told = bench.call(&mut instance, (index, &info), &input, Place::AtEnd, tight)?;
                if let Some(misuse) = told.misuse.first() {
                    return Err(Problem::Broken(misuse.clone()));
                }
            }
        }
    }
    bench.passed()
}

pub(super) fn input(bench: &mut Bench) -> Result<Passed, Problem> {
    for (index, info) in bench.operations() {
        for input in bench.inputs(&info, Values::Ordinary, &ORDINARY) {
            bench.at(&info.name, &input.what());
            bench.calls += 1;
            let mut instance = bench.instance()?;
            let memory = input.place(Place::Roomy).map_err(|error| no_memory(&error))?;
            input
                .with(&memory, |block| instance.call(index, block, Room::default()))
                .panic()?;
            if !input.is_unchanged(&memory) {
                return Err(Problem::Broken("it changed its input".to_owned()));
            }
        }
    }
    bench.passed()
}

/// Refuses a check that needs the validator's own sink.
fn own_sink(bench: &Bench) -> Result<(), Problem> {
    match bench.subject.has_own_sink() {
        true => Ok(()),
        false => Err(Problem::NotApplicable(
            "behind this boundary the host provides the sink".to_owned(),
        )),
    }
}

pub(super) fn sink(bench: &mut Bench) -> Result<Passed, Problem> {
    own_sink(bench)?;
    for (index, info) in bench.operations() {
        for input in bench.inputs(&info, Values::Ordinary, &ORDINARY[..2]) {
            for request in 0..4 {
                for room in [
                    Room {
                        refuse_room: Some(request),
                        ..Room::default()
                    },
                    Room {
                        refuse_commit: Some(request),
                        ..Room::default()
                    },
                ] {
                    let mut instance = bench.instance()?;
                    let told = bench.call(&mut instance, (index, &info), &input, Place::Roomy, room)?;
                    if told.refused > 0 && told.status == Status::OK {
                        let what = if room.refuse_commit.is_some() {
                            "a commit"
                        } else {
                            "room"
                        };
                        return Err(Problem::Broken(format!("it returned OK although {what} was refused")));
                    }
                }
            }
        }
    }
    bench.passed()
}

pub(super) fn faults(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        let mut inputs = bench.inputs(&operation.1, Values::Ordinary, &EMPTY);
        for input in bench.inputs(&operation.1, Values::Ordinary, &ORDINARY[1..2]) {
            for (remark, attributes) in odd_attributes() {
                inputs.push(input.clone().with_attributes(&attributes, remark));
            }
            inputs.push(input);
        }
        for element in operation.1.elements() {
            inputs.push(Input::strided(
                &mut bench.rng,
                element,
                &[5, 4],
                &[1, 5],
                "in Fortran order",
            ));
        }
        for input in inputs {
            let told = bench.once(&operation, &input, Place::Roomy)?;
            let problem = match (told.status, told.fault) {
                (Status::OK, _) => continue,
                (status, None) => format!("it returned {status:?} without reporting a fault"),
                (status, Some(fault)) if fault != status => {
                    format!("it returned {status:?}, but the status in its fault is {fault:?}")
                }
                (status, Some(_)) if told.message.is_empty() => {
                    format!("its fault with the status {status:?} has no message")
                }
                _ => continue,
            };
            return Err(Problem::Broken(problem));
        }
    }
    bench.passed()
}
