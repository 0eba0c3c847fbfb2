//! Checks of how instances are created, configured, saved and destroyed, and what they leave behind.

use super::repeat::mixed;
use super::{Bench, Passed, Problem, no_memory};
use crate::validate::input::{Input, ORDINARY, Place, Values};
use crate::validate::subject::{Live, Room};

use tollgate_abi::{Element, Status};
use tollgate_host::{Key, KeyType, OperationInfo, Output};
use tollgate_platform::heap;

pub(super) fn load(bench: &mut Bench) -> Result<Passed, Problem> {
    bench.at("create", "the configuration");
    drop(bench.instance()?);
    bench.passed()
}

/// Values that the key's schema allows, and some that it refuses.
fn values(key: &Key) -> Vec<String> {
    let mut values: Vec<String> = match key.kind {
        KeyType::Boolean => vec!["true".to_owned(), "false".to_owned()],
        KeyType::String if key.choices.is_empty() => {
            vec![
                "\"\"".to_owned(),
                "\"x\"".to_owned(),
                format!("\"{}\"", "long ".repeat(10_000)),
            ]
        }
        KeyType::String => key.choices.clone(),
        KeyType::Integer => [i64::MIN, -1, 0, 1, i64::MAX].map(|value| value.to_string()).into(),
        KeyType::Number => [f64::MIN, -1.0, -0.0, f64::MIN_POSITIVE, 1.0, f64::MAX]
            .map(|value| format!("{value:?}"))
            .into(),
    };
    let limits = [&key.minimum, &key.maximum].into_iter().flatten();
    values.extend(limits.map(ToString::to_string));
    values
}

pub(super) fn configuration(bench: &mut Bench) -> Result<Passed, Problem> {
    let keys = bench.subject.manifest.config.clone();
    if keys.is_empty() {
        return Err(Problem::NotApplicable("it has no configuration".to_owned()));
    }
    for key in &keys {
        for value in values(key) {
            // The host refuses values that the schema does not allow; the plugin never sees them.
            let Ok(settings) = bench.subject.settings.with(&bench.subject.manifest, &key.name, &value) else {
                continue;
            };
            let shown: String = value.chars().take(40).collect();
            bench.at("create", &format!("{}={shown}", key.name));
            bench.calls += 1;
            match bench.subject.create(bench.subject.tier, &settings) {
                Ok(mut instance) => {
                    for (index, info) in bench.operations() {
                        let Some(input) = bench.inputs(&info, Values::Ordinary, &ORDINARY[..1]).into_iter().next()
                        else {
                            continue;
                        };
                        let memory = input.place(Place::Roomy).map_err(|error| no_memory(&error))?;
                        input
                            .with(&memory, |block| instance.call(index, block, Room::default()))
                            .panic()?;
                    }
                }
                Err(told) => {
                    told.panic()?;
                    if told.message.is_empty() {
                        return Err(Problem::Broken(format!(
                            "create failed ({}) without a message",
                            told.text()
                        )));
                    }
                }
            }
        }
    }
    bench.passed()
}

pub(super) fn instances(bench: &mut Bench) -> Result<Passed, Problem> {
    let operations = bench.operations();
    let (index, info) = &operations[0];
    let input = bench.inputs(info, Values::Ordinary, &ORDINARY[..1]).into_iter().next();
    bench.at("create", "200 instances, one after the other");
    for _ in 0..200 {
        drop(bench.instance()?);
    }
    bench.at("create", "100 instances at once");
    let mut living: Vec<Live> = (0..100).map(|_| bench.instance()).collect::<Result<_, _>>()?;
    if let Some(input) = input {
        let mut first = None;
        for instance in &mut living {
            let told = bench.call(instance, (*index, info), &input, Place::Roomy, Room::default())?;
            match &first {
                None => first = Some(told),
                Some(first) if *first == told => {}
                Some(first) => {
                    return Err(Problem::Broken(format!(
                        "one of 100 instances gave another result than the first: {}, not {}",
                        told.text(),
                        first.text()
                    )));
                }
            }
        }
    }
    bench.at("destroy", "100 instances, in a random order");
    bench.rng.shuffle(&mut living);
    drop(living);
    bench.passed()
}

/// Runs `body` repeatedly, and returns the bytes that each run leaks, if any.
fn kept_by(mut body: impl FnMut() -> Result<(), Problem>) -> Result<Option<usize>, Problem> {
    const TIMES: usize = 100;
    let in_use = || {
        heap::in_use().ok_or_else(|| {
            Problem::NotApplicable("this platform's allocator does not report the memory in use".to_owned())
        })
    };
    // One-time allocations may stay.
    for _ in 0..TIMES {
        body()?;
    }
    let mut least = usize::MAX;
    for _ in 0..5 {
        let before = in_use()?;
        for _ in 0..TIMES {
            body()?;
        }
        least = least.min(in_use()?.saturating_sub(before));
    }
    // A leak grows in every round; a thread or a buffer grows only once.
    Ok((least >= TIMES).then_some(least / TIMES))
}

