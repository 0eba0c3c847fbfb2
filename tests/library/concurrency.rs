//! Many threads call one plugin at once. `.ci/tsan` runs this program, including the plugin, under ThreadSanitizer.

use crate::support::{block, host};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tollgate::Output;

const THREADS: u64 = 8;

#[test]
fn eight_threads_call_one_plugin_for_two_seconds_and_each_gets_its_own_results() {
    let plugin = host().open("misbehaves").unwrap().config("factor=2").unwrap();
    let stats = host().open("stats").unwrap();
    let calls = AtomicU64::new(0);
    let end = Instant::now() + Duration::from_secs(2);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (plugin, stats, calls) = (&plugin, &stats, &calls);
            scope.spawn(move || {
                let mut output = Output::new();
                let mut round = 0_u64;
                while Instant::now() < end {
                    round += 1;
                    // Create and drop handles, so that instances move between threads through the pool.
                    let mut scale = plugin.operation("scale").unwrap();
                    let mut describe = stats.operation("describe").unwrap();
                    for call in 0..16 {
                        let values = [thread as f64, round as f64, f64::from(call)];
                        scale.call_into(&block(&values, &[3]), &mut output).unwrap();
                        let scaled = output.block().unwrap();
                        let expected = values.map(|value| value * 2.0);
                        assert_eq!(scaled.as_slice::<f64>().unwrap(), expected);
                        let table = describe.call(&scaled).unwrap();
                        let (_, max) = table.columns().unwrap().last().unwrap();
                        let greatest = expected.into_iter().fold(f64::NEG_INFINITY, f64::max);
                        assert_eq!(max.as_slice::<f64>().unwrap(), [greatest]);
                        calls.fetch_add(2, Ordering::Relaxed);
                    }
                    if round.is_multiple_of(64) {
                        let mut panics = plugin.operation("panics").unwrap();
                        assert_eq!(panics.call(&block(&[], &[0])).unwrap_err().code(), "plugin-panicked");
                    }
                }
            });
        }
    });
    assert!(calls.into_inner() >= THREADS * 32, "every thread made its calls");
}

#[test]
fn threads_that_open_one_file_at_once_get_one_generation() {
    let host = host();
    let generations: Vec<u32> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| host.open("stats").unwrap().generation()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(generations, [1; THREADS as usize]);
}
