//! The checks, each of which runs in a process of its own.

use super::input::{EMPTY, Held, Input, ORDINARY, Place, SINGLE, Values};
use super::subject::{Live, Room, Subject, Tier, Told};
use crate::{Error, KeyType, OperationInfo, Output, Settings, State};
use fastrand::Rng;
use serde_json::json;
use std::hash::Hasher;
use std::sync::Barrier;
use tollgate_abi::{COLUMNS, Element, SAMPLE_RATE, Status};
use tollgate_platform::{child, heap};

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
        run: load,
    },
    Check {
        name: "ordinary",
        what: "each operation works on ordinary blocks of each type that it takes",
        run: ordinary,
    },
    Check {
        name: "output",
        what: "what it commits is what its manifest says",
        run: output,
    },
    Check {
        name: "empty",
        what: "blocks without elements do no harm",
        run: |bench| survives(bench, Values::Ordinary, Place::Roomy, &EMPTY),
    },
    Check {
        name: "single",
        what: "blocks of one element, of no axis and of the most axes do no harm",
        run: |bench| survives(bench, Values::Ordinary, Place::Roomy, &SINGLE),
    },
    Check {
        name: "large",
        what: "blocks of 32 MiB do no harm",
        run: large,
    },
    Check {
        name: "values",
        what: "NaN, infinities and extremes do no harm",
        run: |bench| survives(bench, Values::Special, Place::Roomy, &ORDINARY),
    },
    Check {
        name: "alignment",
        what: "data at its element's own alignment, and no more, does no harm",
        run: |bench| survives(bench, Values::Ordinary, Place::LeastAligned, &ORDINARY),
    },
    Check {
        name: "element-type",
        what: "element types that it does not take do no harm",
        run: element_type,
    },
    Check {
        name: "attributes",
        what: "missing, odd and many attributes do no harm",
        run: attributes,
    },
    Check {
        name: "strides",
        what: "blocks whose elements do not lie one after the other do no harm",
        run: strides,
    },
    Check {
        name: "bounds",
        what: "it reads no input past its end, and writes no room past its end",
        run: bounds,
    },
    Check {
        name: "input",
        what: "it leaves its input as it is",
        run: input,
    },
    Check {
        name: "sink",
        what: "a sink that refuses room or a commit does no harm, and is not taken for success",
        run: sink,
    },
    Check {
        name: "faults",
        what: "what fails says why",
        run: faults,
    },
    Check {
        name: "configuration",
        what: "each value that its schema allows makes an instance or is refused with a reason",
        run: configuration,
    },
    Check {
        name: "instances",
        what: "instances are made and ended again and again, and many live at once",
        run: instances,
    },
    Check {
        name: "deterministic",
        what: "the same input gives the same bytes, in other instances and other processes",
        run: deterministic,
    },
    Check {
        name: "stateless",
        what: "an operation that is stateless depends on no earlier call",
        run: stateless,
    },
    Check {
        name: "threads",
        what: "an instance may be made, called and ended by different threads",
        run: threads,
    },
    Check {
        name: "concurrent",
        what: "instances that are called at once give what they give alone",
        run: concurrent,
    },
    Check {
        name: "leaks",
        what: "calls and instances keep no memory",
        run: leaks,
    },
    Check {
        name: "state",
        what: "an instance goes on where another was saved, and refuses what is no state",
        run: state,
    },
    Check {
        name: "tiers",
        what: "both tiers give the same bytes",
        run: tiers,
    },
    Check {
        name: "exit",
        what: "a process that has used it ends in the ordinary way",
        run: exit,
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
        self.instance_of(self.subject.c_abi, &self.subject.settings)
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

fn load(bench: &mut Bench) -> Result<Passed, Problem> {
    bench.at("create", "the configuration");
    drop(bench.instance()?);
    bench.passed()
}

fn ordinary(bench: &mut Bench) -> Result<Passed, Problem> {
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
                    "it says that it takes {element}, and worked on no such block: {}",
                    refusals.join("; ")
                )));
            }
        }
    }
    bench.passed()
}

