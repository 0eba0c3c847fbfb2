//! The results of a measurement: the document of `tollgate bench --json`, and the price list as text.

use crate::hardware::Hardware;
use crate::proof::Proof;
use crate::row::Mode;
use crate::sample::PerProcess;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A measurement's results. As JSON it is the document of `tollgate bench --json` without `schema`; as text a price
/// list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Where it was measured.
    pub machine: Machine,
    /// How it was measured.
    pub method: Method,
    /// The rows in the order in which they were given: a report does not rank them.
    pub rows: Vec<RowReport>,
    /// For each series of payloads and boundary, its fixed price and its price for each byte.
    #[serde(default)]
    pub fits: Vec<Fit>,
}

/// The price of a series of rows that differ only in their payload: `fixed_ns + ns_per_byte × bytes`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The name of the series.
    pub series: String,
    /// The boundary, or `None`.
    pub boundary: Option<String>,
    /// The price of a call without payload, in nanoseconds.
    pub fixed_ns: Estimate,
    /// The price of each byte, in nanoseconds.
    pub ns_per_byte: Estimate,
    /// The largest relative deviation of the line from a measured price. It is large if larger payloads do not fit in
    /// a cache.
    pub worst: f64,
}

/// An estimate with its interval at 95 % confidence, over processes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean over processes.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// Where it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Machine {
    /// The processor's name, if known.
    pub cpu: Option<String>,
    /// CPUs that the process may use.
    pub cores: usize,
    /// The operating system and, where known, its release.
    pub os: String,
    /// The target that the program was compiled for.
    pub target: String,
    /// The CPUs' frequency governor; `None` if not visible.
    pub governor: Option<String>,
    /// Whether it is a virtual machine; `None` if unknown.
    pub virtualised: Option<bool>,
    /// The hypervisor's name for itself.
    pub hypervisor: Option<String>,
    /// How the program was built.
    pub build: Build,
    /// The processor's speed during the measurement in GHz, by the calibrating sequence; `None` if there is none.
    pub ghz: Option<f64>,
    /// The clock that was used.
    pub clock: String,
    /// The smallest step of the clock that was seen, in nanoseconds.
    pub clock_resolution_ns: f64,
    /// What reading the clock costs, in nanoseconds.
    pub clock_cost_ns: f64,
}

/// How the measuring program was built, as far as its build scripts know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The Rust compiler's version.
    pub rustc: String,
    /// The C compiler's version and flags, if the program calls C and sets them.
    pub c_compiler: Option<String>,
    /// The base profile of the build: `release` or `debug`.
    pub profile: String,
    /// `0` to `3`, `s` or `z`.
    pub opt_level: String,
    /// The instruction-set features that the compiler may use everywhere.
    pub target_features: String,
    /// The flags given to every call of the Rust compiler.
    pub rustflags: String,
}

/// How it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Method {
    /// Processes, or passes within one process.
    pub processes: usize,
    /// Whether each was a process with its own address layout.
    pub layouts: Layouts,
    /// The texts by which rows were chosen; empty if all were.
    #[serde(default)]
    pub only: Vec<String>,
    /// Batches of each row in each process, unless its calls take longer than a batch.
    pub batches: u32,
    /// The shortest batch in microseconds; the longest is about twice that, unless one call takes longer.
    pub batch_us: f64,
    /// Calls in each round of the timed loop.
    pub unroll: u64,
    /// The price of the loop itself in each mode, in nanoseconds per call. Nothing is subtracted from the rows.
    pub resolution_ns: Resolution,
    /// The instruction whose latency gave the cycles, or why there are none.
    pub cycles: String,
    /// How instructions were counted, or why they were not.
    pub instructions: String,
    /// Whether the processor's own counters were read, or why they were not.
    #[serde(default)]
    pub hardware: String,
    /// The confidence with which rows are told apart, over all pairs together.
    pub confidence: f64,
    /// The part of the time in which the processes were ready to run and waited for others; `None` if
    /// unknown.
    #[serde(default)]
    pub waited: Option<f64>,
    /// The part of the time that the hypervisor took away.
    #[serde(default)]
    pub stolen: Option<f64>,
    /// The seed of the order of batches.
    pub seed: u64,
    /// What a reader must know before comparing.
    pub notes: Vec<String>,
}

