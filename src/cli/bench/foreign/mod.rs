//! `tollgate bench --library`: prices anyone's function, which is called in child processes alone.

mod arch;
mod call;
mod convention;
mod signature;
mod value;

use super::super::Report;
use super::super::failure::Failure;
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

/// How long the one call may take that comes before all measuring.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long all measuring processes together may take, for a function that takes next to no time. So much is more than
/// any needs, counting included.
const WHOLE: Duration = Duration::from_secs(300);

/// How long a measuring process may take from one batch of calls to the next, for such a function.
const SILENCE: Duration = Duration::from_secs(5);

/// More calls than a measuring process makes of a function that takes longer than a batch: ten batches of a call in
/// latency and in throughput, and those before and after.
const CALLS: f64 = 40.0;

/// A call may take so many times longer than at first.
const SLOWER: f64 = 10.0;

/// Processes and threads that the function may have, the child's own included: a library may start some.
const PROCESSES: u64 = 64;

/// How much is kept of what the function prints.
const PRINTED: u64 = 4 << 10;

#[derive(Default, clap::Args)]
pub(crate) struct Function {
    /// Measure a function of this shared library instead: a path, or a name that the system's loader finds
    #[arg(long, value_name = "FILE", requires_all = ["symbol", "signature"], conflicts_with = "only")]
    library: Option<String>,
    /// The function's name in the library
    #[arg(long, value_name = "NAME", requires = "library")]
    symbol: Option<String>,
    /// What it takes and gives: RESULT(ARGUMENT,…), of i8 to u64, isize, usize, bool, f32, f64, ptr, cstr, bytes, void
    #[arg(long, value_name = "TYPES", requires = "library")]
    signature: Option<String>,
    /// Its arguments, with commas between: numbers, texts, null, and buffers as bytes:N (filled) or zeros:N
    #[arg(long, value_name = "VALUES", requires = "library", allow_hyphen_values = true)]
    args: Option<String>,
}

impl Function {
    /// The function that is asked for, if one is.
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

/// A function, and how it is called. Each process reads it anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Spec {
    library: String,
    symbol: String,
    signature: String,
    arguments: Option<String>,
    /// What it is to give in every process, where it gave the same twice.
    expected: Option<u64>,
}

impl Spec {
    fn parse(&self) -> Result<(Signature, Vec<Value>), String> {
        let signature = Signature::parse(&self.signature)?;
        let values = value::parse(self.arguments.as_deref(), &signature)?;
        Ok((signature, values))
    }

    /// The call as C has it.
    fn call(&self) -> String {
        format!("{}({})", self.symbol, self.arguments.as_deref().unwrap_or(""))
    }

    fn to_json(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::Work {
            code: "bench",
            message: format!("the function that is to be measured cannot be written down: {error}"),
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
        .map_err(|_| "the request is no text".to_owned());
    let spec = spec.and_then(|text| serde_json::from_str::<Spec>(&text).map_err(|error| error.to_string()));
    Some(spec.and_then(|spec| call::rows(&spec, true)))
}

/// Calls the function once, and then measures it; what was measured, and its text and document.
///
/// `measure` does the second, of the rows and by the options that it is given.
pub(crate) fn run(
    mut spec: Spec,
    mut options: Options,
    measure: impl FnOnce(Rows<'_>, &Options) -> Result<tollgate_meter::Report, Error>,
    text: impl FnOnce(&tollgate_meter::Report) -> String,
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
        Some(_) => format!("gives {}", called.shown),
        None => "gives nothing".to_owned(),
    };
    let sure = match (called.expected, signature.result) {
        (Some(_), _) => "Every process checked that it gave the same.",
        (None, Some(_)) => "It does not give the same each time, or an address: its answers were not checked.",
        (None, None) => "It has no answer to check.",
    };
    let mut document = serde_json::to_value(&report).map_err(|error| Failure::Work {
        code: "bench",
        message: format!("the report cannot be written as JSON: {error}"),
    })?;
    document["function"] = json!({
        "library": spec.library,
        "symbol": spec.symbol,
        "signature": spec.signature.trim(),
        "arguments": spec.arguments,
        "result": signature.result.map(|_| &called.shown),
        "checked": called.expected.is_some(),
    });
    let text = format!(
        "{} of {}, called as {}, {gives}. {sure}\n\n{}\n\
         The caller's own cost is that of an empty function of this program, called through a pointer in the same way; \
         nothing is subtracted. In latency, a call's first argument waits for the answer before it, which costs two instructions \
         and, between integers and floating-point numbers, a move.\n",
        spec.call(),
        spec.library,
        spec.signature.trim(),
        text(&report)
    );
    Ok((report, Report::new(text, document)))
}

/// What a child may use that calls the function.
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
            "calling {} of {}: it started processes that ran on when it had returned (they were killed: {}), and \
             such a function is not measured: name one that starts none",
            spec.call(),
            spec.library,
            ended.left_behind
        ),
    })
}

/// A child process of which nothing is known, or which did what no function may that is measured.
fn uncontained(spec: &Spec, error: &child::Error) -> Failure {
    let what = match error {
        child::Error::TwoProcesses { .. } => {
            "it forked, and returned in two processes: name one that does not fork".to_owned()
        }
        child::Error::ProcessLimit { limit, found, .. } => {
            format!("it started processes or threads, {found} with its own, and at most {limit} are let run")
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
                "the child process that called {} gave no readable answer: {error}",
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
                "{} has no symbol {:?}: {reason}; names are as the linker has them (`nm -D --defined-only FILE` lists a \
                 library's), and C++ and Rust change them",
                spec.library, spec.symbol
            ),
        }),
        Answer::Unreadable(reason) => Err(Failure::usage(reason)),
    }
}

/// What to do where a library was not found.
fn advice(library: &str) -> String {
    let is_name = Path::new(library).file_name().is_some_and(|name| name == library);
    if is_name && Path::new(library).exists() {
        format!(
            "; a name alone is searched for where the system's libraries are: write ./{library} for the file that is \
             here"
        )
    } else if is_name {
        "; it was searched for where the system's libraries are: install it, or write the path of its file".to_owned()
    } else {
        String::new()
    }
}

/// A child process that did not come to its end.
fn crashed(spec: &Spec, stage: Stage, outcome: &Outcome, printed: &[u8]) -> Failure {
    let (what, cure) = match stage {
        Stage::Opening => (
            format!("opening {}, which runs its constructors", spec.library),
            "it cannot be opened on its own".to_owned(),
        ),
        Stage::Calling => (
            format!("calling {} of {}", spec.call(), spec.library),
            format!(
                "check the signature {} and the arguments against its header",
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
        message: format!("{what}: the child process that did so {outcome}{said}: {cure}"),
    }
}

/// What the meter met, in terms of the function.
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
                "it did not return within {:.0} s when it was measured, after a first call that went well, and was \
                 killed",
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
    crashed(spec, Stage::Calling, &outcome, b"after a first call that went well")
}
