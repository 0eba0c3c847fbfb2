//! Single-steps a row: its instructions, its allocations, and the proof of its call.

use crate::proof::{Proof, ProofKind};
use crate::row::{Callee, Row, Rows};
use crate::symbols::Symbols;
use crate::timed::UNROLL;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tollgate_platform::step::{Arrival, Entry, StepCount, Stepper};

/// The deadline of each of a row's two stepped children: about 200 000 steps where a step is slow.
const DEADLINE: Duration = Duration::from_secs(3);

/// The exact counts of one row, for one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    /// Bytes.
    pub(crate) copied: f64,
    pub(crate) objects: Vec<(String, f64)>,
    pub(crate) proof: Proof,
}

/// How many entries a proof names if they are not the row's callee.
const NAMED: usize = 3;

/// Single-steps one row. The error says why there are no counts.
///
/// It steps the unrolled loop, or the other one for a row whose calls take long.
pub(crate) fn count(rows: &mut Rows<'_>, index: usize, unrolled: bool, symbols: &mut Symbols) -> Result<Count, String> {
    let Row {
        body,
        input,
        callee,
        uncounted,
        repeats,
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
    let times = calls * *repeats as f64;
    Ok(Count {
        instructions: counted.instructions_per_call / times,
        allocations: counted.allocations / times,
        copied: counted.copied_bytes / times,
        objects: counted
            .by_object
            .iter()
            .map(|(object, instructions)| (object.clone(), instructions / times))
            .collect(),
        proof: proof(&counted, callee.as_ref(), calls, symbols),
    })
}

/// What the trace proves about the call.
///
/// - No call instruction ran and no other object was entered: the loop contains all of the work, `inlined`.
/// - The named callee was entered at least once per call: `direct` or `indirect`, by the instruction that entered it.
/// - No callee is named: the one address of another object that the executable called in each call, or else the one
///   function that the loop itself called.
/// - Otherwise `unproved`, with what was entered.
fn proof(counted: &StepCount, callee: Option<&Callee>, calls: f64, symbols: &mut Symbols) -> Proof {
    if counted.call_instructions == 0.0 && counted.by_object.len() <= 1 {
        return Proof {
            kind: ProofKind::Inlined,
            object: counted.by_object.first().map(|(object, _)| object.clone()),
            symbol: callee.map(|callee| callee.symbol.clone()),
            reason: None,
        };
    }
    let in_each = |entries: &'_ [Entry]| -> Vec<Entry> {
        entries.iter().filter(|entry| entry.entries >= calls).cloned().collect()
    };
    let (out, called) = (in_each(&counted.calls_out), in_each(&counted.called));
    match callee {
        Some(callee) => match &in_each(&counted.watched)[..] {
            [entry, ..] => arrived(entry, Some(&callee.symbol), symbols),
            [] => Proof::unproved(format!(
                "{} was not entered in each call; {}",
                callee.symbol,
                instead(counted, &called, &out, symbols)
            )),
        },
        None => match (&out[..], &called[..]) {
            ([entry], _) => arrived(entry, None, symbols),
            // A row's own body that was not inlined into the loop is not its callee.
            (_, [entry]) if !symbols.is_closure(entry) => arrived(entry, None, symbols),
            _ => Proof::unproved(format!(
                "the row names no callee; {}",
                instead(counted, &called, &out, symbols)
            )),
        },
    }
}

/// What was entered in each call, by name.
fn instead(counted: &StepCount, called: &[Entry], out: &[Entry], symbols: &mut Symbols) -> String {
    let mut entries: Vec<&Entry> = called.iter().collect();
    entries.extend(
        out.iter()
            .filter(|entry| called.iter().all(|other| other.address != entry.address)),
    );
    let names: Vec<String> = entries
        .iter()
        .take(NAMED)
        .map(|entry| symbols.describe(entry))
        .collect();
    match (names.is_empty(), entries.len() - names.len()) {
        (true, _) => match counted.called.len() {
            0 => "nothing was called".to_owned(),
            several => format!("{several} functions were called, but none in each call"),
        },
        (false, 0) => format!("it entered {}", names.join(", ")),
        (false, more) => format!("it entered {} and {more} more", names.join(", ")),
    }
}

