//! Checks that a plugin gives the same results in other instances, threads, processes and tiers.

use super::{Bench, Passed, Problem, no_memory};
use crate::validate::input::{EMPTY, Input, ORDINARY, Place, Values};
use crate::validate::subject::{Room, Tier};
use crate::validate::told::Told;
use std::hash::Hasher;
use std::sync::Barrier;
use tollgate_host::{OperationInfo, State};

/// The results of an operation on these inputs, in order, in one instance of a tier.
fn series(
    bench: &mut Bench,
    tier: Tier,
    operation: &(u32, OperationInfo),
    inputs: &[Input],
) -> Result<Vec<Told>, Problem> {
    let settings = bench.subject.settings.clone();
    let mut instance = bench.instance_of(tier, &settings)?;
    inputs
        .iter()
        .map(|input| {
            let operation = (operation.0, &operation.1);
            bench.call(&mut instance, operation, input, Place::Roomy, Room::default())
        })
        .collect()
}

/// The first difference between two series.
fn differ(inputs: &[Input], one: &[Told], other: &[Told]) -> Option<String> {
    let at = one.iter().zip(other).position(|(one, other)| one != other)?;
    let what = |told: &Told| match told.parts.first() {
        Some(part) => {
            let bytes: Vec<String> = part.bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            format!("{} {:?} {}…", part.element, part.shape, bytes.join(""))
        }
        None => told.text(),
    };
    Some(format!(
        "on {}: {} and {}",
        inputs[at].what(),
        what(&one[at]),
        what(&other[at])
    ))
}

/// Two ordinary inputs of every type and shape.
pub(super) fn mixed(bench: &mut Bench, info: &OperationInfo) -> Vec<Input> {
    let mut inputs = bench.inputs(info, Values::Ordinary, &ORDINARY);
    inputs.extend(bench.inputs(info, Values::Ordinary, &ORDINARY));
    inputs
}

pub(super) fn deterministic(bench: &mut Bench) -> Result<Passed, Problem> {
    let mut digest = std::hash::DefaultHasher::new();
    for operation in bench.operations() {
        let inputs = mixed(bench, &operation.1);
        let tier = bench.subject.tier;
        let one = series(bench, tier, &operation, &inputs)?;
        let other = series(bench, tier, &operation, &inputs)?;
        if let Some(difference) = differ(&inputs, &one, &other) {
            let problem = format!(
                "{} gives different bytes in another instance, {difference}",
                operation.1.name
            );
            return Err(bench.differs(&operation.1.name, problem));
        }
        for part in one.iter().flat_map(|told| &told.parts) {
            digest.write(&part.bytes);
        }
    }
    Ok(Passed {
        calls: bench.calls,
        digest: digest.finish(),
    })
}

pub(super) fn stateless(bench: &mut Bench) -> Result<Passed, Problem> {
    let operations = bench.operations();
    let stateless = operations
        .into_iter()
        .filter(|(_, info)| info.state == State::Stateless);
    for operation in stateless.collect::<Vec<_>>() {
        let mut inputs = mixed(bench, &operation.1);
        inputs.extend(bench.inputs(&operation.1, Values::Ordinary, &EMPTY[..1]));
        let tier = bench.subject.tier;
        let together = series(bench, tier, &operation, &inputs)?;
        let mut alone = Vec::new();
        for input in &inputs {
            alone.push(bench.once(&operation, input, Place::Roomy)?);
        }
        if let Some(difference) = differ(&inputs, &alone, &together) {
            let problem = format!(
                "{} is declared stateless, but gives different results after other calls, {difference}",
                operation.1.name
            );
            return Err(bench.differs(&operation.1.name, problem));
        }
    }
    if bench.calls == 0 {
        return Err(Problem::NotApplicable("it has no stateless operation".to_owned()));
    }
    bench.passed()
}

pub(super) fn threads(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        let inputs = mixed(bench, &operation.1);
        let tier = bench.subject.tier;
        let expected = series(bench, tier, &operation, &inputs)?;
        bench.at(&operation.1.name, "an instance that moves between threads");
        let subject = &bench.subject;
        let mut instance = on_a_thread(|| subject.create(tier, &subject.settings)).map_err(|told| told.text())?;
        let mut moved = Vec::new();
        for input in &inputs {
            let memory = input.place(Place::Roomy).map_err(|error| no_memory(&error))?;
            let living = &mut instance;
            let told = on_a_thread(|| input.with(&memory, |block| living.call(operation.0, block, Room::default())));
            told.panic()?;
            moved.push(told);
        }
        on_a_thread(|| drop(instance));
        bench.calls += inputs.len() as u64;
        if let Some(difference) = differ(&inputs, &expected, &moved) {
            let problem = format!(
                "{} gives a different result on another thread, {difference}",
                operation.1.name
            );
            return Err(bench.differs(&operation.1.name, problem));
        }
    }
    bench.passed()
}

fn on_a_thread<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = scope.spawn(body);
        match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

pub(super) fn concurrent(bench: &mut Bench) -> Result<Passed, Problem> {
    const THREADS: usize = 4;
    const ROUNDS: usize = 25;
    for operation in bench.operations() {
        let mut inputs = mixed(bench, &operation.1);
        // Long enough that calls overlap.
        inputs.extend(bench.inputs(&operation.1, Values::Ordinary, &[&[50_000]]));
        let tier = bench.subject.tier;
        let expected = series(bench, tier, &operation, &inputs)?;
        bench.at(&operation.1.name, "four instances at once");
        let subject = &bench.subject;
        let start = Barrier::new(THREADS);
        let round = || -> Result<Option<String>, Told> {
            for _ in 0..ROUNDS {
                let mut instance = subject.create(tier, &subject.settings)?;
                let mut given = Vec::new();
                for input in &inputs {
                    if let Ok(memory) = input.place(Place::Roomy) {
                        given.push(input.with(&memory, |block| instance.call(operation.0, block, Room::default())));
                    }
                }
                if let Some(difference) = differ(&inputs, &expected, &given) {
                    return Ok(Some(difference));
                }
            }
            Ok(None)
        };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        round()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        bench.calls += (THREADS * ROUNDS * inputs.len()) as u64;
        for outcome in outcomes {
            match outcome {
                Ok(None) => {}
                Ok(Some(difference)) => {
                    let problem = format!(
                        "{} gives a different result while other instances are called, {difference}",
                        operation.1.name
                    );
                    return Err(bench.differs(&operation.1.name, problem));
                }
                Err(told) => return Err(Problem::Broken(format!("create failed: {}", told.text()))),
            }
        }
    }
    bench.passed()
}

pub(super) fn tiers(bench: &mut Bench) -> Result<Passed, Problem> {
    let Some(stable) = bench.subject.stable_tier else {
        let reason = match bench.subject.has_own_sink() {
            true => "its file has no stable tier",
            false => "the two tiers are compared when validating behind c-abi",
        };
        return Err(Problem::NotApplicable(reason.to_owned()));
    };
    for operation in bench.operations() {
        let inputs = mixed(bench, &operation.1);
        let tier = bench.subject.tier;
        let one = series(bench, tier, &operation, &inputs)?;
        let other = series(bench, stable, &operation, &inputs)?;
        if let Some(difference) = differ(&inputs, &one, &other) {
            let problem = format!(
                "{} gives different bytes behind stable-abi and behind c-abi, {difference}",
                operation.1.name
            );
            return Err(bench.differs(&operation.1.name, problem));
        }
    }
    bench.passed()
}
