//! `tollgate bench --library`: measures a function of any library. The function is called in child processes only.

mod arch;
mod call;
mod convention;
mod signature;
mod value;

use super::super::Report;
use super::super::failure::Failure;
use super::figures::wrapped;
use super::table::{self, Style};
use call::{Answer, Stage};
use serde::{Deserialize, Serialize};
use serde_json::json;
use signature::Signature;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use tollgate_meter::{Ending, Error, Options, Rows};
use tollgate_platform::child::{self, Builder, Ended, Limits, Outcome};
use value::Value;

pub(crate) use call::run_if_child;

/// The first argument of a measuring process that measures such a function; the second is the [`Spec`].
const ARGUMENT: &str = "--foreign";

/// The deadline of the first call, before all measuring.
const DEADLINE: Duration = Duration::from_secs(10);

/// The deadline of all measuring processes together, for a function that takes almost no time. It is more than any
/// needs, counting included.
const WHOLE: Duration = Duration::from_secs(300);

/// The deadline between two batches of a measuring process, for such a function.
const SILENCE: Duration = Duration::from_secs(5);

/// More calls than a measuring process makes of a function that takes longer than a batch: ten batches of one call in
/// latency and in throughput, and those before and after.
const CALLS: f64 = 40.0;

/// How many times longer than the first a call may take.
const SLOWER: f64 = 10.0;

/// The most processes and threads that the child may have, its own included: a library may start some.
const PROCESSES: u64 = 64;

/// How many bytes are kept of what the function prints.
const PRINTED: u64 = 4 << 10;

#[derive(Default, clap::Args)]
pub(crate) struct Function {
    /// Measure a function of this shared library instead: a path, or a name that the system's loader finds
    #[arg(long, value_name = "FILE", requires_all = ["symbol", "signature"], conflicts_with = "only")]
    library: Option<String>,
    /// The function's name in the library
    #[arg(long, value_name = "NAME", requires = "library")]
    symbol: Option<String>,
    /// The function's types, as RESULT(ARGUMENT,…): i8 to u64, isize, usize, bool, f32, f64, ptr, cstr, bytes, void
    #[arg(long, value_name = "TYPES", requires = "library")]
    signature: Option<String>,
    /// The arguments, separated by commas: numbers, texts, null, and buffers as bytes:N (filled) or zeros:N
    #[arg(long, value_name = "VALUES", requires = "library", allow_hyphen_values = true)]
    args: Option<String>,
}

impl Function {
    /// The function that the command line names, if any.
    pub(crate) fn spec(&self) -> Option<Spec> {
        Some(Spec {
            library: self.library.clone()?,
            symbol: self.symbol.clone()?,
            signature: self.signature.clone()?,
            arguments: self.args.clone(),
            expected: None,
        })
    }
}

/// A function and how it is called. Each process reads it from its arguments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Spec {
    library: String,
    symbol: String,
    signature: String,
    arguments: Option<String>,
    /// The result that every process must get, if two calls returned the same.
    expected: Option<u64>,
}

impl Spec {
    fn parse(&self) -> Result<(Signature, Vec<Value>), String> {
        let signature = Signature::parse(&self.signature)?;
        let values = value::parse(self.arguments.as_deref(), &signature)?;
        Ok((signature, values))
    }

    /// The call in C's notation.
    fn call(&self) -> String {
        format!("{}({})", self.symbol, self.arguments.as_deref().unwrap_or(""))
    }

    fn to_json(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::Work {
            code: "bench",
            message: format!("cannot encode the function to measure: {error}"),
        })
    }
}

/// In a measuring process that was started for such a function: its rows.
pub(crate) fn rows_if_asked() -> Option<Result<Rows<'static>, String>> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let spec = arguments
        .next()?
        .into_string()
        .map_err(|_| "the request is not UTF-8".to_owned());
    let spec = spec.and_then(|text| serde_json::from_str::<Spec>(&text).map_err(|error| error.to_string()));
    Some(spec.and_then(|spec| call::rows(&spec, true)))
}

