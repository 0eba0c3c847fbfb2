//! The plugins `biquad` and `convert` on signals and files, compared with sigkit, SciPy and other software.

use crate::support::{document, host, refusal, sample, skip, tollgate};
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::process::Command;
use tollgate::{Attribute, Block, Operation, SAMPLE_RATE, Scalar, Value, view};
use tollgate_cli::sigkit::{Biquad, Kind};

const RATE: f64 = 48_000.0;

/// Pseudo-random numbers from -1 to 1, the same everywhere: a linear congruential generator (Knuth's MMIX).
fn noise(count: usize) -> Vec<f64> {
    let mut state = 1_u64;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        })
        .collect()
}

fn filter(config: &str) -> Operation {
    let biquad = host().open("biquad").unwrap().config(config).unwrap();
    biquad.operation("filter").unwrap()
}

/// Passes samples through a handle.
fn through<T: Scalar>(filter: &mut Operation, samples: &[T], shape: &[u64]) -> Vec<T> {
    let attributes = [Attribute::new(SAMPLE_RATE, Value::Real(RATE))];
    let input = Block::of(samples, shape, &attributes).unwrap();
    let output = filter.call(&input).unwrap();
    let block = output.block().unwrap();
    assert_eq!(block.shape(), shape);
    assert_eq!(block.attribute(SAMPLE_RATE), Some(Value::Real(RATE)));
    block.as_slice::<T>().unwrap().to_vec()
}

fn mono<T: Scalar>(filter: &mut Operation, samples: &[T]) -> Vec<T> {
    through(filter, samples, &[samples.len() as u64])
}

