//! Closures that C calls.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A closure that C calls, and its panic. A panic must not unwind into C: it is caught here, kept until the C function
/// has returned, and resumed by [`finish`](Guarded::finish).
pub(super) struct Guarded<F> {
    closure: F,
    panic: Option<Box<dyn Any + Send>>,
}

impl<F> Guarded<F> {
    #[inline]
    pub(super) fn new(closure: F) -> Guarded<F> {
        Guarded { closure, panic: None }
    }

    /// Calls the closure. After a panic it is not called again; during and after the panic the result is
    /// `otherwise`.
    #[inline]
    pub(super) fn call<A, R>(&mut self, arguments: A, otherwise: R) -> R
    where
        F: FnMut(A) -> R,
    {
        if self.panic.is_some() {
            return otherwise;
        }
        let closure = &mut self.closure;
        // The closure is not used after a panic, so a state that it left inconsistent is never seen.
        match catch_unwind(AssertUnwindSafe(|| closure(arguments))) {
            Ok(answer) => answer,
            Err(payload) => {
                self.panic = Some(payload);
                otherwise
            }
        }
    }

    /// Resumes the panic, if there was one.
    #[inline]
    pub(super) fn finish(self) {
        if let Some(payload) = self.panic {
            // Drops the closure first: what it owns is freed before the unwinding, and once.
            drop(self.closure);
            resume_unwind(payload);
        }
    }
}
