//! WAVE as SciPy reads and writes it.

mod support;

use support::python;
use tollgate_abi::{Attribute, Block, Element, SAMPLE_RATE, Value};
use tollgate_view::{Access, Array, Item, Number, Policy, Type, read, write_wav};

const RATE: [Attribute<'static>; 1] = [Attribute::new(SAMPLE_RATE, Value::Real(44100.0))];

/// Prints the rate, NumPy's type, the shape, and the bytes in hexadecimal; a warning of SciPy's is an error.
const READ: &str = "
import sys, warnings
from scipy.io import wavfile
warnings.simplefilter('error')
for name in sys.argv[1:]:
    rate, data = wavfile.read(name, mmap=True)
    print(rate, data.dtype.kind, data.dtype.itemsize, *data.shape, data.tobytes().hex())
";

#[test]
fn scipy_reads_what_is_written_as_equal_and_without_a_warning() {
    let (ints, floats): (Vec<i64>, Vec<f64>) = (-3..3).map(|i| (i * 7_000_000_001, i as f64 / 3.0)).unzip();
    let shorts: Vec<i16> = ints.iter().map(|&value| value as i16).collect();
    let words: Vec<i32> = ints.iter().map(|&value| value as i32).collect();
    let singles: Vec<f32> = floats.iter().map(|&value| value as f32).collect();
    let bytes: Vec<u8> = ints.iter().map(|&value| value as u8).collect();
    let blocks = [
        ("u 1", Block::of(&bytes[..5], &[5], &RATE).unwrap()),
        ("i 2", Block::of(&shorts, &[3, 2], &RATE).unwrap()),
        ("i 4", Block::of(&words, &[2, 3], &RATE).unwrap()),
        ("i 8", Block::of(&ints, &[3, 2], &RATE).unwrap()),
        ("f 4", Block::of(&singles, &[6], &RATE).unwrap()),
        ("f 8", Block::of(&floats, &[3, 2], &RATE).unwrap()),
    ];
    let directory = tollgate_platform::file::private_directory().unwrap();
    let mut paths = Vec::new();
    let mut expected = String::new();
    for (index, (kind, block)) in blocks.iter().enumerate() {
        let path = directory.path().join(format!("{index}.wav"));
        write_wav(&path, block).unwrap();
        let shape: Vec<String> = block.shape().iter().map(u64::to_string).collect();
        let hex: String = block.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        expected.push_str(&format!("44100 {kind} {} {hex}\n", shape.join(" ")));
        paths.push(path);
    }
    let paths: Vec<_> = paths.iter().map(|path| path.as_path()).collect();
    if let Some(printed) = python("numpy, scipy", READ, &paths) {
        assert_eq!(printed, expected);
    }
}

#[test]
fn samples_of_24_bits_are_decoded_as_scipy_decodes_them_and_only_when_asked() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let samples: [i32; 6] = [0, 1, -1, 0x7f_ffff, -0x80_0000, 0x12_3456];
    for (name, big) in [("little.wav", false), ("big.wav", true)] {
        let number = |value: u32, bytes: usize| {
            let all = value.to_le_bytes();
            let mut bytes = all[..bytes].to_vec();
            if big {
                bytes.reverse();
            }
            bytes
        };
        let mut file = if big { b"RIFX".to_vec() } else { b"RIFF".to_vec() };
        file.extend(number(54, 4));
        file.extend(b"WAVEfmt ");
        for (value, bytes) in [(16, 4), (1, 2), (2, 2), (8000, 4), (48000, 4), (6, 2), (24, 2)] {
            file.extend(number(value, bytes));
        }
        file.extend(b"data");
        file.extend(number(18, 4));
        samples.iter().for_each(|sample| file.extend(number(*sample as u32, 3)));
        let path = directory.path().join(name);
        std::fs::write(&path, file).unwrap();
        let view = read(&path).unwrap();
        assert_eq!(
            (view.element(), view.shape(), view.kind()),
            (Element::I32, &[3, 2][..], &Type::Packed(3))
        );
        let expected = samples.map(|sample| sample << 8);
        let mut buffer = Array::new();
        let elements = view
            .elements::<i32>(Policy::IN_PLACE.or_copy_into(&mut buffer))
            .unwrap();
        assert_eq!(elements.as_slice(), Some(&expected[..]));
        assert_eq!(
            (elements.report().access, elements.report().copied_bytes),
            (Access::Copied, 24)
        );
        assert_eq!(elements.report().why.to_string(), "packed in 3 bytes");
        assert_eq!(view.access(), Access::Copied);
        let refused = view.as_slice::<i32>().unwrap_err().to_string();
        assert!(
            refused.contains("the samples are i24, packed in 3 bytes each"),
            "{refused}"
        );
        assert_eq!(view.block().unwrap_err().to_string(), refused);
        let summary = view.summary(1).unwrap();
        assert_eq!(summary.max, Some(Number::Signed(0x7fff_ff00)));
        assert_eq!(view.item(4), Some(Item::Number(Number::Signed(i32::MIN.into()))));
        let script = "
import sys
from scipy.io import wavfile
print(*wavfile.read(sys.argv[1])[1].ravel())
";
        if let Some(printed) = python("numpy, scipy", script, &[&path]) {
            let expected = expected.map(|sample| sample.to_string()).join(" ");
            assert_eq!(printed.trim(), expected);
        }
    }
}

#[test]
fn what_scipy_writes_is_read_as_equal() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let script = "
import sys, numpy as np
from scipy.io import wavfile
for dtype in ['u1', 'i2', 'i4', 'i8', 'f4', 'f8']:
    wavfile.write(f'{sys.argv[1]}/{dtype}.wav', 8000, np.arange(12).reshape(6, 2).astype(dtype))
";
    if python("numpy, scipy", script, &[directory.path()]).is_none() {
        return;
    }
    let open = |name: &str| read(directory.path().join(name)).unwrap();
    let doubles = open("f8.wav");
    assert_eq!((doubles.shape(), doubles.element()), (&[6, 2][..], Element::F64));
    assert_eq!(doubles.elements::<f64>(Policy::IN_PLACE).unwrap().sum(), 66.0);
    // SciPy's own floating-point samples begin at byte 58: a slice of them is a copy.
    assert_eq!(doubles.offset(), 58);
    let array = doubles.to_array().unwrap();
    let expected: Vec<f64> = (0..12).map(f64::from).collect();
    assert_eq!(array.block().as_slice::<f64>().unwrap(), expected);
    assert_eq!(open("u1.wav").as_slice::<u8>().unwrap(), (0..12).collect::<Vec<u8>>());
    let view = open("i2.wav");
    let values = view.elements::<i16>(Policy::IN_PLACE).unwrap();
    assert!(values.iter().eq(0..12), "i2");
    let view = open("i4.wav");
    let values = view.elements::<i32>(Policy::IN_PLACE).unwrap();
    assert!(values.iter().eq(0..12), "i4");
    let wide = open("i8.wav").to_array().unwrap();
    assert_eq!(wide.block().as_slice::<i64>().unwrap(), (0..12).collect::<Vec<i64>>());
}
