//! What a reading of the clock costs, compared with std's and quanta's, in one interleaved run; and which of them go
//! backwards between threads.
//!
//! ```text
//! cargo run --release --manifest-path benches/anchors/Cargo.toml --bin clock
//! ```
//!
//! A clock that may go backwards is compared with the cheapest of all; one that never does, with the cheapest of
//! those.

use std::error::Error;
use std::hint::black_box;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tollgate_platform::cache::CachePadded;
use tollgate_platform::clock;
use tollgate_meter::{Options, Row, Rows, run, run_if_measuring};

/// The goal: at most this many times the best.
const WANTED: f64 = 1.2;

static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
static QUANTA: LazyLock<quanta::Clock> = LazyLock::new(quanta::Clock::new);
static QUANTA_FIRST: LazyLock<quanta::Instant> = LazyLock::new(|| QUANTA.now());

/// The owner, the name, one reading as measured, and one that can be compared.
type Clock = (bool, &'static str, fn(), fn() -> u64);

const CLOCKS: [Clock; 4] = [
    (
        false,
        "std::time::Instant::now",
        || keep(Instant::now()),
        || FIRST.elapsed().as_nanos() as u64,
    ),
    (
        false,
        "quanta::Clock::now",
        || keep(QUANTA.now()),
        || QUANTA.now().duration_since(*QUANTA_FIRST).as_nanos() as u64,
    ),
    (
        true,
        "platform::clock::counter",
        || keep(clock::counter()),
        clock::counter,
    ),
    (
        true,
        "platform::clock::now",
        || keep(clock::now()),
        || clock::now().raw(),
    ),
];

fn keep<T>(reading: T) {
    black_box(reading);
}

/// How many of all readings were less than one that the thread had seen another thread read.
fn backwards(read: fn() -> u64) -> (u64, u64) {
    let last = CachePadded::new(AtomicU64::new(0));
    let (stop, less, all) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for _ in 0..1000 {
                        let seen = last.load(Ordering::Acquire);
                        let now = read();
                        less.fetch_add(u64::from(now < seen), Ordering::Relaxed);
                        last.fetch_max(now, Ordering::AcqRel);
                    }
                    all.fetch_add(1000, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs(3));
        stop.store(true, Ordering::Relaxed);
    });
    (less.into_inner(), all.into_inner())
}

fn rows() -> Result<Rows<'static>, std::convert::Infallible> {
    // A reading must not wait for one before the first.
    LazyLock::force(&FIRST);
    LazyLock::force(&QUANTA_FIRST);
    let mut rows = Rows::new();
    for (_, name, read, _) in CLOCKS {
        let body = move |x| {
            read();
            x
        };
        rows.push(Row::throughput(name, body).answers(7, 7));
    }
    Ok(rows)
}

fn main() -> Result<(), Box<dyn Error>> {
    run_if_measuring(rows);
    LazyLock::force(&FIRST);
    LazyLock::force(&QUANTA_FIRST);
    let Ok(rows) = rows();
    let options = Options {
        count: false,
        ..Options::default()
    };
    let report = run(rows, &options)?;
    println!("{report}");
    let mut all = Vec::new();
    for ((ours, name, _, compared), row) in CLOCKS.into_iter().zip(&report.rows) {
        let (less, readings) = backwards(compared);
        println!("{name}: {less} of {readings} readings go backwards between two threads");
        all.push((ours, name, row.ns.min, less == 0));
    }
    let mut missed = Vec::new();
    for &(_, name, ns, never) in all.iter().filter(|(ours, ..)| *ours) {
        let peers = all.iter().filter(|peer| !peer.0 && (peer.3 || !never));
        let best = peers
            .min_by(|a, b| a.2.total_cmp(&b.2))
            .ok_or("std's clock went backwards")?;
        let ratio = ns / best.2;
        let kind = if never {
            ", of those that never go backwards"
        } else {
            ""
        };
        println!("{name}: {ratio:.2} times {}, the cheapest{kind}", best.1);
        if ratio > WANTED {
            missed.push(name);
        }
    }
    match missed.is_empty() {
        true => Ok(()),
        false => Err(format!("more than {WANTED} times the best: {}", missed.join(", ")).into()),
    }
}
