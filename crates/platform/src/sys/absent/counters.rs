//! No counters of the processor.

use std::convert::Infallible;
use std::io;

pub(crate) const NO_COUNTERS: &str = if cfg!(feature = "counters") {
    "only the back end of Linux reads the processor's counters, on 64-bit x86, ARM and RISC-V"
} else {
    "this program was built without the feature counters of tollgate-platform"
};

/// Never made.
#[derive(Debug)]
pub(crate) struct Counters(Infallible);

impl Counters {
    pub(crate) fn open() -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, NO_COUNTERS))
    }

    pub(crate) fn count(&mut self, _run: &mut dyn FnMut()) -> io::Result<[u64; 4]> {
        match self.0 {}
    }
}
