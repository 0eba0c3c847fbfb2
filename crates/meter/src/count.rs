//! What the stepper says about a row: its instructions, its allocations, and whether its call happened.

use crate::report::{Proof, ProofKind};
use crate::row::{Callee, Row, Rows};
use crate::timed::UNROLL;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tollgate_platform::step::{Arrival, Entry, StepCount, Stepper};

/// How long each of a row's two stepped children may take: some 200 000 steps where a step is slow.
const DEADLINE: Duration = Duration::from_secs(3);

/// The counts of one row. All are for one call, and exact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    pub(crate) objects: Vec<(String, f64)>,
    pub(crate) proof: Proof,
}

/// Steps one row. The error says why there are no counts.
///
/// The unrolled loop is stepped, or, for a row whose calls take long, the other one.
pub(crate) fn count(rows: &mut Rows<'_>, index: usize, unrolled: bool) -> Result<Count, String> {
    let Row {
        body,
        input,
        callee,
        uncounted,
        ..
    } = &mut rows.list[index];
    if let Some(reason) = uncounted {
        return Err(reason.clone());
    }
    let mut stepper = Stepper::new().deadline(DEADLINE);
    if let Some(callee) = callee {
        stepper = stepper.watch(callee.address);
    }
    let steps = stepper.count(|calls| {
        let answer = match unrolled {
            true => body.rounds(*input, calls),
            false => body.calls(*input, calls),
        };
        crate::arch::keep(answer);
    });
    let counted = steps.map_err(|error| match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })?;
    let calls = if unrolled { UNROLL as f64 } else { 1.0 };
    Ok(Count {
        instructions: counted.instructions_per_call / calls,
        allocations: counted.allocations / calls,
        objects: counted
            .by_object
            .iter()
            .map(|(object, instructions)| (object.clone(), instructions / calls))
            .collect(),
        proof: proof(&counted, callee.as_ref(), calls),
    })
}

/// What the trace proves of the call.
///
/// - No call instruction ran and no other object was entered: all of the work stands in the loop itself, `inlined`.
/// - The named callee was entered at least once a call: `direct` or `indirect`, as the instruction that led there says.
/// - Without a named callee, exactly one address of another object was called from the executable in each call: that one.
/// - Else `unproved`, with what was seen.
fn proof(counted: &StepCount, callee: Option<&Callee>, calls: f64) -> Proof {
    if counted.call_instructions == 0.0 && counted.by_object.len() <= 1 {
        return Proof {
            kind: ProofKind::Inlined,
            object: counted.by_object.first().map(|(object, _)| object.clone()),
            symbol: callee.map(|callee| callee.symbol.clone()),
            reason: None,
        };
    }
    let symbol = callee.map(|callee| callee.symbol.as_str());
    let entered = |entry: &Entry| entry.entries >= calls;
    match callee {
        Some(callee) => match counted.watched.first().filter(|entry| entered(entry)) {
            Some(entry) => arrived(entry, symbol),
            None => Proof::unproved(format!(
                "{} was not entered in each call, and {} calls were made of something else",
                callee.symbol,
                counted.call_instructions / calls
            )),
        },
        None => {
            let crossed: Vec<&Entry> = counted.calls_out.iter().filter(|e| entered(e)).collect();
            match crossed[..] {
                [entry] => arrived(entry, None),
                [] => Proof::unproved("the row names no callee, and no other object was entered"),
                _ => Proof::unproved(format!(
                    "the row names no callee, and {} addresses of other objects were entered",
                    crossed.len()
                )),
            }
        }
    }
}

fn arrived(entry: &Entry, symbol: Option<&str>) -> Proof {
    let kind = match entry.arrival {
        Some(Arrival::Direct) => ProofKind::Direct,
        Some(Arrival::Indirect) => ProofKind::Indirect,
        Some(Arrival::Other) | None => {
            return Proof::unproved("the callee was entered by neither a call nor a jump");
        }
    };
    Proof {
        kind,
        object: Some(entry.object.clone()),
        symbol: symbol.map(str::to_owned),
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(calls: f64, watched: Vec<Entry>, calls_out: Vec<Entry>) -> StepCount {
        StepCount {
            instructions_per_call: 40.0,
            call_instructions: calls,
            allocations: 0.0,
            by_object: vec![("/bin/a".to_owned(), 40.0)],
            watched,
            calls_out,
        }
    }

    fn entry(arrival: Option<Arrival>, entries: f64) -> Entry {
        Entry {
            address: 16,
            object: "/lib/b.so".to_owned(),
            arrival,
            entries,
        }
    }

    fn callee() -> Callee {
        Callee {
            symbol: "f".to_owned(),
            address: 16,
        }
    }

    #[test]
    fn a_loop_without_a_call_instruction_is_inlined() {
        let trace = counted(0.0, vec![entry(None, 0.0)], vec![]);
        assert_eq!(proof(&trace, Some(&callee()), 8.0).kind, ProofKind::Inlined);
    }

    #[test]
    fn an_entered_callee_is_direct_or_indirect_as_its_caller_is_written() {
        for (arrival, kind) in [
            (Arrival::Direct, ProofKind::Direct),
            (Arrival::Indirect, ProofKind::Indirect),
        ] {
            let trace = counted(8.0, vec![entry(Some(arrival), 8.0)], vec![]);
            let proof = proof(&trace, Some(&callee()), 8.0);
            assert_eq!(proof.kind, kind);
            assert_eq!(proof.symbol.as_deref(), Some("f"));
            assert_eq!(proof.object.as_deref(), Some("/lib/b.so"));
        }
    }

    #[test]
    fn a_callee_entered_in_some_calls_only_is_unproved() {
        let trace = counted(8.0, vec![entry(Some(Arrival::Direct), 4.0)], vec![]);
        let proof = proof(&trace, Some(&callee()), 8.0);
        assert_eq!(proof.kind, ProofKind::Unproved);
        assert!(proof.reason.unwrap().contains("f was not entered in each call"));
    }

    #[test]
    fn without_a_named_callee_one_call_out_proves_and_two_do_not() {
        let one = counted(8.0, vec![], vec![entry(Some(Arrival::Indirect), 8.0)]);
        assert_eq!(proof(&one, None, 8.0).kind, ProofKind::Indirect);
        let both = vec![entry(Some(Arrival::Indirect), 8.0); 2];
        assert_eq!(proof(&counted(16.0, vec![], both), None, 8.0).kind, ProofKind::Unproved);
        assert_eq!(
            proof(&counted(8.0, vec![], vec![]), None, 8.0).kind,
            ProofKind::Unproved
        );
    }
}