/// How many address layouts a measurement saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layouts {
    /// Each process had one of its own.
    #[serde(rename = "one for each process")]
    EachProcess,
    /// All passes ran in one process.
    #[serde(rename = "one layout")]
    One,
}

/// The price of the timed loop itself, in nanoseconds a call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// In latency rows.
    pub latency: f64,
    /// In throughput rows.
    pub throughput: f64,
}

/// One row's results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RowReport {
    /// The row's name.
    pub row: String,
    /// The boundary that a call crosses, or `None`.
    pub boundary: Option<String>,
    /// The language of what a call runs, if the row names it. Rows of different languages are not compared.
    #[serde(default)]
    pub language: Option<String>,
    /// Where caller and callee run, if the row has a placement.
    pub placement: Option<String>,
    /// The series that the row belongs to: rows that differ only in their payload and boundary.
    #[serde(default)]
    pub series: Option<String>,
    /// The bytes that a call works on, if the row declares them.
    pub payload: Option<u64>,
    /// What was timed.
    pub mode: Mode,
    /// The price.
    pub ns: Nanoseconds,
    /// The first call that a process makes, if the rows were measured in separate processes.
    #[serde(default)]
    pub first_ns: Option<First>,
    /// Where the batches of all processes gather, if in more than one place: a call that has two prices.
    #[serde(default)]
    pub peaks: Vec<Peak>,
    /// Why the row is not compared with others, if too few batches were undisturbed.
    #[serde(default)]
    pub unsteady: Option<String>,
    /// The figures of each process.
    pub per_process: Vec<PerProcess>,
    /// `ns.min` in the core's cycles; `None` if the processor has no calibrating sequence.
    pub cycles: Option<f64>,
    /// The exact instructions per call, the loop's own included (an eighth of a round's two or three); `None` if they
    /// were not counted.
    pub instructions: Option<f64>,
    /// Why they were not counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uncounted: Option<String>,
    /// Instructions a call by the mapped object that holds them, most first.
    pub objects: Vec<(String, f64)>,
    /// The processor's own counters; `None` if they are not available, which [`Method::hardware`] explains.
    #[serde(default)]
    pub hardware: Option<Hardware>,
    /// The exact memory allocations per call; `None` if they were not counted.
    pub allocations: Option<f64>,
    /// The bytes that a call copies: as counted at the C library's functions or as the row declares, whichever is more;
    /// `None` if neither is known.
    pub copied_bytes: Option<f64>,
    /// Whether the call happened, and where.
    pub proof: Proof,
    /// The names of the rows of the same mode, payload and language that this row cannot be told apart from.
    pub ties_with: Vec<String>,
}

/// A price in nanoseconds a call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Nanoseconds {
    /// The fastest batch of all processes.
    pub min: f64,
    /// The median over processes of their median batches.
    pub typical: f64,
    /// The lowest of the processes' fastest batches, which is `min`.
    pub low: f64,
    /// The highest of the processes' fastest batches.
    pub high: f64,
}

/// What a first call takes, in nanoseconds; a reading of the clock is in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct First {
    /// The fastest of the processes' first calls.
    pub min: f64,
    /// Their median.
    pub typical: f64,
}

/// A place where batches gather.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// Nanoseconds per call, to 2 %.
    pub ns: f64,
    /// The part of all batches that gather there.
    pub share: f64,
}

impl RowReport {
    /// The name, with the boundary if the name alone is ambiguous.
    pub fn title(&self) -> String {
        title(&self.row, self.boundary.as_deref())
    }

    /// Instructions per call, by single-stepping or else by the processor's counter; `None` if there is neither.
    pub fn counted_instructions(&self) -> Option<f64> {
        self.instructions.or_else(|| Some(self.hardware.as_ref()?.instructions))
    }

    /// Whether the other is the same row of another measurement. It compares all that distinguishes rows.
    pub fn is_same_row(&self, other: &RowReport) -> bool {
        let id = |row: &RowReport| (row.payload, row.mode);
        self.row == other.row
            && self.boundary == other.boundary
            && self.placement == other.placement
            && id(self) == id(other)
    }
}

