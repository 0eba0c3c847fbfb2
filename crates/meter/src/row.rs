//! Rows, alone and together.

use crate::Error;
use crate::proof::{Proof, ProofKind};
use crate::timed::{Latency, Throughput, Timed};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is timed: the time until an answer, or the time between calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Each call waits for the answer of the one before.
    Latency,
    /// No call waits for another.
    Throughput,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Latency => "latency",
            Mode::Throughput => "throughput",
        })
    }
}

type Check<'a> = Box<dyn FnMut() -> Result<(), String> + 'a>;

/// A function whose entry proves that a row's call happened.
#[derive(Debug, Clone)]
pub(crate) struct Callee {
    pub(crate) symbol: String,
    pub(crate) address: usize,
}

/// One measured thing.
///
/// Its body takes a number and returns one. The compiler knows neither, but it knows everything else: a body that does
/// not use its argument may be computed once, outside of the loop. Use the argument in the work, or pass what
/// the work reads through [`std::hint::black_box`].
pub struct Row<'a> {
    pub(crate) name: String,
    pub(crate) boundary: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) repeats: u64,
    pub(crate) placement: Option<String>,
    pub(crate) payload: Option<u64>,
    pub(crate) series: Option<String>,
    pub(crate) prepare: Option<Box<dyn FnOnce() + 'a>>,
    pub(crate) copied_bytes: Option<u64>,
    pub(crate) mode: Mode,
    pub(crate) input: u64,
    pub(crate) body: Box<dyn Timed + 'a>,
    pub(crate) answers: Vec<(u64, u64)>,
    pub(crate) check: Option<Check<'a>>,
    pub(crate) callee: Option<Callee>,
    pub(crate) uncounted: Option<String>,
    pub(crate) claim: Option<ProofKind>,
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("name", &self.name)
            .field("boundary", &self.boundary)
            .field("mode", &self.mode)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

