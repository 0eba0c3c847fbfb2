//! What this platform can do, and how well.

use std::fmt;

/// How well a facility works on this platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does what its documentation says.
    Supported,
    /// It works with less precision or fewer guarantees, for the reason given.
    Degraded(&'static str),
    /// It is not there, for the reason given; calls of it return an error or a documented default.
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

    /// Why it is not fully supported, or `None` where it is.
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
pub struct Facility {
    /// A short name, the same on every platform.
    pub name: &'static str,
    /// How well it works here.
    pub status: Status,
}

/// Every facility that the workspace uses, in a fixed order, as this binary has it.
///
/// ```
/// for facility in tollgate_platform::facilities() {
///     println!("{:16} {}", facility.name, facility.status);
/// }
/// ```
pub fn facilities() -> [Facility; 13] {
    [
        Facility {
            name: "cycle-counter",
            status: crate::arch::COUNTER_STATUS,
        },
        Facility {
            name: "page-size",
            status: crate::sys::PAGE_SIZE_STATUS,
        },
        Facility {
            name: "dylib",
            status: crate::sys::DYLIB_STATUS,
        },
        Facility {
            name: "private-copy",
            status: crate::sys::PRIVATE_COPY_STATUS,
        },
        Facility {
            name: "trust",
            status: crate::sys::TRUST_STATUS,
        },
        Facility {
            name: "affinity",
            status: crate::sys::AFFINITY_STATUS,
        },
        Facility {
            name: "child",
            status: crate::sys::CHILD_STATUS,
        },
        Facility {
            name: "child-limits",
            status: crate::sys::LIMITS_STATUS,
        },
        Facility {
            name: "guarded-memory",
            status: crate::sys::GUARD_STATUS,
        },
        Facility {
            name: "heap-in-use",
            status: crate::sys::HEAP_STATUS,
        },
        Facility {
            name: "machine",
            status: crate::sys::MACHINE_STATUS,
        },
        Facility {
            name: "load",
            status: crate::sys::LOAD_STATUS,
        },
        Facility {
            name: "stepper",
            status: crate::sys::STEP_STATUS,
        },
    ]
}
