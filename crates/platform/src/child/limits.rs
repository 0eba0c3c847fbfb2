//! What a child may use.

/// What a child may use of the machine; what is `None` is not limited. The limits hold from the child's greeting on,
/// and it cannot raise them again.
///
/// # Platform differences
/// - macOS does not limit memory; Windows and the portable back end limit nothing and refuse to start a child with
///   limits.
/// - The number of processes is limited on Linux alone, in two ways. The child's guardian counts them: every 20 ms
///   where the machine has many more than before, and every 0.2 s in any case. That holds for every user, and processes
///   that are started faster than it looks are more than the limit for so long. And the kernel refuses to start more
///   (`RLIMIT_NPROC`) than the user had when the child began, the limit, and 1024 for what the user's other programs
///   may start meanwhile: that holds at once, and not for root. Control groups are not used: few users may make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Bytes of address space that it may map beyond what it has at its greeting. What is more cannot be allocated.
    pub memory: Option<u64>,
    /// Seconds of processor time. One more, and the system ends it (SIGXCPU).
    pub cpu_seconds: Option<u64>,
    /// Bytes of the largest file that it may write. Beyond it, the system ends it (SIGXFSZ).
    pub file_size: Option<u64>,
    /// Files that it may have open, those that it was started with included.
    pub open_files: Option<u64>,
    /// Bytes of memory image that it may leave behind when it crashes; 0 for none.
    pub core: Option<u64>,
    /// Processes and threads that it may have at once with all that it starts, itself included. A child that has more
    /// is killed with all of them, and its parent is told ([`Error::ProcessLimit`](super::Error::ProcessLimit)). `None`
    /// is
    /// [`MOST_PROCESSES`](Limits::MOST_PROCESSES), not no limit.
    pub processes: Option<u64>,
}

impl Limits {
    /// The processes and threads that a child without a limit of its own may have: more than any needs, and fewer than
    /// a machine dies of.
    pub const MOST_PROCESSES: u64 = 1024;

    /// Whether this platform limits children, and what it does not limit.
    pub fn status() -> crate::Status {
        crate::sys::LIMITS_STATUS
    }

    /// These limits where the platform has limits at all, also where it does not have each of them; else none.
    pub fn where_supported(self) -> Limits {
        match Limits::status() {
            crate::Status::Unsupported(_) => Limits::default(),
            crate::Status::Supported | crate::Status::Degraded(_) => self,
        }
    }

    /// The number of bytes that limits have on the wire.
    pub(super) const ENCODED: usize = 6 * 8;

    pub(super) fn encode(&self) -> [u8; Self::ENCODED] {
        let mut bytes = [0; Self::ENCODED];
        for (place, limit) in bytes.chunks_exact_mut(8).zip(self.fields()) {
            place.copy_from_slice(&limit.unwrap_or(u64::MAX).to_le_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8; Self::ENCODED]) -> Limits {
        let mut fields = bytes.chunks_exact(8).map(|field| {
            let limit = u64::from_le_bytes(field.try_into().expect("a chunk has eight bytes"));
            (limit != u64::MAX).then_some(limit)
        });
        let mut next = || fields.next().flatten();
        Limits {
            memory: next(),
            cpu_seconds: next(),
            file_size: next(),
            open_files: next(),
            core: next(),
            processes: next(),
        }
    }

    fn fields(&self) -> [Option<u64>; 6] {
        [
            self.memory,
            self.cpu_seconds,
            self.file_size,
            self.open_files,
            self.core,
            self.processes,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_cross_as_they_are() {
        let limits = Limits {
            memory: Some(1),
            cpu_seconds: None,
            file_size: Some(0),
            open_files: Some(u64::MAX - 1),
            core: None,
            processes: Some(7),
        };
        assert_eq!(Limits::decode(&limits.encode()), limits);
        assert_eq!(Limits::decode(&Limits::default().encode()), Limits::default());
    }
}
