//! The machine that this program runs on.

/// Properties of the machine, for reports of measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// The processor's name, or `None` if it is not known.
    pub cpu: Option<String>,
    /// The number of CPUs that this process may use.
    pub cores: usize,
    /// The operating system and, where known, its release: `linux 6.12.1`.
    pub os: String,
    /// The frequency governor of the CPUs, such as `performance`; several if CPUs differ; `None` if it is not visible,
    /// as in most virtual machines.
    pub governor: Option<String>,
    /// Whether it is a virtual machine; `None` if that is not known.
    pub virtualised: Option<bool>,
    /// The name that the hypervisor reports, such as `KVMKVMKVM`.
    pub hypervisor: Option<String>,
}

/// Reads the properties of the machine.
///
/// # Platform differences
/// On x86-64 the processor reports its name, and whether it is virtual. Otherwise Linux reports it; on other systems it
/// is not known. The system's release and the governor are only known on Linux. [`facilities`](crate::facilities) says
/// so under `machine`.
pub fn machine() -> Machine {
    Machine {
        cpu: crate::arch::cpu_model().or_else(crate::sys::cpu_model),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        os: match crate::sys::system_release() {
            Some(release) => format!("{} {release}", std::env::consts::OS),
            None => std::env::consts::OS.to_owned(),
        },
        governor: crate::sys::governor(),
        virtualised: crate::arch::virtualised().or_else(crate::sys::virtualised),
        hypervisor: crate::arch::hypervisor(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_machine_has_a_core_and_no_empty_name() {
        let machine = super::machine();
        assert!(machine.cores >= 1);
        for name in [&machine.cpu, &machine.governor, &machine.hypervisor] {
            assert_ne!(name.as_deref(), Some(""));
        }
        assert!(machine.os.starts_with(std::env::consts::OS));
    }

    #[test]
    fn only_a_virtual_machine_has_a_hypervisor_and_a_machine_is_the_same_twice() {
        let machine = super::machine();
        if machine.hypervisor.is_some() {
            assert_eq!(machine.virtualised, Some(true));
        }
        assert_eq!(super::machine(), machine);
    }
}