impl<'a> Row<'a> {
    /// A row in latency mode: each call gets the answer of the one before as its argument.
    pub fn latency(name: impl Into<String>, body: impl FnMut(u64) -> u64 + 'a) -> Row<'a> {
        Row::new(name.into(), Mode::Latency, Box::new(Latency(body)))
    }

    /// A row in throughput mode: each call gets the same argument, and none waits for another.
    pub fn throughput(name: impl Into<String>, body: impl FnMut(u64) -> u64 + 'a) -> Row<'a> {
        Row::new(name.into(), Mode::Throughput, Box::new(Throughput(body)))
    }

    fn new(name: String, mode: Mode, body: Box<dyn Timed + 'a>) -> Row<'a> {
        Row {
            name,
            boundary: None,
            language: None,
            repeats: 1,
            placement: None,
            payload: None,
            series: None,
            prepare: None,
            copied_bytes: None,
            mode,
            input: 1,
            body,
            answers: Vec::new(),
            check: None,
            callee: None,
            uncounted: None,
            claim: None,
        }
    }

    /// Names the boundary that a call crosses.
    pub fn boundary(mut self, boundary: impl Into<String>) -> Self {
        self.boundary = Some(boundary.into());
        self
    }

    /// Names the language of what a call runs, for example `C`. Rows of different languages are not compared: their
    /// prices differ by what the compilers made of the work, not only by the way to call it.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Says that the body does its work this many times (at least once). All figures are then those of one time, and
    /// there is no figure of a first call.
    ///
    /// # Panics
    ///
    /// If it is zero.
    pub fn repeats(mut self, times: u64) -> Self {
        assert!(times > 0, "a body does its work at least once");
        self.repeats = times;
        self
    }

    /// Names the placement: where caller and callee run, for example `same core`.
    pub fn placement(mut self, placement: impl Into<String>) -> Self {
        self.placement = Some(placement.into());
        self
    }

    /// Sets how many bytes a call works on.
    pub fn payload(mut self, bytes: u64) -> Self {
        self.payload = Some(bytes);
        self
    }

    /// Adds the row to a series of rows that do the same with other payloads: a line is fitted to their prices.
    pub fn series(mut self, name: impl Into<String>) -> Self {
        self.series = Some(name.into());
        self
    }

    /// Sets a preparation that runs before the first call and is not timed, for example making a large input. It runs
    /// in the processes that call the row.
    pub fn prepare(mut self, prepare: impl FnOnce() + 'a) -> Self {
        self.prepare = Some(Box::new(prepare));
        self
    }

    /// Claims that a call copies exactly this many bytes. If calls are stepped, [`Error::Copies`] is returned if the
    /// trace shows more of them in `memcpy` and `memmove`. Copies by other instructions are not
    /// checked.
    pub fn copied_bytes(mut self, bytes: u64) -> Self {
        self.copied_bytes = Some(bytes);
        self
    }

    /// Sets the argument of the first call in each batch, and of every call in throughput mode. The default is 1.
    pub fn input(mut self, input: u64) -> Self {
        self.input = input;
        self
    }

    /// Adds an answer to check: the body, called with `input`, must give `answer`.
    pub fn answers(mut self, input: u64, answer: u64) -> Self {
        self.answers.push((input, answer));
        self
    }

    /// Sets a check of effects that the answer does not show. It runs after the answers' checks; its error says what is
    /// wrong.
    pub fn check(mut self, check: impl FnMut() -> Result<(), String> + 'a) -> Self {
        self.check = Some(Box::new(check));
        self
    }

    /// Names the function that a call must enter, by its symbol and address (`f as usize`). If calls can be
    /// stepped, the row's proof says whether it was entered, and how.
    pub fn callee(mut self, symbol: impl Into<String>, address: usize) -> Self {
        self.callee = Some(Callee {
            symbol: symbol.into(),
            address,
        });
        self
    }

    /// Excludes the row from single-stepping, for the given reason: a body that waits for another thread or process
    /// would wait forever in a forked child.
    pub fn uncounted(mut self, reason: impl Into<String>) -> Self {
        self.uncounted = Some(reason.into());
        self
    }

    /// Claims how the call is made. If instructions are counted, [`Error::FalseClaim`] is returned unless the trace
    /// proves it.
    pub fn claims(mut self, kind: ProofKind) -> Self {
        self.claim = Some(kind);
        self
    }

    /// Compares the claimed bytes with those that were counted.
    pub(crate) fn hold_copies(&self, counted: f64) -> Result<(), Error> {
        match self.copied_bytes {
            Some(claimed) if counted > claimed as f64 => Err(Error::Copies {
                row: self.name.clone(),
                claimed,
                found: counted,
            }),
            _ => Ok(()),
        }
    }

    /// Compares the claim with the proof.
    pub(crate) fn hold(&self, proof: &Proof) -> Result<(), Error> {
        match self.claim {
            Some(claimed) if claimed != proof.kind => Err(Error::FalseClaim {
                row: self.name.clone(),
                claimed,
                found: proof.to_string(),
            }),
            _ => Ok(()),
        }
    }

    pub(crate) fn verify(&mut self) -> Result<(), Error> {
        self.prepared();
        let wrong = |row: &str, detail| Error::WrongAnswer {
            row: row.to_owned(),
            detail,
        };
        for &(input, expected) in &self.answers {
            let answer = self.body.calls(input, 1);
            if answer != expected {
                let detail = format!("{answer} for the argument {input}, but {expected} was expected");
                return Err(wrong(&self.name, detail));
            }
        }
        match &mut self.check {
            Some(check) => check().map_err(|detail| wrong(&self.name, detail)),
            None if self.answers.is_empty() => Err(Error::Unchecked { row: self.name.clone() }),
            None => Ok(()),
        }
    }

    /// Runs the preparation, once.
    pub(crate) fn prepared(&mut self) {
        if let Some(prepare) = self.prepare.take() {
            prepare();
        }
    }

    fn key(&self) -> (&str, Option<&str>, Option<&str>, Option<u64>, Mode) {
        let (boundary, placement) = (self.boundary.as_deref(), self.placement.as_deref());
        (&self.name, boundary, placement, self.payload, self.mode)
    }
}

/// Rows that are measured together, in the order in which they are reported.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    pub(crate) list: Vec<Row<'a>>,
}

impl<'a> Rows<'a> {
    /// No rows.
    pub fn new() -> Rows<'a> {
        Rows::default()
    }

    /// Adds a row.
    pub fn row(mut self, row: Row<'a>) -> Rows<'a> {
        self.list.push(row);
        self
    }

    /// Adds a row in place.
    pub fn push(&mut self, row: Row<'a>) {
        self.list.push(row);
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Refuses an empty list, and two rows with the same names.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        if self.list.is_empty() {
            return Err(Error::NoRows);
        }
        for (index, row) in self.list.iter().enumerate() {
            if self.list[..index].iter().any(|other| other.key() == row.key()) {
                return Err(Error::Duplicate { row: row.name.clone() });
            }
        }
        Ok(())
    }

    /// A hash of the rows' names (FNV-1a), to detect a child that built other rows.
    pub(crate) fn fingerprint(&self) -> u64 {
        let text = format!("{:?}", self.list);
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

impl<'a> Extend<Row<'a>> for Rows<'a> {
    fn extend<I: IntoIterator<Item = Row<'a>>>(&mut self, rows: I) {
        self.list.extend(rows);
    }
}

impl<'a> FromIterator<Row<'a>> for Rows<'a> {
    fn from_iter<I: IntoIterator<Item = Row<'a>>>(rows: I) -> Rows<'a> {
        Rows {
            list: rows.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_is_refused_and_names_the_row() {
        let error = Row::latency("double", |x| x * 2).answers(4, 9).verify().unwrap_err();
        assert_eq!(
            error.to_string(),
            "nothing was measured: the row \"double\" gave a wrong answer: 8 for the argument 4, but 9 was expected"
        );
        let error = Row::throughput("copy", |x| x)
            .check(|| Err("the last byte differs".to_owned()))
            .verify()
            .unwrap_err();
        assert!(error.to_string().contains("\"copy\"") && error.to_string().contains("last byte"));
    }

    #[test]
    fn a_row_that_checks_nothing_is_refused() {
        let error = Row::latency("blind", |x| x).verify().unwrap_err();
        assert!(matches!(&error, Error::Unchecked { row } if row == "blind"), "{error}");
    }

    #[test]
    fn two_rows_of_one_name_are_refused_unless_their_mode_or_payload_differs() {
        let row = || Row::latency("a", |x| x);
        let twice = Rows::new().row(row()).row(row());
        assert!(matches!(twice.validate(), Err(Error::Duplicate { .. })));
        let apart = Rows::new()
            .row(row())
            .row(row().payload(64))
            .row(Row::throughput("a", |x| x));
        assert!(apart.validate().is_ok());
        assert!(matches!(Rows::new().validate(), Err(Error::NoRows)));
        assert_ne!(apart.fingerprint(), twice.fingerprint());
    }
}
