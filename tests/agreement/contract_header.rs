//! `tollgate.h` and the Rust side of the contract have the same layout: that of the C compiler is
//! compared with rustc's, field by field.

use std::ffi::{CStr, c_char};
use tollgate::Element;
// Linked for its C part.
use tollgate_cli as _;

#[repr(C)]
struct CLayout {
    name: *const c_char,
    size: u64,
    alignment: u64,
    offset: u64,
}

unsafe extern "C" {
    safe fn tollgate_contract_layout(index: u64) -> *const CLayout;
    safe fn tollgate_contract_element(index: u64) -> u32;
}

/// Every entry of the C side's table: name, size, alignment, offset.
fn c_side() -> Vec<(String, u64, u64, u64)> {
    let mut entries = Vec::new();
    for index in 0.. {
        // SAFETY: the function returns null past the end, and otherwise a pointer to a constant.
        let Some(layout) = (unsafe { tollgate_contract_layout(index).as_ref() }) else {
            break;
        };
        // SAFETY: the name is a string literal.
        let name = unsafe { CStr::from_ptr(layout.name) };
        let name = name.to_str().expect("names are ASCII").to_owned();
        entries.push((name, layout.size, layout.alignment, layout.offset));
    }
    entries
}

#[test]
fn every_structure_has_the_same_size_alignment_and_offsets_in_c_and_rust() {
    let mut c = c_side().into_iter();
    for layout in tollgate_abi::LAYOUTS {
        let (name, size, alignment, _) = c.next().expect("the C side has as many structures");
        assert_eq!(
            (name.as_str(), size, alignment),
            (layout.name, layout.size as u64, layout.alignment as u64)
        );
        for field in layout.fields {
            let (name, _, _, offset) = c.next().expect("the C side has as many fields");
            assert_eq!(
                (name, offset),
                (format!("{}.{}", layout.name, field.name), field.offset as u64)
            );
        }
    }
    assert_eq!(c.next(), None, "the C side has more than the Rust side");
}

#[test]
fn element_codes_are_the_same_in_c_and_rust() {
    for (index, &(element, name)) in (0..).zip(Element::NAMED) {
        assert_eq!(tollgate_contract_element(index), element.0, "{name}");
    }
    assert_eq!(tollgate_contract_element(Element::NAMED.len() as u64), 0);
}
