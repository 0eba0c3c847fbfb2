//! Measures the price of a call.
//!
//! A [`Row`] holds a closure whose call is to be priced; [`Rows`] are measured together; [`run`] measures them in
//! several processes and gives a [`Report`]. The crate knows nothing of plugins or of C.
//!
//! # Method
//! - Several processes (16, or 4 when quick), each this program again with an address layout of its own, one after the
//!   other. In each, every row has 100 batches of 50 to 100 µs, and the order of all rows' batches is random.
//! - A batch is a loop unrolled eight times, with a barrier between calls that costs no instruction on x86-64 and ARM.
//! - The headline is the least of all processes' fastest batches that others confirm: interruptions only ever add.
//!   Beside it stand the typical batch and the spread of the processes' minima, and every process's figures are kept.
//! - Nothing is subtracted. What the loop costs with an empty body is reported as the resolution.
//! - Cycles come from a dependent sequence of one instruction of known latency, measured among the rows.
//! - Instructions, allocations and copied bytes come from single-stepping the timed loop ([`tollgate_platform::step`]);
//!   they are exact.
//! - A row's answers are checked before it is measured and after, in every process.
//! - Rows that cannot be told apart are reported as ties: those whose paired differences, process by process (Student's
//!   t,
//!   99 %, corrected for the number of pairs), do not keep clear of the resolution.
//!
//! # What it does not see
//! Processes differ in their address layout down to the page; where code and data lie within a page is fixed by the
//! linker, and moves most calls by 0 to 6 %. Memory beyond the last-level cache is shared with whatever else the
//! machine does, and load there is not seen.
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
mod load;
mod machine;
mod meter;
mod peaks;
mod process;
mod report;
mod row;
mod sample;
mod statistics;
mod summary;
mod symbols;
mod timed;

pub use error::{Ending, Error};
pub use meter::Meter;
pub use process::{Options, Progress, run, run_if_measuring, run_with_progress};
pub use report::{
    Build, Estimate, First, Fit, Hardware, Layouts, Machine, Method, Nanoseconds, Peak, Proof, ProofKind, Report,
    Resolution, RowReport,
};
pub use row::{Mode, Row, Rows};
pub use sample::PerProcess;
