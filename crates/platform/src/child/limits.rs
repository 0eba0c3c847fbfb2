//! A child's resource limits.

/// The resource limits of a child. `None` means no limit. The limits are in effect from the child's greeting on, and
/// the child cannot raise them.
///
/// # Platform differences
/// - macOS does not limit memory. Windows and the portable back end support no limits, and refuse to start a child with
///   limits.
/// - Only Linux limits the number of processes, in two ways. First, the child's guardian counts them: every 20 ms if
///   the machine has many more than before, and every 0.2 s in any case. This works for every user, but processes that
///   are started faster than the guardian counts can exceed the limit for that time. Second, the kernel refuses to
///   start more processes (`RLIMIT_NPROC`) than the sum of those that the user had when the child began, the limit, and
///   1024 for the user's other programs. This takes effect immediately, but not for root. Control groups are not used,
///   because few users may create one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Bytes of address space that it may map in addition to those mapped at its greeting. Further allocations fail.
    pub memory: Option<u64>,
    /// Seconds of processor time. One second later the system kills it (SIGXCPU).
    pub cpu_seconds: Option<u64>,
    /// The maximum size of a file that it writes, in bytes. Beyond it, the system kills it (SIGXFSZ).
    pub file_size: Option<u64>,
    /// The number of files that it may have open, including inherited ones.
    pub open_files: Option<u64>,
    /// The maximum size of its core dump in bytes; 0 for none.
    pub core: Option<u64>,
    /// The number of processes and threads that it may have at once, including itself and all that it starts. A child
    /// that has more is killed with all of them, and its parent gets
    /// [`Error::ProcessLimit`](super::Error::ProcessLimit). `None` means [`MOST_PROCESSES`](Limits::MOST_PROCESSES),
    /// not unlimited.
    pub processes: Option<u64>,
}

impl Limits {
    /// The default limit of processes and threads: more than any child needs, and too few to overload a machine.
    pub const MOST_PROCESSES: u64 = 1024;

    /// Whether this platform supports limits, and which ones it does not.
    pub fn status() -> crate::Status {
        crate::sys::LIMITS_STATUS
    }

    /// These limits if the platform supports limits, even if not all of them; otherwise none.
    pub fn where_supported(self) -> Limits {
        match Limits::status() {
            crate::Status::Unsupported(_) => Limits::default(),
            crate::Status::Supported | crate::Status::Degraded(_) => self,
        }
    }

    /// The encoded size of limits, in bytes.
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
    fn limits_are_the_same_after_encoding_and_decoding() {
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
