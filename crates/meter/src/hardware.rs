//! What the processor's own counters say of a row.

use serde::{Deserialize, Serialize};

/// The processor's counters over a whole batch outside the kernel, divided by its calls: of all processes, the batch
/// with the fewest cycles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hardware {
    /// Clock cycles a call.
    pub cycles: f64,
    /// Instructions a call, the loop's own and those of a reading of the clock included.
    pub instructions: f64,
    /// Mispredicted branches per call.
    pub branch_misses: f64,
    /// Last-level cache misses per call.
    pub cache_misses: f64,
}
