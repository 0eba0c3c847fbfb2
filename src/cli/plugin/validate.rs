//! `tollgate plugin validate`.

use crate::cli::failure::{Failure, one_line};
use crate::cli::{Progress, Report, result};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tollgate::Host;
use tollgate_inspect::validate::{CheckVerdict, Checked, Options, checks, validate};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The plugin: a path, or a name to search for
    file: String,
    /// The seed of the inputs: the same seed gives the same inputs. Random by default
    #[arg(long)]
    seed: Option<u64>,
    /// Run only this check (a name from the report's table)
    #[arg(long, value_name = "NAME")]
    check: Option<String>,
    /// The plugin's configuration, as key=value,key=value
    #[arg(long, default_value = "", hide_default_value = true)]
    config: String,
    /// The time limit of one check, in seconds. All checks together may take 300 seconds, or three times the limit of
    /// one if that is more
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    deadline: u64,
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let file = host.find(&arguments.file)?;
    let seed = arguments.seed.unwrap_or_else(fresh_seed);
    let options = Options {
        seed,
        deadline: Duration::from_secs(arguments.deadline),
        whole: Duration::from_secs(300.max(arguments.deadline.saturating_mul(3))),
        config: arguments.config.clone(),
        only: arguments.check.clone(),
        ..Options::default()
    };
    let progress = Progress::of("validating", "check");
    progress.set_length(checks().count() as u64);
    let mut done = 0;
    let checked = validate(host, &arguments.file, &options, |_| {
        done += 1;
        progress.set_position(done);
    });
    drop(progress);
    let checked = checked?;
    let failed = checked.iter().filter(|checked| checked.verdict.is_failed()).count();
    let document = json!({
        "file": file.display().to_string(),
        "seed": seed,
        "failed": failed,
        "checks": checked.iter().map(check_json).collect::<Vec<_>>(),
    });
    let again = |name: &str| {
        let config = if arguments.config.is_empty() {
            String::new()
        } else {
            format!(" --config {:?}", arguments.config)
        };
        format!(
            "tollgate plugin validate {} --check {name} --seed {seed}{config}",
            file.display()
        )
    };
    let mut report = Report::new(text(&checked, seed, failed, again), document);
    if failed > 0 {
        let names: Vec<&str> = checked
            .iter()
            .filter(|checked| checked.verdict.is_failed())
            .map(|checked| checked.name)
            .collect();
        report.failure = Some(Failure::Work {
            code: "invalid",
            message: format!(
                "{} failed {failed} of {} checks ({}), with seed {seed}",
                file.display(),
                checked.len(),
                names.join(", ")
            ),
        });
    }
    Ok(report)
}

/// A seed that differs in each run.
fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    // Short, so that it is easy to type.
    now.map_or(0, |now| now.as_micros() as u64 % 1_000_000_007)
}

fn check_json(checked: &Checked) -> Json {
    let mut document = json!({ "name": checked.name, "what": checked.what });
    match &checked.verdict {
        CheckVerdict::Passed { calls } => {
            document["result"] = "passed".into();
            document["calls"] = (*calls).into();
        }
        CheckVerdict::Failed {
            problem,
            operation,
            input,
        } => {
            document["result"] = "failed".into();
            document["problem"] = problem.as_str().into();
            document["operation"] = operation.as_str().into();
            document["input"] = input.as_str().into();
        }
        CheckVerdict::Skipped { reason } => {
            document["result"] = "skipped".into();
            document["reason"] = reason.as_str().into();
        }
    }
    document
}

fn text(checked: &[Checked], seed: u64, failed: usize, again: impl Fn(&str) -> String) -> String {
    let mut table = result::plain_table();
    table.set_header(["check", "result", "calls", "what was checked, or what failed"]);
    for checked in checked {
        let (word, calls, what) = match &checked.verdict {
            CheckVerdict::Passed { calls } => ("passed", calls.to_string(), checked.what.to_owned()),
            CheckVerdict::Failed {
                problem,
                operation,
                input,
            } => {
                let place = match (operation.as_str(), input.as_str()) {
                    ("", _) => String::new(),
                    (operation, "") => format!(" (in {operation})"),
                    (operation, input) => format!(" (in {operation}, {input})"),
                };
                ("FAILED", String::new(), one_line(&format!("{problem}{place}")))
            }
            CheckVerdict::Skipped { reason } => ("skipped", String::new(), one_line(reason)),
        };
        table.add_row([checked.name, word, &calls, &what]);
    }
    let mut text = format!("{}\n", table.trim_fmt());
    if failed == 0 {
        text.push_str(&format!("All checks passed, with seed {seed}.\n"));
        return text;
    }
    text.push_str("To repeat the failed checks:\n");
    for checked in checked.iter().filter(|checked| checked.verdict.is_failed()) {
        text.push_str(&format!("  {}\n", again(checked.name)));
    }
    text
}
