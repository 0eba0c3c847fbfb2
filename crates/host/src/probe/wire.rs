//! What a probe answers.

use super::Stage;
use crate::Refusal;
use crate::gate::ENTRY_PART;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    Passed,
    Refused(Told),
}

/// A refusal that can be found by loading alone, as it crosses.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Told {
    Loader {
        reason: String,
        origin: bool,
    },
    Entry {
        problem: String,
    },
    EntryVersion {
        found: u32,
        needed: u32,
    },
    /// Any other.
    Other {
        message: String,
    },
}

const LOADER_ADVICE: &str = "; it looks for libraries beside itself ($ORIGIN), which does not work for a plugin, because a private copy of it runs: link them statically, or install them where the system looks";

/// What to do where the system's loader refuses a file.
pub(crate) fn loader_advice(origin: bool) -> &'static str {
    if origin { LOADER_ADVICE } else { "" }
}

impl Answer {
    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl From<Refusal> for Told {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Loader { reason, advice } => Told::Loader {
                reason,
                origin: !advice.is_empty(),
            },
            Refusal::EntryMismatch { problem } => Told::Entry { problem },
            Refusal::ContractVersion { found, needed, .. } => Told::EntryVersion { found, needed },
            other => Told::Other {
                message: other.to_string(),
            },
        }
    }
}

impl From<Told> for Refusal {
    fn from(told: Told) -> Self {
        match told {
            Told::Loader { reason, origin } => Refusal::Loader {
                reason,
                advice: loader_advice(origin),
            },
            Told::Entry { problem } => Refusal::EntryMismatch { problem },
            Told::EntryVersion { found, needed } => Refusal::ContractVersion {
                part: ENTRY_PART,
                found,
                needed,
            },
            Told::Other { message } => Refusal::ProbeRefused { message },
        }
    }
}

/// A stage as the child notes it.
pub(super) fn name(stage: Stage) -> &'static [u8] {
    match stage {
        Stage::Opening => b"opening",
        Stage::Entry => b"entry",
        Stage::Layout => b"layout",
        Stage::Ending => b"ending",
    }
}

/// The last stage that was noted.
pub(super) fn stage(notes: &[Vec<u8>]) -> Stage {
    let all = [Stage::Opening, Stage::Entry, Stage::Layout, Stage::Ending];
    notes
        .iter()
        .rev()
        .find_map(|note| all.into_iter().find(|stage| name(*stage) == note.as_slice()))
        .unwrap_or(Stage::Opening)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_loading_come_back_as_they_were() {
        let all = [
            Refusal::Loader {
                reason: "no".to_owned(),
                advice: loader_advice(true),
            },
            Refusal::EntryMismatch {
                problem: "x".to_owned(),
            },
            Refusal::ContractVersion {
                part: ENTRY_PART,
                found: 7,
                needed: 1,
            },
        ];
        for refusal in all {
            let (code, text) = (refusal.code(), refusal.to_string());
            let answer = Answer::Refused(refusal.into()).encode();
            let Some(Answer::Refused(told)) = Answer::decode(&answer) else {
                panic!("{}", String::from_utf8_lossy(&answer));
            };
            let refusal = Refusal::from(told);
            assert_eq!((refusal.code(), refusal.to_string()), (code, text));
        }
    }

    #[test]
    fn the_last_stage_that_was_noted_is_the_one() {
        let notes = |stages: &[Stage]| stages.iter().map(|stage| name(*stage).to_vec()).collect::<Vec<_>>();
        assert_eq!(stage(&[]), Stage::Opening);
        assert_eq!(stage(&notes(&[Stage::Opening, Stage::Entry])), Stage::Entry);
        assert_eq!(stage(&[b"what a plugin wrote".to_vec()]), Stage::Opening);
    }
}
