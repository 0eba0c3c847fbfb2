//! The requirements for a baseline.

use crate::report::{Machine, Report};

/// Why a measurement cannot be compared with a baseline.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The baseline has values that no measurement gives.
    #[error("it is damaged: {problem}: save a new one")]
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// It was measured on another machine, or with another frequency governor.
    #[error(
        "it was measured on another machine: {what} was {baseline} and is {here} here. Prices can be compared only on \
            one machine: save a baseline here"
    )]
    OtherMachine {
        /// What differs.
        what: &'static str,
        /// In the baseline.
        baseline: String,
        /// Here.
        here: String,
    },
    /// One is a quick run and the other a full run.
    #[error(
        "it was measured in {baseline} and this run has {here}; a minimum depends on the number of batches: {cure}"
    )]
    OtherMethod {
        /// In the baseline.
        baseline: String,
        /// Here.
        here: String,
        /// What to do.
        cure: &'static str,
    },
    /// No row is in both.
    #[error("none of its rows exist in this program: save a new one")]
    NothingInCommon,
}

/// The properties that two machines must share for their prices to be compared, with their names.
fn sameness(machine: &Machine) -> [(&'static str, String); 6] {
    let or_unknown = |name: &Option<String>| name.as_deref().unwrap_or("unknown").to_owned();
    [
        ("processor", or_unknown(&machine.cpu)),
        ("number of usable CPUs", machine.cores.to_string()),
        ("target", machine.target.clone()),
        (
            "being virtual",
            machine.virtualised.map_or("unknown".to_owned(), |is| is.to_string()),
        ),
        ("hypervisor", or_unknown(&machine.hypervisor)),
        ("frequency governor", or_unknown(&machine.governor)),
    ]
}

/// Whether a measurement on `here` with these numbers of processes and batches can be compared with `baseline`.
/// Callable before it is made.
///
/// # Errors
/// [`Refusal`], but not [`Refusal::NothingInCommon`].
pub fn suits(baseline: &Report, here: &Machine, processes: usize, batches: u32) -> Result<(), Refusal> {
    whole(baseline).map_err(|problem| Refusal::Damaged { problem })?;
    for ((what, before), (_, now)) in sameness(&baseline.machine).into_iter().zip(sameness(here)) {
        if before != now {
            return Err(Refusal::OtherMachine {
                what,
                baseline: before,
                here: now,
            });
        }
    }
    let method = &baseline.method;
    if (method.processes, method.batches) != (processes, batches) {
        let runs = |processes, batches| format!("{processes} processes of {batches} batches");
        // The figures come from a file and can be anything.
        let all = |processes, batches| processes as u128 * u128::from(batches);
        return Err(Refusal::OtherMethod {
            baseline: runs(method.processes, method.batches),
            here: runs(processes, batches),
            cure: match all(method.processes, method.batches).cmp(&all(processes, batches)) {
                std::cmp::Ordering::Less => "use --quick for a quick baseline, or save a full one",
                _ => "run the check without --quick, or save a quick baseline",
            },
        });
    }
    Ok(())
}

/// What is wrong with a report that no measurement could have given.
fn whole(report: &Report) -> Result<(), String> {
    if report.rows.is_empty() {
        return Err("it has no rows".to_owned());
    }
    for (at, row) in report.rows.iter().enumerate() {
        let name = row.title();
        if report.rows[..at].iter().any(|other| other.is_same_row(row)) {
            return Err(format!("it contains the row {name:?} twice"));
        }
        if row.per_process.len() != report.method.processes {
            return Err(format!(
                "the row {name:?} has the figures of {} processes, but there were {}",
                row.per_process.len(),
                report.method.processes
            ));
        }
        let figures = row.per_process.iter().map(|process| process.min);
        if let Some(figure) = figures.chain([row.ns.min]).find(|min| !(min.is_finite() && *min > 0.0)) {
            return Err(format!("the row {name:?} has a price of {figure} ns"));
        }
    }
    Ok(())
}
