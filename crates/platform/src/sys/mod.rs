//! One platform, selected here. A platform's file must have exactly these items:
//!
//! | item | what it is |
//! | --- | --- |
//! | `NAME: &str` | the name of the file |
//! | `PAGE_SIZE_STATUS: Status`, `page_size() -> usize` | the size of a memory page |
//! | `prefer_huge_pages(&mut [T]) -> io::Result<()>` | as in [`crate::page`] |
//! | `DYLIB_STATUS: Status`, `unsafe open(&Path) -> Result<Library, Error>` | opens a shared library, all symbols resolved |
//! | `unsafe open_lazily(&Path) -> Result<Library, Error>` | the same, each function resolved at its first call |
//! | `REMOVABLE_WHILE_OPEN: bool` | an open library's file may be removed |
//! | `PRIVATE_COPY_STATUS: Status` | whether a private copy of a plugin can be kept from others' eyes and hands |
//! | `SEARCH_VARIABLE: Option<&str>` | the environment variable whose directories the loader searches |
//! | `clock_source() -> Option<String>` | what the system takes its own time from, where that can be asked |
//! | `cache_line() -> Option<usize>` | bytes of a cache line, where the system says it |
//! | `AFFINITY_STATUS: Status`, `current_cpu`, `allowed_cpus`, `allow` | which CPU a thread runs on, as in [`crate::affinity`] |
//! | `cores_status() -> Status`, `cores` | which CPUs share a core, as in [`crate::affinity`] |
//! | `CHILD_STATUS: Status`, `this_program() -> Result<PathBuf, child::Error>` | what a child process is started from |
//! | `signal(ExitStatus) -> Option<i32>`, `signal_name(i32)` | the signal that ended a child |
//! | `in_a_group(&mut Command)`, `kill_group(&Child)`, `has_ended(&mut Child)` | a child and the processes that it starts |
//! | `containment_status() -> Status`, `guard(&Start) -> io::Result<()>`, `end_with_guardian`, `ask_to_end(&Child) -> bool`, `kill_marked(&str)` | how all that a child starts is ended with it |
//! | `was_killed(ExitStatus) -> bool`, `TEMPORARY_VARIABLES: &[&str]`, `permit_owner(&Path)` | a child's end, and its directory |
//! | `exit_now(i32) -> !`, `end_group_now(i32) -> !` | ends this process; nothing is run on the way out where the platform can do that |
//! | `take_streams()` | a child's pipes from and to its parent |
//! | `LIMITS_STATUS: Status`, `set_limits(&Limits)` | what a child may use |
//! | `STEP_STATUS: Status`, `unsafe trace(run, calls, &Plan) -> Result<Trace, StepError>` | steps a forked child, as in [`crate::step`] |
//! | `NO_COUNTERS: &str`, `Counters::open() -> io::Result<Counters>`, `count` | the processor's counters, as in [`crate::counters`] |
//! | `GUARD_STATUS: Status`, `Pages::guarded(usize) -> io::Result<Pages>`, `start`, `len` | zeroed pages before an inaccessible one |
//! | `MAP_STATUS: Status` | whether files can be mapped into memory |
//! | `SEGMENT_STATUS: Status`, `Shared::new(usize)`, `start`, `len`, `descriptor`, `Mapped::new(Descriptor, u64, u64)`, `start`, `len` | as in [`crate::segment`] |
//! | `HEAP_STATUS: Status`, `heap_in_use() -> Option<usize>` | bytes that the C library's allocator has handed out |
//! | `load_status() -> Status`, `load() -> Option<Reading>` | how long this thread waited, as in [`crate::load`] |
//! | `FORK_STATUS: Status`, `unsafe fork(&mut dyn FnMut() -> Vec<u8>) -> Result<Vec<u8>, fork::Error>` | as in [`crate::fork`] |
//! | `threads() -> io::Result<usize>` | how many threads this process has |
//! | `parent_id() -> Option<u32>` | the cheapest system call, as in [`crate::system_call`] |
//! | `without_waiting(&mut OpenOptions) -> bool` | so that opening a pipe does not wait, where that can be had |
//! | `directory_of_owner`, `new_directory_of_owner`, `file_of_owner`, `file_of_everyone` | how files are opened and made, as in [`crate::file`] |
//! | `cache_directory()`, `data_directory()`, `temporary_directories()`, `split_paths(&OsStr)`, `may_execute(&Path)` | as in [`crate::directories`] and [`crate::file`] |
//! | `TRUST_STATUS: Status`, `distrust(&Metadata)` | who else can change a file, as in [`crate::trust`] |
//! | `MACHINE_STATUS: Status`, `system_release`, `cpu_model`, `governor() -> Option<String>`, `virtualised() -> Option<bool>` | what [`crate::machine()`] says |
//!
//! `unix` contains what Linux, macOS and the BSDs share, and `xdg` what all systems but macOS and Windows share.
//! `absent` contains stubs for features that only Linux has so far, `unguided` those for systems without a child's
//! guardian, which only Linux has, and `unplaced` those for features that only Linux and Windows have. `plain` contains
//! what the platforms that are not Unix share, together with `unguarded`; `without_libraries` is for platforms without
//! shared libraries.
//!
//! To add a platform: write its file, add a line below, and add its column to the tables in the documentation of the
//! public items.

