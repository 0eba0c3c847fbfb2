//! Whether a call happened, and where.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a call happened, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What the trace shows.
    pub kind: ProofKind,
    /// The mapped object that holds the code that was called.
    pub object: Option<String>,
    /// The symbol that the row names.
    pub symbol: Option<String>,
    /// Why nothing is proved.
    pub reason: Option<String>,
}

impl Proof {
    pub(crate) fn unproved(reason: impl Into<String>) -> Proof {
        Proof {
            kind: ProofKind::Unproved,
            object: None,
            symbol: None,
            reason: Some(reason.into()),
        }
    }

    /// The proof of a row that was not stepped.
    pub(crate) fn uncounted(reason: &str) -> Proof {
        Proof::unproved(format!("the call was not stepped: {reason}"))
    }
}

/// A phrase: `indirect, into add of /usr/lib/libadd.so`.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match (self.kind, &self.symbol, &self.object) {
            (ProofKind::Inlined, ..) | (_, None, None) => {}
            (_, Some(symbol), Some(object)) => write!(f, ", into {symbol} of {object}")?,
            (_, Some(part), None) | (_, None, Some(part)) => write!(f, ", into {part}")?,
        }
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

/// What a trace shows of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProofKind {
    /// No call: the loop contains the work.
    Inlined,
    /// Called by an instruction that contains the address.
    Direct,
    /// Called through a register or memory.
    Indirect,
    /// Another process or machine did the work.
    Remote,
    /// Not proved, for the given reason.
    Unproved,
}

impl fmt::Display for ProofKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ProofKind::Inlined => "inlined",
            ProofKind::Direct => "direct",
            ProofKind::Indirect => "indirect",
            ProofKind::Remote => "remote",
            ProofKind::Unproved => "unproved",
        })
    }
}
