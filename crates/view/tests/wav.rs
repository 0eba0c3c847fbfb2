//! WAVE as SciPy reads and writes it.

mod support;

use support::python;
use tollgate_abi::{Attribute, Block, Element, SAMPLE_RATE, Value};
use tollgate_view::{read, write_wav};

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
    let directory = tempfile::tempdir().unwrap();
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
fn what_scipy_writes_is_read_as_equal() {
    let directory = tempfile::tempdir().unwrap();
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
    // SciPy's own floating-point samples begin at byte 58: they are copied to be seen as a slice.
    assert_eq!(doubles.offset(), 58);
    let array = doubles.to_array().unwrap();
    let expected: Vec<f64> = (0..12).map(f64::from).collect();
    assert_eq!(array.block().as_slice::<f64>().unwrap(), expected);
    assert_eq!(open("u1.wav").as_slice::<u8>().unwrap(), (0..12).collect::<Vec<u8>>());
    assert_eq!(open("i2.wav").as_slice::<i16>().unwrap(), (0..12).collect::<Vec<i16>>());
    assert_eq!(open("i4.wav").as_slice::<i32>().unwrap(), (0..12).collect::<Vec<i32>>());
    let wide = open("i8.wav").to_array().unwrap();
    assert_eq!(wide.block().as_slice::<i64>().unwrap(), (0..12).collect::<Vec<i64>>());
}
