//! sigkit's structs have the same layout in Rust and C: each size, alignment and offset is compared with the C
//! compiler's, and nothing is missing on either side.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, c_char};
use std::mem::{align_of, offset_of, size_of};
use std::ptr;
use tollgate_cli::sigkit::raw;

/// Size, alignment and offset, and the type of a field (none for a struct).
#[derive(Debug, Clone, PartialEq)]
struct Place {
    size: u64,
    align: u64,
    offset: u64,
    field_type: Option<String>,
}

/// By struct and field; the struct itself under an empty field.
type Layout = BTreeMap<(String, String), Place>;

/// The type of a field, by a function that only borrows it: no value is needed.
fn field_of<S, F>(_: fn(&S) -> &F, offset: usize) -> Place {
    Place {
        size: size_of::<F>() as u64,
        align: align_of::<F>() as u64,
        offset: offset as u64,
        field_type: Some(type_name::<F>().to_owned()),
    }
}

macro_rules! in_rust {
    ($($type:ident { $($field:ident),+ $(,)? })+) => {{
        let mut layout = Layout::new();
        $(
            // Does not compile if the struct has a field that is not listed.
            const _: fn(raw::$type) = |value| {
                let raw::$type { $($field: _),+ } = value;
            };
            let name = stringify!($type).to_owned();
            let itself = Place {
                size: size_of::<raw::$type>() as u64,
                align: align_of::<raw::$type>() as u64,
                offset: 0,
                field_type: None,
            };
            layout.insert((name.clone(), String::new()), itself);
            $({
                let field = field_of::<raw::$type, _>(|value| &value.$field, offset_of!(raw::$type, $field));
                layout.insert((name.clone(), stringify!($field).to_owned()), field);
            })+
        )+
        layout
    }};
}

fn rust() -> Layout {
    in_rust! {
        sigkit_moments_summary { count, mean, variance, sample_variance, skewness, kurtosis, min, max }
        sigkit_biquad { b0, b1, b2, a1, a2, z1, z2 }
        sigkit_histogram_outside { below, above, nan }
        sigkit_vec3 { x, y, z }
        sigkit_layout_entry { type_name, field_name, field_type, size, align, offset }
    }
}

/// # Safety
/// NULL, or a text that ends with a zero byte.
unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller promises a terminated text.
    let text = unsafe { CStr::from_ptr(text) };
    Some(text.to_str().expect("C names are ASCII").to_owned())
}

/// The Rust names of the C types that occur.
fn in_rust_words(c_type: &str) -> String {
    match c_type {
        "double" => type_name::<f64>(),
        "uint64_t" => type_name::<u64>(),
        "const char *" => type_name::<*const c_char>(),
        other => panic!("the test does not know the C type {other}"),
    }
    .to_owned()
}

fn c() -> Layout {
    let mut layout = Layout::new();
    for index in 0..raw::sigkit_layout_count() {
        let mut entry = raw::sigkit_layout_entry {
            type_name: ptr::null(),
            field_name: ptr::null(),
            field_type: ptr::null(),
            size: 0,
            align: 0,
            offset: 0,
        };
        // SAFETY: `entry` is a local that may be written.
        let status = unsafe { raw::sigkit_layout(index, &mut entry) };
        assert_eq!(status, raw::SIGKIT_OK);
        // SAFETY: sigkit's texts are static and terminated, or NULL.
        let type_name = unsafe { text(entry.type_name) }.expect("each entry names its struct");
        // SAFETY: as above.
        let field_name = unsafe { text(entry.field_name) }.unwrap_or_default();
        // SAFETY: as above.
        let field_type = unsafe { text(entry.field_type) };
        let place = Place {
            size: entry.size,
            align: entry.align,
            offset: entry.offset,
            field_type: field_type.map(|name| in_rust_words(&name)),
        };
        let earlier = layout.insert((type_name, field_name), place);
        assert_eq!(earlier, None, "an entry is reported twice");
    }
    layout
}

/// The differences between the two, as text.
fn differences(c: &Layout, rust: &Layout) -> Vec<String> {
    let keys: BTreeSet<_> = c.keys().chain(rust.keys()).collect();
    let differ = keys.into_iter().filter(|key| c.get(*key) != rust.get(*key));
    differ
        .map(|key| format!("{key:?}: C has {:?}, Rust {:?}", c.get(key), rust.get(key)))
        .collect()
}

#[test]
fn every_struct_and_field_has_the_same_layout_in_rust_and_c() {
    assert_eq!(differences(&c(), &rust()), [""; 0]);
}

#[test]
fn a_difference_on_either_side_is_found() {
    let key = ("sigkit_biquad".to_owned(), "z2".to_owned());
    let mut less = c();
    less.remove(&key);
    assert_eq!(differences(&less, &rust()).len(), 1);
    assert_eq!(differences(&c(), &less).len(), 1);
    let mut moved = rust();
    moved.get_mut(&key).unwrap().offset += 1;
    assert_eq!(differences(&c(), &moved).len(), 1);
}

#[test]
fn every_struct_that_the_raw_binding_defines_is_compared() {
    let source = include_str!("../../src/sigkit/ffi.rs");
    // A struct without visible fields is a handle, and has no layout.
    let bodies = source
        .split("pub struct ")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    let structs = bodies.map(|(body, _)| body).filter(|body| !body.contains("_unused"));
    let defined: Vec<&str> = structs.filter_map(|body| body.split(' ').next()).collect();
    let compared: BTreeSet<String> = rust().into_keys().map(|(name, _)| name).collect();
    assert_eq!(defined.len(), compared.len(), "{defined:?}");
    for name in defined {
        assert!(compared.contains(name), "{name} is not compared with C");
    }
}
