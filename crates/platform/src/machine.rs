//! The machine that this program runs on.

/// What is known of the machine, for reports of measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The processor's name, or `None` where it cannot be asked.
    pub cpu: Option<String>,
    /// CPUs that this process may use.
    pub cores: usize,
    /// The operating system and, where known, its release: `linux 6.12.1`.
    pub os: String,
}

/// Reads what is known of the machine.
///
/// # Platform differences
/// The processor's name comes from the processor itself on x86-64, else from `/proc/cpuinfo` on Linux; elsewhere it is
/// not known. The system's release is known on Linux.
pub fn machine() -> Machine {
    Machine {
        cpu: crate::arch::cpu_model().or_else(crate::sys::cpu_model),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        os: match crate::sys::system_release() {
            Some(release) => format!("{} {release}", std::env::consts::OS),
            None => std::env::consts::OS.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_machine_has_a_core_and_no_empty_name() {
        let machine = super::machine();
        assert!(machine.cores >= 1);
        assert_ne!(machine.cpu.as_deref(), Some(""));
        assert!(machine.os.starts_with(std::env::consts::OS));
    }
}
