//! Invalid input is an error that names the problem, a panic in a closure propagates to the Rust side, and handles can
//! be sent to other threads but not shared.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use tollgate_cli::sigkit::shapes::{self, Counter};
use tollgate_cli::sigkit::{
    Biquad, Coefficients, DesignRule, Error, Kind, MAX_BINS, Moments, Rule, Summary, histogram, version,
};

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;

fn refused(kind: Kind, sample_rate: f64, frequency: f64, q: f64) -> (DesignRule, String) {
    match Biquad::design(kind, sample_rate, frequency, q) {
        Err(error @ Error::Design { rule, .. }) => (rule, error.to_string()),
        other => panic!("{other:?} for {kind} {sample_rate} {frequency} {q}"),
    }
}

#[test]
fn an_impossible_filter_is_refused_with_the_broken_rule() {
    for rate in [NAN, 0.0, -48_000.0, INFINITY, f64::NEG_INFINITY] {
        assert_eq!(
            refused(Kind::LowPass, rate, 100.0, 0.7).0,
            DesignRule::SampleRate,
            "{rate}"
        );
    }
    for frequency in [NAN, 0.0, -0.0, -1.0, 24_000.0, 30_000.0, INFINITY] {
        assert_eq!(
            refused(Kind::Notch, 48_000.0, frequency, 0.7).0,
            DesignRule::Frequency,
            "{frequency}"
        );
    }
    for q in [NAN, 0.0, -0.7, INFINITY] {
        assert_eq!(refused(Kind::BandPass, 48_000.0, 100.0, q).0, DesignRule::Q, "{q}");
    }
    for gain_db in [NAN, INFINITY, f64::NEG_INFINITY] {
        for kind in [
            Kind::Peaking { gain_db },
            Kind::LowShelf { gain_db },
            Kind::HighShelf { gain_db },
        ] {
            assert_eq!(refused(kind, 48_000.0, 100.0, 0.7).0, DesignRule::Gain, "{kind}");
        }
    }
    assert_eq!(refused(Kind::LowPass, 1e12, 1e-3, 0.7).0, DesignRule::Stable);
    assert_eq!(
        refused(Kind::LowShelf { gain_db: 1e5 }, 48_000.0, 100.0, 0.7).0,
        DesignRule::Stable
    );
}

#[test]
fn a_refused_filter_names_its_numbers_and_the_remedy() {
    let (_, said) = refused(Kind::Peaking { gain_db: -3.0 }, 48_000.0, 30_000.0, 0.5);
    assert_eq!(
        said,
        "cannot design a -3 dB peaking filter for 30000 Hz at 48000 samples per second with q 0.5: the frequency \
         must be more than 0 and less than half of the sample rate"
    );
}

#[test]
fn slices_of_two_lengths_are_refused_and_the_state_is_kept() {
    let mut filter = Biquad::design(Kind::LowPass, 48_000.0, 1_000.0, 0.7).unwrap();
    let mut twin = filter.clone();
    let mut output = [7.0; 3];
    let error = filter.process(&[1.0, 2.0], &mut output).unwrap_err();
    assert_eq!(error, Error::Lengths { input: 2, output: 3 });
    assert_eq!(output, [7.0; 3]);
    assert_eq!(filter.sample(1.0), twin.sample(1.0));
}

#[test]
fn a_nan_in_a_filter_stays_until_it_is_reset() {
    let mut filter = Biquad::design(Kind::LowPass, 48_000.0, 1_000.0, 0.7).unwrap();
    let Coefficients { b0, .. } = filter.coefficients();
    assert!(filter.sample(NAN).is_nan());
    assert!(filter.sample(1.0).is_nan());
    filter.reset();
    assert_eq!(filter.sample(1.0), b0);
}

fn unreported(range: std::ops::RangeInclusive<f64>, bins: usize) -> Error {
    histogram(&[1.0], range, bins, |_| panic!("a bin of a refused histogram")).unwrap_err()
}

