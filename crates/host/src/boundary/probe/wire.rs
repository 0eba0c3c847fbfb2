//! The answer of a probe.

use crate::boundary::library::LoadRefusal;
use crate::refusal::Stage;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    Passed,
    Refused(LoadRefusal),
}

impl Answer {
    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// The name of a stage in the child's notes.
pub(super) fn name(stage: Stage) -> &'static [u8] {
    match stage {
        Stage::Opening => b"opening",
        Stage::Entry => b"entry",
        Stage::Layout => b"layout",
        Stage::Ending => b"ending",
    }
}

/// The last noted stage.
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
    fn an_answer_survives_encoding_and_other_bytes_are_no_answer() {
        let refused = Answer::Refused(LoadRefusal::EntryVersion { found: 7 });
        for answer in [Answer::Passed, refused] {
            assert_eq!(Answer::decode(&answer.encode()), Some(answer));
        }
        assert_eq!(Answer::decode(b"what a plugin wrote"), None);
    }

    #[test]
    fn the_last_noted_stage_counts() {
        let notes = |stages: &[Stage]| stages.iter().map(|stage| name(*stage).to_vec()).collect::<Vec<_>>();
        assert_eq!(stage(&[]), Stage::Opening);
        assert_eq!(stage(&notes(&[Stage::Opening, Stage::Entry])), Stage::Entry);
        assert_eq!(stage(&[b"what a plugin wrote".to_vec()]), Stage::Opening);
    }
}