fn arrived(entry: &Entry, named: Option<&str>, symbols: &mut Symbols) -> Proof {
    let kind = match entry.arrival {
        Some(Arrival::Direct) => ProofKind::Direct,
        Some(Arrival::Indirect) => ProofKind::Indirect,
        Some(Arrival::Other) | None => {
            return Proof::unproved("the callee was entered neither by a call nor by a jump");
        }
    };
    Proof {
        kind,
        object: Some(entry.object.clone()),
        symbol: symbols.name(entry, named),
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
            copied_bytes: 0.0,
            by_object: vec![("/bin/a".to_owned(), 40.0)],
            watched,
            calls_out,
            called: vec![],
        }
    }

    fn entry(arrival: Option<Arrival>, entries: f64) -> Entry {
        Entry {
            address: 16,
            object: "/lib/b.so".to_owned(),
            offset: Some(16),
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
        assert_eq!(
            proof(&trace, Some(&callee()), 8.0, &mut Symbols::default()).kind,
            ProofKind::Inlined
        );
    }

    #[test]
    fn an_entered_callee_is_direct_or_indirect_as_its_caller_is_written() {
        for (arrival, kind) in [
            (Arrival::Direct, ProofKind::Direct),
            (Arrival::Indirect, ProofKind::Indirect),
        ] {
            let trace = counted(8.0, vec![entry(Some(arrival), 8.0)], vec![]);
            let proof = proof(&trace, Some(&callee()), 8.0, &mut Symbols::default());
            assert_eq!(proof.kind, kind);
            assert_eq!(proof.symbol.as_deref(), Some("f"));
            assert_eq!(proof.object.as_deref(), Some("/lib/b.so"));
        }
    }

    #[test]
    fn a_callee_entered_in_some_calls_only_is_unproved() {
        let trace = counted(8.0, vec![entry(Some(Arrival::Direct), 4.0)], vec![]);
        let proof = proof(&trace, Some(&callee()), 8.0, &mut Symbols::default());
        assert_eq!(proof.kind, ProofKind::Unproved);
        assert!(proof.reason.unwrap().contains("f was not entered in each call"));
    }

    #[test]
    fn a_row_that_names_the_wrong_function_is_told_what_was_entered_instead() {
        let mut trace = counted(8.0, vec![entry(None, 0.0)], vec![]);
        trace.called = vec![entry(Some(Arrival::Direct), 8.0)];
        let proof = proof(&trace, Some(&callee()), 8.0, &mut Symbols::default());
        assert_eq!(
            proof.reason.as_deref(),
            Some("f was not entered in each call; it entered 0x10 in /lib/b.so")
        );
    }

    #[test]
    fn without_a_named_callee_the_one_function_that_the_loop_calls_proves() {
        let mut trace = counted(24.0, vec![], vec![entry(Some(Arrival::Indirect), 8.0); 2]);
        trace.called = vec![entry(Some(Arrival::Direct), 8.0)];
        assert_eq!(
            proof(&trace, None, 8.0, &mut Symbols::default()).kind,
            ProofKind::Direct
        );
        trace.called.push(entry(Some(Arrival::Direct), 8.0));
        let proof = proof(&trace, None, 8.0, &mut Symbols::default());
        assert!(
            proof
                .reason
                .unwrap()
                .starts_with("the row names no callee; it entered ")
        );
    }

    #[test]
    fn without_a_named_callee_one_call_out_proves_and_two_do_not() {
        let one = counted(8.0, vec![], vec![entry(Some(Arrival::Indirect), 8.0)]);
        assert_eq!(
            proof(&one, None, 8.0, &mut Symbols::default()).kind,
            ProofKind::Indirect
        );
        let both = vec![entry(Some(Arrival::Indirect), 8.0); 2];
        assert_eq!(
            proof(&counted(16.0, vec![], both), None, 8.0, &mut Symbols::default()).kind,
            ProofKind::Unproved
        );
        assert_eq!(
            proof(&counted(8.0, vec![], vec![]), None, 8.0, &mut Symbols::default()).kind,
            ProofKind::Unproved
        );
    }
}