fn output(bench: &mut Bench) -> Result<Passed, Problem> {
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

/// Calls every operation on these inputs: it may refuse them, and must come back.
fn survives(bench: &mut Bench, values: Values, place: Place, shapes: &[&[u64]]) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for input in bench.inputs(&operation.1, values, shapes) {
            bench.once(&operation, &input, place)?;
        }
    }
    bench.passed()
}

fn large(bench: &mut Bench) -> Result<Passed, Problem> {
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

fn element_type(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for (element, _) in Element::NAMED {
            if !operation.1.elements().any(|taken| taken == element) {
                // So many bytes that who takes them for the largest type reads nothing else.
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
        ("a sample rate that is a text", rate(Held::Text("fast".to_owned()))),
        ("columns of no name", vec![(COLUMNS, Held::Text(String::new()))]),
        ("columns without a NUL", vec![(COLUMNS, Held::Text("one".to_owned()))]),
        ("columns that are a number", vec![(COLUMNS, Held::Integer(3))]),
        ("a thousand attributes", vec![("", Held::Text("x".repeat(100))); 1000]),
    ]
}

fn attributes(bench: &mut Bench) -> Result<Passed, Problem> {
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

fn strides(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for element in operation.1.elements() {
            let rng = &mut bench.rng;
            let inputs = [
                Input::strided(rng, element, &[5, 4], &[1, 5], "in Fortran order"),
                Input::strided(rng, element, &[50], &[2], "with every second element"),
                Input::strided(rng, element, &[5, 4], &[8, 1], "with rows apart"),
                Input::strided(rng, element, &[100_000], &[0], "of one element again and again"),
            ];
            for input in inputs {
                bench.once(&operation, &input, Place::AtEnd)?;
            }
        }
    }
    bench.passed()
}

fn bounds(bench: &mut Bench) -> Result<Passed, Problem> {
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

fn input(bench: &mut Bench) -> Result<Passed, Problem> {
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

fn sink(bench: &mut Bench) -> Result<Passed, Problem> {
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
                        return Err(Problem::Broken(format!(
                            "it returned OK although {what} was refused to it"
                        )));
                    }
                }
            }
        }
    }
    bench.passed()
}

fn faults(bench: &mut Bench) -> Result<Passed, Problem> {
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
                (status, None) => format!("it returned {status:?} and said nothing of why"),
                (status, Some(fault)) if fault != status => {
                    format!("it returned {status:?}, and the status in its fault is {fault:?}")
                }
                (status, Some(_)) if told.message.is_empty() => format!("its fault of {status:?} has no message"),
                _ => continue,
            };
            return Err(Problem::Broken(problem));
        }
    }
    bench.passed()
}

/// Texts for a key that its schema allows, and some that a schema cannot rule out.
fn values(key: &crate::Key) -> Vec<String> {
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

fn configuration(bench: &mut Bench) -> Result<Passed, Problem> {
    let keys = bench.subject.manifest.config.clone();
    if keys.is_empty() {
        return Err(Problem::NotApplicable("it has no configuration".to_owned()));
    }
    for key in &keys {
        for value in values(key) {
            // What the schema does not allow the host refuses, and the plugin never sees.
            let Ok(settings) = bench.subject.settings.with(&bench.subject.manifest, &key.name, &value) else {
                continue;
            };
            let shown: String = value.chars().take(40).collect();
            bench.at("create", &format!("{}={shown}", key.name));
            bench.calls += 1;
            match bench.subject.create(bench.subject.c_abi, &settings) {
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
                            "it made no instance ({}) and said nothing of why",
                            told.text()
                        )));
                    }
                }
            }
        }
    }
    bench.passed()
}

fn instances(bench: &mut Bench) -> Result<Passed, Problem> {
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
                        "of 100 instances one gave something else than the first: {} against {}",
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

/// What an operation gives for these inputs, one after the other, in one instance of a tier.
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

/// Where two series differ first.
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
        "over {}: {} and {}",
        inputs[at].what(),
        what(&one[at]),
        what(&other[at])
    ))
}

/// Some ordinary inputs and an odd one.
fn mixed(bench: &mut Bench, info: &OperationInfo) -> Vec<Input> {
    let mut inputs = bench.inputs(info, Values::Ordinary, &ORDINARY);
    inputs.extend(bench.inputs(info, Values::Special, &ORDINARY[..1]));
    inputs
}

