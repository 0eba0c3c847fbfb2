//! Call shapes: functions for measurements only.
//!
//! Each function does as little as its signature allows, so that its price is the price of the call. They differ
//! in what crosses to C and back: nothing, numbers, a struct by value or by pointer, a slice, a text, a callback, a
//! handle. [`sum`] is the shape of most real bindings: a slice in, a status and a result out.
//!
//! ```
//! use tollgate_cli::sigkit::shapes;
//!
//! assert_eq!(shapes::add(2, 3), 5);
//! assert_eq!(shapes::sum(&[0.5, 1.5])?, 2.0);
//! assert_eq!(shapes::apply_times(|x| x * 2, 1, 10), 1024);
//! # Ok::<(), tollgate_cli::sigkit::Error>(())
//! ```

use super::callback::Guarded;
use super::error::{Error, Rule, check};
use super::ffi;
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

/// Three numbers: 24 bytes. It is C's struct itself, so that passing it copies no more than in C.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Vec3(ffi::sigkit_vec3);

impl Vec3 {
    /// A vector of these components.
    #[inline]
    pub const fn new(x: f64, y: f64, z: f64) -> Vec3 {
        Vec3(ffi::sigkit_vec3 { x, y, z })
    }

    /// Its components.
    #[inline]
    pub const fn components(&self) -> [f64; 3] {
        [self.0.x, self.0.y, self.0.z]
    }
}

impl PartialEq for Vec3 {
    fn eq(&self, other: &Vec3) -> bool {
        self.components() == other.components()
    }
}

/// Does nothing: no arguments, no result.
#[inline]
pub fn nop() {
    ffi::sigkit_nop();
}

/// Returns its argument: a number in and out.
#[inline]
pub fn identity(x: i64) -> i64 {
    ffi::sigkit_identity(x)
}

/// The sum, modulo 2^64: two numbers in, one out.
#[inline]
pub fn add(a: i64, b: i64) -> i64 {
    ffi::sigkit_add(a, b)
}

/// The sum of the components: 24 bytes in by value.
#[inline]
pub fn vec3_sum(v: Vec3) -> f64 {
    ffi::sigkit_vec3_sum(v.0)
}

/// The sum of the components: 24 bytes in by pointer.
#[inline]
pub fn vec3_sum_at(v: &Vec3) -> f64 {
    // SAFETY: the reference is valid for reading C's struct, which it is of.
    unsafe { ffi::sigkit_vec3_sum_at(&v.0) }
}

/// Every component times `k`: 24 bytes in and out by value.
#[inline]
pub fn vec3_scale(v: Vec3, k: f64) -> Vec3 {
    Vec3(ffi::sigkit_vec3_scale(v.0, k))
}

/// Every component times `k`, in place: 24 bytes by pointer.
#[inline]
pub fn vec3_scale_at(v: &mut Vec3, k: f64) {
    // SAFETY: the reference is valid for reading and writing C's struct, which it is of.
    unsafe { ffi::sigkit_vec3_scale_at(&mut v.0, k) }
}

/// The first plus the last value, modulo 2^64, or 0 for none: a slice in, whose length does not change the price.
#[inline]
pub fn ends(values: &[i64]) -> i64 {
    // SAFETY: the pointer is valid for reading `len` aligned values, which a slice guarantees.
    unsafe { ffi::sigkit_ends_i64(values.as_ptr(), values.len()) }
}

/// The sum, modulo 2^64: a slice in, a number out.
#[inline]
pub fn sum_i64(values: &[i64]) -> i64 {
    // SAFETY: the pointer is valid for reading `len` aligned values, which a slice guarantees.
    unsafe { ffi::sigkit_sum_i64(values.as_ptr(), values.len()) }
}

/// The sum in order, 0 for no values: a slice in, a status and a result out. In an optimised build it takes exactly the
/// instructions of a raw call whose status is checked.
///
/// # Errors
/// None for a slice: sigkit refuses only NULL and impossible lengths. The status is checked in any case.
#[inline]
pub fn sum(values: &[f64]) -> Result<f64, Error> {
    let mut sum = 0.0;
    // SAFETY: the pointer is valid for reading `len` aligned values, which a slice guarantees; `sum` is a local that
    // may be written.
    let status = unsafe { ffi::sigkit_sum(values.as_ptr(), values.len(), &mut sum) };
    check(status, "sum values", |_| None)?;
    Ok(sum)
}

