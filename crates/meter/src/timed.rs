//! The timed loops, each written once.
//!
//! A loop makes eight calls per round, so that the round's own two instructions are spread over eight. Between calls
//! is a barrier that costs no instruction. Each loop is a separate function for each row and never inlined, so that
//! the timed machine code is also the stepped code.

use crate::arch::{dependent, hide, keep};

/// Calls in each round of an unrolled loop.
pub(crate) const UNROLL: u64 = 8;

/// What is timed and stepped.
pub(crate) trait Timed {
    /// Makes eight calls per round, starting from `input`.
    fn rounds(&mut self, input: u64, rounds: u64) -> u64;
    /// Makes calls in a loop that is not unrolled, for calls so long that eight of them overfill a batch.
    fn calls(&mut self, input: u64, calls: u64) -> u64;
}

/// Latency mode: each call's argument is the answer of the one before.
pub(crate) struct Latency<F>(pub(crate) F);

/// Throughput mode: all calls have the same argument, and none waits for another.
pub(crate) struct Throughput<F>(pub(crate) F);

/// The sequence that calibrates cycles: eight instructions per round.
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