fn deterministic(bench: &mut Bench) -> Result<Passed, Problem> {
    let mut digest = std::hash::DefaultHasher::new();
    for operation in bench.operations() {
        let inputs = mixed(bench, &operation.1);
        let tier = bench.subject.c_abi;
        let one = series(bench, tier, &operation, &inputs)?;
        let other = series(bench, tier, &operation, &inputs)?;
        if let Some(difference) = differ(&inputs, &one, &other) {
            return Err(Problem::Broken(format!(
                "{} gives other bytes in another instance, {difference}",
                operation.1.name
            )));
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

fn stateless(bench: &mut Bench) -> Result<Passed, Problem> {
    let operations = bench.operations();
    let stateless = operations
        .into_iter()
        .filter(|(_, info)| info.state == State::Stateless);
    for operation in stateless.collect::<Vec<_>>() {
        let mut inputs = mixed(bench, &operation.1);
        inputs.extend(bench.inputs(&operation.1, Values::Ordinary, &EMPTY[..1]));
        let tier = bench.subject.c_abi;
        let together = series(bench, tier, &operation, &inputs)?;
        let mut alone = Vec::new();
        for input in &inputs {
            alone.push(bench.once(&operation, input, Place::Roomy)?);
        }
        if let Some(difference) = differ(&inputs, &alone, &together) {
            return Err(Problem::Broken(format!(
                "{} is stateless, and gives something else after other calls, {difference}",
                operation.1.name
            )));
        }
    }
    if bench.calls == 0 {
        return Err(Problem::NotApplicable("it has no stateless operation".to_owned()));
    }
    bench.passed()
}

fn threads(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        let inputs = mixed(bench, &operation.1);
        let tier = bench.subject.c_abi;
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
            return Err(Problem::Broken(format!(
                "{} gives something else on another thread, {difference}",
                operation.1.name
            )));
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

fn concurrent(bench: &mut Bench) -> Result<Passed, Problem> {
    const THREADS: usize = 4;
    const ROUNDS: usize = 25;
    for operation in bench.operations() {
        let inputs = mixed(bench, &operation.1);
        let tier = bench.subject.c_abi;
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
                    return Err(Problem::Broken(format!(
                        "{} gives something else while other instances are called, {difference}",
                        operation.1.name
                    )));
                }
                Err(told) => return Err(Problem::Broken(format!("no instance could be made: {}", told.text()))),
            }
        }
    }
    bench.passed()
}

/// Runs `body` again and again, and gives the bytes that stay allocated for each time, where there are any.
fn kept_by(mut body: impl FnMut() -> Result<(), Problem>) -> Result<Option<usize>, Problem> {
    const TIMES: usize = 100;
    let in_use = || {
        heap::in_use().ok_or_else(|| {
            Problem::NotApplicable("this platform's allocator cannot be asked what is in use".to_owned())
        })
    };
    // What is set up once may stay.
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
    // A leak grows in every round; what a thread or a buffer grows by once does not.
    Ok((least >= TIMES).then_some(least / TIMES))
}

fn leaks(bench: &mut Bench) -> Result<Passed, Problem> {
    bench.at("create", "instances, one after the other");
    let kept = kept_by(|| bench.instance().map(drop))?;
    if let Some(bytes) = kept {
        return Err(Problem::Broken(format!(
            "each instance that was made and ended leaves {bytes} bytes allocated"
        )));
    }
    for (_, info) in bench.operations() {
        let mut handle = bench
            .subject
            .plugin
            .operation(&info.name)
            .map_err(|error| error.to_string())?;
        for input in bench.inputs(&info, Values::Ordinary, &ORDINARY[..2]) {
            bench.at(&info.name, &format!("{}, again and again", input.what()));
            let memory = input.place(Place::Roomy).map_err(|error| no_memory(&error))?;
            let mut output = Output::new();
            let mut calls = 0;
            let kept = kept_by(|| {
                calls += 1;
                // A refusal is as good as a result: neither may keep memory.
                let _ = input.with(&memory, |block| handle.call_into(block, &mut output));
                Ok(())
            })?;
            bench.calls += calls;
            if let Some(bytes) = kept {
                return Err(Problem::Broken(format!(
                    "each call of {} leaves {bytes} bytes allocated",
                    info.name
                )));
            }
        }
    }
    bench.passed()
}

fn state(bench: &mut Bench) -> Result<Passed, Problem> {
    let Some(functions) = bench.subject.plugin.state_functions() else {
        return Err(Problem::NotApplicable("it saves no state".to_owned()));
    };
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
        let saved = begun.save(functions);
        saved.panic()?;
        let [part] = &saved.parts[..] else {
            return Err(Problem::Broken(format!(
                "saving gave {} and {} blocks, where it gives one",
                saved.text(),
                saved.parts.len()
            )));
        };
        let again = begun.save(functions);
        if again != saved {
            return Err(Problem::Broken("saving twice gives two different states".to_owned()));
        }
        let restorable = Input::of_part(part);
        let memory = restorable.place(Place::AtEnd).map_err(|error| no_memory(&error))?;
        bench.at("restore", &info.name);
        let mut ended = bench.instance()?;
        let restored = restorable.with(&memory, |block| ended.restore(functions, block));
        restored.panic()?;
        if restored.status != Status::OK {
            return Err(Problem::Broken(format!(
                "it does not restore what it saved: {}",
                restored.text()
            )));
        }
        let expected = bench.call(&mut begun, operation, last, Place::Roomy, Room::default())?;
        let given = bench.call(&mut ended, operation, last, Place::Roomy, Room::default())?;
        if expected != given {
            return Err(Problem::Broken(format!(
                "{} goes on differently after it was restored, over {}",
                info.name,
                last.what()
            )));
        }
        foreign_states(bench, &mut ended, operation, last)?;
    }
    bench.passed()
}