/// Both follow the Audio EQ Cookbook and filter in transposed direct form II, but the order of their arithmetic
/// differs, and the C compiler may fuse a multiplication and an addition. So coefficients may differ in their last
/// digits (1e-16), and a recursive filter amplifies the difference: by about 1,000 at the lowest cutoff and the highest
/// q here, which gives 1e-12 of the greatest output. The bound is not relative to each sample, because the difference
/// of two greater numbers does not have that many digits.
#[test]
fn every_kind_equals_sigkit_s_to_1e_12() {
    let signal = noise(4096);
    let plugin = host().open("biquad").unwrap();
    for (name, kind) in [
        ("lowpass", Kind::LowPass),
        ("highpass", Kind::HighPass),
        ("bandpass", Kind::BandPass),
        ("notch", Kind::Notch),
        ("peaking,gain=6", Kind::Peaking { gain_db: 6.0 }),
        ("peaking,gain=-9", Kind::Peaking { gain_db: -9.0 }),
        ("lowshelf,gain=6", Kind::LowShelf { gain_db: 6.0 }),
        ("lowshelf,gain=-9", Kind::LowShelf { gain_db: -9.0 }),
        ("highshelf,gain=6", Kind::HighShelf { gain_db: 6.0 }),
        ("highshelf,gain=-9", Kind::HighShelf { gain_db: -9.0 }),
    ] {
        for cutoff in [120.0, 1_000.0, 12_000.0, 23_000.0] {
            for q in [0.3, 0.5_f64.sqrt(), 8.0] {
                let config = format!("kind={name},cutoff={cutoff},q={q}");
                let plugin = plugin.clone().config(&config).unwrap();
                let found = mono(&mut plugin.operation("filter").unwrap(), &signal);
                let mut expected = signal.clone();
                let mut filter = Biquad::design(kind, RATE, cutoff, q).unwrap();
                filter.process_in_place(&mut expected);
                let greatest = expected.iter().fold(0.0_f64, |most, y| most.max(y.abs()));
                assert!(greatest > 1e-6, "{config}: there is something to compare");
                for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    assert!(
                        (found - expected).abs() <= 1e-12 * greatest,
                        "{config}: sample {index}: {found} and {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_filter_goes_on_from_block_to_block_and_a_new_handle_starts_at_rest() {
    let signal = noise(4096);
    let plugin = host().open("biquad").unwrap().config("cutoff=500,q=4").unwrap();
    let whole = mono(&mut plugin.operation("filter").unwrap(), &signal);
    for lengths in [&[1_usize, 2, 3, 500, 90, 3500][..], &[4096], &[0, 2048, 0, 2048]] {
        // Handles of one plugin: the previous handle has left no state to this one.
        let mut parts = plugin.operation("filter").unwrap();
        let (mut rest, mut joined) = (signal.as_slice(), Vec::new());
        for length in lengths {
            let (block, after) = rest.split_at(*length);
            joined.extend(mono(&mut parts, block));
            rest = after;
        }
        assert!(rest.is_empty());
        assert_eq!(joined, whole);
    }
}

#[test]
fn each_of_two_channels_is_filtered_as_if_it_were_alone() {
    let signal = noise(2000);
    let both = through(&mut filter("kind=peaking,cutoff=2000,gain=6"), &signal, &[1000, 2]);
    for channel in 0..2 {
        let alone: Vec<f64> = signal.iter().copied().skip(channel).step_by(2).collect();
        let expected = mono(&mut filter("kind=peaking,cutoff=2000,gain=6"), &alone);
        let found: Vec<f64> = both.iter().copied().skip(channel).step_by(2).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn samples_of_16_bits_are_rounded_to_even_and_saturated() {
    // A band-pass at a quarter of the sample rate with q=½ halves the first sample, exactly.
    let config = format!("kind=bandpass,cutoff={},q=0.5", RATE / 4.0);
    for (x, y) in [
        (1_i16, 0_i16),
        (3, 2),
        (5, 2),
        (7, 4),
        (-1, 0),
        (-3, -2),
        (-5, -2),
        (8, 4),
    ] {
        assert_eq!(mono(&mut filter(&config), &[x]), [y], "half of {x}");
    }
    let loud: Vec<i16> = noise(4096).iter().map(|x| (x * 32_767.0) as i16).collect();
    let wide: Vec<f64> = loud.iter().copied().map(f64::from).collect();
    let config = "kind=lowshelf,cutoff=8000,gain=12";
    let expected: Vec<i16> = mono(&mut filter(config), &wide)
        .into_iter()
        .map(|y| y.round_ties_even().clamp(-32_768.0, 32_767.0) as i16)
        .collect();
    assert!(expected.contains(&i16::MIN) && expected.contains(&i16::MAX));
    assert_eq!(mono(&mut filter(config), &loud), expected);
}

/// Filters the speech, and returns the samples of the written file.
fn filtered_speech(directory: &Path) -> Vec<i16> {
    let out = directory.join("out.wav");
    let run = document(&tollgate([
        "run".as_ref(),
        "samples/speech.wav".as_ref(),
        "--plugin".as_ref(),
        "biquad:kind=lowpass,cutoff=1000".as_ref(),
        "--output".as_ref(),
        out.as_os_str(),
        "--json".as_ref(),
    ]));
    assert_eq!(run["output"], out.to_str().unwrap());
    view::read(&out).unwrap().as_slice::<i16>().unwrap().to_vec()
}

/// Compares with SciPy's golden values, which are every n-th sample. A value near one half may round either way, so a
/// difference of one 16-bit step is allowed.
fn assert_golden(samples: &[i16]) {
    let golden: Json = serde_json::from_str(include_str!("../golden/biquad.json")).unwrap();
    let step = golden["step"].as_u64().unwrap() as usize;
    let expected = golden["samples"].as_array().unwrap();
    assert_eq!(golden["count"], samples.len());
    assert_eq!(expected.len(), samples.len().div_ceil(step));
    for (index, (found, expected)) in samples.iter().step_by(step).zip(expected).enumerate() {
        let expected = expected.as_i64().unwrap();
        assert!(
            (i64::from(*found) - expected).abs() <= 1,
            "sample {}: {found} and {expected}",
            index * step
        );
    }
}

#[test]
fn filtered_speech_is_what_scipy_gives() {
    let directory = tempfile::tempdir().unwrap();
    assert_golden(&filtered_speech(directory.path()));
}

/// Python's `wave`, as independent software. Skipped without `python3`, and a failure under `TOLLGATE_REQUIRE_ALL=1`.
#[test]
fn a_written_wav_is_opened_by_other_software() {
    let script = "import sys, wave, array
with wave.open(sys.argv[1]) as file:
    print(file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes())
    samples = array.array('h', file.readframes(file.getnframes()))
if sys.byteorder == 'big':
    samples.byteswap()
print(*samples)";
    let directory = tempfile::tempdir().unwrap();
    let samples = filtered_speech(directory.path());
    let python = Command::new("python3")
        .arg("-c")
        .arg(script)
        .arg(directory.path().join("out.wav"))
        .output();
    let output = match python {
        Ok(output) => output,
        Err(error) => {
            skip("python3", error);
            return;
        }
    };
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (heading, numbers) = text.split_once('\n').unwrap();
    assert_eq!(
        heading.trim(),
        "1 2 22050 62128",
        "channels, bytes, samples a second, frames"
    );
    let read: Vec<i16> = numbers
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    assert_eq!(read, samples);
    assert_golden(&read);
}

#[test]
fn what_cannot_be_filtered_is_refused_with_its_rule() {
    for (input, plugin, expected) in [
        (
            "sunspots.npy",
            "biquad:cutoff=1",
            (1, "plugin-failed", "biquad/filter failed: the input has no sample rate"),
        ),
        (
            "speech.wav",
            "biquad:cutoff=11025",
            (
                2,
                "plugin-failed",
                "biquad/filter failed: cutoff=11025: expected a frequency above 0 and below 11025 Hz, half of the \
                    sample rate",
            ),
        ),
        (
            "speech.wav",
            "biquad:cutoff=1000,q=0",
            (
                2,
                "plugin-failed",
                "biquad/filter failed: q=0: expected a number above 0",
            ),
        ),
        ("speech.wav", "biquad", (2, "config", "biquad: missing key \"cutoff\"")),
    ] {
        let input = format!("samples/{input}");
        let (exit, code, message) = refusal(&tollgate(["run", &input, "--plugin", plugin, "--json"]));
        assert_eq!((exit, code.as_str()), (expected.0, expected.1), "{message}");
        assert!(message.starts_with(expected.2), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

fn chain(input: &Path) -> Json {
    document(&tollgate([
        "run".as_ref(),
        input.as_os_str(),
        "--plugin".as_ref(),
        "convert:to=f32".as_ref(),
        "--plugin".as_ref(),
        "biquad:cutoff=1000".as_ref(),
        "--plugin".as_ref(),
        "stats".as_ref(),
        "--json".as_ref(),
    ]))
}

fn copied(run: &Json) -> Vec<u64> {
    let steps = run["chain"].as_array().unwrap().iter();
    [&run["input"]]
        .into_iter()
        .chain(steps)
        .map(|part| part["copied_bytes"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_chain_passes_blocks_on_and_counts_the_conversion_as_its_one_copy() {
    let run = chain(&sample("speech.wav"));
    assert_eq!(run["input"]["access"], "aligned");
    assert_eq!(copied(&run), [0, 4 * 62_128, 0, 0], "the input, and each step");
    let steps = run["chain"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["plugin"].as_str().unwrap()).collect();
    assert_eq!(names, ["convert", "biquad", "stats"]);
    assert_eq!(steps[0]["result"]["element"], "f32");
    assert_eq!(steps[1]["result"]["element"], "f32");
    let column = &steps[2]["result"]["columns"][0];
    assert_eq!(column["count"], 62_128);
    assert_eq!(column["max"], steps[1]["result"]["max"].as_f64().unwrap() as f32 as f64);
}

/// A `.wav` of `f32` whose samples begin at byte 46, which is not a multiple of 4.
fn misaligned(samples: &[f32]) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    let data = samples.len() as u32 * 4;
    bytes.extend((38 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(18_u32.to_le_bytes());
    for (value, width) in [(3_u32, 2), (1, 2), (22_050, 4), (88_200, 4), (4, 2), (32, 2), (0, 2)] {
        bytes.extend(&value.to_le_bytes()[..width]);
    }
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    assert_eq!(bytes.len(), 46);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[test]
#[cfg(target_endian = "little")]
fn a_chain_counts_the_copy_of_an_unaligned_input_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("misaligned.wav");
    let samples: Vec<f32> = noise(1000).into_iter().map(|x| x as f32).collect();
    fs::write(&file, misaligned(&samples)).unwrap();
    let run = chain(&file);
    assert_eq!(run["input"]["access"], "copied");
    assert_eq!(
        copied(&run),
        [4000, 8000, 0, 0],
        "the input; it and the conversion; nothing more"
    );
    let path = file.to_str().unwrap();
    let (exit, code, _) = refusal(&tollgate([
        "run",
        path,
        "--no-copy",
        "--plugin",
        "biquad:cutoff=1000",
        "--json",
    ]));
    assert_eq!((exit, code.as_str()), (1, "view-refused"));
}

/// Runs `convert` on a file, and returns the path of its output and its message.
fn convert(input: &Path, config: &str, output: &Path) -> String {
    let done = tollgate([
        "run".as_ref(),
        input.as_os_str(),
        "--plugin".as_ref(),
        format!("convert:{config}").as_ref(),
        "--output".as_ref(),
        output.as_os_str(),
    ]);
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn a_conversion_saturates_and_says_how_many_values() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("small.npy");
    let said = convert(&sample("speech.wav"), "to=i8", &out);
    let speech = view::read(sample("speech.wav")).unwrap();
    let speech = speech.as_slice::<i16>().unwrap();
    let expected: Vec<i8> = speech.iter().map(|x| (*x).clamp(-128, 127) as i8).collect();
    assert_eq!(view::read(&out).unwrap().as_slice::<i8>().unwrap(), expected);
    let outside = speech.iter().filter(|x| i8::try_from(**x).is_err()).count();
    let sentence = format!("{outside} of 62128 values were saturated at the limits of i8");
    assert!(outside > 0 && said.contains(&sentence), "{said}");
}

#[test]
fn a_nan_has_no_integer_and_is_refused_with_its_place() {
    let co2 = view::read(sample("co2.npy")).unwrap();
    let values = co2.to_array().unwrap();
    let block = values.block();
    let place = match block.as_slice::<f32>() {
        Ok(values) => values.iter().position(|value| value.is_nan()),
        Err(_) => block.as_slice::<f64>().unwrap().iter().position(|value| value.is_nan()),
    }
    .unwrap();
    let output = tollgate(["run", "samples/co2.npy", "--plugin", "convert:to=i16", "--json"]);
    let (exit, code, message) = refusal(&output);
    assert_eq!((exit, code.as_str()), (1, "plugin-failed"));
    let sentence = format!("convert/convert failed: element {place} is NaN, which i16 cannot hold");
    assert!(message.starts_with(&sentence), "{message}");
}

#[test]
fn samples_of_16_bits_survive_the_range_from_minus_1_to_1_and_back() {
    let directory = tempfile::tempdir().unwrap();
    let (unit, back) = (directory.path().join("unit.npy"), directory.path().join("back.npy"));
    convert(&sample("speech.wav"), "to=f32,scale=full", &unit);
    let said = convert(&unit, "to=i16,scale=full", &back);
    assert!(!said.contains("saturated"), "{said}");
    let unit = view::read(&unit).unwrap();
    let unit = unit.as_slice::<f32>().unwrap();
    assert!(unit.iter().all(|x| (-1.0..1.0).contains(x)) && unit.iter().any(|x| x.abs() > 0.5));
    let (speech, back) = (view::read(sample("speech.wav")).unwrap(), view::read(&back).unwrap());
    assert_eq!(back.as_slice::<i16>().unwrap(), speech.as_slice::<i16>().unwrap());
}