/// The bytes before the terminating zero: a text in.
#[inline]
pub fn text_length(text: &CStr) -> usize {
    // SAFETY: a `CStr` ends with a zero byte and is valid for reading up to it.
    unsafe { ffi::sigkit_text_length(text.as_ptr()) }
}

/// `closure(x)`, called by C: a callback.
///
/// # Panics
/// If the closure panics, with the same payload.
#[inline]
pub fn apply<F: FnMut(i64) -> i64>(closure: F, x: i64) -> i64 {
    let mut guarded = Guarded::new(closure);
    let user = ptr::from_mut(&mut guarded).cast::<c_void>();
    // SAFETY: `on_apply::<F>` returns whatever the closure does, and gets `user` back, which points to the `Guarded<F>`
    // that it requires: a local that outlives the call and is not touched by anyone else meanwhile.
    let applied = unsafe { ffi::sigkit_apply(Some(on_apply::<F>), user, x) };
    guarded.finish();
    applied
}

/// `x = closure(x)`, `times` times: callbacks without a call into C for each.
///
/// # Panics
/// If the closure panics, with the same payload. It is not called again.
#[inline]
pub fn apply_times<F: FnMut(i64) -> i64>(closure: F, x: i64, times: u64) -> i64 {
    let mut guarded = Guarded::new(closure);
    let user = ptr::from_mut(&mut guarded).cast::<c_void>();
    // SAFETY: as in `apply`.
    let applied = unsafe { ffi::sigkit_apply_times(Some(on_apply::<F>), user, x, times) };
    guarded.finish();
    applied
}

/// Hands a number from C to the closure.
///
/// # Safety
/// `user` points to a live `Guarded<F>` that nobody else uses during the call.
unsafe extern "C" fn on_apply<F: FnMut(i64) -> i64>(user: *mut c_void, x: i64) -> i64 {
    // SAFETY: the caller promises a live `Guarded<F>` for this call alone.
    let guarded = unsafe { &mut *user.cast::<Guarded<F>>() };
    guarded.call(x, x)
}

/// The cheapest life cycle of a handle: eight bytes that C allocates, changes and frees.
///
/// ```
/// let mut counter = tollgate_cli::sigkit::shapes::Counter::new(40)?;
/// assert_eq!(counter.add(2), 42);
/// # Ok::<(), tollgate_cli::sigkit::Error>(())
/// ```
#[derive(Debug)]
pub struct Counter {
    /// Made by `sigkit_counter_create`, ours alone, given back when this is dropped.
    handle: NonNull<ffi::sigkit_counter>,
}

// SAFETY: sigkit's rule on threads is that any function may run on any thread, and that two calls on one object at a
// time need a lock. The handle has one owner and is never copied, so calls on it from another thread come only after it
// moved there.
unsafe impl Send for Counter {}

impl Counter {
    /// A counter with the value `start`.
    ///
    /// # Errors
    /// [`Error::Refused`] with [`Rule::Memory`] if there is no memory.
    #[inline]
    pub fn new(start: i64) -> Result<Counter, Error> {
        const CREATE: &str = "make a counter";
        let mut handle = ptr::null_mut();
        // SAFETY: `handle` is a local that may be written.
        let status = unsafe { ffi::sigkit_counter_create(start, &mut handle) };
        check(status, CREATE, |_| None)?;
        let handle = NonNull::new(handle).ok_or(Error::Refused {
            operation: CREATE,
            rule: Rule::Null,
        })?;
        Ok(Counter { handle })
    }

    /// Adds modulo 2^64 and returns the new value.
    #[inline]
    pub fn add(&mut self, amount: i64) -> i64 {
        // SAFETY: the handle is a live one of sigkit's, and `&mut self` keeps every other call from it.
        unsafe { ffi::sigkit_counter_add(self.handle.as_ptr(), amount) }
    }
}

impl Drop for Counter {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the handle is a live one of sigkit's, and nobody has it after this.
        unsafe { ffi::sigkit_counter_destroy(self.handle.as_ptr()) };
    }
}
