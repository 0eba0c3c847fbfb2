//! A child that answers many requests.

use super::process::{Process, Wrong, ending};
use super::wire;
use super::{Ended, Error, Outcome};
use std::io;
use std::time::{Duration, Instant};

/// The interval in which a silent child is checked for being alive.
const LOOK: Duration = Duration::from_millis(50);

/// A child that answers requests, one after the other, with [`Task::serve`](super::Task::serve). Dropping it kills the
/// child and all processes that it started.
///
/// A session that failed cannot be used again: its child is killed immediately, and every later request is refused with
/// [`Error::Over`].
#[derive(Debug)]
pub struct Session {
    process: Process,
    /// The number of the last request.
    asked: u64,
    over: bool,
}

impl Session {
    pub(super) fn new(process: Process) -> Result<Session, Error> {
        let mut session = Session {
            process,
            asked: 0,
            over: false,
        };
        let handshake = session.process.plan.handshake;
        let until = session.process.started.checked_add(handshake);
        session.until(until, handshake, |process| process.said.process.map(|_| ()))?;
        Ok(session)
    }

    /// The id of the process that answers.
    pub fn id(&self) -> u32 {
        self.process.said.process.unwrap_or_else(|| self.process.id())
    }

    /// Sends a request, and waits for the reply: at most for the given time, and not beyond the session's deadline.
    ///
    /// # Errors
    /// [`Error::Late`] if the request timed out; [`Error::Gone`] if the child ended first; [`Error::TwoProcesses`] if
    /// the called code forked and both processes replied; [`Error::ProcessLimit`], [`Error::OutputLimit`],
    /// [`Error::Output`] and [`Error::Refused`]; [`Error::Over`] after any of these. The child is killed before an
    /// error is returned.
    pub fn ask(&mut self, request: &[u8], within: Duration) -> Result<Vec<u8>, Error> {
        if self.over {
            return Err(self.is_over());
        }
        self.asked += 1;
        let number = self.asked;
        self.process.write(wire::request(number, request));
        let now = Instant::now();
        let until = now.checked_add(within);
        let whole = self.whole();
        let (until, time) = match (until, whole) {
            (Some(until), Some(whole)) if whole < until => (Some(whole), self.process.plan.deadline),
            (None, Some(whole)) => (Some(whole), self.process.plan.deadline),
            (until, _) => (until, within),
        };
        self.until(until, time, |process| {
            let (found, reply) = process.said.replies.pop_front()?;
            if found == number {
                return Some(reply);
            }
            // A second reply to an earlier request.
            process.said.replied_twice();
            None
        })
    }

    /// The child's notes since the last call.
    pub fn take_notes(&mut self) -> Vec<Vec<u8>> {
        self.process.take_notes()
    }

    /// Ends the session normally: [`Task::serve`](super::Task::serve) returns in the child, which must then exit within
    /// the given time.
    ///
    /// # Errors
    /// As [`ask`](Session::ask); if the child does not exit in time, [`Error::Late`].
    pub fn end(mut self, within: Duration) -> Result<Ended, Error> {
        if self.over {
            return Err(self.is_over());
        }
        self.over = true;
        self.process.write(vec![wire::END]);
        let until = Instant::now().checked_add(within);
        let until = [until, self.whole()].into_iter().flatten().min();
        let mut late = false;
        let mut nap = Duration::from_micros(200);
        while !late && !self.process.said.is_wrong() && !self.process.has_ended()? {
            if !self.process.listen(nap) {
                nap = (nap * 2).min(Duration::from_millis(5));
            }
            late = until.is_some_and(|until| Instant::now() > until);
        }
        let status = self.process.end()?;
        if !self.process.said.replies.is_empty() {
            // Nobody requested it.
            self.process.said.replied_twice();
        }
        match self.process.said.wrong.take() {
            None => {}
            Some(Wrong::Output(_)) if late || !status.success() => {}
            Some(wrong) => return Err(self.process.wrong(wrong)),
        }
        if late {
            return Err(self.late(within));
        }
        Ok(self.process.ended(ending(status)))
    }

    /// The session's deadline; `None` if the clock cannot represent it.
    fn whole(&self) -> Option<Instant> {
        self.process.started.checked_add(self.process.plan.deadline)
    }

    fn is_over(&self) -> Error {
        Error::Over {
            role: self.process.plan.role.clone(),
        }
    }

    fn late(&self, within: Duration) -> Error {
        Error::Late {
            role: self.process.plan.role.clone(),
            within,
        }
    }

    /// Waits for the expected event. On failure kills the child and returns the error.
    fn until<T>(
        &mut self,
        until: Option<Instant>,
        time: Duration,
        mut found: impl FnMut(&mut Process) -> Option<T>,
    ) -> Result<T, Error> {
        let (mut late, mut status) = (false, None);
        loop {
            let found = found(&mut self.process);
            if self.process.said.wrong.is_none()
                && let Some(found) = found
            {
                return Ok(found);
            }
            if self.over {
                break;
            }
            let left = match until {
                Some(until) => until.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            late = left.is_zero() && self.process.said.wrong.is_none() && !self.process.said.ended;
            if late || self.process.said.wrong.is_some() || self.process.said.ended || self.process.has_ended()? {
                // Check once more for output from before its end.
                self.over = true;
                status = Some(self.process.end()?);
            } else {
                self.process.listen(left.min(LOOK));
            }
        }
        let gone = status.filter(|_| !late);
        Err(match (self.process.said.wrong.take(), gone) {
            (Some(Wrong::Output(error)), Some(status)) if error.kind() == io::ErrorKind::TimedOut => {
                self.gone(ending(status))
            }
            (Some(Wrong::Output(_)) | None, None) => self.late(time),
            (None, Some(status)) => self.gone(ending(status)),
            (Some(wrong), _) => self.process.wrong(wrong),
        })
    }

    fn gone(&self, outcome: Outcome) -> Error {
        Error::Gone {
            role: self.process.plan.role.clone(),
            outcome,
        }
    }
}
