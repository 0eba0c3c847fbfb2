//! The machine that this program runs on.

/// What is known of the machine, for reports of measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// The processor's name, or `None` where it cannot be asked.
    pub cpu: Option<String>,
    /// CPUs that this process may use.
    pub cores: usize,
    /// The operating system and, where known, its release: `linux 6.12.1`.
    pub os: String,
    /// The rule by which the CPUs' frequencies are chosen, such as `performance`; several where CPUs differ; `None`
    /// where there is none to be seen, as in most virtual machines.
    pub governor: Option<String>,
    /// Whether it is a virtual machine; `None` where that cannot be known.
    pub virtualised: Option<bool>,
    /// The name that the hypervisor gives itself, such as `KVMKVMKVM`.
    pub hypervisor: Option<String>,
}

/// Reads what is known of the machine.
///
/// # Platform differences
/// The processor's name, and whether it is a virtual one, come from the processor itself on x86-64, else from the
/// system on Linux; elsewhere they are not known. The system's release and the governor are known on Linux.
/// [`facilities`](crate::facilities) says so under `machine`.
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
