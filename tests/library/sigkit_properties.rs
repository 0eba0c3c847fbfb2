//! Properties for any input: parts give the same result as the whole, and blocks the same as single samples.

use proptest::prelude::*;
use std::ffi::CString;
use std::ops::ControlFlow;
use tollgate_cli::sigkit::shapes::{self, Counter, Vec3};
use tollgate_cli::sigkit::{Biquad, Kind, Moments, Summary, histogram};

fn moments(values: &[f64]) -> Moments {
    let mut moments = Moments::new().unwrap();
    moments.push_block(values).unwrap();
    moments
}

/// Values of every kind that occurs in practice: fractions around an offset, some of them equal.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![-1e3..1e3, Just(0.5), Just(-40.0)];
    (
        prop::collection::vec(value, 0..1_500),
        prop_oneof![Just(0.0), -1e9..1e9],
    )
        .prop_map(|(values, offset)| values.into_iter().map(|value| value + offset).collect())
}

/// Two summaries of the same values agree within generous multiples of the bounds in moments.c.
fn assert_agree(a: &Summary, b: &Summary) {
    let near = |a: f64, b: f64, bound: f64| (a.is_nan() && b.is_nan()) || (a - b).abs() <= bound;
    assert_eq!(a.count, b.count);
    assert!(near(a.min, b.min, 0.0) && near(a.max, b.max, 0.0), "{a:?} {b:?}");
    let spread = (a.max - a.min).max(0.0);
    assert!(
        near(a.mean, b.mean, 1e-15 * a.mean.abs() + 1e-12 * spread),
        "{a:?} {b:?}"
    );
    assert!(near(a.variance, b.variance, 1e-11 * a.variance), "{a:?} {b:?}");
    assert!(
        near(a.sample_variance, b.sample_variance, 1e-11 * a.sample_variance),
        "{a:?} {b:?}"
    );
    // If the spread is nearly zero, one method may round to zero and the other not.
    if a.skewness.is_nan() || b.skewness.is_nan() {
        assert!(
            spread <= 1e-9 * a.mean.abs() || a.count < 2 || spread == 0.0,
            "{a:?} {b:?}"
        );
    } else {
        let scale = 1.0 + a.kurtosis.abs() + a.skewness.abs();
        assert!(near(a.skewness, b.skewness, 1e-9 * scale), "{a:?} {b:?}");
        assert!(near(a.kurtosis, b.kurtosis, 1e-9 * scale), "{a:?} {b:?}");
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    let gain = -24.0..24.0;
    prop_oneof![
        Just(Kind::LowPass),
        Just(Kind::HighPass),
        Just(Kind::BandPass),
        Just(Kind::Notch),
        gain.clone().prop_map(|gain_db| Kind::Peaking { gain_db }),
        gain.clone().prop_map(|gain_db| Kind::LowShelf { gain_db }),
        gain.prop_map(|gain_db| Kind::HighShelf { gain_db }),
    ]
}

proptest! {
    // Shrinking a value costs more than computing it: this keeps a debug build to seconds.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn moments_one_by_one_are_those_of_the_block(values in values()) {
        let mut single = Moments::new().unwrap();
        for value in &values {
            single.push(*value).unwrap();
        }
        assert_agree(&moments(&values).summary(), &single.summary());
    }

    #[test]
    fn merged_moments_are_those_of_the_whole(values in values(), cut in any::<prop::sample::Index>()) {
        let (first, second) = values.split_at(cut.index(values.len() + 1));
        let mut merged = moments(first);
        merged.merge(&moments(second)).unwrap();
        assert_agree(&moments(&values).summary(), &merged.summary());
    }

    #[test]
    fn moments_after_a_reset_are_new_ones(values in values()) {
        let mut used = moments(&[1e300, f64::NAN]);
        used.reset();
        used.push_block(&values).unwrap();
        prop_assert_eq!(format!("{used:?}"), format!("{:?}", moments(&values)));
    }

    #[test]
    fn a_filter_gives_the_same_bits_by_block_in_place_and_by_sample(
        kind in kinds(),
        frequency in 0.001..0.499,
        q in 0.1..20.0,
        input in prop::collection::vec(-1e3..1e3, 0..300),
    ) {
        let filter = Biquad::design(kind, 1.0, frequency, q).unwrap();
        let (mut by_block, mut by_sample, mut in_place) = (filter.clone(), filter.clone(), filter);
        let samples: Vec<u64> = input.iter().map(|x| by_sample.sample(*x).to_bits()).collect();
        let mut output = vec![0.0; input.len()];
        by_block.process(&input, &mut output).unwrap();
        let block: Vec<u64> = output.iter().map(|y| y.to_bits()).collect();
        let mut both = input;
        in_place.process_in_place(&mut both);
        let place: Vec<u64> = both.iter().map(|y| y.to_bits()).collect();
        prop_assert_eq!(&samples, &block);
        prop_assert_eq!(&samples, &place);
        // The state is the same too: the next sample shows it.
        let next = by_sample.sample(1.0).to_bits();
        prop_assert_eq!(next, by_block.sample(1.0).to_bits());
        prop_assert_eq!(next, in_place.sample(1.0).to_bits());
    }

    #[test]
    fn a_filter_after_a_reset_is_a_new_one(kind in kinds(), input in prop::collection::vec(-1e3..1e3, 1..50)) {
        let fresh = Biquad::design(kind, 48_000.0, 1_000.0, 0.7).unwrap();
        let mut used = Biquad::from_coefficients(fresh.coefficients());
        used.sample(f64::INFINITY);
        used.reset();
        let [a, b] = [fresh, used].map(|mut filter| {
            let mut samples = input.clone();
            filter.process_in_place(&mut samples);
            samples
        });
        prop_assert_eq!(a, b);
    }

    #[test]
    fn a_histogram_loses_no_value(
        values in prop::collection::vec(prop_oneof![8 => -5.0..5.0, 1 => Just(f64::NAN), 1 => any::<f64>()], 0..400),
        low in -4.0..0.0,
        width in 0.1..5.0,
        bins in 1_usize..60,
    ) {
        let (mut held, mut next, mut edge) = (0, 0, low);
        let counted = histogram(&values, low..=low + width, bins, |bin| {
            assert_eq!((bin.index, bin.left), (next, edge));
            assert!(bin.left < bin.right);
            (held, next, edge) = (held + bin.count, next + 1, bin.right);
            ControlFlow::Continue(())
        })
        .unwrap();
        prop_assert_eq!((next, edge), (bins, low + width));
        prop_assert_eq!(held + counted.below + counted.above + counted.nan, values.len() as u64);
        let within = values.iter().filter(|x| (low..=low + width).contains(*x)).count();
        prop_assert_eq!(held, within as u64);
    }

    #[test]
    fn the_call_shapes_compute_what_they_say(
        a in any::<i64>(),
        b in any::<i64>(),
        numbers in prop::collection::vec(any::<i64>(), 0..50),
        fractions in prop::collection::vec(-1e6..1e6, 0..50),
        text in "[a-z]{0,40}",
        v in prop::array::uniform3(-1e6..1e6),
    ) {
        shapes::nop();
        prop_assert_eq!(shapes::identity(a), a);
        prop_assert_eq!(shapes::add(a, b), a.wrapping_add(b));
        let sum = numbers.iter().fold(0, |sum: i64, x| sum.wrapping_add(*x));
        prop_assert_eq!(shapes::sum_i64(&numbers), sum);
        let ends = numbers.first().map_or(0, |first| first.wrapping_add(numbers[numbers.len() - 1]));
        prop_assert_eq!(shapes::ends(&numbers), ends);
        prop_assert_eq!(shapes::sum(&fractions), Ok(fractions.iter().fold(0.0, |sum, x| sum + x)));
        prop_assert_eq!(shapes::text_length(&CString::new(text.clone()).unwrap()), text.len());

        let [x, y, z] = v;
        let mut v = Vec3::new(x, y, z);
        let scaled = Vec3::new(x * 3.0, y * 3.0, z * 3.0);
        prop_assert_eq!(shapes::vec3_sum(v), x + y + z);
        prop_assert_eq!(shapes::vec3_sum_at(&v), x + y + z);
        prop_assert_eq!(shapes::vec3_scale(v, 3.0), scaled);
        shapes::vec3_scale_at(&mut v, 3.0);
        prop_assert_eq!(v, scaled);

        prop_assert_eq!(shapes::apply(|x| x.wrapping_mul(b), a), a.wrapping_mul(b));
        let mut calls = 0;
        let counted = |x: i64| {
            calls += 1;
            x.wrapping_add(b)
        };
        prop_assert_eq!(shapes::apply_times(counted, a, 17), a.wrapping_add(b.wrapping_mul(17)));
        prop_assert_eq!(calls, 17);
        let mut counter = Counter::new(a).unwrap();
        prop_assert_eq!(counter.add(b), a.wrapping_add(b));
        prop_assert_eq!(counter.add(1), a.wrapping_add(b).wrapping_add(1));
    }
}
