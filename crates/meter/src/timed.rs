//! The loops whose time is taken, each written once.
//!
//! A loop makes eight calls a round, so that the round's own two instructions are spread over eight; between calls
//! stands a barrier that costs no instruction. Each is a function of its own for each row and never inlined, so that
//! the machine code that is timed is the code that is stepped, whoever calls it.

use crate::arch::{dependent, hide, keep};

/// Calls in each round of an unrolled loop.
pub(crate) const UNROLL: u64 = 8;

/// What is timed and stepped.
pub(crate) trait Timed {
    /// Makes eight calls a round, from `input`.
    fn rounds(&mut self, input: u64, rounds: u64) -> u64;
    /// Makes calls in a loop that is not unrolled, for what takes so long that eight calls overfill a batch.
    fn calls(&mut self, input: u64, calls: u64) -> u64;
}

/// Each call's argument is the answer of the one before: what is timed is how long an answer takes.
pub(crate) struct Latency<F>(pub(crate) F);

/// All calls have the same argument and none waits for another: what is timed is how often a call can be made.
pub(crate) struct Throughput<F>(pub(crate) F);

/// The sequence that calibrates cycles: eight instructions a round.
pub(crate) struct Dependent;

impl Timed for Dependent {
    fn rounds(&mut self, input: u64, rounds: u64) -> u64 {
        dependent(input, rounds)
    }

    fn calls(&mut self, input: u64, calls: u64) -> u64 {
        dependent(input, calls.div_ceil(UNROLL))
    }
}

macro_rules! eight_times {
    ($statement:expr) => {
        $statement;
        $statement;
        $statement;
        $statement;
        $statement;
        $statement;
        $statement;
        $statement;
    };
}

impl<F: FnMut(u64) -> u64> Timed for Latency<F> {
    #[inline(never)]
    fn rounds(&mut self, input: u64, rounds: u64) -> u64 {
        let mut value = hide(input);
        for _ in 0..rounds {
            eight_times!(value = hide(self.0(value)));
        }
        value
    }

    #[inline(never)]
    fn calls(&mut self, input: u64, calls: u64) -> u64 {
        let mut value = hide(input);
        for _ in 0..calls {
            value = hide(self.0(value));
        }
        value
    }
}

impl<F: FnMut(u64) -> u64> Timed for Throughput<F> {
    #[inline(never)]
    fn rounds(&mut self, input: u64, rounds: u64) -> u64 {
        let mut input = input;
        for _ in 0..rounds {
            eight_times!({
                input = hide(input);
                keep(self.0(input));
            });
        }
        input
    }

    #[inline(never)]
    fn calls(&mut self, input: u64, calls: u64) -> u64 {
        let mut answer = 0;
        for _ in 0..calls {
            answer = self.0(hide(input));
            keep(answer);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_loop_feeds_each_answer_to_the_next_call() {
        let mut body = Latency(|x| x * 3);
        assert_eq!(body.rounds(1, 2), 3u64.pow(16));
        assert_eq!(body.calls(1, 3), 27);
    }

    #[test]
    fn a_throughput_loop_gives_every_call_the_same_argument() {
        let mut seen = Vec::new();
        let mut body = Throughput(|x| {
            seen.push(x);
            x + 1
        });
        assert_eq!(body.calls(5, 1), 6);
        body.rounds(5, 1);
        assert_eq!(seen, [5; 9]);
    }
}