pub(crate) fn title(name: &str, boundary: Option<&str>) -> String {
    match boundary {
        Some(boundary) if !name.contains(boundary) => format!("{name} ({boundary})"),
        _ => name.to_owned(),
    }
}

impl Report {
    /// The first row of that name.
    pub fn row(&self, name: &str) -> Option<&RowReport> {
        self.rows.iter().find(|row| row.row == name)
    }
}

/// How many ties a row's line names; the rest are counted. The document names all.
const SHOWN_TIES: usize = 3;

impl fmt::Display for Report {
    /// A line for each row, with the machine and the method below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.row.chars().count());
        let width = width.max().unwrap_or(0).max(3);
        writeln!(
            f,
            "{:width$}  {:10}  {:>9}  {:>9}  {:>19}  {:>8}  {:>8}  {:>6}  {:8}  tie",
            "row", "mode", "ns min", "typical", "low to high", "cycles", "instr", "alloc", "proof"
        )?;
        for row in &self.rows {
            let or_dash = |value: Option<f64>| value.map_or("-".to_owned(), figure);
            let ns = &row.ns;
            let tie = match &row.ties_with[..] {
                _ if row.unsteady.is_some() => "not compared: too few undisturbed batches".to_owned(),
                [] => String::new(),
                rows if rows.len() <= SHOWN_TIES => format!("tie: {}", rows.join(", ")),
                rows => {
                    let (shown, rest) = rows.split_at(SHOWN_TIES);
                    format!("tie: {} and {} more", shown.join(", "), rest.len())
                }
            };
            let line = format!(
                "{:width$}  {:10}  {:>9}  {:>9}  {:>19}  {:>8}  {:>8}  {:>6}  {:8}  {tie}",
                row.row,
                row.mode.to_string(),
                figure(ns.min),
                figure(ns.typical),
                format!("{} to {}", figure(ns.low), figure(ns.high)),
                or_dash(row.cycles),
                or_dash(row.counted_instructions()),
                or_dash(row.allocations),
                row.proof.kind,
            );
            let peaks = match &row.peaks[..] {
                [] => String::new(),
                peaks => {
                    let prices = peaks
                        .iter()
                        .map(|peak| format!("{} ({:.0} %)", figure(peak.ns), 100.0 * peak.share));
                    format!("  prices: {}", prices.collect::<Vec<_>>().join(", "))
                }
            };
            writeln!(f, "{}{peaks}", line.trim_end())?;
        }
        let Machine {
            cpu, cores, os, ghz, ..
        } = &self.machine;
        let cpu = cpu.as_deref().unwrap_or("unknown processor");
        write!(f, "\n{cpu}, {cores} cores")?;
        if let Some(ghz) = ghz {
            write!(f, ", {ghz:.2} GHz")?;
        }
        let method = &self.method;
        let layouts = match method.layouts {
            Layouts::EachProcess => format!("{} processes", method.processes),
            Layouts::One => format!("{} passes in one process: one layout", method.processes),
        };
        writeln!(f, "; {os}; {layouts}, {} batches each", method.batches)?;
        writeln!(
            f,
            "empty loop: {} ns latency, {} ns throughput; nothing is subtracted",
            figure(method.resolution_ns.latency),
            figure(method.resolution_ns.throughput)
        )?;
        for note in &method.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

/// Three or four significant digits; an integer in full.
fn figure(value: f64) -> String {
    match value.abs() {
        size if size.fract() == 0.0 => format!("{value:.0}"),
        size if size < 10.0 => format!("{value:.3}"),
        size if size < 100.0 => format!("{value:.2}"),
        size if size < 1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn a_figure_keeps_the_digits_that_mean_something() {
        assert_eq!(figure(0.0), "0");
        assert_eq!(figure(1.0), "1");
        assert_eq!(figure(0.27123), "0.271");
        assert_eq!(figure(12.345), "12.35");
        assert_eq!(figure(123.45), "123.5");
        assert_eq!(figure(12345.6), "12346");
    }
}