cfg_if::cfg_if! {
    if #[cfg(tollgate_backend = "fallback")] {
        mod absent;
        mod plain;
        mod unguarded;
        mod unguided;
        mod unsegmented;
        mod unplaced;
        mod xdg;
        #[cfg(not(any(unix, windows)))]
        mod without_libraries;
        mod fallback;
        pub(crate) use fallback::*;
    } else if #[cfg(any(target_os = "linux", target_os = "android"))] {
        mod segment;
        mod unix;
        mod xdg;
        mod linux;
        pub(crate) use linux::*;
    } else if #[cfg(target_os = "macos")] {
        mod segment;
        mod unix;
        mod absent;
        mod unguided;
        mod unplaced;
        mod macos;
        pub(crate) use macos::*;
    } else if #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd", target_os = "dragonfly"))] {
        mod segment;
        mod unix;
        mod absent;
        mod unguided;
        mod unplaced;
        mod xdg;
        mod bsd;
        pub(crate) use bsd::*;
    } else if #[cfg(windows)] {
        mod absent;
        mod plain;
        mod unguarded;
        mod unguided;
        mod unsegmented;
        mod windows;
        pub(crate) use windows::*;
    } else if #[cfg(target_os = "wasi")] {
        mod absent;
        mod plain;
        mod unguarded;
        mod unguided;
        mod unsegmented;
        mod unplaced;
        mod without_libraries;
        mod xdg;
        mod wasi;
        pub(crate) use wasi::*;
    } else {
        mod absent;
        mod plain;
        mod unguarded;
        mod unguided;
        mod unsegmented;
        mod unplaced;
        mod xdg;
        #[cfg(not(any(unix, windows)))]
        mod without_libraries;
        mod fallback;
        pub(crate) use fallback::*;
    }
}

/// For the documentation, which has it on every platform.
#[cfg(all(doc, any(unix, windows)))]
pub(crate) mod without_libraries;

/// The descriptor that another process uses to map memory.
pub(crate) mod descriptor {
    #[cfg(unix)]
    pub use std::os::fd::BorrowedFd as Descriptor;

    /// Not supported on this platform.
    #[cfg(not(unix))]
    #[derive(Debug, Clone, Copy)]
    pub struct Descriptor<'a>(std::convert::Infallible, std::marker::PhantomData<&'a ()>);
}

/// The type of an open shared library: libloading's, or one without values that has its methods.
pub(crate) mod library {
    #[cfg(not(any(unix, windows)))]
    pub use super::without_libraries::Library;
    #[cfg(any(unix, windows))]
    pub use libloading::Library;
}