pub(super) fn leaks(bench: &mut Bench) -> Result<Passed, Problem> {
    bench.at("create", "instances, one after the other");
    let kept = kept_by(|| bench.instance().map(drop))?;
    if let Some(bytes) = kept {
        return Err(Problem::Broken(format!(
            "each instance that was created and destroyed leaks {bytes} bytes"
        )));
    }
    for (_, info) in bench.operations() {
        let mut handle = bench
            .subject
            .plugin
            .operation(&info.name)
            .map_err(|error| error.to_string())?;
        for input in bench.inputs(&info, Values::Ordinary, &ORDINARY[..2]) {
            bench.at(&info.name, &format!("{}, repeatedly", input.what()));
            let memory = input.place(Place::Roomy).map_err(|error| no_memory(&error))?;
            let mut output = Output::new();
            let mut calls = 0;
            let kept = kept_by(|| {
                calls += 1;
                // Neither a result nor a refusal may leak memory.
                let _ = input.with(&memory, |block| handle.call_into(block, &mut output));
                Ok(())
            })?;
            bench.calls += calls;
            if let Some(bytes) = kept {
                return Err(Problem::Broken(format!(
                    "each call of {} leaks {bytes} bytes",
                    info.name
                )));
            }
        }
    }
    bench.passed()
}

pub(super) fn state(bench: &mut Bench) -> Result<Passed, Problem> {
    if !bench.subject.plugin.saves_state() {
        return Err(Problem::NotApplicable("it does not save its state".to_owned()));
    }
    for (index, info) in bench.operations() {
        let operation = (index, &info);
        let inputs = mixed(bench, &info);
        let Some((last, first)) = inputs.split_last() else {
            continue;
        };
        let mut begun = bench.instance()?;
        for input in first {
            bench.call(&mut begun, operation, input, Place::Roomy, Room::default())?;
        }
        bench.at("save", &info.name);
        let saved = begun.save();
        saved.panic()?;
        let [part] = &saved.parts[..] else {
            return Err(Problem::Broken(format!(
                "save returned {} and committed {} blocks; expected OK and one block",
                saved.text(),
                saved.parts.len()
            )));
        };
        let again = begun.save();
        if again != saved {
            return Err(Problem::Broken("saving twice gave two different states".to_owned()));
        }
        let restorable = Input::of_part(part);
        let memory = restorable.place(Place::AtEnd).map_err(|error| no_memory(&error))?;
        bench.at("restore", &info.name);
        let mut ended = bench.instance()?;
        let restored = restorable.with(&memory, |block| ended.restore(block));
        restored.panic()?;
        if restored.status != Status::OK {
            return Err(Problem::Broken(format!(
                "it does not restore the state that it saved: {}",
                restored.text()
            )));
        }
        let expected = bench.call(&mut begun, operation, last, Place::Roomy, Room::default())?;
        let given = bench.call(&mut ended, operation, last, Place::Roomy, Room::default())?;
        if expected != given {
            return Err(Problem::Broken(format!(
                "{} gave a different result after its state was restored, on {}",
                info.name,
                last.what()
            )));
        }
        foreign_states(bench, &mut ended, operation, last)?;
    }
    bench.passed()
}

/// Tests invalid states. The plugin may refuse them, but then its own state must not change.
fn foreign_states(
    bench: &mut Bench,
    instance: &mut Live,
    operation: (u32, &OperationInfo),
    input: &Input,
) -> Result<(), Problem> {
    let mut before = instance.save();
    for &(element, _) in Element::NAMED {
        for shape in [&[0][..], &[1], &[7], &[1000], &[3, 2]] {
            let foreign = Input::new(&mut bench.rng, element, shape, Values::Special);
            bench.at("restore", &foreign.what());
            bench.calls += 1;
            let memory = foreign.place(Place::AtEnd).map_err(|error| no_memory(&error))?;
            let told = foreign.with(&memory, |block| instance.restore(block));
            told.panic()?;
            if told.status != Status::OK && instance.save() != before {
                return Err(Problem::Broken(format!(
                    "it refused {} as a state, but its own state changed",
                    foreign.what()
                )));
            }
            if told.status == Status::OK {
                // It accepted the block as a state. A call must still return; then a new instance is used.
                bench.call(instance, operation, input, Place::Roomy, Room::default())?;
                *instance = bench.instance()?;
                before = instance.save();
            }
        }
    }
    Ok(())
}

pub(super) fn exit(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for input in bench.inputs(&operation.1, Values::Ordinary, &ORDINARY[..1]) {
            bench.once(&operation, &input, Place::Roomy)?;
        }
    }
    bench.at("exit", "handlers and destructors at the end of the process");
    bench.passed()
}
