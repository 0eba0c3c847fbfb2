//! What a host and its plugins share.

use crate::boundary::Terms;
use crate::boundary::probe::Prober;
use crate::gate::step::Step;
use crate::registry::Registry;
use std::fmt;
use std::sync::Arc;

/// What a host and its plugins share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) in_process: bool,
    pub(crate) prober: Prober,
    pub(crate) hook: Hook,
    pub(crate) registry: Registry,
}

impl Shared {
    /// Runs `body` with the terms of this host for loading.
    pub(crate) fn with_terms<T>(&self, body: impl FnOnce(&Terms<'_>) -> T) -> T {
        let steps = |step| self.hook.tell(step);
        body(&Terms {
            in_process: self.in_process,
            prober: &self.prober,
            steps: &steps,
        })
    }
}

/// Called with the name of each step of the gate, for tests that change the file between two steps.
#[derive(Clone, Default)]
pub(crate) struct Hook(pub(crate) Option<Arc<Told>>);

type Told = dyn Fn(&str) + Send + Sync;

impl Hook {
    pub(crate) fn tell(&self, step: Step) {
        if let Some(told) = &self.0 {
            told(step.name());
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
