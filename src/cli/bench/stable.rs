//! abi_stable's two ways to call, in this program, to compare with a plain function pointer.

// The derives expand to unsafe code and to items in places that rustc lints against.
#![allow(
    unsafe_code,
    non_local_definitions,
    missing_docs,
    unreachable_pub,
    clippy::undocumented_unsafe_blocks
)]

use abi_stable::StableAbi;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::sabi_trait;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::RBox;
use std::hint::black_box;
use tollgate_meter::Row;

/// A module with one function.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = AdderRef, prefix_fields = AdderFields)))]
pub struct Adder {
    #[sabi(last_prefix_field)]
    pub add: extern "C" fn(u64) -> u64,
}

extern "C" fn add(x: u64) -> u64 {
    x.wrapping_add(1)
}

const ADDER: AdderRef = {
    const MODULE: &WithMetadata<Adder> = &WithMetadata::new(Adder { add });
    AdderRef(MODULE.static_as_prefix())
};

/// A trait with one method.
#[sabi_trait]
pub trait Step {
    fn step(&self, x: u64) -> u64;
}

struct By(u64);

impl Step for By {
    fn step(&self, x: u64) -> u64 {
        x.wrapping_add(self.0)
    }
}

pub(crate) fn rows() -> Vec<Row<'static>> {
    let module = black_box(ADDER);
    let object = black_box(Step_TO::from_value(By(black_box(1)), TD_Opaque));
    let object: Step_TO<'static, RBox<()>> = object;
    vec![
        Row::latency("add, abi_stable prefix function", move |x| module.add()(x))
            .callee("add", add as *const () as usize),
        Row::latency("add, abi_stable trait object", move |x| object.step(x)),
    ]
}
