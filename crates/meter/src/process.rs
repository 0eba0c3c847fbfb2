//! Measures in several processes, each of which runs this program again.

use crate::count::{Count, count};
use crate::error::{Ending, Error};
use crate::proof::Proof;
use crate::report::{Layouts, Report};
use crate::row::Rows;
use crate::sample::{Plan, Random, Sample, first_calls, measure};
use crate::summary::{self, Measured};
use crate::symbols::Symbols;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt::Display;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};
use tollgate_platform::child::{self, Builder, Limits, Outcome};

const ROLE: &str = "meter";
/// The environment variable with the request to a measuring process.
const REQUEST: &str = "TOLLGATE_METER";

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// The number of processes. With fewer than two no rows can be told apart.
    pub processes: usize,
    /// Batches of each row in each process.
    pub batches: u32,
    /// Whether to count instructions and allocations by stepping, in one more process. This takes up to some seconds
    /// for a row of many instructions.
    pub count: bool,
    /// Rows whose call takes longer than this many nanoseconds are not stepped.
    pub count_up_to_ns: f64,
    /// Measures only rows whose name or boundary contains one of these, ignoring case; all if empty.
    pub only: Vec<String>,
    /// The seed of the order of batches; random if `None`.
    pub seed: Option<u64>,
    /// The deadline of each process.
    pub deadline: Duration,
    /// The deadline of all processes together. Ending the last one can take a few seconds more.
    pub whole: Duration,
    /// The longest time between two batches of a timing process. A process that exceeds it is ended.
    pub silence: Duration,
    /// The limits of each process. All processes that it started end with it, with limits or without.
    pub limits: Limits,
    /// The arguments of the measuring processes. By default they are this process's own, so that a program that reads
    /// them to build its rows builds the same rows.
    pub arguments: Vec<OsString>,
    /// Whether to discard what the rows write to standard output and standard error.
    pub quiet: bool,
}

impl Default for Options {
    /// Sixteen processes, 100 batches in each, with counting: about 10 ms for each row and process.
    fn default() -> Options {
        Options {
            processes: 16,
            batches: 100,
            count: true,
            count_up_to_ns: f64::INFINITY,
            only: Vec::new(),
            seed: None,
            deadline: Duration::from_secs(300),
            whole: Duration::MAX,
            silence: Duration::MAX,
            limits: Limits::default(),
            arguments: std::env::args_os().skip(1).collect(),
            quiet: false,
        }
    }
}

impl Options {
    /// Four processes of 50 batches: an eighth of the time, and wider intervals.
    pub fn quick() -> Options {
        Options {
            processes: 4,
            batches: 50,
            count_up_to_ns: 1000.0,
            ..Options::default()
        }
    }
}

/// The progress of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Processes that have ended.
    pub done: usize,
    /// Processes in all, the counting one included.
    pub total: usize,
}

