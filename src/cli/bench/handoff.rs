//! What it costs to hand work to another thread and get its answer, by the CPUs that the two run on. Each price is that
//! of one handoff: there and back.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use tollgate_meter::Row;
use tollgate_platform::affinity;

/// How the two threads wait for each other.
#[derive(Clone, Copy)]
enum Waiting {
    Spinning,
    Parked,
}

impl Waiting {
    /// Round trips in one call of a row: enough that waking the other thread does not count.
    const fn times(self) -> u64 {
        match self {
            Waiting::Spinning => 1000,
            Waiting::Parked => 100,
        }
    }
}

/// A thread that answers with its input plus one.
struct Partner {
    /// Odd while an answer is pending.
    turn: AtomicU64,
    value: AtomicU64,
    /// Whether a call is running: between calls the partner must not take time from other rows.
    called: AtomicBool,
    caller: OnceLock<Thread>,
    thread: OnceLock<Thread>,
}

/// The rows. Spinning needs two CPUs: two threads that spin on one only take turns.
pub(crate) fn rows() -> Vec<Row<'static>> {
    let cpus = affinity::allowed().unwrap_or_default();
    let mut rows = Vec::new();
    if let Some((one, other, placement)) = apart(&cpus, &affinity::cores().unwrap_or_default()) {
        rows.push(row("spinning", placement, Waiting::Spinning, [one, other]));
        rows.push(row("parked", placement, Waiting::Parked, [one, other]));
    }
    if let Some(&one) = cpus.first() {
        rows.push(row("parked", "same core", Waiting::Parked, [one, one]));
    }
    rows
}

/// Two CPUs, of different cores if there are two. CPUs of one core share its resources, and the row's name says so.
fn apart(cpus: &[usize], cores: &[Vec<usize>]) -> Option<(usize, usize, &'static str)> {
    let [one, rest @ ..] = cpus else { return None };
    let siblings = cores
        .iter()
        .find(|core| core.contains(one))
        .map_or(&[][..], Vec::as_slice);
    let other = rest.iter().rev().find(|cpu| !siblings.contains(cpu));
    match (other, rest.last()) {
        (Some(other), _) => Some((*one, *other, "other core")),
        (None, Some(sibling)) => Some((*one, *sibling, "other CPU of one core")),
        (None, None) => None,
    }
}

fn row(name: &str, placement: &str, waiting: Waiting, [here, there]: [usize; 2]) -> Row<'static> {
    static PARTNERS: [OnceLock<&'static Partner>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let slot = match (waiting, here == there) {
        (Waiting::Spinning, _) => &PARTNERS[0],
        (Waiting::Parked, false) => &PARTNERS[1],
        (Waiting::Parked, true) => &PARTNERS[2],
    };
    let all = affinity::allowed().unwrap_or_default();
    let body = move |x: u64| {
        let partner = slot.get_or_init(|| Partner::start(waiting, there));
        // Pinned for this call only: the system places the other rows.
        let pinned = affinity::pin(here).is_ok();
        let answer = partner.hand_over(x, waiting);
        if pinned {
            // On failure the thread stays where it is, which is correct for these rows and no worse for others.
            let _ = affinity::allow(&all);
        }
        answer
    };
    Row::throughput(format!("thread handoff, {name}, {placement}"), body)
        .repeats(waiting.times())
        .answers(7, 7 + waiting.times())
        .placement(placement)
        .uncounted("it waits for another thread, which does not exist in a forked child")
}

impl Partner {
    fn start(waiting: Waiting, cpu: usize) -> &'static Partner {
        let partner: &'static Partner = Box::leak(Box::new(Partner {
            turn: AtomicU64::new(0),
            value: AtomicU64::new(0),
            called: AtomicBool::new(false),
            caller: OnceLock::new(),
            thread: OnceLock::new(),
        }));
        let _ = partner.caller.set(thread::current());
        let answering = thread::spawn(move || {
            // If pinning fails, the row's placement is not as named; `tollgate platform` shows that under `affinity`.
            let _ = affinity::pin(cpu);
            partner.answer(waiting)
        });
        let _ = partner.thread.set(answering.thread().clone());
        partner
    }

    fn hand_over(&self, x: u64, waiting: Waiting) -> u64 {
        let Some(thread) = self.thread.get() else { return 0 };
        let mut value = x;
        self.called.store(true, Ordering::Release);
        thread.unpark();
        for _ in 0..waiting.times() {
            self.value.store(value, Ordering::Relaxed);
            let turn = self.turn.load(Ordering::Relaxed) + 1;
            self.turn.store(turn, Ordering::Release);
            if matches!(waiting, Waiting::Parked) {
                thread.unpark();
            }
            while self.turn.load(Ordering::Acquire) == turn {
                wait(waiting);
            }
            value = self.value.load(Ordering::Relaxed);
        }
        self.called.store(false, Ordering::Release);
        value
    }

    /// Answers until the process ends.
    fn answer(&self, waiting: Waiting) -> ! {
        loop {
            let turn = self.turn.load(Ordering::Acquire);
            if turn % 2 == 1 {
                let value = self.value.load(Ordering::Relaxed);
                self.value.store(value.wrapping_add(1), Ordering::Relaxed);
                self.turn.store(turn + 1, Ordering::Release);
                if let (Waiting::Parked, Some(caller)) = (waiting, self.caller.get()) {
                    caller.unpark();
                }
            } else if matches!(waiting, Waiting::Spinning) && self.called.load(Ordering::Acquire) {
                std::hint::spin_loop();
            } else {
                thread::park();
            }
        }
    }
}

fn wait(waiting: Waiting) {
    match waiting {
        Waiting::Spinning => std::hint::spin_loop(),
        Waiting::Parked => thread::park(),
    }
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn two_threads_are_put_on_two_cores_where_there_are_two() {
        assert_eq!(
            apart(&[0, 1, 2, 3], &[vec![0, 2], vec![1, 3]]),
            Some((0, 3, "other core"))
        );
        assert_eq!(apart(&[0, 1, 2], &[vec![0, 2], vec![1, 3]]), Some((0, 1, "other core")));
        assert_eq!(
            apart(&[0, 2], &[vec![0, 2], vec![1, 3]]),
            Some((0, 2, "other CPU of one core"))
        );
        assert_eq!(apart(&[0], &[vec![0]]), None);
        // Where cores are not known, another CPU is taken to be another core.
        assert_eq!(apart(&[0, 1], &[]), Some((0, 1, "other core")));
    }
}
