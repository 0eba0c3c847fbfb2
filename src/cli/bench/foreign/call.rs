//! The side of the child processes: the library is opened, and the function called.

#![allow(unsafe_code)]

use super::Spec;
use super::convention::{Arguments, Visitor, Word, Words, with_types};
use super::signature::{Signature, Type};
use super::value::{self, Value};
use serde::{Deserialize, Serialize};
use std::ffi::CStr;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use tollgate_meter::{Row, Rows};
use tollgate_platform::child;
use tollgate_platform::dylib::{self, Library};

/// The role of a process that calls the function before anything is measured.
pub(super) const ROLE: &str = "foreign";

/// The longest text that is shown.
const LONGEST: usize = 200;

/// What a child process was about when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The library was being opened.
    Opening,
    /// The function was being called.
    Calling,
}

impl Stage {
    /// The note that says that the second has begun.
    const NOTE: &[u8] = b"calling";

    pub(super) fn of(notes: &[Vec<u8>]) -> Stage {
        match notes.iter().any(|note| note == Stage::NOTE) {
            true => Stage::Calling,
            false => Stage::Opening,
        }
    }
}

/// What a process answers that was to call the function.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Called(Called),
    NoLibrary(String),
    NoSymbol(String),
    Unreadable(String),
}

/// What the function gave.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Called {
    /// The result, for people.
    pub(super) shown: String,
    /// Its bits, where two calls gave the same and it is no address.
    pub(super) expected: Option<u64>,
    /// Seconds of the slowest call.
    pub(super) seconds: f64,
}

/// In a process that is to call the function: calls it and ends. In any other: returns at once.
pub(crate) fn run_if_child() {
    let Some(task) = child::accept(|role| role == ROLE) else {
        return;
    };
    let answer = match serde_json::from_slice(&task.request) {
        Ok(spec) => call(&spec),
        Err(error) => Answer::Unreadable(error.to_string()),
    };
    // Figures and texts alone, so nothing here can fail to be written as JSON.
    child::answer(&serde_json::to_vec(&answer).unwrap_or_default())
}

fn call(spec: &Spec) -> Answer {
    let (signature, values) = match spec.parse() {
        Ok(parsed) => parsed,
        Err(reason) => return Answer::Unreadable(reason),
    };
    let function = match find(spec) {
        Ok(function) => function,
        Err(answer) => return answer,
    };
    // A parent that is gone ends this process soon.
    let _ = child::note(Stage::NOTE);
    let (typed, words) = (Typed::of(&signature), value::words(&values));
    let mut seconds = 0.0_f64;
    let mut once = || {
        let begin = Instant::now();
        let word = typed.once(function, &words);
        seconds = seconds.max(begin.elapsed().as_secs_f64());
        // If the function forked, its copy ends here.
        let _ = child::note(Stage::NOTE);
        word
    };
    let word = once();
    let Some(result) = signature.result else {
        return Answer::Called(Called {
            shown: String::new(),
            expected: None,
            seconds,
        });
    };
    let first = result.own_bits(word);
    // Before the next call, which may write over it.
    let shown = match (result, first) {
        (Type::Text, 1..) => text(first),
        _ => result.show(first),
    };
    let again = result.own_bits(once());
    let is_address = matches!(result, Type::Pointer | Type::Text);
    Answer::Called(Called {
        shown,
        expected: (first == again && !is_address).then_some(first),
        seconds,
    })
}

/// The text at an address that the function gave.
fn text(address: u64) -> String {
    let text: *const std::ffi::c_char = std::ptr::with_exposed_provenance(address as usize);
    // SAFETY: that the function gives the address of a text that ends with a NUL is what its user said; where that is
    // wrong, this process crashes, which was made for it.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    let end = bytes.len().min(LONGEST);
    format!("{:?}", String::from_utf8_lossy(&bytes[..end]))
}

/// Where the function begins. The library stays open for the life of the process.
fn find(spec: &Spec) -> Result<*const (), Answer> {
    // SAFETY: the library's constructors run in a process that was made for this library alone; who asked for the
    // measurement answers for its file staying as it is.
    let library = unsafe { dylib::open(Path::new(&spec.library)) };
    let library: &'static Library = match library {
        Ok(library) => Box::leak(Box::new(library)),
        Err(error) => return Err(Answer::NoLibrary(reason(&error))),
    };
    // SAFETY: the pointer is called by nobody before `with_types` gave it the type that the user says it has.
    let symbol = unsafe { library.get::<unsafe extern "C" fn()>(spec.symbol.as_str()) };
    match symbol {
        Ok(symbol) => Ok(*symbol as *const ()),
        Err(error) => Err(Answer::NoSymbol(reason(&error))),
    }
}