#[derive(Debug, Serialize, Deserialize)]
enum Task {
    Time(Plan),
    /// For each chosen row, whether the unrolled loop is stepped; `None` for a row that takes too long.
    Count(Vec<Option<bool>>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    task: Task,
    rows: Vec<usize>,
    fingerprint: u64,
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer<T> {
    Done(T),
    Wrong { row: String, detail: String },
    Refused(String),
}

/// In a process that [`run`] started: measures, answers and exits. In any other: returns at once.
///
/// Call it first in `main`, before threads are started: instructions are counted in a process of one thread. `build`
/// must build the same rows in the same order as those given to `run`; it is called only in a measuring process. A
/// measuring process has [`Options::arguments`] as its arguments, and what its rows write on standard output goes to
/// standard error if the platform supports that.
pub fn run_if_measuring<E: Display>(build: impl FnOnce() -> Result<Rows<'static>, E>) {
    if child::accept(|role| role == ROLE).is_none() {
        return;
    }
    let request = std::env::var(REQUEST).map_err(|error| error.to_string());
    let request = request.and_then(|text| serde_json::from_str::<Request>(&text).map_err(|error| error.to_string()));
    let request = match request {
        Ok(request) => request,
        Err(error) => refuse(format!("the variable {REQUEST} has no valid request: {error}")),
    };
    let mut rows = match build() {
        Ok(rows) => rows,
        Err(error) => refuse(format!("cannot build the rows: {error}")),
    };
    if rows.fingerprint() != request.fingerprint {
        refuse("its rows are not the same as the parent's: build them only from the arguments".to_owned());
    }
    match request.task {
        Task::Time(plan) => {
            let mut beat = Beat::new();
            // Before anything else calls a row.
            let firsts = first_calls(&mut rows, &request.rows);
            verify(&mut rows, &request.rows);
            let mut sample = measure(&mut rows, &request.rows, plan, || beat.now());
            for (row, first) in sample.rows.iter_mut().zip(firsts) {
                row.first = first;
            }
            // Millions of calls must not have changed an answer.
            verify(&mut rows, &request.rows);
            answer(&Answer::Done(sample))
        }
        Task::Count(unrolled) => {
            // A row that cannot be stepped is not called: it may start threads, and a process of several cannot be
            // stepped.
            let wanted = request
                .rows
                .iter()
                .zip(&unrolled)
                .filter(|(_, unrolled)| unrolled.is_some());
            let stepped: Vec<usize> = wanted
                .map(|(&index, _)| index)
                .filter(|&index| rows.list[index].uncounted.is_none())
                .collect();
            verify(&mut rows, &stepped);
            let mut symbols = Symbols::default();
            let counts: Vec<Result<Count, String>> = request
                .rows
                .iter()
                .zip(unrolled)
                .map(|(&index, unrolled)| match unrolled {
                    Some(unrolled) => count(&mut rows, index, unrolled, &mut symbols),
                    None => Err("its call takes longer than the limit for stepping".to_owned()),
                })
                .collect();
            answer(&Answer::Done(counts))
        }
    }
}

/// Tells the parent that this process makes progress, rarely enough not to disturb the measurement.
struct Beat {
    process: u32,
    looked: Instant,
    noted: Instant,
}

impl Beat {
    /// Between looks whether this is still the process that was started.
    const LOOK: Duration = Duration::from_millis(10);
    /// Between notes.
    const NOTE: Duration = Duration::from_millis(500);

    fn new() -> Beat {
        let now = Instant::now();
        Beat {
            process: std::process::id(),
            looked: now,
            noted: now,
        }
    }

    /// Called when nothing is timed.
    fn now(&mut self) {
        let now = Instant::now();
        if now - self.looked < Beat::LOOK {
            return;
        }
        self.looked = now;
        if now - self.noted >= Beat::NOTE || std::process::id() != self.process {
            self.noted = now;
            // This ends a copy of this process that a row forked. If the parent is gone, this process is ended
            // soon.
            let _ = child::note(b"");
        }
    }
}

/// Answers with the first wrong answer, if there is one.
fn verify(rows: &mut Rows<'_>, chosen: &[usize]) {
    for &index in chosen {
        if let Err(error) = rows.list[index].verify() {
            answer(&match error {
                Error::WrongAnswer { row, detail } => Answer::<()>::Wrong { row, detail },
                other => Answer::Refused(other.to_string()),
            });
        }
    }
}

fn refuse(reason: String) -> ! {
    answer(&Answer::<()>::Refused(reason))
}

fn answer<T: Serialize>(answer: &Answer<T>) -> ! {
    // Only numbers and texts: writing them as JSON cannot fail.
    let document = serde_json::to_string(answer).unwrap_or_default();
    child::answer(document.as_bytes())
}

/// Measures rows in several processes, like [`run_with_progress`] without reports of progress.
///
/// # Errors
/// As [`run_with_progress`].
pub fn run(rows: Rows<'_>, options: &Options) -> Result<Report, Error> {
    run_with_progress(rows, options, |_| {})
}

/// Measures rows in several processes, one after the other, and reports progress after each.
///
/// The program's `main` must begin with [`run_if_measuring`].
///
/// # Errors
/// [`Error::NoRows`], [`Error::Duplicate`], [`Error::Unchecked`] and [`Error::NoMatch`] if the rows or the choice of
/// rows is not valid; [`Error::WrongAnswer`] if a row's answer is wrong, here or in a measuring process;
/// [`Error::FalseClaim`] if a row's call is not as it claims, and [`Error::Copies`] if it copies more than it claims;
/// otherwise the error of a measuring process. A row that cannot be stepped is not an error: its report says
/// why.
pub fn run_with_progress(
    mut rows: Rows<'_>,
    options: &Options,
    mut progress: impl FnMut(Progress),
) -> Result<Report, Error> {
    rows.validate()?;
    let chosen = choose(&rows, &options.only)?;
    for &index in &chosen {
        rows.list[index].verify()?;
    }
    let processes = options.processes.max(1);
    let total = processes + usize::from(options.count);
    let fingerprint = rows.fingerprint();
    let ask = |task| Request {
        task,
        rows: chosen.clone(),
        fingerprint,
    };
    let plan = Plan {
        turns: options.batches.max(1),
        seed: options.seed.unwrap_or_else(random_seed),
    };
    let until = Instant::now().checked_add(options.whole);
    let mut seeds = Random(plan.seed);
    let mut samples: Vec<Sample> = Vec::new();
    for process in 1..=processes {
        let seed = seeds.next();
        let request = ask(Task::Time(Plan { seed, ..plan }));
        samples.push(in_child(process, &request, options, until)?);
        progress(Progress { done: process, total });
    }
    let uncounted = |reason: String| chosen.iter().map(|_| Err(reason.clone())).collect::<Vec<_>>();
    let counts = if options.count {
        let unrolled = samples[0]
            .rows
            .iter()
            .map(|row| (row.min <= options.count_up_to_ns).then(|| row.steps_unrolled()));
        let request = ask(Task::Count(unrolled.collect()));
        let counts = match in_child(total, &request, options, until) {
            Ok(counts) => counts,
            Err(error @ Error::WrongAnswer { .. }) => return Err(error),
            // The times are valid without the counts.
            Err(error) => uncounted(error.to_string()),
        };
        progress(Progress { done: total, total });
        counts
    } else {
        uncounted("counting was turned off".to_owned())
    };
    if options.count {
        hold(&rows, &chosen, &counts)?;
    }
    let measured = Measured {
        plan,
        layouts: Layouts::EachProcess,
        samples,
        counts,
    };
    let mut report = summary::report(&rows, &chosen, measured);
    report.method.only.clone_from(&options.only);
    Ok(report)
}

/// Compares the rows' claims with their proofs.
pub(crate) fn hold(rows: &Rows<'_>, chosen: &[usize], counts: &[Result<Count, String>]) -> Result<(), Error> {
    for (&index, count) in chosen.iter().zip(counts) {
        match count {
            Ok(count) => {
                rows.list[index].hold(&count.proof)?;
                rows.list[index].hold_copies(count.copied)?;
            }
            Err(reason) => rows.list[index].hold(&Proof::uncounted(reason))?,
        }
    }
    Ok(())
}

fn choose(rows: &Rows<'_>, only: &[String]) -> Result<Vec<usize>, Error> {
    let parts: Vec<String> = only.iter().map(|part| part.to_lowercase()).collect();
    let wanted = |index: &usize| {
        let row = &rows.list[*index];
        let mut names = std::iter::once(&row.name).chain(&row.boundary);
        parts.is_empty()
            || names.any(|name| {
                let name = name.to_lowercase();
                parts.iter().any(|part| name.contains(part))
            })
    };
    let chosen: Vec<usize> = (0..rows.len()).filter(wanted).collect();
    if chosen.is_empty() {
        return Err(Error::NoMatch {
            only: only.to_vec(),
            rows: rows.list.iter().map(|row| row.name.clone()).collect(),
        });
    }
    Ok(chosen)
}

fn in_child<T: DeserializeOwned>(
    process: usize,
    request: &Request,
    options: &Options,
    until: Option<Instant>,
) -> Result<T, Error> {
    let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
    let silence = match request.task {
        Task::Time(_) => options.silence,
        // Single-stepping has its own deadlines.
        Task::Count(_) => Duration::MAX,
    };
    let request = serde_json::to_string(request).map_err(|source| Error::Answer { process, source })?;
    let mut builder = Builder::this_program(ROLE)
        .args(&options.arguments)
        .env(REQUEST, request)
        .deadline(options.deadline.min(left))
        .silence(silence)
        .limits(options.limits);
    if options.quiet {
        builder = builder.capture_stderr(0);
    }
    let outcome = builder
        .spawn()
        .and_then(child::Child::wait)
        .map_err(|source| match source {
            child::Error::NoGreeting { .. } => Error::Forgotten { process, source },
            child::Error::Silent { silence, .. } => Error::Ended {
                process,
                ending: Ending::Stuck(silence),
            },
            source => Error::Process { process, source },
        })?;
    let ending = match outcome {
        Outcome::Value(bytes) => return read(process, &bytes),
        Outcome::Exit { code } => Ending::Exit(code),
        Outcome::Signal { signal } => Ending::Signal(signal),
        Outcome::Hang { .. } if left < options.deadline => Ending::Hang(options.whole),
        Outcome::Hang { deadline } => Ending::Hang(deadline),
    };
    Err(Error::Ended { process, ending })
}

fn read<T: DeserializeOwned>(process: usize, bytes: &[u8]) -> Result<T, Error> {
    match serde_json::from_slice(bytes).map_err(|source| Error::Answer { process, source })? {
        Answer::Done(value) => Ok(value),
        Answer::Wrong { row, detail } => Err(Error::WrongAnswer { row, detail }),
        Answer::Refused(reason) => Err(Error::Refused { process, reason }),
    }
}

/// A random seed, from the standard library's hash keys.
pub(crate) fn random_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Row;

    #[test]
    fn rows_are_chosen_by_a_part_of_their_name_or_boundary() {
        let rows = Rows::new()
            .row(Row::latency("add", |x| x))
            .row(Row::latency("sub", |x| x).boundary("c-abi"))
            .row(Row::latency("mul", |x| x).boundary("wasm"));
        let chosen = |parts: &[&str]| {
            let parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
            choose(&rows, &parts)
        };
        assert_eq!(chosen(&[]).unwrap(), [0, 1, 2]);
        assert_eq!(chosen(&["ad", "abi"]).unwrap(), [0, 1]);
        assert!(matches!(chosen(&["div"]), Err(Error::NoMatch { rows, .. }) if rows.len() == 3));
    }

    #[test]
    fn an_answer_is_read_and_nothing_else_is_one() {
        assert_eq!(read::<u32>(1, b"{\"Done\":3}").unwrap(), 3);
        assert!(matches!(
            read::<u32>(2, b"hello"),
            Err(Error::Answer { process: 2, .. })
        ));
        assert!(matches!(read::<u32>(1, b""), Err(Error::Answer { .. })));
        let wrong = b"{\"Wrong\":{\"row\":\"a\",\"detail\":\"1, not 2\"}}";
        assert!(matches!(read::<u32>(1, wrong), Err(Error::WrongAnswer { row, .. }) if row == "a"));
    }
}
