//! A child that does one task.

use super::process::{Process, Wrong, ending};
use super::{Ended, Error, Outcome};
use std::time::Duration;

/// A running child, which has greeted. Dropping it kills it, and all processes that it started.
#[derive(Debug)]
pub struct Child {
    process: Process,
}

/// Why waiting for a child ended.
enum Until {
    End,
    Deadline,
    Silence,
    Wrong,
}

impl Child {
    pub(super) fn new(process: Process) -> Child {
        Child { process }
    }

    /// The id of the started process. On Linux this is the guardian, which exits together with the child and with the
    /// same status.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until the child ends or its deadline passes, and reaps it. At its deadline the child is killed. After its
    /// end, all processes that it started are killed.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::TwoProcesses`], [`Error::ProcessLimit`], [`Error::Silent`], [`Error::Wait`],
    /// [`Error::Output`] or [`Error::OutputLimit`]; in these cases too the child is killed and reaped.
    pub fn wait(self) -> Result<Outcome, Error> {
        Ok(self.finish()?.outcome)
    }

    /// Like [`wait`](Child::wait), but also returns the child's other output.
    ///
    /// # Errors
    /// As [`wait`](Child::wait).
    pub fn finish(mut self) -> Result<Ended, Error> {
        let until = self.run_out()?;
        let process = &mut self.process;
        let status = process.end()?;
        let hung = matches!(until, Until::Deadline);
        match process.said.wrong.take() {
            None => {}
            // A child that crashed or hung may have stopped in the middle of its output: its end says more. If its
            // output was the reason to kill it, its end says nothing.
            Some(Wrong::Output(_)) if hung || !(status.success() || matches!(until, Until::Wrong)) => {}
            Some(wrong) => return Err(process.wrong(wrong)),
        }
        if matches!(until, Until::Silence) {
            return Err(Error::Silent {
                role: process.plan.role.clone(),
                silence: process.plan.silence,
            });
        }
        let outcome = if hung {
            Outcome::Hang {
                deadline: process.plan.deadline,
            }
        } else {
            match (ending(status), process.said.value.take()) {
                (Outcome::Exit { code: 0 }, Some(value)) => Outcome::Value(value),
                (outcome, _) => outcome,
            }
        };
        Ok(process.ended(outcome))
    }

    fn run_out(&mut self) -> Result<Until, Error> {
        let process = &mut self.process;
        let mut nap = Duration::from_micros(200);
        while !process.has_ended()? {
            let left = process.plan.deadline.saturating_sub(process.greeted.elapsed());
            if left.is_zero() {
                return Ok(Until::Deadline);
            }
            if process.silent_for() > process.plan.silence {
                return Ok(Until::Silence);
            }
            if process.said.wrong.is_some() {
                return Ok(Until::Wrong);
            }
            if !process.listen(nap.min(left)) {
                nap = (nap * 2).min(Duration::from_millis(5));
            }
        }
        Ok(Until::End)
    }
}
