//! The Arrow C data interface, against pyarrow, which calls `tests/fixtures/arrow` in its own process.

use crate::support::{library, python_has, sample};
use std::path::Path;
use std::process::Command;

/// The beginning of every script: it loads the library and allocates the structures.
const PRELUDE: &str = "
import ctypes, sys
import numpy as np, pyarrow as pa
lib = ctypes.CDLL(sys.argv[1])
lib.export_file.restype = ctypes.c_size_t
array, schema, message = (ctypes.create_string_buffer(size) for size in (80, 72, 1024))
places = ctypes.addressof(array), ctypes.addressof(schema)

def exported(path):
    address = lib.export_file(path.encode(), *(ctypes.c_void_p(place) for place in places), message)
    if address == 0:
        return None, message.value.decode()
    return address, pa.Array._import_from_c(*places)

def imported(value):
    value._export_to_c(*places)
    lib.import_array(*(ctypes.c_void_p(place) for place in places), message)
    return message.value.decode()
";

fn run(script: &str, arguments: &[&Path]) -> Option<String> {
    if !python_has("numpy, pyarrow") {
        return None;
    }
    let output = Command::new("python3")
        .args(["-c", &format!("{PRELUDE}{script}")])
        .arg(library("arrow_fixture"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn pyarrow_imports_a_file_s_elements_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let script = "
import gc, os
kinds = ['u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f2', 'f4', 'f8']
for kind in kinds:
    for shape in [(12,), (4, 3), (2, 3, 2), (0,), (0, 3), (3, 0, 2)]:
        path = os.path.join(sys.argv[2], 'x.npy')
        values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(kind)
        np.save(path, values)
        address, taken = exported(path)
        inner = taken
        for axis in shape[1:]:
            assert inner.type.list_size == axis, inner.type
            inner = inner.flatten() if len(taken) else inner.values
        assert inner.type.to_pandas_dtype() == np.dtype(kind), inner.type
        assert len(taken) == shape[0]
        assert taken.to_pylist() == values.tolist(), (kind, shape)
        if values.size:
            assert inner.buffers()[1].address == address, (kind, shape)
        taken.validate(full=True)
        # The inner array lives on by itself.
        del taken
        gc.collect()
        assert inner.to_numpy().tolist() == values.ravel().tolist()
address, taken = exported(sys.argv[3])
assert taken.to_pylist() == np.load(sys.argv[3]).tolist()
np.save(path, np.array([True]))
print(exported(path)[1])
np.save(path, np.array(1.0))
print(exported(path)[1])
np.save(path, np.ones((2, 3), order='F'))
print(exported(path)[1])
";
    let Some(printed) = run(script, &[directory.path(), &sample("sunspots.npy")]) else {
        return;
    };
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(lines[0].contains("elements of bool cannot be exported") && lines[0].ends_with("export them as u8"));
    assert!(lines[1].contains("the block has no axis") && lines[2].contains("the block has strides"));
}

#[test]
fn pyarrow_s_arrays_are_imported_in_place() {
    let script = "
def check(value, expected):
    inner = value
    while pa.types.is_fixed_size_list(inner.type):
        inner = inner.flatten()
    start = inner.buffers()[1].address + inner.offset * expected.itemsize if expected.size else None
    element, rest = imported(value).split(' ', 1)
    shape, rest = rest.split('] ')
    address, data = rest.split(' ')
    assert [int(axis) for axis in shape[1:].split(',')] == list(expected.shape), rest
    assert data == expected.tobytes().hex(), (value.type, data)
    if start:
        assert int(address) == start, (value.type, address, start)

for kind in ['u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f2', 'f4', 'f8']:
    values = np.arange(24).astype(kind)
    flat = pa.array(values)
    check(flat, values)
    check(flat[5:17], values[5:17])
    check(flat[:0], values[:0])
    pairs = pa.FixedSizeListArray.from_arrays(flat, 3)
    check(pairs, values.reshape(8, 3))
    check(pairs[2:5], values.reshape(8, 3)[2:5])
    check(pa.FixedSizeListArray.from_arrays(flat[6:], 3)[1:], values[6:].reshape(6, 3)[1:])
    deep = pa.FixedSizeListArray.from_arrays(pairs[2:], 2)
    check(deep, values[6:].reshape(3, 2, 3))
    check(deep[1:], values[6:].reshape(3, 2, 3)[1:])
with_null = pa.array([1.0, None, 3.0])
check(with_null[2:], np.array([3.0]))
print(imported(with_null))
print(imported(pa.array(['text'])))
print(imported(pa.array([True])))
print(imported(pa.array(['a', 'b']).dictionary_encode()))
print(imported(pa.array([[1], [2]])))
odd = pa.py_buffer(bytearray(33))
address = odd.address
off = 1 if (address + 1) % 8 else 2
print(imported(pa.Array.from_buffers(pa.float64(), 2, [None, odd.slice(off, 16)])))
lib.import_array(*(ctypes.c_void_p(place) for place in places), message)
print(message.value.decode())
";
    let Some(printed) = run(script, &[]) else { return };
    let expected = [
        "has 1 nulls",
        "format \"u\" are not supported",
        "format \"b\" are not supported",
        "(dictionary)\" are not supported",
        "format \"+l\" are not supported",
        "f64 needs 8-byte alignment and the data is off by",
        "is already released",
    ];
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{printed}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with("refused: ") && line.contains(expected), "{line}");
    }
}