/// Calls the function once, then measures it. Returns the measurement with its text and document.
///
/// `measure` measures the given rows with the given options; the text is in this style.
pub(crate) fn run(
    mut spec: Spec,
    mut options: Options,
    style: Style,
    measure: impl FnOnce(Rows<'_>, &Options) -> Result<tollgate_meter::Report, Error>,
) -> Result<(tollgate_meter::Report, Report), Failure> {
    let (signature, _) = spec.parse().map_err(Failure::usage)?;
    if let Some(reason) = arch::UNSUPPORTED {
        return Err(Failure::Work {
            code: "unsupported",
            message: reason.to_owned(),
        });
    }
    let called = try_out(&spec)?;
    spec.expected = called.expected;
    options.arguments = vec![OsString::from(ARGUMENT), spec.to_json()?.into()];
    options.quiet = true;
    options.limits = limits();
    let slower = |calls: f64| Duration::from_secs_f64(SLOWER * calls * called.seconds);
    options.silence = SILENCE + slower(2.0);
    options.whole = WHOLE + slower(CALLS * options.processes as f64);
    let rows = call::rows(&spec, false).map_err(Failure::usage)?;
    let report = measure(rows, &options).map_err(|error| ended(&spec, error))?;

    let gives = match signature.result {
        Some(_) => format!("returned {}", called.shown),
        None => "returned nothing".to_owned(),
    };
    let sure = match (called.expected, signature.result) {
        (Some(_), _) => "Every process checked that it returned the same.",
        (None, Some(_)) => "The result varies or is an address, so it was not checked.",
        (None, None) => "It has no result to check.",
    };
    let mut document = serde_json::to_value(&report).map_err(|error| Failure::Work {
        code: "bench",
        message: format!("cannot write the report as JSON: {error}"),
    })?;
    document["function"] = json!({
        "library": spec.library,
        "symbol": spec.symbol,
        "signature": spec.signature.trim(),
        "arguments": spec.arguments,
        "result": signature.result.map(|_| &called.shown),
        "checked": called.expected.is_some(),
    });
    let head = format!(
        "{} of {}, called as {}, {gives}. {sure}",
        spec.call(),
        spec.library,
        spec.signature.trim()
    );
    let own = "The caller's own cost is the price of an empty function of this program, called through a pointer in \
        the same way. Nothing is subtracted. In latency mode the first argument waits for the previous answer. This \
        costs two instructions, and a move between integer and floating-point registers if the types differ.";
    let text = format!(
        "{}\n\n{}\n{}\n",
        wrapped(&head, style.width, "  "),
        table::text(&report, style),
        wrapped(own, style.width, "")
    );
    Ok((report, Report::new(text, document)))
}

/// The limits of a child that calls the function.
fn limits() -> Limits {
    Limits {
        processes: Some(PROCESSES),
        ..Limits::default()
    }
    .where_supported()
}

/// Calls the function in a child process, twice.
fn try_out(spec: &Spec) -> Result<call::Called, Failure> {
    let ended = Builder::this_program(call::ROLE)
        .request(spec.to_json()?)
        .limits(limits())
        .deadline(DEADLINE)
        .capture_stderr(PRINTED)
        .spawn()
        .and_then(|child| child.finish())
        .map_err(|error| uncontained(spec, &error))?;
    let Ended {
        outcome: Outcome::Value(_),
        left_behind: 1..,
        ..
    } = ended
    else {
        return answered(spec, &ended);
    };
    Err(Failure::Work {
        code: "crashed",
        message: format!(
            "calling {} of {}: processes that it started were still running after it returned (killed: {}). Such a \
             function is not measured: name one that starts no processes",
            spec.call(),
            spec.library,
            ended.left_behind
        ),
    })
}

/// A child process that could not be run, or that did what a measured function must not do.
fn uncontained(spec: &Spec, error: &child::Error) -> Failure {
    let what = match error {
        child::Error::TwoProcesses { .. } => {
            "the function forked and returned in two processes: name one that does not fork".to_owned()
        }
        child::Error::ProcessLimit { limit, found, .. } => {
            format!("it started processes or threads: {found} with its own, and the limit is {limit}")
        }
        _ => {
            return Failure::Work {
                code: "bench",
                message: format!("cannot call {} in a child process: {error}", spec.call()),
            };
        }
    };
    Failure::Work {
        code: "crashed",
        message: format!("calling {} of {}: {what}", spec.call(), spec.library),
    }
}

fn answered(spec: &Spec, ended: &Ended) -> Result<call::Called, Failure> {
    let answer = match &ended.outcome {
        Outcome::Value(bytes) => serde_json::from_slice(bytes).map_err(|error| Failure::Work {
            code: "bench",
            message: format!(
                "the child process that called {} sent an unreadable answer: {error}",
                spec.call()
            ),
        })?,
        outcome => return Err(crashed(spec, Stage::of(&ended.notes), outcome, &ended.stderr)),
    };
    match answer {
        Answer::Called(called) => Ok(called),
        Answer::NoLibrary(reason) => Err(Failure::Work {
            code: "library-absent",
            message: format!(
                "cannot open the library {}: {reason}{}",
                spec.library,
                advice(&spec.library)
            ),
        }),
        Answer::NoSymbol(reason) => Err(Failure::Work {
            code: "symbol-absent",
            message: format!(
                "{} has no symbol {:?}: {reason}; use the linker's name, which C++ and Rust mangle \
                 (`nm -D --defined-only FILE` lists a library's names)",
                spec.library, spec.symbol
            ),
        }),
        Answer::Unreadable(reason) => Err(Failure::usage(reason)),
    }
}

/// What to do if a library was not found.
fn advice(library: &str) -> String {
    let is_name = Path::new(library).file_name().is_some_and(|name| name == library);
    if is_name && Path::new(library).exists() {
        format!(
            "; a name without a directory is searched for in the system's library path: write ./{library} for the \
             file in this directory"
        )
    } else if is_name {
        "; it was searched for in the system's library path: install it, or give the path of its file".to_owned()
    } else {
        String::new()
    }
}

/// A child process that did not finish.
fn crashed(spec: &Spec, stage: Stage, outcome: &Outcome, printed: &[u8]) -> Failure {
    let (what, cure) = match stage {
        Stage::Opening => (
            format!("opening {}, which runs its constructors", spec.library),
            "check that the library can be opened on its own".to_owned(),
        ),
        Stage::Calling => (
            format!("calling {} of {}", spec.call(), spec.library),
            format!(
                "check the signature {} and the arguments against the library's header",
                spec.signature
            ),
        ),
    };
    let printed = String::from_utf8_lossy(printed);
    let said = match printed.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => format!("; it wrote {line:?}"),
        None => String::new(),
    };
    Failure::Work {
        code: "crashed",
        message: format!("{what}: the child process {outcome}{said}: {cure}"),
    }
}

/// An error of the meter, in terms of the function.
fn ended(spec: &Spec, error: Error) -> Failure {
    let outcome = match error {
        Error::Ended {
            ending: Ending::Signal(signal),
            ..
        } => Outcome::Signal { signal },
        Error::Ended {
            ending: Ending::Exit(code),
            ..
        } => Outcome::Exit { code },
        Error::Ended {
            ending: Ending::Hang(deadline),
            ..
        } => Outcome::Hang { deadline },
        Error::Ended {
            ending: Ending::Stuck(silence),
            ..
        } => {
            let hung = format!(
                "it timed out: it did not return within {:.0} s while it was measured, after a first call that \
                 succeeded, and was killed",
                silence.as_secs_f64()
            );
            return Failure::Work {
                code: "crashed",
                message: format!("calling {} of {}: {hung}", spec.call(), spec.library),
            };
        }
        Error::Process { source, .. }
            if matches!(
                source,
                child::Error::TwoProcesses { .. } | child::Error::ProcessLimit { .. }
            ) =>
        {
            return uncontained(spec, &source);
        }
        other => return super::failed(other),
    };
    crashed(spec, Stage::Calling, &outcome, b"after a first call that succeeded")
}
