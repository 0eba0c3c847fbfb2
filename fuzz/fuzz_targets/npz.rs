//! `.npz`: ZIP archives.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tollgate_fuzz::open(b"PK\x03\x04", bytes));