#[test]
fn an_impossible_histogram_is_refused_before_any_report() {
    for bins in [0, MAX_BINS + 1, usize::MAX] {
        assert_eq!(unreported(0.0..=1.0, bins), Error::Bins { bins });
    }
    #[allow(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    for range in [
        1.0..=0.0,
        1.0..=1.0,
        NAN..=1.0,
        0.0..=NAN,
        0.0..=INFINITY,
        f64::MIN..=f64::MAX,
    ] {
        let error = unreported(range.clone(), 4);
        assert!(matches!(error, Error::Range { .. }), "{range:?}: {error}");
    }
    assert_eq!(
        unreported(0.0..=1.0, 0).to_string(),
        "cannot count values in 0 bins: use at least 1 and at most 16777216"
    );
}

#[test]
fn empty_input_is_not_an_error() {
    assert_eq!(shapes::sum(&[]), Ok(0.0));
    assert_eq!((shapes::sum_i64(&[]), shapes::ends(&[])), (0, 0));
    assert_eq!(shapes::text_length(c""), 0);
    let mut moments = Moments::new().unwrap();
    moments.push_block(&[]).unwrap();
    let Summary { count, mean, min, .. } = moments.summary();
    assert!(count == 0 && mean.is_nan() && min.is_nan());
    Biquad::design(Kind::Notch, 2.0, 0.5, 1.0)
        .unwrap()
        .process(&[], &mut [])
        .unwrap();
    let counted = histogram(&[], 0.0..=1.0, 3, |bin| {
        assert_eq!(bin.count, 0);
        ControlFlow::Continue(())
    });
    assert_eq!(counted.unwrap().nan, 0);
}

#[test]
fn a_count_that_would_overflow_is_refused_and_changes_nothing() {
    // Two histograms that merge each other in turn grow like Fibonacci numbers, and exceed 2^64 after 93 rounds.
    let [mut a, mut b] = [(); 2].map(|()| Moments::new().unwrap());
    a.push(1.0).unwrap();
    b.push(1.0).unwrap();
    let mut turns = 0;
    let error = loop {
        if let Err(error) = a.merge(&b) {
            break error;
        }
        std::mem::swap(&mut a, &mut b);
        turns += 1;
        assert!(turns < 100);
    };
    let (count, added) = (a.summary().count, b.summary().count);
    assert_eq!(error, Error::Count { count, added });
    assert!(count.checked_add(added).is_none());
    assert!(error.to_string().contains(&count.to_string()), "{error}");
    // When it is full, it accepts neither a single value nor a block.
    let mut filler = Moments::new().unwrap();
    for bit in 0..64 {
        let room = u64::MAX - a.summary().count;
        let mut power = Moments::new().unwrap();
        power.push(1.0).unwrap();
        for _ in 0..bit {
            let mut twice = Moments::new().unwrap();
            twice.merge(&power).unwrap();
            twice.merge(&power).unwrap();
            power = twice;
        }
        if room & (1 << bit) != 0 {
            filler.merge(&power).unwrap();
            a.merge(&power).unwrap();
        }
    }
    assert_eq!(a.summary().count, u64::MAX);
    assert_eq!(filler.summary().count, u64::MAX - count);
    assert_eq!(
        a.push(1.0),
        Err(Error::Count {
            count: u64::MAX,
            added: 1
        })
    );
    assert_eq!(
        a.push_block(&[1.0, 2.0]),
        Err(Error::Count {
            count: u64::MAX,
            added: 2
        })
    );
    assert_eq!(a.summary().count, u64::MAX);
}

#[test]
fn an_unknown_rule_still_has_a_message() {
    let error = Error::Refused {
        operation: "try",
        rule: Rule::Memory,
    };
    assert_eq!(error.to_string(), "cannot try: memory could not be allocated");
}

