//! `.npy` of every version.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tollgate_fuzz::open(b"\x93NUMPY", bytes));
