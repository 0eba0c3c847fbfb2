//! One processor, picked here and nowhere else. A processor's file must have `NAME`, `COUNTER_NAME: Option<&str>`,
//! `COUNTER_STATUS: Status`, `counter() -> u64`, `cpu_features() -> Vec<&'static str>`,
//! `cpu_model() -> Option<String>`, `virtualised() -> Option<bool>` and `hypervisor() -> Option<String>`.

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::{COUNTER_STATUS, NAME, cpu_features, cpu_model, hypervisor, virtualised};
        pub use x86_64::{COUNTER_NAME, counter};
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::{COUNTER_STATUS, NAME, cpu_features, cpu_model, hypervisor, virtualised};
        pub use aarch64::{COUNTER_NAME, counter};
    } else {
        mod generic;
        pub(crate) use generic::{COUNTER_STATUS, NAME, cpu_features, cpu_model, hypervisor, virtualised};
        pub use generic::{COUNTER_NAME, counter};
    }
}
