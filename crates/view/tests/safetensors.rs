//! `.safetensors` files as its own library writes them, and invalid ones.

mod support;

use std::path::Path;
use support::python;
use tollgate_abi::{Element, Value};
use tollgate_view::{Access, File, Policy, Type};

/// A file written by hand: the header, and the following bytes.
fn write(directory: &Path, header: &str, data: &[u8]) -> File {
    try_write(directory, header, data).unwrap()
}

fn try_write(directory: &Path, header: &str, data: &[u8]) -> Result<File, tollgate_view::Error> {
    let path = directory.join("m.safetensors");
    let length = (header.len() as u64).to_le_bytes();
    std::fs::write(&path, [&length, header.as_bytes(), data].concat()).unwrap();
    File::read(&path)
}

#[test]
fn what_its_own_library_writes_is_viewed_in_place() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let path = directory.path().join("all.safetensors");
    let script = "
import sys, numpy as np
from safetensors.numpy import save_file
kinds = ['u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f2', 'f4', 'f8', 'c8']
tensors = {kind: np.arange(6).reshape(2, 3).astype(kind) for kind in kinds}
tensors['flags'] = np.array([True, False, True])
tensors['scalar'] = np.array(2.5)
tensors['empty'] = np.zeros((0, 4), 'f4')
save_file(tensors, sys.argv[1], {'author': 'a test'})
print(*(f'{name} {array.shape} {array.tobytes().hex()}' for name, array in tensors.items()), sep='\\n')
";
    let Some(printed) = python("numpy, safetensors", script, &[&path]) else {
        return;
    };
    let file = File::read(&path).unwrap();
    assert_eq!((file.archive(), file.members().len()), (Some("safetensors"), 15));
    for line in printed.lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        let (shape, hex) = rest.rsplit_once(' ').unwrap();
        let view = file.view(Some(name)).unwrap();
        let found: String = view.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, hex, "{name}");
        let axes: Vec<u64> = shape
            .split(|part: char| !part.is_ascii_digit())
            .filter_map(|axis| axis.parse().ok())
            .collect();
        assert_eq!(view.shape(), axes, "{name}");
        assert_eq!(view.report().copied_bytes, 0);
    }
    let flags = file.view(Some("flags")).unwrap();
    assert_eq!(flags.as_slice::<bool>().unwrap(), [true, false, true]);
    let doubles = file.view(Some("f8")).unwrap();
    assert_eq!(doubles.elements::<f64>(Policy::IN_PLACE).unwrap().sum(), 15.0);
}

#[test]
fn an_unaligned_tensor_is_summed_in_place_and_an_invalid_bool_is_reported_with_its_offset() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let header = r#"{"m":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},"w":{"dtype":"F32","shape":[2],"data_offsets":[3,11]}}  "#;
    let mut data = vec![0, 1, 2];
    data.extend([1.5_f32, 2.0].iter().flat_map(|value| value.to_le_bytes()));
    let file = write(directory.path(), header, &data);
    let view = file.view(Some("w")).unwrap();
    let swapped = cfg!(target_endian = "big");
    assert_eq!(view.access(), if swapped { Access::Swapped } else { Access::Unaligned });
    assert_eq!(view.elements::<f32>(Policy::IN_PLACE).unwrap().sum(), 3.5);
    let offset = 8 + header.len();
    let refused = view.as_slice::<f32>().unwrap_err().to_string();
    assert!(
        swapped
            || refused.contains(&format!(
                "m.safetensors:w: the data is unaligned: f32 data starts at byte {}",
                offset + 3
            )),
        "{refused}"
    );
    let flags = file.view(Some("m")).unwrap();
    for refused in [
        flags.block().err(),
        flags.as_slice::<bool>().err(),
        flags.to_array().err(),
    ] {
        let refused = refused.unwrap().to_string();
        let expected = format!(
            "m.safetensors:m: element 2 (bool) at byte {} is 02: a bool must be 00 or 01",
            offset + 2
        );
        assert!(refused.contains(&expected), "{refused}");
    }
    // Numbers without a Rust type are viewed as bytes, and keep the file's name of their type.
    let header = r#"{"b":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#;
    let file = write(directory.path(), header, &[0x80, 0x3f]);
    let view = file.view(None).unwrap();
    assert_eq!(
        (view.kind(), view.attributes()[0].value()),
        (&Type::Void(2), Some(Value::Text("BF16")))
    );
    assert_eq!(view.element(), Element::record(2).unwrap());
}

