//! The Rust functions that the rows call.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::hint::black_box;
use std::panic::catch_unwind;

/// `x + 1`, never inlined.
#[inline(never)]
pub(crate) fn not_inlined(x: u64) -> u64 {
    x.wrapping_add(1)
}

/// The same, with C's calling convention.
#[inline(never)]
pub(crate) extern "C" fn extern_c(x: u64) -> u64 {
    x.wrapping_add(1)
}

/// The same behind a trait object.
pub(crate) trait Step {
    /// Returns `x + 1`.
    fn step(&self, x: u64) -> u64;
}

/// Adds its own number.
pub(crate) struct By(pub(crate) u64);

impl Step for By {
    fn step(&self, x: u64) -> u64 {
        x.wrapping_add(self.0)
    }
}

/// A trait object whose type the compiler cannot see.
pub(crate) fn step() -> Box<dyn Step> {
    black_box(Box::new(By(black_box(1))))
}

/// The callback that C calls: `x + 1`.
pub(crate) unsafe extern "C" fn callback(_user: *mut c_void, x: i64) -> i64 {
    x.wrapping_add(1)
}

/// The same, but a panic is caught before it reaches C.
pub(crate) unsafe extern "C" fn guarded_callback(_user: *mut c_void, x: i64) -> i64 {
    catch_unwind(|| black_box(x).wrapping_add(1)).unwrap_or(0)
}

/// A second-order section in transposed direct form II: sigkit's filter in Rust.
#[derive(Clone, Copy)]
pub(crate) struct Section {
    b: [f64; 3],
    a: [f64; 2],
    z: [f64; 2],
}

impl Section {
    /// A section with sigkit's coefficients and zero state.
    pub(crate) fn new([b0, b1, b2, a1, a2]: [f64; 5]) -> Self {
        Self {
            b: [b0, b1, b2],
            a: [a1, a2],
            z: [0.0; 2],
        }
    }

    /// One sample.
    #[inline(always)]
    pub(crate) fn sample(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.z[0];
        self.z[0] = (self.b[1] * x + self.z[1]) - self.a[0] * y;
        self.z[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}
