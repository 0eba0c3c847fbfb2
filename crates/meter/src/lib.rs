//! Measures the price of a call.
//!
//! A [`Row`] holds a closure whose call is measured; [`Rows`] are measured together; [`run`] measures them in
//! several processes and returns a [`Report`]. The crate knows nothing of plugins or C.
//!
//! # Method
//! - Several processes (16, or 4 when quick) run one after the other. Each is this program again, with its own address
//!   layout. In each, every row has 100 batches of 50 to 100 µs, and the order of all rows' batches is random.
//! - A batch is a loop unrolled eight times, with a barrier between calls that costs no instruction on x86-64 and ARM.
//! - The headline is the minimum over processes of the fastest batch that others confirm: interruptions only add time.
//!   The report also has the typical batch, the range of the processes' minima, and the figures of every process.
//! - Nothing is subtracted. The price of the loop with an empty body is reported as the resolution.
//! - Cycles come from a dependent sequence of one instruction of known latency, measured among the rows.
//! - Instructions, allocations and copied bytes come from single-stepping the timed loop ([`tollgate_platform::step`]);
//!   they are exact.
//! - A row's answers are checked before and after it is measured, in every process.
//! - Rows that cannot be told apart are reported as ties: their paired differences, process by process, are not
//!   significantly larger than the resolution (Student's t, 99 %, corrected for the number of pairs).
//!
//! # What it does not see
//! Address layouts differ between processes by whole pages only. The linker fixes the position of code and data within
//! a page, which moves most calls by 0 to 6 %. Memory beyond the last-level cache is shared with everything else that
//! the machine does, and load there is not seen.
//!
//! # Its own child
//! ```no_run
//! use tollgate_meter::{Error, Options, Row, Rows};
//!
//! fn rows() -> Result<Rows<'static>, std::io::Error> {
//!     Ok(Rows::new()
//!         .row(Row::latency("add", |x| x.wrapping_add(1)).answers(1, 2))
//!         .row(Row::latency("rotate", |x| x.rotate_left(3)).answers(1, 8)))
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     tollgate_meter::run_if_measuring(rows); // in a child it measures and does not return
//!     println!("{}", tollgate_meter::run(rows()?, &Options::default())?);
//!     Ok(())
//! }
//! ```

mod arch;
pub mod compare;
mod count;
mod error;
mod fit;
mod hardware;
mod load;
mod machine;
mod meter;
mod peaks;
mod process;
mod proof;
mod report;
mod row;
mod sample;
mod statistics;
mod summary;
mod symbols;
mod timed;

pub use error::{Ending, Error};
pub use hardware::Hardware;
pub use meter::Meter;
pub use process::{Options, Progress, run, run_if_measuring, run_with_progress};
pub use proof::{Proof, ProofKind};
pub use report::{
    Build, Estimate, First, Fit, Layouts, Machine, Method, Nanoseconds, Peak, Report, Resolution, RowReport,
};
pub use row::{Mode, Row, Rows};
pub use sample::PerProcess;