#[test]
fn headers_are_not_trusted() {
    let directory = tollgate_platform::file::private_directory().unwrap();
    let one = |dtype: &str, shape: &str, begin: &str, end: &str| {
        format!(r#"{{"t":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[{begin},{end}]}}}}"#)
    };
    let two = |first: (u64, u64), second: (u64, u64)| {
        let tensor = |(begin, end): (u64, u64)| {
            format!(
                r#"{{"dtype":"U8","shape":[{}],"data_offsets":[{begin},{end}]}}"#,
                end.wrapping_sub(begin)
            )
        };
        format!(r#"{{"a":{},"b":{}}}"#, tensor(first), tensor(second))
    };
    let max = u64::MAX.to_string();
    let table = [
        (
            "{".to_owned(),
            "invalid header at byte 8 of the file: EOF while parsing an object",
        ),
        ("{}x".to_owned(), "at byte 10 of the file: trailing characters"),
        (r#"{"t":3}"#.to_owned(), "invalid type: integer `3`"),
        (r#"{"__metadata__":{"a":1}}"#.to_owned(), "expected a string"),
        (one("U8", "8", "0", "-8"), "invalid value: integer `-8`"),
        (
            one("U8", "8", "8", "0"),
            "the tensor \"t\" ends at 0, before it begins at 8",
        ),
        (
            one("U8", "8", "4", "12"),
            "the tensor \"t\" begins at 4, but the data before it ends at 0: there is a gap",
        ),
        (one("U8", "7", "0", "7"), "1 bytes after the last tensor"),
        (
            one("U8", "1", "0", &max),
            "ends at 18446744073709551615, past the largest possible file",
        ),
        (
            two((0, 5), (4, 8)),
            "the tensor \"b\" begins at 4, but the data before it ends at 5: the tensors overlap",
        ),
        (
            two((0, 3), (4, 8)),
            "the tensor \"b\" begins at 4, but the data before it ends at 3: there is a gap",
        ),
        (
            two((0, 4), (4, 8)).replace("\"b\"", "\"a\""),
            "the name \"a\" is used twice",
        ),
    ];
    for (header, expected) in table {
        let refused = try_write(directory.path(), &header, &[0; 8]).unwrap_err().to_string();
        assert!(refused.contains(expected), "{header}: {refused}");
        assert_eq!(refused.lines().count(), 1);
    }
    let table = [
        (
            one("F8_FUTURE", "8", "0", "8"),
            "element type F8_FUTURE is not supported: BOOL, U8",
        ),
        (
            one("U8", "7", "0", "8"),
            "7 elements of 1 bytes are 7 bytes, and the tensor has 8",
        ),
        (one("F64", &format!("{max}, 2"), "0", "8"), "does not fit in memory"),
        (one("F64", "2", "0", "16"), "promises 2 × f64 = 16 bytes"),
        (one("U8", &["1"; 33].join(","), "0", "8"), "the shape has 33 axes"),
    ];
    for (header, expected) in table {
        let file = write(directory.path(), &header, &[0; 8]);
        let refused = file.view(Some("t")).unwrap_err().to_string();
        assert!(refused.contains(expected), "{header}: {refused}");
    }
    let path = directory.path().join("cut.safetensors");
    std::fs::write(&path, [&100_u64.to_le_bytes()[..], b"{\"t\":"].concat()).unwrap();
    let refused = File::read(&path).unwrap_err().to_string();
    assert!(
        refused.contains("the header should end at byte 108, and the file has only 13 bytes"),
        "{refused}"
    );
}
