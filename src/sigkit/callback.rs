//! Closures on their way through C.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A closure that C calls, and the panic that ended it. A panic must not unwind into C: it is caught here, kept while C
/// returns in its own way, and resumed by [`finish`](Guarded::finish).
pub(super) struct Guarded<F> {
    closure: F,
    panic: Option<Box<dyn Any + Send>>,
}

impl<F> Guarded<F> {
    #[inline]
    pub(super) fn new(closure: F) -> Guarded<F> {
        Guarded { closure, panic: None }
    }

    /// Calls the closure. One that has panicked is not called again; then, and when it panics, the answer is
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
        // Nobody sees the closure after it panicked, so what it left half done breaks nothing.
        match catch_unwind(AssertUnwindSafe(|| closure(arguments))) {
            Ok(answer) => answer,
            Err(payload) => {
                self.panic = Some(payload);
                otherwise
            }
        }
    }

    /// Goes on with the panic, if there was one.
    #[inline]
    pub(super) fn finish(self) {
        if let Some(payload) = self.panic {
            // The closure goes first: what it owns is freed before the unwinding, and once.
            drop(self.closure);
            resume_unwind(payload);
        }
    }
}