/// States that are none: they may be refused, and then change nothing.
fn foreign_states(
    bench: &mut Bench,
    instance: &mut Live,
    operation: (u32, &OperationInfo),
    input: &Input,
) -> Result<(), Problem> {
    let Some(functions) = bench.subject.plugin.state_functions() else {
        return Ok(());
    };
    let mut before = instance.save(functions);
    for (element, _) in Element::NAMED {
        for shape in [&[0][..], &[1], &[7], &[1000], &[3, 2]] {
            let foreign = Input::new(&mut bench.rng, element, shape, Values::Special);
            bench.at("restore", &foreign.what());
            bench.calls += 1;
            let memory = foreign.place(Place::AtEnd).map_err(|error| no_memory(&error))?;
            let told = foreign.with(&memory, |block| instance.restore(functions, block));
            told.panic()?;
            if told.status != Status::OK && instance.save(functions) != before {
                return Err(Problem::Broken(format!(
                    "it refused {} as a state, and is in another state since",
                    foreign.what()
                )));
            }
            if told.status == Status::OK {
                // It took it for a state; a call must still come back, and the next one begins anew.
                bench.call(instance, operation, input, Place::Roomy, Room::default())?;
                *instance = bench.instance()?;
                before = instance.save(functions);
            }
        }
    }
    Ok(())
}

fn tiers(bench: &mut Bench) -> Result<Passed, Problem> {
    let Some(stable) = bench.subject.stable_abi else {
        return Err(Problem::NotApplicable("its file has no stable tier".to_owned()));
    };
    for operation in bench.operations() {
        let inputs = mixed(bench, &operation.1);
        let tier = bench.subject.c_abi;
        let one = series(bench, tier, &operation, &inputs)?;
        let other = series(bench, stable, &operation, &inputs)?;
        if let Some(difference) = differ(&inputs, &one, &other) {
            return Err(Problem::Broken(format!(
                "{} gives other bytes behind stable-abi than behind c-abi, {difference}",
                operation.1.name
            )));
        }
    }
    bench.passed()
}

fn exit(bench: &mut Bench) -> Result<Passed, Problem> {
    for operation in bench.operations() {
        for input in bench.inputs(&operation.1, Values::Ordinary, &ORDINARY[..1]) {
            bench.once(&operation, &input, Place::Roomy)?;
        }
    }
    bench.at("exit", "handlers and destructors at the end of the process");
    bench.passed()
}
