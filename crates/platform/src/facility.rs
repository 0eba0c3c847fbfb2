//! The facilities of this platform, and how well they work.

use crate::sys;
use std::fmt;

/// How well a facility works on this platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It works as documented.
    Supported,
    /// It works with less precision or fewer guarantees, for the reason given.
    Degraded(&'static str),
    /// It is not available, for the reason given. Calls return an error or a documented default.
    Unsupported(&'static str),
}

impl Status {
    /// `supported`, `degraded` or `unsupported`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Supported => "supported",
            Status::Degraded(_) => "degraded",
            Status::Unsupported(_) => "unsupported",
        }
    }

    /// Why it is not fully supported, or `None` if it is.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Status::Supported => None,
            Status::Degraded(reason) | Status::Unsupported(reason) => Some(reason),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.reason() {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

/// One facility of the platform and its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facility {
    /// A short name, the same on every platform.
    pub name: &'static str,
    /// Its purpose, in a few words.
    pub purpose: &'static str,
    /// How well it works here.
    pub status: Status,
}

/// Every facility that the workspace uses, in a fixed order, with its status in this binary on this machine.
///
/// # Platform differences
/// The table shows each back end: `yes`, `less` (degraded), `no` (unsupported), or `asks` if it depends on the machine
/// or the target. The reasons are in the statuses. A test compares a column with the back end that it runs on; those of
/// macOS and the BSDs are only compiled.
///
/// | facility | linux | macos | bsd | windows | wasi | fallback |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | clock | asks | asks | asks | asks | asks | asks |
/// | cycle-counter | asks | asks | asks | asks | asks | asks |
/// | cpu-features | asks | asks | asks | asks | asks | asks |
/// | cache-line | asks | asks | asks | asks | asks | asks |
/// | page-size | yes | yes | yes | yes | yes | less |
/// | map | yes | yes | yes | yes | no | asks |
/// | dylib | yes | yes | yes | yes | no | asks |
/// | dylib-search | yes | yes | yes | yes | no | no |
/// | private-copy | yes | yes | yes | less | no | asks |
/// | trust | yes | yes | yes | no | no | no |
/// | affinity | yes | no | no | yes | no | no |
/// | cores | asks | no | no | asks | no | no |
/// | child | yes | less | less | less | no | asks |
/// | child-containment | asks | less | less | less | no | asks |
/// | child-limits | yes | less | less | no | no | no |
/// | fork | yes | no | no | no | no | no |
/// | guarded-memory | yes | yes | yes | less | less | less |
/// | heap-in-use | asks | no | no | no | no | no |
/// | machine | yes | less | less | less | less | less |
/// | load | asks | no | no | no | no | no |
/// | stepper | asks | no | no | no | no | no |
/// | hardware-counters | asks | no | no | no | no | no |
///
/// ```
/// for facility in tollgate_platform::facilities() {
///     println!("{:16} {}", facility.name, facility.status);
/// }
/// ```
pub fn facilities() -> Vec<Facility> {
    [
        ("clock", "time, monotonic across threads", crate::clock::status()),
        (
            "cycle-counter",
            "the processor's time counter",
            crate::clock::counter_status(),
        ),
        (
            "cpu-features",
            "the instruction sets of the processor",
            crate::arch::CPU_FEATURES_STATUS,
        ),
        (
            "cache-line",
            "the distance that avoids false sharing",
            crate::cache::status(),
        ),
        ("page-size", "the size of a memory page", sys::PAGE_SIZE_STATUS),
        ("map", "files mapped into memory", sys::MAP_STATUS),
        ("dylib", "plugins in shared libraries", sys::DYLIB_STATUS),
        (
            "dylib-search",
            "the search path for their dependencies",
            crate::dylib::search_status(),
        ),
        (
            "private-copy",
            "a copy of a plugin that only its owner can access",
            sys::PRIVATE_COPY_STATUS,
        ),
        ("trust", "whether others can change a file", sys::TRUST_STATUS),
        (
            "affinity",
            "threads kept on a CPU, for measurements",
            sys::AFFINITY_STATUS,
        ),
        ("cores", "which CPUs share a core", sys::cores_status()),
        ("child", "child processes: the probe, measuring", sys::CHILD_STATUS),
        (
            "child-containment",
            "processes that a child started are killed with it",
            sys::containment_status(),
        ),
        ("child-limits", "limits on the resources of a child", sys::LIMITS_STATUS),
        ("fork", "calls measured in a copy of this process", sys::FORK_STATUS),
        (
            "guarded-memory",
            "detection of reads and writes past the end of a block",
            sys::GUARD_STATUS,
        ),
        ("heap-in-use", "detection of memory leaks of a plugin", sys::HEAP_STATUS),
        (
            "machine",
            "processor, system and hypervisor, for reports",
            sys::MACHINE_STATUS,
        ),
        (
            "load",
            "whether other programs disturbed a measurement",
            sys::load_status(),
        ),
        (
            "stepper",
            "exact instruction counts, and proofs of a call",
            sys::STEP_STATUS,
        ),
        (
            "hardware-counters",
            "cycles, instructions and misses, counted by the processor",
            crate::counters::status(),
        ),
    ]
    .into_iter()
    .map(|(name, purpose, status)| Facility { name, purpose, status })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_table_is_what_this_back_end_says() {
        let mut rows = include_str!("facility.rs").lines().filter_map(|line| {
            let cells = line.strip_prefix("/// | ")?.strip_suffix(" |")?;
            Some(cells.split(" | ").collect::<Vec<_>>())
        });
        let head = rows.next().unwrap();
        let column = head.iter().position(|cell| *cell == crate::sys::NAME).unwrap();
        let rows: Vec<_> = rows.skip(1).collect();
        let facilities = facilities();
        assert_eq!(rows.len(), facilities.len());
        for (row, facility) in rows.iter().zip(facilities) {
            assert_eq!(row[0], facility.name);
            let documented = match facility.status {
                Status::Supported => "yes",
                Status::Degraded(_) => "less",
                Status::Unsupported(_) => "no",
            };
            assert!(row[column] == documented || row[column] == "asks", "{facility:?}");
        }
    }

    #[test]
    fn every_degraded_or_unsupported_facility_has_a_reason_of_one_sentence() {
        for Facility { name, status, .. } in facilities() {
            if let Some(reason) = status.reason() {
                assert!(
                    reason.len() > 10 && !reason.ends_with('.') && !reason.contains(". "),
                    "{name}: {reason}"
                );
            }
        }
    }
}