/// The loader's own words, where it has some.
fn reason(error: &dylib::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// What can be done with a function once its types are found. Only this is compiled for each entry of the table.
struct Typed {
    /// Calls it.
    call: unsafe fn(*const (), &Words) -> u64,
    /// A row in which each call waits for the answer of the one before; none for what answers nothing.
    latency: Option<RowOf>,
    /// A row in which no call waits for another.
    throughput: RowOf,
    /// A function of the same types that does nothing.
    empty: *const (),
}

type RowOf = fn(String, *const (), Words) -> Row<'static>;

struct Find;

impl Visitor for Find {
    type Output = Typed;

    fn visit<A: Arguments, R: Word>(self) -> Typed {
        Typed {
            call: A::call::<R>,
            latency: (A::COUNT > 0 && R::IS_VALUE).then_some(|name, function, words| {
                // What the compiler cannot know, so that each answer must be there before the next call.
                let nothing = black_box(0);
                Row::latency(name, move |x| {
                    let mut words = words;
                    words[0] ^= x & nothing;
                    // SAFETY: as in `Typed::once`.
                    unsafe { A::call::<R>(function, &words) }
                })
            }),
            throughput: |name, function, words| {
                Row::throughput(name, move |_| {
                    // SAFETY: as in `Typed::once`.
                    unsafe { A::call::<R>(function, &words) }
                })
            },
            empty: A::empty::<R>(),
        }
    }
}

impl Typed {
    fn of(signature: &Signature) -> Typed {
        with_types(&signature.classes(), signature.result.map(Type::class), Find)
    }

    fn once(&self, function: *const (), words: &Words) -> u64 {
        // SAFETY: that the function is of these types, and sound to call with these words, is what its user said; where
        // that is wrong, this process may crash, which was made for it. The platform was looked at before it was
        // started.
        unsafe { (self.call)(function, words) }
    }
}

/// The rows of a function: it, and the empty function called alike.
///
/// Only where `here` are they real: the parent process, which measures nothing itself, neither opens the library nor
/// calls what it holds.
pub(super) fn rows(spec: &Spec, here: bool) -> Result<Rows<'static>, String> {
    let (signature, values) = spec.parse()?;
    let typed = Typed::of(&signature);
    let real = match here {
        true => Some((function(spec)?, value::words(&values))),
        false => None,
    };
    let payloads: Vec<usize> = values.iter().filter_map(Value::payload).collect();
    let (mut rows, mut own) = (Rows::new(), Vec::new());
    let modes = [(typed.latency, "latency"), (Some(typed.throughput), "throughput")];
    for (build, mode) in modes.into_iter().filter_map(|(build, mode)| Some((build?, mode))) {
        let row = match real {
            Some((function, words)) => build(format!("{}, {mode}", spec.symbol), function, words)
                .callee(spec.symbol.as_str(), function as usize)
                .check(check(&typed, (function, words), signature.result, spec.expected)),
            None => unreal(format!("{}, {mode}", spec.symbol), mode),
        };
        rows.push(match payloads[..] {
            [bytes] => row.payload(bytes as u64),
            _ => row,
        });
        let name = format!("caller's own cost, {mode}");
        own.push(match real {
            Some((_, words)) => build(name, typed.empty, words)
                .callee("empty", typed.empty as usize)
                .check(|| Ok(())),
            None => unreal(name, mode),
        });
    }
    rows.extend(own);
    Ok(rows)
}

/// A row in the parent, where none is called.
fn unreal(name: String, mode: &str) -> Row<'static> {
    match mode {
        "latency" => Row::latency(name, |x| x),
        _ => Row::throughput(name, |x| x),
    }
    .check(|| Ok(()))
}

fn function(spec: &Spec) -> Result<*const (), String> {
    find(spec).map_err(|answer| match answer {
        Answer::NoLibrary(reason) | Answer::NoSymbol(reason) | Answer::Unreadable(reason) => reason,
        Answer::Called(_) => "it was called before it was found".to_owned(),
    })
}

/// Compares what the function gives with what it gave at first.
fn check(
    typed: &Typed,
    (function, words): (*const (), Words),
    result: Option<Type>,
    expected: Option<u64>,
) -> impl FnMut() -> Result<(), String> + use<> {
    let typed = Typed { ..*typed };
    move || {
        let (Some(result), Some(expected)) = (result, expected) else {
            return Ok(());
        };
        let given = result.own_bits(typed.once(function, &words));
        match given == expected {
            true => Ok(()),
            false => Err(format!(
                "{}, and at first {}",
                result.show(given),
                result.show(expected)
            )),
        }
    }
}