#[test]
fn breaking_ends_a_histograms_reports_and_keeps_the_counts_outside() {
    let mut seen = Vec::new();
    let counted = histogram(&[-1.0, 0.5, 9.0, NAN], 0.0..=4.0, 4, |bin| {
        seen.push(bin.index);
        if bin.index == 1 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .unwrap();
    assert_eq!(seen, [0, 1]);
    assert!(counted.stopped);
    assert_eq!((counted.below, counted.above, counted.nan), (1, 1, 1));
}

/// Counts its drops.
struct Dropped(Rc<Cell<u32>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn a_panic_in_a_closure_resumes_with_its_payload_and_drops_the_closure_once() {
    let drops = Rc::new(Cell::new(0));
    for run in 1..=3 {
        let (owned, mut calls) = (Dropped(Rc::clone(&drops)), 0);
        let calls_seen = &mut calls;
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            histogram(&[1.0], 0.0..=4.0, 4, move |bin| {
                let _owned = &owned;
                *calls_seen += 1;
                if bin.index == 1 {
                    panic_any(40 + run);
                }
                ControlFlow::Continue(())
            })
        }));
        assert_eq!(*unwound.unwrap_err().downcast::<u32>().unwrap(), 40 + run);
        assert_eq!(calls, 2, "the closure is not called after its panic");
        assert_eq!(drops.get(), run);
    }
}

#[test]
fn a_panic_in_an_applied_closure_resumes_and_ends_the_calls() {
    let mut calls = 0;
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        shapes::apply_times(
            |x| {
                calls += 1;
                assert!(x < 3, "three is enough");
                x + 1
            },
            0,
            1_000_000,
        )
    }));
    assert_eq!(*unwound.unwrap_err().downcast::<&str>().unwrap(), "three is enough");
    assert_eq!(calls, 4);
    let unwound = catch_unwind(|| shapes::apply(|_| panic!("once"), 1));
    assert_eq!(*unwound.unwrap_err().downcast::<&str>().unwrap(), "once");
}

#[test]
fn a_closure_may_use_the_library_itself() {
    let mut moments = Moments::new().unwrap();
    let counted = histogram(&[0.5, 1.5, 1.6], 0.0..=2.0, 2, |bin| {
        moments.push(bin.count as f64).unwrap();
        let inner = histogram(&[bin.left], bin.left..=bin.right, 1, |_| ControlFlow::Continue(()));
        assert!(inner.is_ok());
        ControlFlow::Continue(())
    });
    assert!(counted.is_ok());
    assert_eq!(moments.summary().mean, 1.5);
}

#[test]
fn handles_move_to_other_threads() {
    let mut moments = Moments::new().unwrap();
    moments.push(1.0).unwrap();
    let mut counter = Counter::new(1).unwrap();
    let (moments, count) = std::thread::spawn(move || {
        moments.push(3.0).unwrap();
        (moments, counter.add(1))
    })
    .join()
    .unwrap();
    assert_eq!((moments.summary().mean, count), (2.0, 2));
}

#[test]
fn the_version_is_the_one_of_the_header() {
    assert_eq!(version(), "0.1.0");
}

/// A type is `Send` if this compiles.
const fn send<T: Send>() {}
const _: () = {
    send::<Moments>();
    send::<Counter>();
    send::<Biquad>();
    send::<Error>();
};

/// A type is not `Sync` if this compiles: for a `Sync` type, the method's implementation would be ambiguous.
macro_rules! assert_not_sync {
    ($type:ty) => {
        const _: fn() = || {
            trait Unambiguous<Marker> {
                fn here() {}
            }
            impl<T: ?Sized> Unambiguous<()> for T {}
            struct IsSync;
            impl<T: ?Sized + Sync> Unambiguous<IsSync> for T {}
            let _ = <$type as Unambiguous<_>>::here;
        };
    };
}
assert_not_sync!(Moments);
assert_not_sync!(Counter);
