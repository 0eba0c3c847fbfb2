//! In the child processes: opens the library and calls the function.

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

/// The length at which a shown text is cut.
const LONGEST: usize = 200;

/// What a child process was doing when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Opening the library.
    Opening,
    /// Calling the function.
    Calling,
}

impl Stage {
    /// The note that announces the second stage.
    const NOTE: &[u8] = b"calling";

    pub(super) fn of(notes: &[Vec<u8>]) -> Stage {
        match notes.iter().any(|note| note == Stage::NOTE) {
            true => Stage::Calling,
            false => Stage::Opening,
        }
    }
}

/// The answer of the process that calls the function.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Called(Called),
    NoLibrary(String),
    NoSymbol(String),
    Unreadable(String),
}

/// What the function returned.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Called {
    /// The result, for people.
    pub(super) shown: String,
    /// The result's bits, if two calls returned the same and it is not an address.
    pub(super) expected: Option<u64>,
    /// The time of the slowest call in seconds.
    pub(super) seconds: f64,
}

/// In a process that was started to call the function: calls it and exits. In any other: returns at once.
pub(crate) fn run_if_child() {
    let Some(task) = child::accept(|role| role == ROLE) else {
        return;
    };
    let answer = match serde_json::from_slice(&task.request) {
        Ok(spec) => call(&spec),
        Err(error) => Answer::Unreadable(error.to_string()),
    };
    // Only numbers and texts: writing them as JSON cannot fail.
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
    // If the parent is gone, this process is ended soon.
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
    // Copied before the next call, which may overwrite it.
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

/// The text at an address that the function returned.
fn text(address: u64) -> String {
    let text: *const std::ffi::c_char = std::ptr::with_exposed_provenance(address as usize);
    // SAFETY: the user declared that the function returns the address of a text that ends with a NUL. If that is
    // wrong, only this process crashes, which was started for that purpose.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    let end = bytes.len().min(LONGEST);
    format!("{:?}", String::from_utf8_lossy(&bytes[..end]))
}

/// The function's address. The library stays open until the process ends.
fn find(spec: &Spec) -> Result<*const (), Answer> {
    // SAFETY: the library's constructors run in a process that was started for this library alone; the user who asked
    // for the measurement ensures that its file does not change.
    let library = unsafe { dylib::open(Path::new(&spec.library)) };
    let library: &'static Library = match library {
        Ok(library) => Box::leak(Box::new(library)),
        Err(error) => return Err(Answer::NoLibrary(reason(&error))),
    };
    // SAFETY: nobody calls the pointer before `with_types` gave it the type that the user declared.
    let symbol = unsafe { library.get::<unsafe extern "C" fn()>(spec.symbol.as_str()) };
    match symbol {
        Ok(symbol) => Ok(*symbol as *const ()),
        Err(error) => Err(Answer::NoSymbol(reason(&error))),
    }
}

/// The loader's own message, if there is one.
fn reason(error: &dylib::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// What can be done with a function whose types were found. Only this is compiled for each entry of the table.
struct Typed {
    /// Calls it.
    call: unsafe fn(*const (), &Words) -> u64,
    /// A row in which each call waits for the answer of the one before; `None` for a function without a result.
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
                // A value that the compiler cannot know, so that each call waits for the answer of the one before.
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
        // SAFETY: the user declared that the function has these types and can be called with these words. If that is
        // wrong, only this process may crash, which was started for that purpose. The parent checked the platform
        // before it started this process.
        unsafe { (self.call)(function, words) }
    }
}

/// The rows of a function: the function itself, and an empty function that is called in the same way.
///
/// The rows can be called only if `here`: the parent process measures nothing, does not open the library and does not
/// call its functions.
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

/// A row in the parent, which calls none.
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
        Answer::Called(_) => "it was called before it was resolved".to_owned(),
    })
}

/// Compares a result with the first one.
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
                "{}, but {} in the first call",
                result.show(given),
                result.show(expected)
            )),
        }
    }
}
